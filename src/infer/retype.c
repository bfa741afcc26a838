/* Cell by cell: read, remember every form that prints the cell back as a bit of a small table of
 * the tile's forms. At the end the form with most cells is the tile's, and the cells without its
 * bit are the exceptions. */
#include "infer/retype.h"
#include "core/limits.h"
#include "infer/reading.h"
#include <string.h>

#define FORMS_TABLE 32u

typedef struct retype_row {
    uint32_t start, len; /* of the text */
    uint32_t forms;      /* bits of the table; all ones: any */
    uint32_t null_as;    /* of nulls: 0 empty, 1 + word, LF_NULL_QUOTED */
} retype_row;

struct lf_retyper {
    const lf_alloc *alloc;
    lf_type type;
    lf_parse_ctx ctx;
    uint32_t slot;
    lf_buf bytes;
    uint32_t n, cap; /* rows; cap is a multiple of 64 */
    retype_row *rows;
    uint32_t *start, *len; /* of string columns */
    lf_exception *exc;
    uint64_t *validity;
    uint8_t *values_block, *values; /* values: aligned within the block */
    uint32_t n_null, n_empty, n_words, first_word, n_quoted_empty;
    bool words_differ;
    lf_form table[FORMS_TABLE];
    uint32_t counts[FORMS_TABLE], n_table;
};

static size_t values_bytes(const lf_retyper *r, uint32_t cap) {
    return (size_t)cap * r->slot + 192;
}

static void free_arrays(lf_retyper *r) {
    size_t n = r->cap;
    lf_mem_free(r->alloc, r->rows, n * sizeof *r->rows);
    lf_mem_free(r->alloc, r->start, n * sizeof *r->start);
    lf_mem_free(r->alloc, r->len, n * sizeof *r->len);
    lf_mem_free(r->alloc, r->exc, n * sizeof *r->exc);
    lf_mem_free(r->alloc, r->validity, n / 8);
    lf_mem_free(r->alloc, r->values_block, r->values_block ? values_bytes(r, r->cap) : 0);
    r->rows = NULL;
    r->start = r->len = NULL;
    r->exc = NULL;
    r->validity = NULL;
    r->values_block = r->values = NULL;
    r->cap = 0;
}

/* Arrays for b->cap rows; false leaves some of them NULL. */
static bool make_arrays(lf_retyper *b) {
    size_t n = b->cap;
    b->rows = lf_mem_alloc(b->alloc, n * sizeof *b->rows);
    b->start = lf_mem_alloc(b->alloc, n * sizeof *b->start);
    b->len = lf_mem_alloc(b->alloc, n * sizeof *b->len);
    b->exc = lf_mem_alloc(b->alloc, n * sizeof *b->exc);
    b->validity = lf_mem_zalloc(b->alloc, n / 8);
    b->values_block = lf_mem_zalloc(b->alloc, values_bytes(b, b->cap));
    if (!(b->rows && b->start && b->len && b->exc && b->validity && b->values_block)) return false;
    b->values = b->values_block + (64 - ((uintptr_t)b->values_block & 63)) % 64;
    return true;
}

static lf_rc grow(lf_retyper *r, lf_error *err) {
    lf_retyper bigger = *r;
    uint32_t n = r->n;
    bigger.cap = r->cap ? r->cap * 2 : 1024;
    if (!make_arrays(&bigger)) {
        free_arrays(&bigger);
        return lf_fail_nomem(err, values_bytes(r, r->cap * 2));
    }
    if (n > 0) {
        memcpy(bigger.rows, r->rows, n * sizeof *r->rows);
        memcpy(bigger.start, r->start, n * sizeof *r->start);
        memcpy(bigger.len, r->len, n * sizeof *r->len);
        memcpy(bigger.validity, r->validity, r->cap / 8);
        memcpy(bigger.values, r->values, (size_t)n * r->slot);
    }
    free_arrays(r);
    *r = bigger;
    return LF_OK;
}

