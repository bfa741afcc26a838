/* Cuts a page into tiles of one slot a row.
 *
 * Stored values are dense (nulls are left out), so a tile is made in three steps: the definition
 * levels become a bitmap, the dense values are decoded and converted at the front of the slots,
 * and then spread backwards to their rows. */
#include "format/parquet/pq_page_read.h"
#include "format/parquet/pq_page_read_priv.h"
#include <string.h>

/* ---- leaves ---- */

static lf_pq_as decimal_as(const lf_pq_schema_element *e, lf_type t) {
    if (t.id == LF_T_STRING) return LF_PQ_AS_DECIMAL_TEXT;
    if (e->type == LF_PQ_INT32) return LF_PQ_AS_DECIMAL32;
    if (e->type == LF_PQ_INT64) return t.precision <= 18 ? LF_PQ_AS_IS : LF_PQ_AS_DECIMAL64;
    return LF_PQ_AS_DECIMAL_BYTES;
}

static lf_pq_as int_as(const lf_pq_schema_element *e, const lf_pq_logical *l, lf_type t,
                       lf_pq_leaf *out) {
    bool millis = l->unit == LF_PQ_MILLIS && (t.id == LF_T_TIME || t.id == LF_T_TIMESTAMP);
    if (e->type == LF_PQ_INT64) return millis ? LF_PQ_AS_MILLIS64 : LF_PQ_AS_IS;
    if (t.id == LF_T_DATE) return LF_PQ_AS_IS;
    if (millis) return LF_PQ_AS_MILLIS32;
    bool is_unsigned = l->kind == LF_PQ_LOGICAL_INTEGER && !l->is_signed;
    if (l->kind == LF_PQ_LOGICAL_INTEGER && (l->bit_width == 8 || l->bit_width == 16))
        out->drop_bits = (uint8_t)(32 - l->bit_width);
    return is_unsigned ? LF_PQ_AS_UNSIGNED32 : LF_PQ_AS_SIGNED32;
}

static void bytes_as(const lf_pq_schema_element *e, const lf_pq_logical *l, lf_pq_leaf *out) {
    out->as = LF_PQ_AS_VIEW;
    if (l->kind == LF_PQ_LOGICAL_UUID && e->type == LF_PQ_FIXED && e->type_length == 16) {
        out->as = LF_PQ_AS_UUID;
    } else if (e->converted == LF_PQ_CONV_INTERVAL && e->type == LF_PQ_FIXED &&
               e->type_length == 12) {
        out->as = LF_PQ_AS_INTERVAL;
    } else if (l->kind == LF_PQ_LOGICAL_FLOAT16 && out->type.id == LF_T_DOUBLE) {
        out->as = LF_PQ_AS_FLOAT16;
    } else {
        out->binary = l->kind != LF_PQ_LOGICAL_STRING && l->kind != LF_PQ_LOGICAL_ENUM &&
                      l->kind != LF_PQ_LOGICAL_JSON;
    }
}

lf_rc lf_pq_leaf_of(const lf_pq_schema_element *e, lf_pq_leaf *out, lf_error *err) {
    *out = (lf_pq_leaf){.element = *e, .max_def = e->repetition == LF_PQ_OPTIONAL};
    if (!lf_pq_type_of(e, &out->type)) {
        return lf_fail(err, LF_EUNSUPPORTED, "physical type %d is unknown", (int)e->type);
    }
    lf_pq_logical l = lf_pq_logical_of(e);
    bool decimal = l.kind == LF_PQ_LOGICAL_DECIMAL &&
                   (out->type.id == LF_T_DECIMAL || (l.precision > 38 && l.scale >= 0));
    switch (e->type) {
    case LF_PQ_INT32:
    case LF_PQ_INT64:
        out->as =
            out->type.id == LF_T_DECIMAL ? decimal_as(e, out->type) : int_as(e, &l, out->type, out);
        break;
    case LF_PQ_INT96:
        out->as = LF_PQ_AS_INT96;
        break;
    case LF_PQ_FLOAT:
        out->as = LF_PQ_AS_FLOAT;
        break;
    case LF_PQ_BYTE_ARRAY:
    case LF_PQ_FIXED:
        if (decimal) {
            out->as = decimal_as(e, out->type);
        } else {
            bytes_as(e, &l, out);
        }
        break;
    default:
        out->as = LF_PQ_AS_IS;
    }
    return LF_OK;
}

void lf_pq_leaf_of_type(lf_type t, bool nullable, lf_pq_leaf *out) {
    lf_pq_schema_element e;
    static const uint8_t name[1] = {0};
    lf_pq_element_of(t, nullable, (lf_span){.data = name, .len = 0}, &e);
    if (lf_pq_leaf_of(&e, out, NULL) != LF_OK) *out = (lf_pq_leaf){.element = e, .type = t};
}

