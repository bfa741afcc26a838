/* decode/json/json_leaf.c - from the cells of one leaf to typed values.
 *
 *   cells --kernel--> values | null | odd --here--> value | null | misfit
 *
 * Strings are read as dates and times by the rules of all formats, and as nothing else: "5" is
 * text. Bare cells are numbers, true, false or null. What fits no type that the leaf has widens it
 * for the whole tile, or, where the type was given, has its record refused. */
#include "decode/json/json_internal.h"
#include "infer/cell_reading.h"
#include <stdio.h>

#define TIMES      (LF_K_DATE | LF_K_TIME | LF_K_TS_LOCAL | LF_K_TS_ZONED | LF_K_NS | LF_K_OUT_NS)
#define ROOM_BYTES 256u /* strings longer than that are no dates */

static bool is_string(const json_node *n, uint32_t r) {
    return lf_json_bit(n->other, r) != n->quoted;
}

/* --- one cell --- */

static void add_bare(const json_node *n, lf_span t, lf_evidence *e) {
    lf_parse_ctx no_words = n->ctx;
    no_words.n_null_words = 0;
    no_words.format = NULL;
    if (t.len == 2 && t.data[0] == '-' && t.data[1] == '0') t = (lf_span){t.data + 1, 1};
    lf_evidence_add(e, t, false, &no_words);
}

static void add_string(const json_node *n, lf_span t, lf_evidence *e) {
    lf_evidence own;
    lf_evidence_init(&own);
    if (t.len > 0 && t.len <= ROOM_BYTES) lf_evidence_add(&own, t, true, &n->ctx);
    if ((own.kinds & TIMES) == 0 || (own.kinds & ~(uint32_t)TIMES) != 0) {
        lf_evidence_init(&own);
        own.kinds = LF_K_TEXT;
    }
    lf_evidence_join(e, &own);
}

/* The text of a string cell: where it stands, or decoded in `room`. */
static lf_span string_text(const json_node *n, const uint8_t *text, uint32_t r, uint8_t *room) {
    lf_span t = {text + n->start[r], n->len[r]};
    if (t.len > ROOM_BYTES || memchr(t.data, '\\', t.len) == NULL) return t;
    return (lf_span){room, lf_json_unescape(t.data, t.len, room)};
}

static bool is_null_word(const json_node *n, lf_span t) {
    for (uint32_t i = 0; n->ctx.null_words_everywhere && i < n->ctx.n_null_words; i++) {
        size_t len = strlen(n->ctx.null_words[i]);
        if (len > 0 && len == t.len && memcmp(n->ctx.null_words[i], t.data, len) == 0) return true;
    }
    return false;
}

typedef enum cell_kind { CELL_NULL, CELL_BARE, CELL_STRING, CELL_BAD } cell_kind;

static cell_kind kind_of(const json_node *n, const uint8_t *text, uint32_t r, uint8_t *room,
                         lf_span *out) {
    lf_span t = {text + n->start[r], n->len[r]};
    if (is_string(n, r)) {
        *out = string_text(n, text, r, room);
        return is_null_word(n, *out) ? CELL_NULL : CELL_STRING;
    }
    *out = t;
    if (t.len == 0 || lf_json_is_null(t.data, t.len)) return CELL_NULL;
    if (!lf_json_is_number(t.data, t.len) && !lf_json_is_bool(t.data, t.len)) return CELL_BAD;
    return is_null_word(n, t) ? CELL_NULL : CELL_BARE;
}

void lf_json_head_cell(json_node *n, const uint8_t *text, uint32_t r) {
    uint8_t room[ROOM_BYTES];
    lf_span t;
    cell_kind k = kind_of(n, text, r, room, &t);
    n->head.cells++;
    if (k == CELL_NULL) n->head.nulls++;
    if (k == CELL_BARE) add_bare(n, t, &n->head.evidence);
    if (k == CELL_STRING) add_string(n, t, &n->head.evidence);
}

/* --- values --- */

typedef struct reading {
    lf_cell_reading cells; /* out: sums over the runs of the kernel */
    bool doubt;
} reading;

/* A run of the kernel; another spelling of bools than JSON's is no bool. */
static bool run_kernel(const lf_decoder *d, const json_node *n, const lf_cells *in,
                       lf_cell_kernel_out *out) {
    return lf_cells_read(d->kernels, n->type, &n->ctx, in, out) &&
           (n->type.id != LF_T_BOOL || out->form.kind == LF_FORM_BOOL_LOWER);
}

