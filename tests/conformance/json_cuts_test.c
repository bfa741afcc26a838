/* The same rows, rejects and counts however a JSON text is cut, on every instruction set.
 *
 * Texts are made at random: records whose keys come, go and change their order, strings that look
 * like structure, broken lines. The reference is the scalar set on the whole text in one piece.
 * Values are printed as they were written (forms and exceptions undone) and nulls not at all, so
 * that it does not matter in which tile a column widened or came. */
#include "array/batch.h"
#include "core/buf.h"
#include "core/cpu.h"
#include "decode/json/json_decode.h"
#include "infer/print.h"
#include "infer/shape.h"
#include "lf_test.h"
#include <stdlib.h>
#include <string.h>

static uint32_t seed = 3;
static uint32_t dice(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* --- texts --- */

static char text[400000];
static size_t text_len;

static void put(const char *s) {
    size_t n = strlen(s);
    if (text_len + n >= sizeof text) abort();
    memcpy(text + text_len, s, n + 1);
    text_len += n;
}

static void put_value(uint32_t kind, bool late) {
    static const char *const strings[] = {"\"\"",
                                          "\"x\"",
                                          "\"a,b\\\"]}\"",
                                          "\"\\\\\"",
                                          "\"gr\xc3\xbcn\"",
                                          "\"\\u00e9\\n\"",
                                          "\"{\\\"a\\\":1\"",
                                          "\"null\""};
    char s[64];
    if (dice(12) == 0) {
        put("null");
        return;
    }
    switch (kind) {
    case 0:
        snprintf(s, sizeof s, late && dice(9) == 0 ? "%u.50" : "%u", dice(1000000));
        put(s);
        return;
    case 1:
        put(strings[dice(8)]);
        return;
    case 2:
        snprintf(s, sizeof s, "\"20%02u-%02u-%02u\"", dice(100), 1 + dice(12), 1 + dice(28));
        put(late && dice(20) == 0 ? "\"soon\"" : s);
        return;
    case 3:
        put(dice(2) ? "true" : "false");
        return;
    case 4:
        put("[");
        for (uint32_t n = dice(4); n > 0; n--) {
            put_value(0, late);
            put(n > 1 ? ", " : "");
        }
        put("]");
        return;
    default:
        put("{\"p\":");
        put_value(0, late);
        put(late && dice(5) == 0 ? ",\"r\":1}" : ",\"q\": \"z\"}");
    }
}

static void put_record(bool late) {
    bool swap = dice(7) == 0, blank = dice(3) == 0;
    put("{");
    for (uint32_t k = 0; k < 7; k++) {
        char key[16];
        uint32_t kind = swap ? 6 - k : k;
        if (dice(15) == 0 && k > 0) continue;
        if (text[text_len - 1] != '{') put(blank ? ", " : ",");
        snprintf(key, sizeof key, blank ? "\"k%u\": " : "\"k%u\":", kind);
        put(key);
        put_value(kind, late);
    }
    if (late && dice(30) == 0) put(text[text_len - 1] == '{' ? "\"new\":7" : ",\"new\":7");
    put("}");
}

static void put_broken(void) {
    static const char *const broken[] = {
        "{\"k0\":1,}",  "{\"k0\":01}",       "\"open", "{\"k1\":\"a\tb\"}", "", "  ", "[1,2",
        "{\"k0\":1} x", "{\"k1\":\"\xff\"}", "}",      "{\"k0\":1}}"};
    put(broken[dice(11)]);
}

enum { LINES, ARRAY, VALUES };

static void make(int form, size_t bytes) {
    text_len = 0;
    text[0] = 0;
    if (form == ARRAY) put(" [ ");
    for (uint32_t r = 0; text_len < bytes; r++) {
        if (r > 0 && form == ARRAY) put(dice(2) ? "," : " ,\n");
        if (form == LINES && r > 20 && dice(60) == 0)
            put_broken();
        else
            put_record(r > 40);
        if (form == LINES) put(dice(9) ? "\n" : "\r\n");
        if (form == VALUES) put(dice(2) ? "\n" : dice(2) ? " " : "");
    }
    if (form == ARRAY) put("\n]\n");
}

/* --- dumps --- */

typedef struct dump {
    lf_buf out;
    uint64_t rows, records, newlines, blank;
} dump;

static void say(dump *d, const void *p, size_t n) {
    if (lf_buf_append(&d->out, p, n, NULL) != LF_OK) abort();
}

static bool exception_of(const lf_column *c, uint32_t at, lf_span *out) {
    for (uint32_t i = 0; i < c->n_exc; i++) {
        if (c->exc[i].row != at) continue;
        *out = (lf_span){c->bytes + c->exc[i].start, c->exc[i].len};
        return true;
    }
    return false;
}

static void say_value(dump *d, const lf_field *f, const lf_column *c, uint32_t r, bool top) {
    char printed[LF_PRINT_MAX];
    lf_span t;
    uint32_t values = 0;
    if (!lf_column_is_valid(c, r) || c->type.id == LF_T_NULL) {
        say(d, "~", 1);
        return;
    }
    switch (c->type.id) {
    case LF_T_STRUCT:
        say(d, "{", 1);
        for (uint32_t i = 0; i < c->n_children; i++) {
            if (!lf_column_is_valid(&c->children[i], r)) continue;
            say(d, f->children[i].name, strlen(f->children[i].name));
            say_value(d, &f->children[i], &c->children[i], r, false);
        }
        say(d, "}", 1);
        return;
    case LF_T_LIST:
        say(d, "[", 1);
        for (uint32_t i = c->offsets[r]; i < c->offsets[r + 1]; i++) {
            say_value(d, &f->children[0], &c->children[0], i, false);
            say(d, ";", 1);
        }
        say(d, "]", 1);
        return;
    case LF_T_STRING:
        say(d, c->bytes + c->start[r], c->len[r]);
        return;
    default:
        for (uint32_t i = 0; i < r && !top; i++)
            values += lf_column_is_valid(c, i);
        if (exception_of(c, top ? r : values, &t))
            say(d, t.data, t.len);
        else
            say(d, printed,
                lf_print_value(c->type, lf_column_value(c, r), c->form, LF_DF_YMD_DASH, printed));
    }
}

static void say_batch(dump *d, const lf_batch *b) {
    uint32_t next = 0;
    for (uint32_t r = 0; r <= b->n_rows; r++) {
        for (; next < b->n_rejects && b->rejects[next].rows_before == r; next++) {
            const lf_reject *x = &b->rejects[next];
            char line[200];
            int n = snprintf(line, sizeof line, "!%d @%llu record %llu line %llu %s: ", x->rc,
                             (unsigned long long)x->byte_offset,
                             (unsigned long long)(d->records + x->records_before),
                             (unsigned long long)(d->newlines + x->newlines_before), x->reason);
            say(d, line, (size_t)n);
            say(d, x->raw.data, x->raw.len);
            say(d, "\n", 1);
        }
        if (r == b->n_rows) break;
        for (uint32_t c = 0; c < b->n_columns; c++) {
            if (!lf_column_is_valid(&b->columns[c], r)) continue;
            say(d, b->schema->fields[c].name, strlen(b->schema->fields[c].name));
            say(d, "=", 1);
            say_value(d, &b->schema->fields[c], &b->columns[c], r, true);
            say(d, " ", 1);
        }
        say(d, "\n", 1);
        d->rows++;
    }
}

/* Input comes in heap blocks of the exact size plus the margins, which hold junk. */
static lf_rc run_block(dump *d, lf_decoder *dec, const lf_block *b, size_t chunk, bool random,
                       lf_error *err) {
    const lf_decoder_type *t = &lf_json_decoder;
    static const char junk[] = "\"}],{[\n\\:";
    lf_rc rc = t->begin(dec, b, err);
    uint64_t at = b->start;
    size_t have = 0;
    for (lf_step step = LF_NEED_INPUT; rc == LF_OK && step != LF_DONE;) {
        size_t left = text_len - (size_t)at, used = 0;
        uint8_t *block = malloc(have + 2 * LF_OVERREAD_BYTES);
        for (size_t i = 0; i < have + 2 * LF_OVERREAD_BYTES; i++)
            block[i] = (uint8_t)junk[i % (sizeof junk - 1)];
        memcpy(block + LF_OVERREAD_BYTES, text + at, have);
        lf_batch batch = {0};
        rc = t->next(dec, (lf_span){block + LF_OVERREAD_BYTES, have}, have == left, &used, &step,
                     &batch, err);
        if (rc == LF_OK && step == LF_BATCH_READY) say_batch(d, &batch);
        free(block);
        at += used;
        have -= used;
        left -= used;
        if (rc != LF_OK || step != LF_NEED_INPUT) continue;
        size_t more = chunk == 0 ? left : random ? 1 + dice((uint32_t)chunk) : chunk;
        have = have + more < left ? have + more : left;
    }
    return rc;
}

static lf_rc run(dump *d, lf_isa isa, size_t chunk, bool random, uint64_t block_bytes) {
    const lf_decoder_type *t = &lf_json_decoder;
    lf_decode_opts o = {.struct_size = sizeof o, .alloc = lf_alloc_default(), .isa = isa};
    lf_error err = {0};
    lf_plan *plan = NULL;
    lf_decoder *dec = NULL;
    lf_shape known = {0};
    size_t head = text_len < 8000 ? text_len : 8000;
    *d = (dump){0};
    lf_buf_init(&d->out, o.alloc, SIZE_MAX / 2);
    lf_rc rc = t->plan(&o, (lf_span){(const uint8_t *)text, head}, head == text_len, &plan, &err);
    if (rc == LF_OK) rc = t->create(plan, o.alloc, &dec, &err);
    const lf_plan_base *base = (const lf_plan_base *)(const void *)plan;
    if (rc == LF_OK) rc = lf_shape_join(&known, o.alloc, base->shape, &err);
    uint64_t start = rc == LF_OK ? base->body_offset : 0, near = 0;
    while (rc == LF_OK && start < text_len) {
        near = block_bytes == 0 ? UINT64_MAX : near + block_bytes;
        if (start >= near) continue;
        lf_block b = {.start = start, .end = near, .shape = &known};
        rc = run_block(d, dec, &b, chunk, random, &err);
        if (rc != LF_OK) break;
        lf_block_end end;
        t->block_end(dec, &end);
        d->records += end.records;
        d->newlines += end.newlines;
        d->blank += end.blank_lines;
        start = end.next_start;
        rc = lf_shape_join(&known, o.alloc, end.shape, &err);
    }
    if (rc != LF_OK) printf("  %s\n", err.message);
    lf_shape_reset(&known, o.alloc);
    t->destroy(dec);
    t->plan_destroy(plan);
    return rc;
}

static bool compare(const dump *want, const dump *got) {
    bool good =
        LF_CHECK_EQ_U64(got->rows, want->rows) && LF_CHECK_EQ_U64(got->records, want->records) &&
        LF_CHECK_EQ_U64(got->newlines, want->newlines) && LF_CHECK_EQ_U64(got->blank, want->blank);
    size_t i = 0, line = 0;
    if (got->out.len == want->out.len && memcmp(got->out.data, want->out.data, got->out.len) == 0)
        return good;
    while (i < got->out.len && i < want->out.len && got->out.data[i] == want->out.data[i])
        line = got->out.data[i++] == '\n' ? i : line;
    printf("  want: %.300s\n  got:  %.300s\n", (char *)want->out.data + line,
           (char *)got->out.data + line);
    return LF_CHECK(!"the same dump");
}

static void texts_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 1, 7, 64, 4000};
    lf_isa isas[] = {LF_ISA_SCALAR, lf_isa_best()};
    for (uint32_t round = 0; round < 24; round++) {
        int form = (int)(round % 3);
        bool small = round < 18, good = true;
        dump want;
        make(form, small ? 200 + dice(12000) : 150000);
        good = LF_CHECK_EQ_I64(run(&want, LF_ISA_SCALAR, 0, false, 0), LF_OK);
        for (uint32_t k = small ? 0 : 4; k < 10 && good; k++) {
            dump got;
            size_t chunk = k < 5 ? chunks[k] : 1 + dice(9000);
            uint64_t block = k % 3 == 0 ? 0 : 700 + dice(30000);
            if (chunk == 1 && text_len > 4000) chunk = 13;
            good = LF_CHECK_EQ_I64(run(&got, isas[k & 1], chunk, k >= 5, block), LF_OK) &&
                   compare(&want, &got);
            if (!good)
                printf("  round %u form %d chunk %zu block %llu\n", round, form, chunk,
                       (unsigned long long)block);
            lf_buf_reset(&got.out);
        }
        lf_buf_reset(&want.out);
        if (!good) return;
    }
}

int main(void) {
    LF_RUN(texts_read_alike_however_cut);
    LF_TEST_MAIN_END;
}
