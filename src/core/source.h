/* core/source.h - where bytes come from.
 *
 * Owns: its descriptor. Threads: read_at from any thread at once; read from one at a
 * time. Fails: LF_EREAD, LF_ECHANGED (another hand in the file), LF_ECORRUPT (decompression).
 * Life: made by io -> read* -> close (after any outcome). */
#ifndef LF_CORE_SOURCE_H
#define LF_CORE_SOURCE_H
#include "core/atomic.h"
#include "core/error.h"

#define LF_SIZE_UNKNOWN UINT64_MAX

typedef struct lf_source lf_source;
typedef struct lf_source_type {
    const char *name; /* "file", "stream", "gzip" */
    /* Reads up to n bytes at `offset`; 0 bytes: the end. NULL where not seekable. */
    lf_rc (*read_at)(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                     lf_error *err);
    /* Reads the next up to n bytes; 0 bytes: the end. Never NULL. */
    lf_rc (*read)(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err);
    void (*close)(lf_source *s);
    /* LF_ECHANGED where what has been read may not be one state of the file: it was cut, grew, was
     * rewritten or replaced since it was opened. Asked when all is read. NULL: cannot tell. */
    lf_rc (*check)(lf_source *s, lf_error *err);
    /* The same source, read in order alone: what it is to become if damage is to be an end, or if
     * several inputs are open and must not cost memory together. NULL: it is that already. */
    const struct lf_source_type *in_order;
} lf_source_type;

struct lf_source {
    const lf_source_type *type;
    char *path;              /* as the caller named it; owned */
    uint64_t size_bytes;     /* of the text; LF_SIZE_UNKNOWN for streams */
    uint64_t stored_bytes;   /* of the file on disk; LF_SIZE_UNKNOWN for pipes */
    const char *compression; /* "gzip", "zstd" ... or NULL */
    const char *encoding;    /* what the text is decoded from ("utf-16le"); NULL: it is as stored */
    const char *encoding_how; /* a phrase: what told it; NULL: nothing did, it is taken for UTF-8 */
    uint32_t mark_bytes; /* of a byte order mark that is not in the text; set by the first read */
    LF_ATOMIC(uint64_t) stored_read; /* progress: stored bytes consumed */
    const int *cancel; /* NULL, or set after opening: non-zero (read atomically) ends a read that
                          waits with LF_ECANCELLED within 50 ms */
    lf_source *under;  /* what this one reads from; NULL: nothing; owned by it */
    size_t memory_max; /* set after opening, before the first read: the memory limit, which caps
                          what a decompressor may take; 0: the default limit */
    LF_ATOMIC(size_t) memory_bytes; /* what it has taken, without `under` */
    size_t reader_bytes; /* memory of each of those who read_at different places at once */
    LF_ATOMIC(uint32_t) readers_max; /* set before they begin: how many to be ready for; 0: one */
    bool keep_readable; /* set likewise: damaged compressed data is an end, told in `damage` */
    char damage[200];   /* why, and where; "": nothing was damaged. Valid after the last read */
};

/* Sums and searches over a source and all it reads from. */
size_t lf_source_memory_bytes(const lf_source *s);
const char *lf_source_damage(const lf_source *s); /* NULL: none */
uint32_t lf_source_mark_bytes(const lf_source *s);
/* From now on in order alone, also what it reads from; before the first read. */
void lf_source_in_order(lf_source *s);
/* Hands the settings above on to all it reads from. */
void lf_source_configure(lf_source *s, size_t memory_max, bool keep_readable);

#endif
