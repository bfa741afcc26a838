/* A plugin with all three kinds, for tests/api/test_plugins.py. Batches are made by way of the
 * columns of doubles alone; what is given away is counted, so that a test sees what leaks.
 *
 *   numbers    decoder of .num: a line each, one int32 column; options: fail, badutf8, offsets,
 * late evens      transform: keeps rows whose first column (int64) is even total      transform:
 * one row, the sum of the first column (int64), at the end twice      transform: each batch two
 * times over refuse     transform: fails, with its options as the reason sumlog     sink, .sumlog:
 * a line of rows and of the sum a batch; options: fail, unfinished elsewhere  sink without a file
 */
#include <errno.h>
#include <logflow/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ABI
#define ABI LOGFLOW_PLUGIN_ABI
#endif

/* ---- a batch of one column ---- */

typedef struct batch {
    struct ArrowArray column, *columns[1];
    const void *none[1], *buffers[3];
    void *values, *text;
} batch;

static void column_release(struct ArrowArray *a) {
    a->release = NULL;
}

static void batch_release(struct ArrowArray *a) {
    batch *b = a->private_data;
    free(b->values);
    free(b->text);
    free(b);
    a->release = NULL;
}

static batch *batch_make(struct ArrowArray *out, int64_t rows, void *values) {
    batch *b = calloc(1, sizeof *b);
    b->values = values;
    b->buffers[1] = values;
    b->columns[0] = &b->column;
    b->column = (struct ArrowArray){
        .length = rows, .n_buffers = 2, .buffers = b->buffers, .release = column_release};
    *out = (struct ArrowArray){.length = rows,
                               .n_buffers = 1,
                               .buffers = b->none,
                               .n_children = 1,
                               .children = b->columns,
                               .release = batch_release,
                               .private_data = b};
    return b;
}

static void schema_release(struct ArrowSchema *s) {
    s->release = NULL;
}

static void schema_of(const char *format, const char *name, struct ArrowSchema *both,
                      struct ArrowSchema **pointer, struct ArrowSchema *out) {
    *both = (struct ArrowSchema){.format = format, .name = name, .release = schema_release};
    *pointer = both;
    *out = (struct ArrowSchema){
        .format = "+s", .n_children = 1, .children = pointer, .release = schema_release};
}

/* ---- numbers ---- */

typedef struct numbers {
    lf_plugin_input *in;
    struct ArrowSchema column, *columns[1];
    char rest[64];
    size_t n;
    int batches;
} numbers;

static int numbers_schema(struct ArrowArrayStream *s, struct ArrowSchema *out) {
    numbers *x = s->private_data;
    const char *o = x->in->options;
    schema_of(strcmp(o, "badutf8") == 0 || strcmp(o, "offsets") == 0 ? "u"
              : strcmp(o, "duration") == 0                           ? "tDu"
                                                                     : "i",
              "number", &x->column, &x->columns[0], out);
    return 0;
}

/* Texts that break what Arrow promises. */
static int broken_text(const char *o, struct ArrowArray *out) {
    int32_t *offsets = calloc(3, 4);
    char *text = malloc(4);
    batch *b = batch_make(out, 2, offsets);
    offsets[1] = 2;
    offsets[2] = strcmp(o, "offsets") == 0 ? 1 : 4;
    memcpy(text,
           "ab\xff"
           "d",
           4);
    b->text = text;
    b->buffers[2] = text;
    b->column.n_buffers = 3;
    return 0;
}

