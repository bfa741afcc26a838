/* codec/frames.h - the independent pieces of a compressed file: blocks of BGZF (gzip members that
 * tell their length), frames of zstd. Found by their headers, without decompressing.
 *
 * Owns: nothing; borrows the source, which has read_at. Threads: one cursor, one thread.
 * Fails: as the source. Life: lf_frame_cursor_init -> lf_frame_next*. */
#ifndef LF_CODEC_FRAMES_H
#define LF_CODEC_FRAMES_H
#include "core/source.h"

#define LF_FRAME_WINDOW_MAX (8u << 20) /* a frame that needs more is not taken for a piece */
#define LF_FRAME_TEXT_MAX                                                                          \
    (16u << 20) /* so is a longer one: too much lies before what is wanted                         \
                 */

typedef struct lf_frame {
    uint64_t stored_bytes; /* 0: no such piece begins here; it may be the end */
    uint64_t text_bytes;
    size_t window_bytes; /* a decompressor takes, about */
} lf_frame;

typedef struct lf_frame_cursor {
    lf_source *stored;
    bool bgzf;        /* else zstd */
    uint64_t at;      /* of the next piece in the file */
    uint64_t pieces;  /* before it */
    uint64_t headers; /* that were read: what the search has cost */
    uint8_t head[32]; /* what stands at `at`, where head_len is not 0 */
    size_t head_len;
} lf_frame_cursor;

/* Whether the file is made of pieces, as far as its first and last bytes tell. */
LF_NODISCARD lf_rc lf_frame_cursor_init(lf_frame_cursor *c, lf_source *stored,
                                        const char *compression, bool *pieces_out, lf_error *err);
/* The piece at c->at, behind which the cursor moves. headers_max: gives up there. */
LF_NODISCARD lf_rc lf_frame_next(lf_frame_cursor *c, uint64_t headers_max, lf_frame *out,
                                 lf_error *err);

#endif
