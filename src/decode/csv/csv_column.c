/* decode/csv/csv_column.c - from the cells of a tile to typed columns.
 *
 *   raw fields --unquote--> cells --kernel--> values | null | odd --lf_parse_cell--> value | null
 *                                                                  | misfit
 *
 * A misfit widens its column for this tile and what follows: the evidence of all misfits of
 * the tile is joined, and the column is read again as the type that follows, until nothing
 * misfits. Under a given type its record is rejected instead; given columns are therefore read
 * first, and the tile is rebuilt without such records before any other column sees it, so that
 * a rejected row leaves no trace in types or evidence. */
#include "decode/csv/csv_internal.h"
#include "infer/cell_reading.h"
#include "infer/tile.h"
#include <stdlib.h>
#include <string.h>

#define SCRATCH_KEPT_BYTES (1u << 20)

/* --- quotes --- */

static bool bit_at(const uint64_t *bits, uint32_t r) {
    return (bits[r >> 6] >> (r & 63)) & 1;
}

/* Fields of the tile that begin with a quote: those of the index without the record behind. */
static uint32_t quotes_in_tile(const lf_decoder *d) {
    const csv_index *x = &d->index;
    const csv_tile *t = &d->tile;
    uint32_t n = x->opens, at = t->len;
    for (uint32_t i = t->n_positions; i <= x->n && at < d->scanned_to; i++) {
        n -= t->text[at] == d->plan->dialect.quote;
        if (i < x->n) at = x->pos[i] + 1;
    }
    return n;
}

/* Copies all cells of a column, decoded, into the scratch. */
static lf_rc copy_cells(lf_decoder *d, csv_column *k, lf_error *err) {
    const csv_dialect *dia = &d->plan->dialect;
    const uint8_t *text = d->tile.text;
    size_t bytes = 2 * LF_OVERREAD_BYTES;
    for (uint32_t r = 0; r < d->tile.n_rows; r++)
        bytes += k->len[r];
    LF_TRY(lf_csv_vec_reserve(d, &d->scratch_vec, d->scratch_used + bytes, err));
    uint8_t *base = (uint8_t *)d->scratch_vec.data + d->scratch_used, *out = base;
    for (uint32_t r = 0; r < d->tile.n_rows; r++) {
        uint32_t start = k->start[r], len = k->len[r];
        bool quoted;
        uint32_t view = start;
        k->start[r] = (uint32_t)(out - base);
        if (!lf_csv_cell_view(dia, text, &view, &k->len[r], &quoted))
            k->len[r] = lf_csv_cell_copy(dia, text + start, len, out, &quoted);
        else
            memcpy(out, text + view, k->len[r]);
        if (quoted) {
            k->quoted[r >> 6] |= 1ull << (r & 63);
            k->n_quoted++;
        }
        out += k->len[r];
    }
    k->bytes = NULL; /* the scratch may still move */
    k->scratch_at = d->scratch_used;
    d->scratch_used += (size_t)(out - base);
    return LF_OK;
}

/* How the cells of a column come out of their fields. */
typedef enum unquoting {
    UNQUOTE_ENDS, /* the first and last byte go where they are quotes */
    UNQUOTE_VIEW, /* each is a part of its field */
    UNQUOTE_COPY, /* some must be copied to be read */
} unquoting;

static unquoting how_unquoted(const lf_decoder *d, const csv_column *k) {
    const csv_dialect *dia = &d->plan->dialect;
    unquoting how = UNQUOTE_ENDS;
    for (uint32_t r = 0; r < d->tile.n_rows; r++) {
        uint32_t start = k->start[r], len = k->len[r];
        bool quoted;
        if (!lf_csv_cell_view(dia, d->tile.text, &start, &len, &quoted)) return UNQUOTE_COPY;
        bool begins = k->len[r] > 0 && d->tile.text[k->start[r]] == dia->quote;
        if (quoted != (dia->has_quote && begins) || (quoted && len + 2 != k->len[r]))
            how = UNQUOTE_VIEW;
    }
    return how;
}