static bool same_form(lf_form a, lf_form b) {
    return a.kind == b.kind && a.param == b.param && a.zone == b.zone && a.style == b.style &&
           a.words == b.words;
}

/* What the kernel made of rows from `at` on, added to that of the rows before. False: another
 * form. */
static bool merge(lf_cell_kernel_out *sum, const lf_cell_kernel_out *o, uint32_t rows, bool first) {
    bool has = rows > o->n_null + o->n_odd;
    if (has && !first && !same_form(sum->form, o->form)) return false;
    if (o->int_digits_max > sum->int_digits_max) sum->int_digits_max = o->int_digits_max;
    if (o->frac_digits_max > sum->frac_digits_max) sum->frac_digits_max = o->frac_digits_max;
    if (has && (first || o->frac_digits_min < sum->frac_digits_min))
        sum->frac_digits_min = o->frac_digits_min;
    if (has && first) sum->form = o->form;
    sum->trailing_zero |= o->trailing_zero;
    return true;
}

/* Runs of the most rows that a kernel takes. */
static void read_cells(const lf_decoder *d, json_node *n, reading *x) {
    uint32_t slot = lf_type_slot_bytes(n->type);
    bool first = true;
    x->cells.out.values = n->values;
    for (uint32_t at = 0; at < n->n; at += LF_TILE_ROWS_MAX) {
        uint32_t rows = n->n - at < LF_TILE_ROWS_MAX ? n->n - at : LF_TILE_ROWS_MAX;
        uint64_t *valid = n->valid + at / 64, *odd = n->odd + at / 64;
        lf_cells in = {.base = d->text, .start = n->start + at, .len = n->len + at, .n = rows};
        in.n_null_words = 1;
        in.null_len[0] = 4;
        memcpy(&in.null_word[0], "null", 4);
        lf_cell_kernel_out o = {
            .values = (uint8_t *)n->values + (size_t)at * slot, .valid = valid, .odd = odd};
        bool read = run_kernel(d, n, &in, &o);
        if (!read || !merge(&x->cells.out, &o, rows, first)) {
            lf_cells_all_odd(valid, odd, rows);
            x->cells.out.n_odd += rows;
            continue;
        }
        if (rows > o.n_null + o.n_odd) first = false;
        /* Cells of the other kind are for the exact path, and "" is no null. */
        uint64_t kernel_nulls = n->quoted ? ~0ull : 0;
        uint32_t n_odd = 0, n_valid = 0;
        for (uint32_t w = 0; w < lf_bit_words(rows); w++) {
            uint64_t in_rows = rows - w * 64 >= 64 ? ~0ull : (1ull << (rows - w * 64)) - 1;
            odd[w] |= n->other[at / 64 + w] | (~valid[w] & in_rows & kernel_nulls);
            valid[w] &= ~odd[w];
            n_odd += (uint32_t)__builtin_popcountll(odd[w]);
            n_valid += (uint32_t)__builtin_popcountll(valid[w]);
        }
        x->cells.out.n_odd += n_odd;
        x->cells.out.n_null += rows - n_odd - n_valid;
    }
}

/* Reads a cell as the leaf's type. */
static bool read_value(const json_node *n, cell_kind k, lf_span t, lf_value *v, lf_form *form) {
    bool exact, string = k == CELL_STRING;
    if (!n->fixed && string != lf_json_is_quoted_type(n->type)) return false;
    if (string && t.len > ROOM_BYTES) return false;
    if (k == CELL_BARE && t.len == 2 && t.data[0] == '-' && t.data[1] == '0') t.data++, t.len--;
    return lf_parse_value(n->type, t, &n->ctx, v, form, &exact);
}

/* The cells that the kernel left over. */
static lf_rc read_odd(lf_decoder *d, json_node *n, reading *x, uint32_t *misfits, lf_error *err) {
    uint8_t room[ROOM_BYTES];
    uint32_t slot = lf_type_slot_bytes(n->type);
    *misfits = 0;
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++) {
        for (uint64_t left = n->odd[w]; left != 0; left &= left - 1) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(left);
            lf_span t;
            lf_value v;
            lf_form form = {0};
            cell_kind k = kind_of(n, d->text, r, room, &t);
            if (k == CELL_BAD) {
                x->doubt = true;
                return LF_OK;
            }
            if (k == CELL_NULL) continue;
            if (!n->fixed && k == CELL_BARE) add_bare(n, t, &n->evidence);
            if (!n->fixed && k == CELL_STRING) add_string(n, t, &n->evidence);
            if (read_value(n, k, t, &v, &form)) {
                lf_value_store(n->values, slot, r, v);
                lf_json_bit_set(n->valid, r);
                lf_cell_reading_note(&x->cells, n->type, t, form);
                continue;
            }
            ++*misfits;
            if (n->fixed) LF_TRY(lf_json_misfit(d, n, r, LF_ETYPE_MISFIT, err));
        }
    }
    return LF_OK;
}

