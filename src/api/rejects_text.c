/* api/rejects_text.c - see the header.
 *
 * The reader pulls one byte at a time through a window, so that a line may have any length. It
 * takes what people's editors and tools make of the file: keys in any order, other keys, blank
 * lines, any escapes. */
#include "api/rejects_text.h"
#include "io/io.h"
#include <ctype.h>
#include <string.h>

#define WINDOW_BYTES (64u * 1024)
#define DEPTH_MAX    64

typedef struct writer { /* to the temporary file */
    lf_sink *to;
    uint64_t base; /* bytes in the file; buf follows */
    size_t len;
    uint8_t *buf; /* WINDOW_BYTES */
} writer;

typedef struct reader {
    lf_source *s;
    uint64_t at; /* of window[0] in the file */
    size_t pos, len;
    uint8_t *window; /* WINDOW_BYTES */
    uint64_t line;
    lf_rc rc; /* the first failure sticks */
    lf_error *err;
    writer *text; /* where raw goes; NULL: it is skipped */
    uint64_t row_start;
} reader;

/* What a line says beside its bytes. */
typedef struct facts {
    char input[4096];
    uint64_t row, line, byte_offset;
    bool has_raw, has_base64;
} facts;

/* Where the bytes of a string go. */
typedef struct target {
    char *buf; /* NULL: to the text, if base64 or text is set; else nowhere */
    size_t cap, len;
    bool to_text, base64;
    uint32_t bits, n_bits; /* of base64 */
} target;

/* --- the temporary file --- */

static lf_rc writer_flush(writer *w, lf_error *err) {
    if (w->len == 0) return LF_OK;
    LF_TRY(w->to->type->write_at(w->to, w->base, w->buf, w->len, err));
    w->base += w->len;
    w->len = 0;
    return LF_OK;
}

static uint64_t writer_size(const writer *w) {
    return w->base + w->len;
}

static lf_rc writer_put(writer *w, uint8_t b, lf_error *err) {
    if (w->len == WINDOW_BYTES) LF_TRY(writer_flush(w, err));
    w->buf[w->len++] = b;
    return LF_OK;
}

static void writer_back_to(writer *w, uint64_t size) {
    if (size >= w->base) {
        w->len = (size_t)(size - w->base);
    } else {
        w->base = size;
        w->len = 0;
    }
}

/* --- bytes and JSON --- */

static void bad(reader *r, const char *what) {
    if (r->rc != LF_OK) return;
    r->rc = lf_fail(r->err, LF_ECORRUPT, "line %llu holds no reject: %s",
                    (unsigned long long)r->line, what);
    lf_error_set_file(r->err, r->s->path);
    lf_error_set_place(r->err, LF_NO_POSITION, r->line, 0, NULL, r->at + r->pos);
}

/* -1: the end, or a failure. */
static int peek_byte(reader *r) {
    if (r->rc != LF_OK) return -1;
    if (r->pos == r->len) {
        r->at += r->len;
        r->pos = r->len = 0;
        r->rc = r->s->type->read_at(r->s, r->at, r->window, WINDOW_BYTES, &r->len, r->err);
        if (r->rc != LF_OK || r->len == 0) return -1;
    }
    return r->window[r->pos];
}

static int next_byte(reader *r) {
    int c = peek_byte(r);
    if (c < 0) return c;
    r->pos++;
    r->line += c == '\n';
    return c;
}

static int next_solid(reader *r) {
    int c;
    do
        c = next_byte(r);
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
    return c;
}

static void expect(reader *r, int want, const char *what) {
    if (next_solid(r) != want) bad(r, what);
}

static void put_base64(reader *r, target *t, int c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == '=') return;
    const char *at = c != 0 ? memchr(digits, c, 64) : NULL;
    if (at == NULL) {
        bad(r, "raw_base64 is not base64");
        return;
    }
    t->bits = t->bits << 6 | (uint32_t)(at - digits);
    t->n_bits += 6;
    if (t->n_bits < 8) return;
    t->n_bits -= 8;
    if (r->rc == LF_OK) r->rc = writer_put(r->text, (uint8_t)(t->bits >> t->n_bits), r->err);
}

