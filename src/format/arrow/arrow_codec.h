/* format/arrow/arrow_codec.h - compression of the buffers of a record batch (Message.fbs,
 * BodyCompression): the size of the plain bytes as i64, then an LZ4 frame or a zstd frame, or -1
 * and the plain bytes. An empty buffer stays empty.
 *
 * Owns: the codec's state. Threads: one, one thread. Fails: LF_EUSAGE, LF_ENO_MEMORY, LF_EENCODE.
 * Life: init -> run* -> reset. */
#ifndef LF_FORMAT_ARROW_ARROW_CODEC_H
#define LF_FORMAT_ARROW_ARROW_CODEC_H
#include "codec/codec.h"
#include "core/buf.h"

typedef struct lf_arrow_codec {
    const lf_alloc *alloc;
    lf_codec codec;
    lf_compressor *compressor; /* NULL: buffers stay as they are */
} lf_arrow_codec;

/* "zstd:3"; NULL and "none": LF_CODEC_NONE. */
LF_NODISCARD lf_rc lf_arrow_codec_parse(const char *s, lf_codec *codec_out, int *level_out,
                                        lf_error *err);
int lf_arrow_codec_id(lf_codec c); /* CompressionType; -1: none */
LF_NODISCARD lf_rc lf_arrow_codec_init(lf_arrow_codec *c, const lf_alloc *alloc, lf_codec codec,
                                       int level, size_t buffer_bytes, lf_error *err);
void lf_arrow_codec_reset(lf_arrow_codec *c); /* safe twice */
/* Appends the buffer as it stands in a body, unpadded. */
LF_NODISCARD lf_rc lf_arrow_codec_run(lf_arrow_codec *c, lf_span in, lf_buf *out, lf_error *err);

#endif