static void view_cells(lf_decoder *d, csv_column *k) {
    const csv_dialect *dia = &d->plan->dialect;
    memset(k->quoted, 0, lf_bit_words(d->tile.n_rows) * sizeof *k->quoted);
    for (uint32_t r = 0; r < d->tile.n_rows; r++) {
        bool quoted;
        (void)lf_csv_cell_view(dia, d->tile.text, &k->start[r], &k->len[r], &quoted);
        k->quoted[r >> 6] |= (uint64_t)quoted << (r & 63);
        k->n_quoted += quoted;
    }
}

/* The same where the index has seen that all quotes of the tile open and close a field. */
static void view_padded(lf_decoder *d, csv_column *k) {
    const csv_dialect *dia = &d->plan->dialect;
    const uint8_t *text = d->tile.text;
    memset(k->quoted, 0, lf_bit_words(d->tile.n_rows) * sizeof *k->quoted);
    for (uint32_t r = 0; r < d->tile.n_rows; r++) {
        uint32_t s = k->start[r], e = s + k->len[r];
        while (s < e && csv_is_pad(dia, text[s]))
            s++;
        if (s == e || text[s] != dia->quote) continue;
        while (csv_is_pad(dia, text[e - 1])) /* down to the quote that closes */
            e--;
        k->start[r] = s + 1;
        k->len[r] = e - s - 2;
        k->quoted[r >> 6] |= 1ull << (r & 63);
        k->n_quoted++;
    }
}

static lf_rc unquote(lf_decoder *d, csv_column *k, bool plainly, lf_error *err) {
    const csv_tile *t = &d->tile;
    const csv_dialect *dia = &d->plan->dialect;
    if (plainly && dia->pad_quotes) {
        view_padded(d, k);
        return LF_OK;
    }
    unquoting how = plainly ? UNQUOTE_ENDS : how_unquoted(d, k);
    if (how == UNQUOTE_COPY) {
        memset(k->quoted, 0, lf_bit_words(t->n_rows) * sizeof *k->quoted);
        return copy_cells(d, k, err);
    }
    if (how == UNQUOTE_VIEW)
        view_cells(d, k);
    else if (dia->has_quote)
        k->n_quoted = d->isa->unquote(t->text, dia->quote, k->start, k->len, t->n_rows, k->quoted);
    return LF_OK;
}

/* What one huge record needed is not kept for the rest of the text. */
static void shrink_scratch(lf_decoder *d) {
    if (d->scratch_vec.bytes <= SCRATCH_KEPT_BYTES) return;
    lf_mem_free(d->alloc, d->scratch_vec.data, d->scratch_vec.bytes);
    d->scratch_vec = (csv_vec){0};
}

/* Finds the columns of a regular tile that have the dialect's escape in them. */
static void mark_escaped(lf_decoder *d) {
    const lf_plan *p = d->plan;
    const csv_tile *t = &d->tile;
    const uint32_t *end = d->index.pos;
    const uint8_t *hit = t->text;
    for (uint32_t c = 0; c < p->n_columns; c++)
        d->columns[c].escaped = false;
    while ((hit = memchr(hit, p->dialect.escape, t->len - (size_t)(hit - t->text))) != NULL) {
        while (*end < (uint32_t)(hit - t->text))
            end++;
        uint32_t c = p->output_of[(size_t)(end - d->index.pos) % p->physical];
        if (c != CSV_COLUMN_NONE) d->columns[c].escaped = true;
        if (*end >= t->len) return; /* the text is over */
        hit = t->text + *end;
    }
}

/* Cuts quotes off; columns that had some in the last tile come first, so that the others are
 * not looked at once all quotes of the tile are accounted for. */
