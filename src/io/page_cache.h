/* io/page_cache.h - reads and writes of large files that leave nothing in the system's page cache.
 *
 * A large output that stays in the page cache costs its writer a fresh page for each 4 KiB, takes
 * the memory of whatever else was cached, and counts against a container's limit. RWF_DONTCACHE
 * (Linux 6.14; ext4, XFS, Btrfs) starts the transfer at once and gives the pages back when it is
 * done. Where the kernel or the file system has no such thing, or the disk does not keep up with
 * the writer, calls are plain ones from then on: never an error, never other bytes.
 *
 * Owns: nothing. Threads: calls on one file may run at once. Fails: as pread and pwrite, with
 * errno; fewer bytes than asked for are legal. Life: a zeroed lf_page_cache is one that drops. */
#ifndef LF_IO_PAGE_CACHE_H
#define LF_IO_PAGE_CACHE_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct lf_page_cache {
    uint64_t head_bytes;     /* the first bytes of the file stay, so that small files do */
    _Atomic bool keeps;      /* all stay: plain calls */
    _Atomic uint64_t bytes;  /* written uncached */
    _Atomic uint64_t clocks; /* nanoseconds that it took, over all threads */
} lf_page_cache;

ssize_t lf_page_cache_pwrite(lf_page_cache *c, int fd, const void *p, size_t n, off_t at);
ssize_t lf_page_cache_pread(lf_page_cache *c, int fd, void *p, size_t n, off_t at);

#endif