/* --- widening --- */

static lf_rc use_slots(lf_decoder *d, json_node *n, lf_error *err) {
    size_t slots = ((size_t)n->n + 63) / 64 * 64;
    size_t bytes = slots * lf_type_slot_bytes(n->type) + 192;
    if (bytes > n->values_bytes) {
        bytes += bytes / 2;
        lf_mem_free(d->alloc, n->values_mem, n->values_bytes);
        n->values_bytes = 0;
        n->values_mem = lf_mem_alloc(d->alloc, bytes);
        if (n->values_mem == NULL) return lf_fail_nomem(err, bytes);
        n->values_bytes = bytes;
    }
    n->values = (uint8_t *)n->values_mem + ((64 - ((uintptr_t)n->values_mem & 63)) & 63);
    return LF_OK;
}

void lf_json_node_type(json_node *n, lf_type t) {
    n->type = t;
    if (t.id != LF_T_NULL && lf_json_is_quoted_type(t) != n->quoted) lf_json_node_flip(n);
}

static void widen(const lf_decoder *d, json_node *n, bool misfits, bool *again) {
    lf_evidence e = n->evidence;
    lf_evidence_join(&e, &n->known);
    lf_type t = lf_evidence_type(&e, d->plan->decimal);
    uint32_t format = lf_evidence_date_format(&e);
    bool same = lf_type_equal(t, n->type) && format == n->ctx.date_format;
    *again = !same || misfits;
    if (same && misfits) {
        t = (lf_type){.id = LF_T_STRING};
        n->evidence.kinds |= LF_K_TEXT;
    }
    /* Undecided dates too: text gives no evidence from here on that could say otherwise. */
    if (t.id == LF_T_STRING) n->evidence.kinds |= LF_K_TEXT;
    n->ctx.date_format = format;
    if (*again) lf_json_node_type(n, t);
}

/* --- forms and exceptions --- */

static lf_rc add_exception(lf_decoder *d, json_node *n, uint32_t at, uint32_t r, lf_error *err) {
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->exc_vec, (d->n_exc + 1) * sizeof(lf_exception), err));
    lf_exception *e = (lf_exception *)d->exc_vec.data + d->n_exc++;
    *e = (lf_exception){.row = at, .start = n->start[r], .len = n->len[r]};
    n->n_exc++;
    return LF_OK;
}

static bool is_exception(const json_node *n, const uint8_t *text, uint32_t r, lf_form f,
                         bool zeros) {
    uint8_t room[ROOM_BYTES];
    lf_span t = {text + n->start[r], n->len[r]};
    if (!lf_cell_may_differ(t, lf_json_bit(n->odd, r), zeros)) return false;
    if (is_string(n, r)) t = string_text(n, text, r, room);
    lf_column c = {.type = n->type, .values = n->values};
    return !lf_print_matches(n->type, lf_column_value(&c, r), f, n->ctx.date_format, t);
}

/* Below the top the exceptions count values alone. */
static lf_rc describe(lf_decoder *d, json_node *n, const reading *x, lf_form *out, lf_error *err) {
    bool zeros, top = n->column != 0;
    uint32_t values = 0;
    *out = lf_cell_reading_form(&x->cells, n->type, n->n - x->cells.out.n_odd - x->cells.out.n_null,
                                &zeros);
    if (n->fixed || (x->cells.out.n_odd == 0 && !zeros)) return LF_OK;
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++) {
        for (uint64_t left = n->valid[w]; left != 0; left &= left - 1, values++) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(left);
            if (is_exception(n, d->text, r, *out, zeros))
                LF_TRY(add_exception(d, n, top ? r : values, r, err));
        }
    }
    return LF_OK;
}

/* --- leaves --- */