/* ---- life ---- */

lf_rc lf_pq_chunk_open(const lf_pq_chunk_spec *spec, lf_pq_chunk_reader **out, lf_error *err) {
    const lf_alloc *a = spec->alloc != NULL ? spec->alloc : lf_alloc_default();
    int32_t type = spec->leaf.element.type;
    lf_codec c;
    if (type < LF_PQ_BOOLEAN || type > LF_PQ_FIXED || spec->leaf.element.type_length < 0) {
        return lf_fail(err, LF_ECORRUPT, "a column has physical type %d of length %d", (int)type,
                       (int)spec->leaf.element.type_length);
    }
    if (spec->codec != LF_PQ_LZ4 && !lf_pq_codec_from(spec->codec, &c)) {
        return lf_fail(err, LF_EUNSUPPORTED, "codec %s (%d) cannot be read",
                       lf_pq_codec_name(spec->codec), (int)spec->codec);
    }
    lf_pq_chunk_reader *r = lf_mem_zalloc(a, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    uint64_t cap = spec->page_bytes_max != 0 ? spec->page_bytes_max : LF_PQ_PAGE_BYTES_MAX;
    r->spec = *spec;
    r->spec.alloc = a;
    if (spec->fetch == NULL) r->spec.chunk_bytes = spec->bytes.len;
    r->values_left = spec->num_values;
    lf_buf_init(&r->head, a, LF_PQ_HEADER_BYTES_MAX);
    lf_buf_init(&r->scratch, a, cap * 2 + LF_PQ_SCRATCH_BYTES);
    lf_buf_init(&r->previous, a, cap * 2);
    lf_buf_init(&r->text, a, 1u << 30);
    *out = r;
    return LF_OK;
}

void lf_pq_chunk_close(lf_pq_chunk_reader *r) {
    if (r == NULL) return;
    const lf_alloc *a = r->spec.alloc;
    lf_mem_free(a, r->dict_body, r->dict_bytes);
    lf_mem_free(a, r->dict_views, (size_t)r->dict.n * 2 * sizeof(uint32_t));
    lf_mem_free(a, r->body, r->body_bytes);
    lf_mem_free(a, r->tile.memory, r->tile.memory_bytes);
    lf_buf_reset(&r->head);
    lf_buf_reset(&r->scratch);
    lf_buf_reset(&r->previous);
    lf_buf_reset(&r->text);
    lf_mem_free(a, r, sizeof *r);
}

uint32_t lf_pq_chunk_encodings(const lf_pq_chunk_reader *r) {
    return r->encodings;
}

uint64_t lf_pq_chunk_cut_values(const lf_pq_chunk_reader *r) {
    return r->cut_values;
}

/* ---- tile ---- */

static bool has_views(const lf_pq_leaf *l) {
    return l->element.type == LF_PQ_BYTE_ARRAY || l->element.type == LF_PQ_FIXED;
}

static bool has_levels(const lf_pq_leaf *l) {
    return l->max_rep > 0 || l->max_def > 1;
}

static size_t take(size_t *at, size_t n) {
    size_t start = *at;
    *at = (start + n + 127) & ~(size_t)63; /* 64 spare bytes behind each part */
    return start;
}

static lf_rc tile_grow(lf_pq_chunk_reader *r, uint32_t rows, lf_error *err) {
    lf_pq_tile *t = &r->tile;
    const lf_pq_leaf *l = &r->spec.leaf;
    if (rows <= t->rows) return LF_OK;
    rows = (rows + 63) & ~63u;
    bool views = has_views(l) || l->type.id == LF_T_STRING;
    size_t at = 64, n = rows;
    size_t values = take(&at, n * lf_type_slot_bytes(l->type));
    size_t raw = take(&at, has_views(l) || l->as == LF_PQ_AS_IS ? 0 : n * 12);
    size_t validity = take(&at, n / 8);
    size_t start = take(&at, views ? n * 4 : 0), len = take(&at, views ? n * 4 : 0);
    size_t def = take(&at, has_levels(l) ? n * 2 : 0), rep = take(&at, has_levels(l) ? n * 2 : 0);
    uint8_t *m = lf_mem_zalloc(r->spec.alloc, at);
    if (m == NULL) return lf_fail_nomem(err, at);
    lf_mem_free(r->spec.alloc, t->memory, t->memory_bytes);
    uint8_t *base = (uint8_t *)(((uintptr_t)m + 63) & ~(uintptr_t)63);
    base -= 64; /* parts start at 64 */
    *t = (lf_pq_tile){.memory = m, .memory_bytes = at, .rows = rows};
    t->values = base + values;
    t->raw = base + raw;
    t->validity = (uint64_t *)(void *)(base + validity);
    t->start = (uint32_t *)(void *)(base + start);
    t->len = (uint32_t *)(void *)(base + len);
    t->def = (uint16_t *)(void *)(base + def);
    t->rep = (uint16_t *)(void *)(base + rep);
    return LF_OK;
}

/* Levels of n entries into the tile: validity, and where asked for the levels themselves. */
static bool read_levels(lf_pq_chunk_reader *r, uint32_t n, uint32_t *valid_out) {
    lf_pq_tile *t = &r->tile;
    const lf_pq_leaf *l = &r->spec.leaf;
    if (!has_levels(l)) {
        *valid_out = n;
        return l->max_def == 0 || lf_pq_levels_get_bits(&r->def, t->validity, n, valid_out);
    }
    if (!lf_pq_levels_get(&r->rep, t->rep, n) || !lf_pq_levels_get(&r->def, t->def, n)) {
        return false;
    }
    uint32_t valid = 0;
    memset(t->validity, 0, (n + 63) / 64 * 8);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t one = t->def[i] == l->max_def;
        t->validity[i >> 6] |= one << (i & 63);
        valid += (uint32_t)one;
    }
    *valid_out = valid;
    return true;
}