static int numbers_next(struct ArrowArrayStream *s, struct ArrowArray *out) {
    enum { MOST = 1000 };
    numbers *x = s->private_data;
    const char *o = x->in->options;
    if (strcmp(o, "badutf8") == 0 || strcmp(o, "offsets") == 0)
        return x->batches++ ? 0 : broken_text(o, out);
    if (strcmp(o, "late") == 0 && x->batches == 1) return EINVAL;
    int32_t *v = calloc(MOST, 4);
    int64_t rows = 0, got = 1;
    while (rows < MOST && (got > 0 || x->n > 0)) {
        char *end = memchr(x->rest, '\n', x->n);
        if (end == NULL && got > 0 && x->n < sizeof x->rest - 1) {
            got = x->in->read(x->in, x->rest + x->n, sizeof x->rest - 1 - x->n);
            if (got < 0) return free(v), EIO;
            x->n += (size_t)got;
            continue;
        }
        const size_t line = end ? (size_t)(end - x->rest) : x->n;
        x->rest[line] = '\0';
        v[rows++] = (int32_t)strtol(x->rest, NULL, 10);
        x->n -= line + (end != NULL);
        memmove(x->rest, x->rest + line + 1, x->n);
    }
    x->batches++;
    if (rows == 0) return free(v), 0;
    batch_make(out, rows, v);
    return 0;
}

static const char *numbers_error(struct ArrowArrayStream *s) {
    (void)s;
    return "the second batch is never good";
}

static void numbers_release(struct ArrowArrayStream *s) {
    free(s->private_data);
    s->release = NULL;
}

static int numbers_sniff(const lf_decoder_desc *self, const void *head, size_t n) {
    (void)self;
    return n > 5 && memcmp(head, "#num\n", 5) == 0 ? 100 : 0;
}

static int numbers_open(const lf_decoder_desc *self, lf_plugin_input *in,
                        struct ArrowArrayStream *out, lf_plugin_message *why) {
    (void)self;
    if (strcmp(in->options, "fail") == 0) {
        snprintf(why->text, sizeof why->text, "no luck with %s", in->path);
        return EINVAL;
    }
    numbers *x = calloc(1, sizeof *x);
    x->in = in;
    *out =
        (struct ArrowArrayStream){numbers_schema, numbers_next, numbers_error, numbers_release, x};
    return 0;
}

/* ---- transforms ---- */

typedef struct folding {
    struct ArrowSchema column, *columns[1];
    int64_t sum;
    int done;
} folding;

static const int64_t *first_column(const struct ArrowArray *a) {
    return (const int64_t *)a->children[0]->buffers[1] + a->children[0]->offset + a->offset;
}

static int fold_open(const lf_transform_desc *self, const struct ArrowSchema *in,
                     const char *options, struct ArrowSchema *out, void **state,
                     lf_plugin_message *why) {
    folding *f = calloc(1, sizeof *f);
    const char *format = in->children[0]->format;
    *state = f;
    if (strcmp(self->name, "refuse") == 0) {
        snprintf(why->text, sizeof why->text, "%s", options);
        return free(f), ENOTSUP;
    }
    if (strcmp(format, "l") != 0) {
        snprintf(why->text, sizeof why->text, "the first column is '%s'", format);
        return free(f), EINVAL;
    }
    if (strcmp(self->name, "twice") != 0)
        schema_of("l", self->name, &f->column, &f->columns[0], out);
    return 0;
}

static int evens_apply(void *state, struct ArrowArray *in, struct ArrowArray *out,
                       lf_plugin_message *why) {
    (void)state, (void)why;
    const int64_t *v = first_column(in), n = in->length;
    int64_t *kept = malloc((size_t)n * 8 + 8), rows = 0;
    for (int64_t i = 0; i < n; i++)
        if (v[i] % 2 == 0) kept[rows++] = v[i];
    in->release(in);
    if (rows == 0) return free(kept), 0;
    batch_make(out, rows, kept);
    return 0;
}

static int total_apply(void *state, struct ArrowArray *in, struct ArrowArray *out,
                       lf_plugin_message *why) {
    (void)out, (void)why;
    for (int64_t i = 0; i < in->length; i++)
        ((folding *)state)->sum += first_column(in)[i];
    in->release(in);
    return 0;
}

static int total_finish(void *state, struct ArrowArray *out, lf_plugin_message *why) {
    folding *f = state;
    (void)why;
    if (f->done++) return 0;
    int64_t *v = malloc(8);
    *v = f->sum;
    batch_make(out, 1, v);
    return 0;
}