static lf_rc unquote_columns(lf_decoder *d, lf_error *err) {
    const csv_tile *t = &d->tile;
    uint32_t n = d->plan->n_columns;
    d->scratch_used = LF_OVERREAD_BYTES;
    shrink_scratch(d);
    for (uint32_t c = 0; c < n; c++) {
        d->columns[c].n_quoted = 0;
        d->columns[c].bytes = t->text;
    }
    const csv_index *x = &d->index;
    bool escaped = x->backslashes || (d->plan->dialect.escape != 0 && x->escapes);
    if ((x->opens == 0 && !escaped) || t->n_rows == 0) return LF_OK;
    bool marked = escaped && t->regular, plainly = !escaped || marked;
    if (marked) mark_escaped(d);
    if (x->escapes || x->irregular) plainly = false;
    uint32_t left = t->regular ? quotes_in_tile(d) : UINT32_MAX, front = 0;
    for (uint32_t i = 0; i < n && (left > 0 || escaped); i++) {
        uint32_t c = d->quoted_order[i];
        bool has_escape = escaped && (!marked || d->columns[c].escaped);
        if (left == 0 && !has_escape) continue;
        LF_TRY(unquote(d, &d->columns[c], plainly && !has_escape, err));
        uint32_t found = d->columns[c].n_quoted;
        left -= found < left ? found : left;
        if (found == 0) continue;
        d->quoted_order[i] = d->quoted_order[front];
        d->quoted_order[front++] = c;
    }
    for (uint32_t c = 0; d->scratch_vec.data != NULL && c < n; c++)
        if (d->columns[c].bytes == NULL)
            d->columns[c].bytes = (uint8_t *)d->scratch_vec.data + d->columns[c].scratch_at;
    return LF_OK;
}

/* --- values --- */

static lf_value load(lf_type t, const void *values, uint32_t r) {
    lf_column c = {.type = t, .values = values};
    return lf_column_value(&c, r);
}

static lf_span cell(const csv_column *k, uint32_t r) {
    return (lf_span){k->bytes + k->start[r], k->len[r]};
}

static bool is_quoted(const csv_column *k, uint32_t r) {
    return k->n_quoted > 0 && bit_at(k->quoted, r);
}

/* What the passes over one column of one tile tell each other. */
typedef struct reading {
    lf_cell_reading cells;
    uint32_t empties, words, quoted_empties, first_word;
} reading;

static void all_odd(const csv_column *k, uint32_t n, lf_cell_kernel_out *out) {
    lf_cells_all_odd(k->valid, k->odd, n);
    out->n_odd = n;
    out->n_null = out->n_word_null = 0;
    out->int_digits_max = 0;
}

static bool is_number(lf_type t) {
    return t.id == LF_T_INT64 || t.id == LF_T_UINT64 || t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL;
}

static bool run_kernel(const lf_decoder *d, csv_column *k, const lf_cells *in,
                       lf_cell_kernel_out *out) {
    if (k->ctx.numbers != 0 && is_number(k->type)) {
        if (lf_type_slot_bytes(k->type) != 8) return false;
        lf_tile_read(in, k->type, &k->ctx, k->fixed ? NULL : &k->evidence, out);
        return true;
    }
    if (!lf_cells_read(d->kernels, k->type, &k->ctx, in, out)) return false;
    if (k->type.id == LF_T_BOOL && lf_tile_is_unread(in, out))
        lf_tile_read(in, k->type, &k->ctx, NULL, out);
    return true;
}

static void read_cells(const lf_decoder *d, csv_column *k, reading *x) {
    uint32_t n = d->tile.n_rows;
    lf_cells in = {.base = k->bytes, .start = k->start, .len = k->len, .n = n};
    in.n_null_words = k->n_fast;
    memcpy(in.null_word, k->fast_word, sizeof in.null_word);
    memcpy(in.null_len, k->fast_len, sizeof in.null_len);
    x->cells.out = (lf_cell_kernel_out){.values = k->values, .valid = k->valid, .odd = k->odd};
    if (!run_kernel(d, k, &in, &x->cells.out)) {
        all_odd(k, n, &x->cells.out);
        return;
    }
    if (k->n_quoted == 0 || x->cells.out.n_null == 0) return;
    /* Words in quotes are text, and "" is not the empty field: the scalar path knows. */
    for (uint32_t w = 0; w < lf_bit_words(n); w++) {
        uint64_t nulls = k->quoted[w] & ~k->valid[w] & ~k->odd[w];
        k->odd[w] |= nulls;
        for (; nulls != 0; nulls &= nulls - 1) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(nulls);
            x->cells.out.n_null--;
            x->cells.out.n_word_null -= k->len[r] > 0;
            x->cells.out.n_odd++;
        }
    }
}