lf_rc lf_retyper_create(const lf_alloc *a, lf_type t, const lf_parse_ctx *ctx, lf_retyper **out,
                        lf_error *err) {
    lf_retyper *r = lf_mem_zalloc(a, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    r->alloc = a;
    r->type = t;
    r->ctx = *ctx;
    r->slot = lf_type_slot_bytes(t);
    lf_buf_init(&r->bytes, a, UINT32_MAX - LF_OVERREAD_BYTES);
    *out = r;
    return LF_OK;
}

void lf_retyper_reset(lf_retyper *r) {
    lf_buf_clear(&r->bytes);
    if (r->cap > 0) memset(r->validity, 0, r->cap / 8);
    r->n = r->n_null = r->n_empty = r->n_words = r->first_word = r->n_quoted_empty = 0;
    r->words_differ = false;
    r->n_table = 0;
}

static uint32_t form_bit(lf_retyper *r, lf_form f) {
    uint32_t i = 0;
    while (i < r->n_table && memcmp(&r->table[i], &f, sizeof f) != 0)
        i++;
    if (i == FORMS_TABLE) return 0;
    if (i == r->n_table) {
        r->table[r->n_table++] = f;
        r->counts[i] = 0;
    }
    r->counts[i]++;
    return 1u << i;
}

static void note_null(lf_retyper *r, retype_row *row) {
    r->n_null++;
    if (row->null_as == LF_NULL_QUOTED) {
        r->n_quoted_empty++;
    } else if (row->null_as == 0) {
        r->n_empty++;
    } else {
        if (r->n_words++ == 0) r->first_word = row->null_as;
        r->words_differ |= row->null_as != r->first_word;
    }
}

/* Whether the cell is null, by the rules of the target type. */
static bool is_null(const lf_retyper *r, lf_span text, bool quoted, uint32_t *null_as) {
    bool is_text = r->type.id == LF_T_STRING;
    uint32_t word = 0;
    switch (lf_parse_null(text, quoted, &r->ctx, &word)) {
    case LF_NULL_EMPTY:
        *null_as = quoted ? LF_NULL_QUOTED : 0;
        return !(is_text && quoted);
    case LF_NULL_WORD:
        *null_as = word + 1;
        if (r->ctx.null_words_everywhere) return true;
        return !is_text &&
               !(r->type.id == LF_T_DOUBLE && text.len == 3 && memcmp(text.data, "NaN", 3) == 0);
    case LF_NULL_NO:
        break;
    }
    return false;
}

static lf_rc misfit(const lf_retyper *r, lf_span text, lf_error *err) {
    char name[48], shown[61];
    return lf_fail(err, LF_ETYPE_MISFIT, "\"%s\" does not read as %s",
                   lf_error_text(shown, sizeof shown, text),
                   lf_type_print(r->type, name, sizeof name));
}

lf_rc lf_retyper_add(lf_retyper *r, lf_span text, bool quoted, lf_error *err) {
    retype_row row = {.start = (uint32_t)r->bytes.len, .len = (uint32_t)text.len};
    if (r->n == r->cap) LF_TRY(grow(r, err));
    if (text.data == NULL) text = (lf_span){(const uint8_t *)"", 0};
    LF_TRY(lf_buf_reserve(&r->bytes, text.len + LF_OVERREAD_BYTES, err));
    bool valid = !is_null(r, text, quoted, &row.null_as);
    if (valid && r->type.id != LF_T_STRING) {
        lf_reading cell;
        if (!lf_read(r->type, text, &r->ctx, &cell)) return misfit(r, text, err);
        lf_value_store(r->values, r->slot, r->n, cell.value);
        if (cell.any_form)
            row.forms = UINT32_MAX;
        else
            for (uint32_t i = 0; i < cell.n_forms; i++)
                row.forms |= form_bit(r, cell.forms[i]);
    }
    if (text.len > 0) memcpy(r->bytes.data + r->bytes.len, text.data, text.len);
    r->bytes.len += text.len;
    if (!valid) note_null(r, &row);
    r->start[r->n] = row.start;
    r->len[r->n] = valid ? row.len : 0;
    r->validity[r->n >> 6] |= (uint64_t)valid << (r->n & 63);
    r->rows[r->n++] = row;
    return LF_OK;
}

static uint32_t best_form(const lf_retyper *r) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < r->n_table; i++)
        if (r->counts[i] > r->counts[best]) best = i;
    return best;
}

static uint32_t list_exceptions(lf_retyper *r, uint32_t form, uint32_t null_word) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        const retype_row *row = &r->rows[i];
        bool valid = (r->validity[i >> 6] >> (i & 63)) & 1, told;
        if (valid)
            told = row->forms >> form & 1;
        else
            told = row->null_as == null_word ||
                   (r->ctx.null_words_everywhere && row->null_as != LF_NULL_QUOTED);
        if (!told) r->exc[n++] = (lf_exception){.row = i, .start = row->start, .len = row->len};
    }
    return n;
}

void lf_retyper_finish(lf_retyper *r, lf_column *out, uint32_t *n_rows_out) {
    *out = (lf_column){.type = r->type, .null_count = r->n_null, .bytes = r->bytes.data};
    *n_rows_out = r->n;
    if (r->n_null > 0) out->validity = r->validity;
    if (r->type.id == LF_T_STRING) {
        out->start = r->start;
        out->len = r->len;
        return;
    }
    uint32_t form = best_form(r), null_word = 0;
    if (r->n_empty == 0 && r->n_words > 0 && !r->words_differ && !r->ctx.null_words_everywhere &&
        r->first_word <= UINT8_MAX)
        null_word = r->first_word;
    out->values = r->values;
    out->exc = r->exc;
    out->n_exc = list_exceptions(r, form, null_word);
    if (r->n_table > 0) out->form = r->table[form];
    out->form.null_word = (uint8_t)null_word;
}

void lf_retyper_destroy(lf_retyper *r) {
    if (r == NULL) return;
    free_arrays(r);
    lf_buf_reset(&r->bytes);
    lf_mem_free(r->alloc, r, sizeof *r);
}