static void put_byte(reader *r, target *t, int c) {
    if (t->buf != NULL && t->len + 1 < t->cap) t->buf[t->len++] = (char)c;
    if (t->base64)
        put_base64(r, t, c);
    else if (t->to_text && r->rc == LF_OK)
        r->rc = writer_put(r->text, (uint8_t)c, r->err);
}

static void put_code_point(reader *r, target *t, uint32_t c) {
    if (c < 0x80) {
        put_byte(r, t, (int)c);
        return;
    }
    if (c >= 0x10000) {
        put_byte(r, t, (int)(0xF0 | c >> 18));
        put_byte(r, t, (int)(0x80 | (c >> 12 & 63)));
    } else if (c >= 0x800) {
        put_byte(r, t, (int)(0xE0 | c >> 12));
    }
    put_byte(r, t, (int)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xC0 | c >> 6));
    put_byte(r, t, (int)(0x80 | (c & 63)));
}

static uint32_t hex4(reader *r) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int c = next_byte(r);
        if (c < 0 || !isxdigit(c)) {
            bad(r, "a \\u escape needs four hex digits");
            return 0;
        }
        v = v << 4 | (uint32_t)(isdigit(c) ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static void unicode_escape(reader *r, target *t) {
    uint32_t c = hex4(r);
    if (c >= 0xD800 && c < 0xE000) {
        bool pair = c < 0xDC00 && next_byte(r) == '\\' && next_byte(r) == 'u';
        uint32_t low = pair ? hex4(r) : 0;
        if (low < 0xDC00 || low > 0xDFFF) {
            bad(r, "a \\u escape is half of a pair");
            return;
        }
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    put_code_point(r, t, c);
}

/* The rest of a string whose first quote is read. */
static void read_string(reader *r, target *t) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    for (;;) {
        int c = next_byte(r);
        if (c < 0 || c == '\n') {
            bad(r, "a string never ends");
            return;
        }
        if (c == '"') break;
        if (c != '\\') {
            put_byte(r, t, c);
            continue;
        }
        c = next_byte(r);
        const char *at = c > 0 ? strchr(from, c) : NULL;
        if (c == 'u')
            unicode_escape(r, t);
        else if (at != NULL)
            put_byte(r, t, to[at - from]);
        else
            bad(r, "an unknown escape in a string");
    }
    if (t->buf != NULL) t->buf[t->len] = '\0';
}

/* A value that nobody wants, or a number into *number_out. */
static void read_value(reader *r, int first, uint64_t *number_out) {
    int depth = 0, c = first;
    target nowhere = {.buf = NULL};
    uint64_t v = 0;
    bool digits = false;
    while (r->rc == LF_OK) {
        if (c == '"') read_string(r, &nowhere);
        if (c >= '0' && c <= '9' && depth == 0) digits = true, v = v * 10 + (uint64_t)(c - '0');
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth > DEPTH_MAX || depth < 0 || c < 0) bad(r, "a value never ends");
        int next = peek_byte(r);
        if (depth == 0 && (next == ',' || next == '}' || next < 0 || next == '\n')) break;
        c = next_byte(r);
    }
    if (digits && number_out != NULL) *number_out = v;
}

static bool is(const char *key, const char *name) {
    return strcmp(key, name) == 0;
}

/* Bytes of the row: `raw` counts where both are given, as it is what people write. */
static void read_raw(reader *r, bool base64, facts *f) {
    bool skip = r->text == NULL || (base64 && f->has_raw);
    target t = {.to_text = !skip, .base64 = base64 && !skip};
    if (!base64 && f->has_base64 && r->text != NULL) writer_back_to(r->text, r->row_start);
    read_string(r, &t);
    *(base64 ? &f->has_base64 : &f->has_raw) = true;
}