/* From now on the kernels know this word too. */
static void learn_word(csv_column *k, uint32_t index) {
    const char *word = k->ctx.null_words[index];
    size_t n = strlen(word);
    if (n == 0 || n > 8 || k->n_fast == LF_NULL_WORDS_FAST) return;
    for (uint32_t i = 0; i < k->n_fast; i++)
        if (k->fast_index[i] == index) return;
    uint64_t bytes = 0;
    memcpy(&bytes, word, n);
    k->fast_word[k->n_fast] = bytes;
    k->fast_len[k->n_fast] = (uint8_t)n;
    k->fast_index[k->n_fast++] = index;
}

static void note_null(csv_column *k, reading *x, uint32_t null_as) {
    if (null_as == 0) {
        x->empties++;
    } else if (null_as == LF_NULL_QUOTED) {
        x->quoted_empties++;
    } else {
        if (x->words++ == 0) x->first_word = null_as;
        learn_word(k, null_as - 1);
    }
}

/* The cells that the kernel left over. Returns how many misfit; under a given type they are
 * listed. */
static lf_rc read_odd(lf_decoder *d, csv_column *k, reading *x, uint32_t *misfits_out,
                      lf_error *err) {
    lf_evidence *e = k->fixed ? NULL : &k->evidence;
    *misfits_out = 0;
    for (uint32_t w = 0; w < lf_bit_words(d->tile.n_rows); w++) {
        for (uint64_t left = k->odd[w]; left != 0; left &= left - 1) {
            uint32_t r = w * 64 + (uint32_t)__builtin_ctzll(left), null_as;
            lf_value v;
            lf_form form;
            bool exact;
            lf_cell what = lf_parse_cell(k->type, cell(k, r), is_quoted(k, r), &k->ctx, e, &v,
                                         &form, &exact, &null_as);
            if (what == LF_CELL_VALUE) {
                lf_value_store(k->values, lf_type_slot_bytes(k->type), r, v);
                k->valid[w] |= 1ull << (r & 63);
                lf_cell_reading_note(&x->cells, k->type, cell(k, r), form);
            } else if (what == LF_CELL_NULL) {
                note_null(k, x, null_as);
            } else {
                ++*misfits_out;
                if (k->fixed) LF_TRY(lf_csv_misfit_add(d, r, (uint32_t)(k - d->columns), err));
            }
        }
    }
    return LF_OK;
}

/* --- widening --- */

static lf_rc use_slots(lf_decoder *d, csv_column *k, lf_error *err) {
    k->values = k->values8;
    if (lf_type_slot_bytes(k->type) != 16) return LF_OK;
    csv_vec *v = &d->wide[k - d->columns];
    LF_TRY(lf_csv_vec_reserve(d, v, (size_t)d->stride * 16 + 192, err));
    k->values = (uint8_t *)v->data + ((64 - ((uintptr_t)v->data & 63)) & 63);
    return LF_OK;
}

static lf_rc use_type(lf_decoder *d, csv_column *k, lf_type t, lf_error *err) {
    k->type = t;
    k->n_fast = 0; /* NaN is a null word in some types and a value in others */
    return use_slots(d, k, err);
}

