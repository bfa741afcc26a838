# Finds the compression libraries; defines lf_codec_libs, which src/codec alone links.
# Archives are preferred: the program then starts faster and runs where they are not installed.
function(lf_find_codec var what)
  find_library(${var}_LIBRARY NAMES lib${what}.a ${what})
  if(NOT ${var}_LIBRARY)
    message(FATAL_ERROR "lib${what} is missing: run tools/bootstrap.sh, which installs it")
  endif()
  mark_as_advanced(${var}_LIBRARY)
endfunction()

add_library(lf_codec_libs INTERFACE)
set(LF_CODEC_LIBS "")
foreach(lib deflate zstd lz4 snappy brotlienc brotlidec brotlicommon z lzma)
  string(TOUPPER LF_${lib} var)
  lf_find_codec(${var} ${lib})
  target_link_libraries(lf_codec_libs INTERFACE ${${var}_LIBRARY})
  string(APPEND LF_CODEC_LIBS " -l${lib}")
endforeach()

# Debian's archive of bzip2 is no position-independent code: programs take it, our shared library
# takes theirs.
lf_find_codec(LF_BZ2 bz2)
find_library(LF_BZ2_SHARED NAMES bz2)
mark_as_advanced(LF_BZ2_SHARED)
target_link_libraries(lf_codec_libs INTERFACE
  $<IF:$<IN_LIST:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY$<SEMICOLON>MODULE_LIBRARY>,${LF_BZ2_SHARED},${LF_BZ2_LIBRARY}>)
string(APPEND LF_CODEC_LIBS " -lbz2")

# snappy is C++ inside: its runtime is linked in, so that nothing C++ is loaded at start.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libstdc++.a
  OUTPUT_VARIABLE LF_STDCXX OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT EXISTS "${LF_STDCXX}")
  set(LF_STDCXX stdc++)
endif()
target_link_libraries(lf_codec_libs INTERFACE ${LF_STDCXX} m Threads::Threads)
string(APPEND LF_CODEC_LIBS " -lstdc++ -lm -lpthread")

# ISA-L inflates gzip several times faster than zlib; Debian has it as a shared library only.
find_library(LF_ISAL_LIBRARY NAMES libisal.a isal)
find_path(LF_ISAL_INCLUDE isa-l/igzip_lib.h)
mark_as_advanced(LF_ISAL_LIBRARY LF_ISAL_INCLUDE)
if(LF_ISAL_LIBRARY AND LF_ISAL_INCLUDE)
  target_link_libraries(lf_codec_libs INTERFACE ${LF_ISAL_LIBRARY})
  target_compile_definitions(lf_codec_libs INTERFACE LF_HAVE_ISAL=1)
  string(APPEND LF_CODEC_LIBS " -lisal")
endif()