static void read_pair(reader *r, facts *f) {
    char key[32];
    target k = {.buf = key, .cap = sizeof key};
    expect(r, '"', "a key in double quotes is missing");
    if (r->rc != LF_OK) return;
    read_string(r, &k);
    expect(r, ':', "a key needs ':' after it");
    int c = next_solid(r);
    bool raw = is(key, "raw"), base64 = is(key, "raw_base64");
    target input = {.buf = f->input, .cap = sizeof f->input};
    if ((raw || base64) && c == '"')
        read_raw(r, base64, f);
    else if (is(key, "input") && c == '"')
        read_string(r, &input);
    else
        read_value(r, c,
                   is(key, "row")           ? &f->row
                   : is(key, "line")        ? &f->line
                   : is(key, "byte_offset") ? &f->byte_offset
                                            : NULL);
}

/* One reject, behind its opening brace. */
static void read_reject(reader *r, facts *f) {
    *f = (facts){.row = LF_NO_POSITION, .line = LF_NO_POSITION, .byte_offset = LF_NO_POSITION};
    int c;
    do {
        read_pair(r, f);
        c = next_solid(r);
    } while (r->rc == LF_OK && c == ',');
    if (c != '}') bad(r, "an object needs ',' or '}'");
    if (!f->has_raw && !f->has_base64) bad(r, "it has no \"raw\"");
}

/* --- the text --- */

static lf_rc add_row(lf_rejects_text *t, uint64_t start, uint64_t line, lf_error *err) {
    if (t->n == t->cap) {
        size_t cap = t->cap * 2 + 64, old = t->cap * sizeof *t->starts;
        uint64_t *starts = lf_mem_realloc(t->alloc, t->starts, old, cap * sizeof *starts);
        if (starts != NULL) t->starts = starts;
        uint64_t *lines =
            starts == NULL ? NULL : lf_mem_realloc(t->alloc, t->lines, old, cap * sizeof *lines);
        if (lines == NULL) {
            if (starts != NULL) /* both of one size, for reset */
                t->starts = lf_mem_realloc(t->alloc, starts, cap * sizeof *starts, old);
            return lf_fail_nomem(err, cap * sizeof *starts);
        }
        t->lines = lines;
        t->cap = cap;
    }
    t->starts[t->n] = start;
    t->lines[t->n++] = line;
    return LF_OK;
}

static lf_rc end_row(writer *w, lf_error *err) {
    return w->len > 0 && w->buf[w->len - 1] == '\n' ? LF_OK : writer_put(w, '\n', err);
}

static lf_rc read_all(lf_rejects_text *t, reader *r, lf_error *err) {
    facts *f = lf_mem_zalloc(t->alloc, sizeof *f);
    if (f == NULL) return lf_fail_nomem(err, sizeof *f);
    lf_rc rc = LF_OK;
    int c;
    while ((c = next_solid(r)) >= 0) {
        uint64_t line = r->at + r->pos - 1;
        r->row_start = writer_size(r->text);
        if (c != '{') bad(r, "it is no JSON object");
        if (r->rc == LF_OK) read_reject(r, f);
        if (r->rc != LF_OK) break;
        LF_GO(add_row(t, r->row_start, line, err));
        LF_GO(end_row(r->text, err));
    }
    rc = r->rc;
    if (rc == LF_OK && t->n == 0) {
        rc = lf_fail(err, LF_EEMPTY_INPUT, "the file holds no rejects");
        lf_error_set_file(err, r->s->path);
    }
out:
    lf_mem_free(t->alloc, f, sizeof *f);
    return rc;
}

void lf_rejects_text_init(lf_rejects_text *t, const lf_alloc *a) {
    *t = (lf_rejects_text){.alloc = a};
}

lf_rc lf_rejects_text_load(lf_rejects_text *t, const char *path, const char *head,
                           const char *temp_dir, lf_error *err) {
    uint8_t *memory = lf_mem_alloc(t->alloc, 2 * WINDOW_BYTES);
    if (memory == NULL) return lf_fail_nomem(err, 2 * WINDOW_BYTES);
    lf_rc rc = LF_OK;
    LF_GO(lf_source_open(path, t->alloc, &t->file, err));
    if (t->file->type->read_at == NULL) {
        rc = lf_fail(err, LF_EUNSUPPORTED, "rejects are read from a plain file, not from a stream");
        lf_error_set_file(err, path);
        goto out;
    }
    LF_GO(lf_sink_open_temp(temp_dir, t->alloc, &t->temp, err));
    writer w = {.to = t->temp, .buf = memory + WINDOW_BYTES};
    reader r = {.s = t->file, .window = memory, .line = 1, .err = err, .text = &w};
    for (; *head != '\0'; head++)
        LF_GO(writer_put(&w, (uint8_t)*head, err));
    LF_GO(read_all(t, &r, err));
    LF_GO(writer_flush(&w, err));
    t->size = writer_size(&w);
out:
    lf_mem_free(t->alloc, memory, 2 * WINDOW_BYTES);
    return rc;
}