/* Gives the column the type that follows from all that was seen; false: it has it. */
static lf_rc widen(lf_decoder *d, csv_column *k, bool misfits, bool *again, lf_error *err) {
    lf_evidence e = k->evidence;
    lf_evidence_join(&e, &k->known);
    lf_type t = lf_evidence_type(&e, d->plan->decimal);
    uint32_t format = lf_evidence_date_format(&e);
    *again = !lf_type_equal(t, k->type) || format != k->ctx.date_format || misfits;
    if (!*again) return LF_OK;
    if (lf_type_equal(t, k->type) && format == k->ctx.date_format) {
        t = (lf_type){.id = LF_T_STRING};
        k->evidence.kinds |= LF_K_TEXT;
    }
    k->ctx.date_format = format;
    return use_type(d, k, t, err);
}

/* --- forms and exceptions --- */

static lf_rc add_exception(lf_decoder *d, csv_column *k, uint32_t r, lf_error *err) {
    LF_TRY(lf_csv_vec_reserve(d, &d->exc_vec, (d->n_exc + 1) * sizeof(lf_exception), err));
    lf_exception *e = (lf_exception *)d->exc_vec.data + d->n_exc++;
    *e = (lf_exception){.row = r, .start = k->start[r], .len = k->len[r]};
    k->n_exc++;
    return LF_OK;
}

/* How most nulls are written: by a word only if none is an empty field. */
static uint8_t null_form(const csv_column *k, const reading *x) {
    const lf_cell_kernel_out *o = &x->cells.out;
    if (k->ctx.null_words_everywhere) return 0;
    if (o->n_null > o->n_word_null || x->empties > 0) return 0;
    if (o->n_word_null > 0) return (uint8_t)(k->fast_index[0] + 1);
    return x->words > 0 ? (uint8_t)x->first_word : 0;
}

static bool null_is_exception(const csv_column *k, uint32_t r, uint8_t null_word) {
    uint32_t word = 0;
    if (is_quoted(k, r)) return true;
    if (k->ctx.null_words_everywhere) return false;
    if (k->len[r] == 0 || lf_parse_null(cell(k, r), false, &k->ctx, &word) != LF_NULL_WORD)
        return null_word != 0;
    return null_word != word + 1;
}

static bool value_is_exception(const csv_column *k, uint32_t r, lf_form f, bool zeros) {
    lf_span t = cell(k, r);
    if (!lf_cell_may_differ(t, bit_at(k->odd, r), zeros)) return false;
    return !lf_print_matches(k->type, load(k->type, k->values, r), f, k->ctx.date_format, t);
}

static lf_rc find_exceptions(lf_decoder *d, csv_column *k, lf_form f, bool zeros, bool nulls,
                             lf_error *err) {
    for (uint32_t r = 0; r < d->tile.n_rows; r++) {
        bool valid = bit_at(k->valid, r);
        if (valid ? value_is_exception(k, r, f, zeros)
                  : nulls && null_is_exception(k, r, f.null_word))
            LF_TRY(add_exception(d, k, r, err));
    }
    return LF_OK;
}

static lf_rc describe(lf_decoder *d, csv_column *k, const reading *x, lf_form *form_out,
                      uint32_t n_valid, lf_error *err) {
    uint32_t n = d->tile.n_rows, n_kernel = n - x->cells.out.n_odd - x->cells.out.n_null;
    bool zeros;
    lf_form f = lf_cell_reading_form(&x->cells, k->type, n_kernel, &zeros);
    if (n_valid < n) f.null_word = null_form(k, x);
    *form_out = f;
    if (k->fixed) return LF_OK; /* never printed back */
    uint32_t n_words = k->ctx.null_words_everywhere ? 0 : x->cells.out.n_word_null + x->words;
    bool one_word = n_words > 0 && f.null_word != 0 && k->n_fast <= 1 && x->words == 0;
    bool nulls = x->quoted_empties > 0 || (n_words > 0 && !one_word);
    if (x->cells.out.n_odd == 0 && !zeros && !nulls) return LF_OK;
    return find_exceptions(d, k, f, zeros, nulls, err);
}

/* --- columns --- */

static void clear_text_of_nulls(const csv_column *k, uint32_t n) {
    for (uint32_t r = 0; r < n; r++)
        if (!bit_at(k->valid, r)) k->len[r] = 0;
}

