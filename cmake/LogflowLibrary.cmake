# liblogflow, shared and static, out of all folder libraries; only what include/logflow declares
# (LF_API) is visible. Installs headers, a CMake package (logflow::logflow) and a pkg-config file.
if(NOT TARGET lf_api)
  return()
endif()
set(objects "")
foreach(t ${LF_FOLDER_TARGETS})
  list(APPEND objects $<TARGET_OBJECTS:${t}>)
endforeach()

add_library(logflow_shared SHARED ${objects})
set_target_properties(logflow_shared PROPERTIES OUTPUT_NAME logflow LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} EXPORT_NAME logflow_shared
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
target_link_libraries(logflow_shared PRIVATE $<BUILD_INTERFACE:lf_codec_libs> -static-libgcc
  -Wl,--exclude-libs,ALL)
target_include_directories(logflow_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# The archive holds one object, whose hidden symbols have become local: a program that links it
# meets no name of ours but the public ones.
set(LF_ONE_OBJECT ${CMAKE_BINARY_DIR}/lib/logflow.o)
add_custom_command(OUTPUT ${LF_ONE_OBJECT}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib
  COMMAND ${CMAKE_LINKER} -r -o ${LF_ONE_OBJECT} ${objects}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${LF_ONE_OBJECT}
  DEPENDS ${LF_FOLDER_TARGETS} ${objects} COMMAND_EXPAND_LISTS VERBATIM)
add_library(logflow_static STATIC ${LF_ONE_OBJECT})
set_target_properties(logflow_static PROPERTIES OUTPUT_NAME logflow LINKER_LANGUAGE C
  ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

install(TARGETS logflow_shared EXPORT logflowTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS logflow_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/logflow DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(LF_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/logflow)
install(EXPORT logflowTargets DESTINATION ${LF_CMAKE_DIR} NAMESPACE logflow::)
include(CMakePackageConfigHelpers)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/logflowConfig.cmake.in
  ${CMAKE_BINARY_DIR}/logflowConfig.cmake INSTALL_DESTINATION ${LF_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/logflowConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/logflowConfig.cmake
  ${CMAKE_BINARY_DIR}/logflowConfigVersion.cmake DESTINATION ${LF_CMAKE_DIR})
configure_file(${PROJECT_SOURCE_DIR}/cmake/logflow.pc.in ${CMAKE_BINARY_DIR}/logflow.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/logflow.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