static int twice_apply(void *state, struct ArrowArray *in, struct ArrowArray *out,
                       lf_plugin_message *why) {
    (void)state, (void)why;
    const int64_t n = in->length;
    int64_t *v = malloc((size_t)n * 16);
    memcpy(v, first_column(in), (size_t)n * 8);
    memcpy(v + n, v, (size_t)n * 8);
    in->release(in);
    batch_make(out, 2 * n, v);
    return 0;
}

/* ---- sinks ---- */

typedef struct summing {
    lf_plugin_output *out;
    int64_t rows;
} summing;

static int sum_open(const lf_sink_desc *self, lf_plugin_output *out,
                    const struct ArrowSchema *schema, void **state, lf_plugin_message *why) {
    (void)self;
    if (strcmp(out->options, "fail") == 0) {
        snprintf(why->text, sizeof why->text, "not to %s", out->path);
        return EINVAL;
    }
    summing *s = calloc(1, sizeof *s);
    char line[64];
    s->out = out;
    *state = s;
    if (self->flags & LF_SINK_ELSEWHERE) return 0;
    snprintf(line, sizeof line, "%s %s\n", schema->children[0]->name, schema->children[0]->format);
    return out->write(out, line, strlen(line));
}

static int sum_write(void *state, struct ArrowArray *batch, lf_plugin_message *why) {
    summing *s = state;
    char line[64];
    int64_t sum = 0;
    (void)why;
    for (int64_t i = 0; i < batch->length; i++)
        sum += first_column(batch)[i];
    snprintf(line, sizeof line, "%lld %lld\n", (long long)batch->length, (long long)sum);
    batch->release(batch);
    return s->out->write(s->out, line, strlen(line));
}

static int none_write(void *state, struct ArrowArray *batch, lf_plugin_message *why) {
    (void)why;
    ((summing *)state)->rows += batch->length;
    batch->release(batch);
    return 0;
}

static int sum_finish(void *state, lf_plugin_message *why) {
    summing *s = state;
    if (strcmp(s->out->options, "unfinished") != 0) return 0;
    snprintf(why->text, sizeof why->text, "it will not end");
    return EINVAL;
}

static int none_finish(void *state, lf_plugin_message *why) {
    summing *s = state;
    (void)why;
    fprintf(stderr, "elsewhere: %lld rows to %s\n", (long long)s->rows, s->out->path);
    return 0;
}

/* ---- the table ---- */

static const char *const num[] = {".num", NULL}, *const sumlog[] = {".sumlog", NULL};
static const lf_decoder_desc numbers_desc = {sizeof numbers_desc, "numbers",   num, NULL,
                                             numbers_sniff,       numbers_open};
static const lf_sink_desc sum_desc = {sizeof sum_desc, "sumlog",  sumlog,     NULL, 0,
                                      sum_open,        sum_write, sum_finish, free};
static const lf_sink_desc none_desc = {
    sizeof none_desc, "elsewhere", NULL,        NULL, LF_SINK_ELSEWHERE,
    sum_open,         none_write,  none_finish, free};
#define TRANSFORM(name, apply, finish)                                                             \
    static const lf_transform_desc name##_desc = {                                                 \
        sizeof name##_desc, #name, NULL, fold_open, apply, finish, free}
TRANSFORM(evens, evens_apply, NULL);
TRANSFORM(total, total_apply, total_finish);
TRANSFORM(twice, twice_apply, NULL);
TRANSFORM(refuse, twice_apply, NULL);
static const lf_decoder_desc *const decoders[] = {&numbers_desc, NULL};
static const lf_sink_desc *const sinks[] = {&sum_desc, &none_desc, NULL};
static const lf_transform_desc *const transforms[] = {&evens_desc, &total_desc, &twice_desc,
                                                      &refuse_desc, NULL};
static const lf_plugin table = {ABI, "all", "1.0", decoders, sinks, transforms};

LF_PLUGIN_EXPORT const lf_plugin *logflow_plugin(void) {
    return &table;
}
