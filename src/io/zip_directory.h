/* io/zip_directory.h - the list of members at the end of a zip archive.
 *
 * Owns: its entries and their names. Threads: one at a time. Fails: LF_ECORRUPT, LF_EUNSUPPORTED,
 * LF_EREAD, LF_EMEMORY_LIMIT (a directory too large). Life: read -> use -> reset (safe twice). */
#ifndef LF_IO_ZIP_DIRECTORY_H
#define LF_IO_ZIP_DIRECTORY_H
#include "core/alloc.h"
#include "core/source.h"

typedef struct zip_entry {
    char *name; /* as UTF-8; owned */
    uint64_t stored_bytes, text_bytes, header_offset;
    uint32_t crc;
    uint16_t method, flags;
} zip_entry;

typedef struct zip_directory {
    const lf_alloc *alloc;
    zip_entry *entries; /* files that may hold data: no folders, nothing hidden */
    size_t n, cap;
    uint64_t base; /* bytes in front of the archive, which its offsets do not count */
} zip_directory;

/* `file` has read_at. */
LF_NODISCARD lf_rc lf_zip_directory_read(zip_directory *d, lf_source *file, const lf_alloc *a,
                                         lf_error *err);
void lf_zip_directory_reset(zip_directory *d);

#endif