static lf_rc read_typed(lf_decoder *d, json_node *n, lf_form *form, bool *doubt, lf_error *err) {
    reading x;
    uint32_t misfits = 0;
    for (bool again = true; again;) {
        if (n->type.id == LF_T_STRING) return LF_OK; /* the caller reads it as text */
        lf_evidence before = n->evidence;
        x = (reading){.cells = LF_CELL_READING_NONE};
        LF_TRY(use_slots(d, n, err));
        if (n->type.id == LF_T_NULL) {
            lf_cells_all_odd(n->valid, n->odd, n->n);
            x.cells.out.n_odd = n->n;
        } else {
            read_cells(d, n, &x);
        }
        if (!n->fixed)
            lf_cell_reading_evidence(&x.cells.out, n->type, &n->ctx, n->valid, n->n, &n->evidence);
        if (x.cells.out.n_odd > 0) LF_TRY(read_odd(d, n, &x, &misfits, err));
        *doubt |= x.doubt;
        if (x.doubt) return LF_OK;
        again = !n->fixed && (misfits > 0 || !lf_evidence_equal(&before, &n->evidence));
        if (again) widen(d, n, misfits > 0, &again);
        misfits = 0;
    }
    return describe(d, n, &x, form, err);
}

/* Whether most strings of a text were bare, and the others: what tells "5" from 5 if the column
 * must become JSON text. */
static lf_rc describe_text(lf_decoder *d, json_node *n, lf_error *err) {
    uint32_t bare = 0, values = 0, at = 0;
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++) {
        uint64_t is_bare = n->quoted ? n->other[w] : ~n->other[w];
        bare += (uint32_t)__builtin_popcountll(n->valid[w] & is_bare);
        values += (uint32_t)__builtin_popcountll(n->valid[w]);
    }
    bool most = bare * 2 > values;
    n->form.kind = most ? LF_FORM_TEXT_BARE : 0;
    if (bare == 0 || bare == values) return LF_OK;
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++) {
        for (uint64_t left = n->valid[w]; left != 0; left &= left - 1, at++) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(left);
            if (is_string(n, r) == most)
                LF_TRY(add_exception(d, n, n->column != 0 ? r : at, r, err));
        }
    }
    return LF_OK;
}

/* A text's cells are what they say; nulls are bare. *doubt: a bare cell is no value. */
static void read_text(lf_decoder *d, json_node *n, bool *doubt) {
    uint8_t room[ROOM_BYTES];
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++)
        n->valid[w] = n->n - w * 64 >= 64 ? ~0ull : (1ull << (n->n - w * 64)) - 1;
    for (uint32_t w = 0; w < lf_bit_words(n->n) && !n->ctx.null_words_everywhere; w++) {
        for (uint64_t left = n->other[w]; left != 0; left &= left - 1) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(left);
            const uint8_t *p = d->text + n->start[r];
            if (n->len[r] == 0 || lf_json_is_null(p, n->len[r]))
                n->valid[w] &= ~(1ull << (r & 63));
            else if (!lf_json_is_number(p, n->len[r]) && !lf_json_is_bool(p, n->len[r]))
                *doubt = true;
        }
    }
    for (uint32_t r = 0; r < n->n && n->ctx.null_words_everywhere; r++) {
        lf_span t;
        cell_kind k = kind_of(n, d->text, r, room, &t);
        *doubt |= k == CELL_BAD;
        if (k == CELL_NULL) n->valid[r >> 6] &= ~(1ull << (r & 63));
    }
}

static void clear_nulls(json_node *n) {
    for (uint32_t w = 0; w < lf_bit_words(n->n); w++) {
        uint64_t left =
            ~n->valid[w] & (n->n - w * 64 >= 64 ? ~0ull : (1ull << (n->n - w * 64)) - 1);
        for (; left != 0; left &= left - 1)
            n->len[w * 64 + (uint32_t)__builtin_ctzll(left)] = 0;
    }
}

lf_rc lf_json_leaf_read(lf_decoder *d, json_node *n, bool *doubt_out, lf_error *err) {
    n->exc_first = d->n_exc;
    n->n_exc = 0;
    n->form = (lf_form){0};
    if (d->plan->all_strings && !n->fixed && n->type.id != LF_T_STRING) {
        n->evidence.kinds |= LF_K_TEXT;
        lf_json_node_type(n, (lf_type){.id = LF_T_STRING});
    }
    if (n->type.id != LF_T_STRING) LF_TRY(read_typed(d, n, &n->form, doubt_out, err));
    if (*doubt_out) return LF_OK;
    if (n->type.id == LF_T_STRING) {
        d->n_exc = n->exc_first;
        n->n_exc = 0;
        read_text(d, n, doubt_out);
        if (*doubt_out) return LF_OK;
        n->form = (lf_form){0};
        LF_TRY(describe_text(d, n, err));
    }
    clear_nulls(n);
    return LF_OK;
}