/* The first n rows whose values number `fit` at the most; at least 1. */
static uint32_t rows_of(const lf_pq_tile *t, uint32_t n, uint32_t fit) {
    uint32_t seen = 0;
    for (uint32_t i = 0; i < n; i++) {
        seen += t->validity[i >> 6] >> (i & 63) & 1;
        if (seen > fit) return i > 0 ? i : 1;
    }
    return n;
}

static lf_rc fail_in_page(lf_pq_chunk_reader *r, lf_rc rc, lf_error *err) {
    r->page_left = 0;
    r->values_left = 0; /* nothing more comes after a failure */
    return lf_error_context(err, rc, "page %u, at byte %llu of the column chunk",
                            (unsigned)r->page_number, (unsigned long long)r->page_at);
}

/* Cuts n rows to those whose built values fit into scratch. Changes no place in the page. */
static lf_rc cut_rows(lf_pq_chunk_reader *r, uint32_t *n, lf_error *err) {
    uint32_t valid;
    if (!lf_pq_values_may_cut(&r->values)) return LF_OK;
    lf_pq_levels def = r->def, rep = r->rep;
    LF_TRY(tile_grow(r, *n, err));
    bool ok = read_levels(r, *n, &valid);
    r->def = def;
    r->rep = rep;
    if (!ok) return lf_fail(err, LF_ECORRUPT, "its levels are damaged");
    uint32_t fit = valid == 0 ? 0 : lf_pq_values_fit(&r->values, valid);
    if (fit < valid) *n = r->spec.leaf.max_def == 0 ? fit : rows_of(&r->tile, *n, fit);
    return LF_OK;
}

lf_rc lf_pq_chunk_ready(lf_pq_chunk_reader *r, uint32_t max_rows, uint32_t *rows_out,
                        lf_error *err) {
    *rows_out = 0;
    LF_TRY(lf_pq_page_load(r, err));
    uint32_t n = r->page_left < max_rows ? r->page_left : max_rows;
    if (n > LF_TILE_ROWS_MAX) n = LF_TILE_ROWS_MAX;
    if (n == 0) return LF_OK;
    lf_rc rc = cut_rows(r, &n, err);
    if (rc != LF_OK) return fail_in_page(r, rc, err);
    *rows_out = n;
    return LF_OK;
}

static void spread(uint8_t *slots, uint32_t width, const uint64_t *validity, uint32_t n,
                   uint32_t dense) {
    for (uint32_t i = n; i-- > 0 && dense <= i;) {
        if (!(validity[i >> 6] >> (i & 63) & 1)) continue;
        dense--;
        if (width == 8) {
            memcpy(slots + (size_t)i * 8, slots + (size_t)dense * 8, 8);
        } else {
            memmove(slots + (size_t)i * width, slots + (size_t)dense * width, width);
        }
    }
}

static void spread_views(lf_pq_tile *t, uint32_t n, uint32_t dense) {
    for (uint32_t i = n; i-- > 0;) {
        if (t->validity[i >> 6] >> (i & 63) & 1) {
            dense--;
            t->start[i] = t->start[dense];
            t->len[i] = t->len[dense];
        } else {
            t->start[i] = 0;
            t->len[i] = 0;
        }
    }
}