static lf_rc read_typed(lf_decoder *d, csv_column *k, lf_column *out, lf_error *err) {
    uint32_t n = d->tile.n_rows, misfits = 0, n_valid = 0;
    reading x;
    for (bool again = true; again;) {
        if (k->type.id == LF_T_STRING) return LF_OK; /* the caller reads it as text */
        lf_evidence before = k->evidence;
        x = (reading){.cells = LF_CELL_READING_NONE};
        misfits = 0;
        read_cells(d, k, &x);
        if (!k->fixed)
            lf_cell_reading_evidence(&x.cells.out, k->type, &k->ctx, k->valid, n, &k->evidence);
        if (x.cells.out.n_odd > 0) LF_TRY(read_odd(d, k, &x, &misfits, err));
        again = !k->fixed && (misfits > 0 || !lf_evidence_equal(&before, &k->evidence));
        if (again) LF_TRY(widen(d, k, misfits > 0, &again, err));
    }
    for (uint32_t w = 0; w < lf_bit_words(n); w++)
        n_valid += (uint32_t)__builtin_popcountll(k->valid[w]);
    LF_TRY(describe(d, k, &x, &out->form, n_valid, err));
    if (k->type.id == LF_T_NULL) clear_text_of_nulls(k, n);
    out->null_count = n - n_valid;
    out->validity = n_valid == n ? NULL : k->valid;
    out->values = k->values;
    return LF_OK;
}

/* Explicit null words hold in text too. k->odd is free in text columns. */
static void null_by_word(const lf_decoder *d, csv_column *k, const char *word) {
    uint32_t n = d->tile.n_rows;
    size_t word_len = strlen(word);
    uint64_t bytes = 0;
    if (word_len == 0) return;
    if (word_len <= 8) {
        memcpy(&bytes, word, word_len);
        if (d->isa->equal(k->bytes, k->start, k->len, n, bytes, (uint32_t)word_len, k->odd) == 0)
            return;
    } else {
        memset(k->odd, 0, lf_bit_words(n) * sizeof *k->odd);
        for (uint32_t r = 0; r < n; r++)
            if (k->len[r] == word_len && memcmp(k->bytes + k->start[r], word, word_len) == 0)
                k->odd[r >> 6] |= 1ull << (r & 63);
    }
    for (uint32_t w = 0; w < lf_bit_words(n); w++) {
        uint64_t hits = k->odd[w];
        if (k->n_quoted > 0) hits &= ~k->quoted[w];
        k->valid[w] &= ~hits;
        for (; hits != 0; hits &= hits - 1)
            k->len[w * 64 + (uint32_t)__builtin_ctzll(hits)] = 0;
    }
}

static void read_text(lf_decoder *d, csv_column *k, lf_column *out) {
    uint32_t n = d->tile.n_rows, nulls = d->isa->nonzero(k->len, n, k->valid);
    bool words = k->ctx.null_words_everywhere;
    for (uint32_t w = 0; nulls > 0 && k->n_quoted > 0 && w < lf_bit_words(n); w++)
        k->valid[w] |= k->quoted[w];
    for (uint32_t i = 0; words && i < k->ctx.n_null_words; i++)
        null_by_word(d, k, k->ctx.null_words[i]);
    if (words || (nulls > 0 && k->n_quoted > 0)) {
        nulls = n;
        for (uint32_t w = 0; w < lf_bit_words(n); w++)
            nulls -= (uint32_t)__builtin_popcountll(k->valid[w]);
    }
    out->null_count = nulls;
    out->validity = nulls == 0 ? NULL : k->valid;
    out->form = (lf_form){0};
    out->values = NULL;
}

/* Dates of which nothing has told yet whether the day or the month comes first are text, but go on
 * giving evidence: the column is judged as a whole, and by no other cells than those that are read
 * as text here. */
