/* samples.c - a plugin in one file: decodes .f64 files, which are doubles one after the
 * other (as instruments and numpy.tofile write them), as a table of one column.
 *
 *     cc -shared -fPIC samples.c $(pkg-config --cflags logflow) -o samples.so
 *     logflow convert signal.f64 --plugin ./samples.so */
#include <errno.h>
#include <logflow/plugin.h>
#include <stdlib.h>

enum { ROWS = 8192 };
typedef struct batch { /* one allocation: arrays, buffers and values */
    struct ArrowArray column, *columns[1];
    const void *none[1], *buffers[2];
    double values[ROWS];
} batch;

static void schema_release(struct ArrowSchema *s) { s->release = NULL; }
static void column_release(struct ArrowArray *a) { a->release = NULL; }
static void batch_release(struct ArrowArray *a) { free(a->private_data), a->release = NULL; }
static void stream_release(struct ArrowArrayStream *s) { s->release = NULL; }

static int get_schema(struct ArrowArrayStream *s, struct ArrowSchema *out) {
    static struct ArrowSchema value = {.format = "g", .name = "value", .release = schema_release};
    static struct ArrowSchema *columns[] = {&value};
    (void)s;
    *out = (struct ArrowSchema){
        .format = "+s", .n_children = 1, .children = columns, .release = schema_release};
    return 0;
}

static int get_next(struct ArrowArrayStream *s, struct ArrowArray *out) {
    lf_plugin_input *in = s->private_data;
    int64_t got = 1, n = 0;
    batch *b = calloc(1, sizeof *b);
    if (b == NULL) return ENOMEM;
    for (; got > 0 && n<(int64_t)sizeof b->values; n += got> 0 ? got : 0)
        got = in->read(in, (char *)b->values + n, sizeof b->values - (size_t)n);
    if (n == 0 || got < 0) return free(b), got < 0 ? EIO : 0;
    b->buffers[1] = b->values, b->columns[0] = &b->column;
    b->column = (struct ArrowArray){
        .length = n / 8, .n_buffers = 2, .buffers = b->buffers, .release = column_release};
    *out = (struct ArrowArray){.length = n / 8, .n_buffers = 1, .buffers = b->none,
        .n_children = 1, .children = b->columns, .release = batch_release, .private_data = b};
    return 0;
}

static int open_samples(const lf_decoder_desc *self, lf_plugin_input *in,
                        struct ArrowArrayStream *out, lf_plugin_message *why) {
    (void)self, (void)why;
    *out = (struct ArrowArrayStream){get_schema, get_next, NULL, stream_release, in};
    return 0;
}

static const char *const suffixes[] = {".f64", NULL};
static const lf_decoder_desc samples = {sizeof samples, "samples", suffixes, NULL, NULL,
                                        open_samples};
static const lf_decoder_desc *const decoders[] = {&samples, NULL};
static const lf_plugin table = {LOGFLOW_PLUGIN_ABI, "samples", "1.0", decoders, NULL, NULL};
LF_PLUGIN_EXPORT const lf_plugin *logflow_plugin(void) { return &table; }