static lf_rc read_values(lf_pq_chunk_reader *r, uint32_t n, uint32_t valid, const uint8_t **bytes,
                         lf_error *err) {
    lf_pq_tile *t = &r->tile;
    const lf_pq_leaf *l = &r->spec.leaf;
    static const uint8_t none[LF_OVERREAD_BYTES];
    *bytes = none;
    if (has_views(l)) {
        LF_TRY(lf_pq_values_get_views(&r->values, valid, bytes, t->start, t->len, err));
        if (valid == 0) *bytes = none;
        LF_TRY(lf_pq_convert_views(r, valid, bytes, err));
    } else {
        void *into = l->as == LF_PQ_AS_IS ? t->values : t->raw;
        if (!lf_pq_values_get_fixed(&r->values, into, valid)) {
            return lf_fail(err, LF_ECORRUPT, "its %s values end too early or are damaged",
                           lf_pq_encoding_name(r->values.encoding));
        }
        LF_TRY(lf_pq_convert_fixed(r, valid, err));
    }
    if (valid == n) return LF_OK;
    if (l->type.id == LF_T_STRING) {
        spread_views(t, n, valid);
    } else {
        spread(t->values, lf_type_slot_bytes(l->type), t->validity, n, valid);
    }
    return LF_OK;
}

static lf_rc next_in_page(lf_pq_chunk_reader *r, uint32_t n, lf_column *out, lf_error *err) {
    const lf_pq_leaf *l = &r->spec.leaf;
    uint32_t valid;
    const uint8_t *bytes;
    LF_TRY(tile_grow(r, n, err));
    if (!read_levels(r, n, &valid)) {
        return lf_fail(err, LF_ECORRUPT, "its levels are damaged");
    }
    LF_TRY(read_values(r, n, valid, &bytes, err));
    bool text = l->type.id == LF_T_STRING;
    *out = (lf_column){.type = l->type,
                       .null_count = n - valid,
                       .validity = valid == n ? NULL : r->tile.validity,
                       .values = text ? NULL : r->tile.values,
                       .bytes = text ? bytes : NULL,
                       .start = text ? r->tile.start : NULL,
                       .len = text ? r->tile.len : NULL};
    if (l->as == LF_PQ_AS_INT96 && r->spec.int96_ns) out->type.unit = LF_UNIT_NS;
    r->page_left -= n;
    return LF_OK;
}

lf_rc lf_pq_chunk_next(lf_pq_chunk_reader *r, uint32_t max_rows, lf_column *out,
                       uint32_t *n_rows_out, lf_error *err) {
    uint32_t n;
    *n_rows_out = 0;
    *out = (lf_column){.type = r->spec.leaf.type};
    LF_TRY(lf_pq_chunk_ready(r, max_rows, &n, err));
    if (n == 0) return LF_OK;
    lf_rc rc = next_in_page(r, n, out, err);
    if (rc != LF_OK) return fail_in_page(r, rc, err);
    *n_rows_out = n;
    return LF_OK;
}

lf_rc lf_pq_chunk_skip(lf_pq_chunk_reader *r, uint64_t n, lf_error *err) {
    while (n > 0) {
        lf_column passed;
        uint32_t got;
        if (r->page_left == 0) LF_TRY(lf_pq_pages_skip(r, &n, err));
        if (n == 0) break;
        LF_TRY(lf_pq_chunk_next(r, n < LF_TILE_ROWS_MAX ? (uint32_t)n : LF_TILE_ROWS_MAX, &passed,
                                &got, err));
        if (got == 0) return lf_fail(err, LF_ECORRUPT, "rows are missing");
        n -= got;
    }
    return LF_OK;
}

void lf_pq_chunk_levels(const lf_pq_chunk_reader *r, const uint16_t **def_out,
                        const uint16_t **rep_out) {
    bool levels = has_levels(&r->spec.leaf);
    *def_out = levels ? r->tile.def : NULL;
    *rep_out = levels && r->spec.leaf.max_rep > 0 ? r->tile.rep : NULL;
}

/* ---- iterator ---- */

typedef struct chunk_iter {
    lf_column_iter base;
    lf_pq_chunk_reader *reader;
    const lf_alloc *alloc;
} chunk_iter;

static lf_rc iter_next(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out, lf_error *err) {
    return lf_pq_chunk_next(((chunk_iter *)it)->reader, LF_TILE_ROWS_MAX, out, n_rows_out, err);
}

static void iter_close(lf_column_iter *it) {
    chunk_iter *c = (chunk_iter *)it;
    lf_pq_chunk_close(c->reader);
    lf_mem_free(c->alloc, c, sizeof *c);
}

lf_rc lf_pq_chunk_iter(const lf_pq_chunk_spec *spec, lf_column_iter **out, lf_error *err) {
    const lf_alloc *a = spec->alloc != NULL ? spec->alloc : lf_alloc_default();
    chunk_iter *c = lf_mem_zalloc(a, sizeof *c);
    if (c == NULL) return lf_fail_nomem(err, sizeof *c);
    *c = (chunk_iter){.base = {.next = iter_next, .close = iter_close}, .alloc = a};
    lf_rc rc = lf_pq_chunk_open(spec, &c->reader, err);
    if (rc != LF_OK) {
        lf_mem_free(a, c, sizeof *c);
        return rc;
    }
    *out = &c->base;
    return LF_OK;
}