static void watch_dates(const lf_decoder *d, csv_column *k) {
    lf_evidence e = k->evidence;
    lf_span last = {NULL, 0};
    lf_evidence_join(&e, &k->known);
    if (k->fixed || (e.kinds & LF_K_TEXT) || e.date_formats == 0) return;
    if (!k->watched && !lf_evidence_is_undecided(&e)) return;
    k->watched = true; /* once decided it is watched on: each cell must bear it out */
    for (uint32_t r = 0; r < d->tile.n_rows && !(k->evidence.kinds & LF_K_TEXT); r++) {
        lf_span t = cell(k, r);
        bool quoted = is_quoted(k, r);
        if (!quoted && t.len > 0 && t.len == last.len && memcmp(t.data, last.data, t.len) == 0)
            continue;
        lf_evidence_add(&k->evidence, t, quoted, &k->ctx);
        if (!quoted) last = t;
    }
}

/* Nulls of a given column that must not have any. */
static lf_rc refuse_nulls(lf_decoder *d, uint32_t c, lf_error *err) {
    const lf_column *out = &d->out[c];
    if (!d->columns[c].fixed || d->plan->schema.fields[c].nullable || out->null_count == 0)
        return LF_OK;
    for (uint32_t r = 0; r < d->tile.n_rows; r++)
        if (!lf_column_is_valid(out, r)) LF_TRY(lf_csv_misfit_add(d, r, c, err));
    return LF_OK;
}

static lf_rc read_column(lf_decoder *d, uint32_t c, lf_error *err) {
    csv_column *k = &d->columns[c];
    lf_column *out = &d->out[c];
    k->exc_first = d->n_exc;
    k->n_exc = 0;
    if (k->type.id != LF_T_STRING) LF_TRY(use_slots(d, k, err));
    if (k->type.id != LF_T_STRING) LF_TRY(read_typed(d, k, out, err));
    if (k->type.id == LF_T_STRING) {
        d->n_exc = k->exc_first;
        k->n_exc = 0;
        watch_dates(d, k);
        read_text(d, k, out);
    }
    out->type = k->type;
    out->bytes = k->bytes;
    out->start = k->start;
    out->len = k->len;
    return refuse_nulls(d, c, err);
}

static lf_rc read_columns(lf_decoder *d, bool fixed, lf_error *err) {
    for (uint32_t c = 0; c < d->plan->n_columns; c++)
        if (d->columns[c].fixed == fixed)
            LF_TRY_CTX(read_column(d, c, err), err, "column %u", c + 1);
    return LF_OK;
}

static int by_row(const void *a, const void *b) {
    const csv_misfit *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* One misfit a row, the leftmost, in the order of rows. */
static void order_misfits(lf_decoder *d) {
    csv_misfit *m = d->misfit_vec.data;
    uint32_t n = 0;
    qsort(m, d->n_misfits, sizeof *m, by_row);
    for (uint32_t i = 0; i < d->n_misfits; i++)
        if (n == 0 || m[n - 1].row != m[i].row) m[n++] = m[i];
    d->n_misfits = n;
}

lf_rc lf_csv_columns_decode(lf_decoder *d, bool *widened_out, lf_error *err) {
    *widened_out = false;
    d->n_exc = d->n_misfits = 0;
    LF_TRY(unquote_columns(d, err));
    if (d->plan->any_fixed) {
        LF_TRY(read_columns(d, true, err));
        if (d->n_misfits > 0) {
            order_misfits(d);
            LF_TRY(lf_csv_tile_rebuild(d, err));
            d->n_exc = d->n_misfits = 0;
            LF_TRY(unquote_columns(d, err));
            LF_TRY(read_columns(d, true, err));
        }
    }
    if (d->tile.n_rows == 0) return LF_OK;
    LF_TRY(read_columns(d, false, err));
    for (uint32_t c = 0; c < d->plan->n_columns; c++) {
        csv_column *k = &d->columns[c];
        *widened_out |= !lf_type_equal(k->type, k->last_type);
        k->last_type = k->type;
        const lf_exception *exc = d->exc_vec.data;
        d->out[c].exc = exc != NULL ? exc + k->exc_first : NULL;
        d->out[c].n_exc = k->n_exc;
    }
    return LF_OK;
}
