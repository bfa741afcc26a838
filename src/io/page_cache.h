/* io/page_cache.h - reads and writes of large files that leave nothing in the system's page cache.
 *
 * A large output that stays in the page cache costs its writer a fresh page for each 4 KiB, takes
 * the memory of whatever else was cached, and counts against a container's limit. RWF_DONTCACHE
 * (ext4, XFS, Btrfs) starts the transfer at once and gives the pages back when it is done. It is
 * used from Linux 6.16 on: 6.14, which has it, could free a page twice (linux-fsdevel, "regression
 * from 974c5e6139db", May 2025), and 6.15 turned it off. Where the kernel or the file system has no
 * such thing, or the disk does not keep up with the writer, calls are plain ones from then on:
 * never an error, never other bytes.
 *
 * Owns: nothing. Threads: calls on one file may run at once. Fails: as pread and pwrite, with
 * errno; fewer bytes than asked for are legal. Life: init, then calls on one file. */
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

/* drops false: plain calls only. */
void lf_page_cache_init(lf_page_cache *c, bool drops, uint64_t head_bytes);
ssize_t lf_page_cache_pwrite(lf_page_cache *c, int fd, const void *p, size_t n, off_t at);
ssize_t lf_page_cache_pread(lf_page_cache *c, int fd, void *p, size_t n, off_t at);

#endif