lf_rc lf_rejects_text_place(void *ctx, lf_row_place *inout, lf_error *err) {
    lf_rejects_text *t = ctx;
    size_t low = 0, high = t->n; /* the last row that starts at or before it */
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (t->starts[mid] <= inout->byte_offset)
            low = mid;
        else
            high = mid;
    }
    size_t bytes = WINDOW_BYTES + sizeof(facts);
    uint8_t *memory = lf_mem_alloc(t->alloc, bytes);
    if (memory == NULL) return lf_fail_nomem(err, bytes);
    facts *f = (facts *)memory;
    reader r = {.s = t->file, .window = memory + sizeof *f, .at = t->lines[low] + 1, .err = err};
    read_reject(&r, f);
    if (r.rc == LF_OK) {
        memcpy(t->input, f->input, sizeof t->input);
        if (f->input[0] != '\0') inout->input = t->input;
        if (f->row != LF_NO_POSITION) inout->row = f->row;
        if (f->line != LF_NO_POSITION) inout->line = f->line;
        if (f->byte_offset != LF_NO_POSITION) inout->byte_offset = f->byte_offset;
    }
    lf_mem_free(t->alloc, memory, bytes);
    return r.rc;
}

void lf_rejects_text_reset(lf_rejects_text *t) {
    if (t->alloc == NULL) return;
    lf_source_close(t->file);
    lf_sink_close(t->temp);
    lf_mem_free(t->alloc, t->starts, t->cap * sizeof *t->starts);
    lf_mem_free(t->alloc, t->lines, t->cap * sizeof *t->lines);
    *t = (lf_rejects_text){.alloc = NULL};
}

/* --- the source --- */

typedef struct text_source {
    lf_source base;
    const lf_rejects_text *t;
    uint64_t at;
} text_source;

static lf_rc text_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                          lf_error *err) {
    const lf_rejects_text *t = ((text_source *)s)->t;
    uint64_t left = offset < t->size ? t->size - offset : 0;
    *got_out = n < left ? n : (size_t)left;
    atomic_fetch_add_explicit(&s->stored_read, *got_out, memory_order_relaxed);
    return *got_out == 0 ? LF_OK : t->temp->type->read_at(t->temp, offset, dst, *got_out, err);
}

static lf_rc text_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    text_source *x = (text_source *)s;
    LF_TRY(text_read_at(s, x->at, dst, n, got_out, err));
    x->at += *got_out;
    return LF_OK;
}

static void text_close(lf_source *s) {
    text_source *x = (text_source *)s;
    lf_mem_strfree(x->t->alloc, s->path);
    lf_mem_free(x->t->alloc, x, sizeof *x);
}

static const lf_source_type text_type = {
    .name = "rejects", .read_at = text_read_at, .read = text_read, .close = text_close};

lf_rc lf_rejects_text_source(lf_rejects_text *t, lf_source **out, lf_error *err) {
    text_source *x = lf_mem_zalloc(t->alloc, sizeof *x);
    if (x == NULL) return lf_fail_nomem(err, sizeof *x);
    x->t = t;
    x->base = (lf_source){.type = &text_type, .size_bytes = t->size, .stored_bytes = t->size};
    x->base.path = lf_mem_strdup(t->alloc, t->file->path);
    if (x->base.path == NULL) {
        lf_mem_free(t->alloc, x, sizeof *x);
        return lf_fail_nomem(err, strlen(t->file->path));
    }
    *out = &x->base;
    return LF_OK;
}
