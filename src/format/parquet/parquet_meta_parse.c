/* Parsers of Parquet's metadata.
 *
 * Texts stay where they are; only lists are allocated, from the arena. A list's count is checked
 * against the rest of the bytes divided by the fewest bytes one element can have, so that
 * memory stays a small multiple of the input. Fields that nobody asks for are passed over, so
 * that newer files stay readable. Required fields are checked, as their absence is how damage
 * shows first. */
#include "format/parquet/parquet_meta.h"

/* Fewest bytes of one element: its required fields and the stop byte. */
enum {
    MIN_SCHEMA_ELEMENT = 3,
    MIN_KEY_VALUE = 3,
    MIN_ROW_GROUP = 4,
    MIN_COLUMN_CHUNK = 8,
    MIN_ENCODING_STATS = 7,
    MIN_SORTING = 5,
    MIN_ORDER = 3,
    MIN_PAGE_LOCATION = 7
};

typedef struct parser {
    lf_thrift_reader r;
    lf_arena *arena;
    bool no_memory;
} parser;

static void *list_alloc(parser *p, uint32_t n, size_t size) {
    if (n == 0 || p->r.problem != NULL) return NULL;
    void *mem = lf_arena_alloc(p->arena, n * size, 16);
    if (mem == NULL) {
        p->no_memory = true;
        lf_thrift_reader_fail(&p->r, "memory ran out");
        return NULL;
    }
    __builtin_memset(mem, 0, n * size);
    return mem;
}

static lf_rc parser_rc(const parser *p, const char *what, lf_error *err) {
    if (p->no_memory) return lf_fail(err, LF_ENO_MEMORY, "no memory left for the %s", what);
    return lf_thrift_reader_rc(&p->r, what, err);
}

static void require(parser *p, bool there, const char *problem) {
    if (!there) lf_thrift_reader_fail(&p->r, problem);
}

static void parse_stats(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_stats *s) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            s->old_max = lf_thrift_get_binary(r, &f);
            break;
        case 2:
            s->old_min = lf_thrift_get_binary(r, &f);
            break;
        case 3:
            s->null_count = lf_thrift_get_i64(r, &f), s->has_null_count = true;
            break;
        case 4:
            s->distinct_count = lf_thrift_get_i64(r, &f), s->has_distinct_count = true;
            break;
        case 5:
            s->max = lf_thrift_get_binary(r, &f);
            break;
        case 6:
            s->min = lf_thrift_get_binary(r, &f);
            break;
        case 7:
            s->max_exact = lf_thrift_get_bool(r, &f), s->has_max_exact = true;
            break;
        case 8:
            s->min_exact = lf_thrift_get_bool(r, &f), s->has_min_exact = true;
            break;
        case 9:
            s->nan_count = lf_thrift_get_i64(r, &f), s->has_nan_count = true;
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
}

/* ---- page headers ---- */

static void parse_page_v1(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_page_header *h) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    uint32_t seen = 0;
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            h->num_values = lf_thrift_get_i32(r, &f), seen |= 1;
            break;
        case 2:
            h->encoding = lf_thrift_get_i32(r, &f), seen |= 2;
            break;
        case 3:
            h->def_encoding = lf_thrift_get_i32(r, &f);
            break;
        case 4:
            h->rep_encoding = lf_thrift_get_i32(r, &f);
            break;
        case 5:
            h->has_stats = true;
            parse_stats(r, &f, &h->stats);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    if (seen != 3) lf_thrift_reader_fail(r, "a data page lacks its count or encoding");
}

static void parse_page_v2(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_page_header *h) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    uint32_t seen = 0;
    h->is_compressed = true;
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            h->num_values = lf_thrift_get_i32(r, &f), seen |= 1;
            break;
        case 2:
            h->num_nulls = lf_thrift_get_i32(r, &f), seen |= 2;
            break;
        case 3:
            h->num_rows = lf_thrift_get_i32(r, &f), seen |= 4;
            break;
        case 4:
            h->encoding = lf_thrift_get_i32(r, &f), seen |= 8;
            break;
        case 5:
            h->def_bytes = lf_thrift_get_i32(r, &f), seen |= 16;
            break;
        case 6:
            h->rep_bytes = lf_thrift_get_i32(r, &f), seen |= 32;
            break;
        case 7:
            h->is_compressed = lf_thrift_get_bool(r, &f);
            break;
        case 8:
            h->has_stats = true;
            parse_stats(r, &f, &h->stats);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    if (seen != 63) lf_thrift_reader_fail(r, "a data page lacks a required field");
}

static void parse_page_dict(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_page_header *h) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            h->num_values = lf_thrift_get_i32(r, &f);
            break;
        case 2:
            h->encoding = lf_thrift_get_i32(r, &f);
            break;
        case 3:
            h->is_sorted = lf_thrift_get_bool(r, &f);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
}

static void parse_page_fields(lf_thrift_reader *r, lf_pq_page_header *h) {
    lf_thrift_field f = {0};
    uint32_t seen = 0, bodies = 0;
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            h->type = lf_thrift_get_i32(r, &f), seen |= 1;
            break;
        case 2:
            h->uncompressed_size = lf_thrift_get_i32(r, &f), seen |= 2;
            break;
        case 3:
            h->compressed_size = lf_thrift_get_i32(r, &f), seen |= 4;
            break;
        case 4:
            h->crc = (uint32_t)lf_thrift_get_i32(r, &f), h->has_crc = true;
            break;
        case 5:
            parse_page_v1(r, &f, h), bodies |= 1u << LF_PQ_DATA_PAGE;
            break;
        case 7:
            parse_page_dict(r, &f, h), bodies |= 1u << LF_PQ_DICTIONARY_PAGE;
            break;
        case 8:
            parse_page_v2(r, &f, h), bodies |= 1u << LF_PQ_DATA_PAGE_V2;
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    if (seen != 7) lf_thrift_reader_fail(r, "a required field is missing");
    if (h->uncompressed_size < 0 || h->compressed_size < 0 || h->num_values < 0) {
        lf_thrift_reader_fail(r, "a size or count is negative");
    }
    if (h->type == LF_PQ_INDEX_PAGE || h->type < 0 || h->type > LF_PQ_DATA_PAGE_V2) return;
    if (bodies != 1u << h->type) {
        lf_thrift_reader_fail(r, "what it describes is not what its type says");
    }
}

lf_rc lf_pq_parse_page_header(lf_span in, lf_pq_page_header *out, size_t *used_out, bool *more_out,
                              lf_error *err) {
    lf_thrift_reader r;
    lf_thrift_reader_init(&r, in);
    *out = (lf_pq_page_header){0};
    *more_out = false;
    *used_out = 0;
    parse_page_fields(&r, out);
    *used_out = (size_t)(r.p - r.begin);
    if (r.ended) {
        *more_out = true;
        return LF_OK;
    }
    return lf_thrift_reader_rc(&r, "page header", err);
}

/* ---- schema ---- */

static void parse_time_unit(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_logical *l) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        if (f.id >= LF_PQ_MILLIS && f.id <= LF_PQ_NANOS) l->unit = (uint8_t)f.id;
        lf_thrift_skip(r, &f);
    }
}

static void parse_logical_body(lf_thrift_reader *r, lf_pq_logical *l) {
    lf_thrift_field f = {0};
    bool time = l->kind == LF_PQ_LOGICAL_TIME || l->kind == LF_PQ_LOGICAL_TIMESTAMP;
    while (lf_thrift_next(r, &f)) {
        if (l->kind == LF_PQ_LOGICAL_DECIMAL && f.id == 1) {
            l->scale = lf_thrift_get_i32(r, &f);
        } else if (l->kind == LF_PQ_LOGICAL_DECIMAL && f.id == 2) {
            l->precision = lf_thrift_get_i32(r, &f);
        } else if (time && f.id == 1) {
            l->utc = lf_thrift_get_bool(r, &f);
        } else if (time && f.id == 2) {
            parse_time_unit(r, &f, l);
        } else if (l->kind == LF_PQ_LOGICAL_INTEGER && f.id == 1) {
            l->bit_width = (uint8_t)lf_thrift_get_i32(r, &f);
        } else if (l->kind == LF_PQ_LOGICAL_INTEGER && f.id == 2) {
            l->is_signed = lf_thrift_get_bool(r, &f);
        } else {
            lf_thrift_skip(r, &f);
        }
    }
}

static void parse_logical(lf_thrift_reader *r, const lf_thrift_field *at, lf_pq_logical *l) {
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        if (f.kind == LF_THRIFT_STRUCT && f.id > 0 && f.id < 256) {
            *l = (lf_pq_logical){.kind = (uint8_t)f.id};
            parse_logical_body(r, l);
        } else {
            lf_thrift_skip(r, &f);
        }
    }
}

static void parse_schema_element(parser *p, lf_pq_schema_element *e) {
    lf_thrift_reader *r = &p->r;
    *e = (lf_pq_schema_element){.type = -1, .repetition = -1, .converted = LF_PQ_CONV_NONE};
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            e->type = lf_thrift_get_i32(r, &f);
            break;
        case 2:
            e->type_length = lf_thrift_get_i32(r, &f);
            break;
        case 3:
            e->repetition = lf_thrift_get_i32(r, &f);
            break;
        case 4:
            e->name = lf_thrift_get_binary(r, &f);
            break;
        case 5:
            e->num_children = lf_thrift_get_i32(r, &f), e->has_num_children = true;
            break;
        case 6:
            e->converted = lf_thrift_get_i32(r, &f);
            break;
        case 7:
            e->scale = lf_thrift_get_i32(r, &f), e->has_scale = true;
            break;
        case 8:
            e->precision = lf_thrift_get_i32(r, &f), e->has_precision = true;
            break;
        case 9:
            e->field_id = lf_thrift_get_i32(r, &f), e->has_field_id = true;
            break;
        case 10:
            parse_logical(r, &f, &e->logical);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    require(p, e->name.data != NULL, "a schema element has no name");
    require(p, e->num_children >= 0, "a schema element has a negative number of children");
    if (e->num_children > 0) e->type = -1; /* some writers give groups a type */
}

/* ---- footer ---- */

static uint32_t parse_key_values(parser *p, const lf_thrift_field *at,
                                 const lf_pq_key_value **out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_KEY_VALUE);
    lf_pq_key_value *kv = list_alloc(p, n, sizeof *kv);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        lf_thrift_field f = {0};
        while (lf_thrift_next(&p->r, &f)) {
            const bool text = f.kind == LF_THRIFT_BINARY; /* numbers were written, too */
            if (f.id == 1 && text) {
                kv[i].key = lf_thrift_get_binary(&p->r, &f);
            } else if (f.id == 2 && text) {
                kv[i].value = lf_thrift_get_binary(&p->r, &f);
            } else {
                lf_thrift_skip(&p->r, &f);
            }
        }
        require(p, kv[i].key.data != NULL, "a key-value pair has no key");
    }
    *out = kv;
    return p->r.problem == NULL ? n : 0;
}

static void parse_schema(parser *p, const lf_thrift_field *at, lf_pq_footer *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_SCHEMA_ELEMENT);
    lf_pq_schema_element *e = list_alloc(p, n, sizeof *e);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        parse_schema_element(p, &e[i]);
    }
    out->schema = e;
    out->n_schema = n;
}

static void parse_row_group_spans(parser *p, const lf_thrift_field *at, lf_pq_footer *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_ROW_GROUP);
    lf_span *s = list_alloc(p, n, sizeof *s);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        s[i].data = p->r.p;
        lf_thrift_read_skip_struct(&p->r);
        s[i].len = (size_t)(p->r.p - s[i].data);
    }
    out->row_groups = s;
    out->n_row_groups = n;
}

static void parse_orders(parser *p, const lf_thrift_field *at, lf_pq_footer *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_ORDER);
    uint8_t *o = list_alloc(p, n, 1);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        lf_thrift_field f = {0};
        while (lf_thrift_next(&p->r, &f)) {
            if (f.id > 0 && f.id < 256) o[i] = (uint8_t)f.id;
            lf_thrift_skip(&p->r, &f);
        }
    }
    out->column_orders = o;
    out->n_column_orders = n;
}

lf_rc lf_pq_parse_footer(lf_span in, lf_arena *arena, lf_pq_footer *out, lf_error *err) {
    parser p = {.arena = arena};
    lf_thrift_reader_init(&p.r, in);
    *out = (lf_pq_footer){0};
    lf_thrift_field f = {0};
    uint32_t seen = 0;
    while (lf_thrift_next(&p.r, &f)) {
        switch (f.id) {
        case 1:
            out->version = lf_thrift_get_i32(&p.r, &f);
            break;
        case 2:
            parse_schema(&p, &f, out), seen |= 1;
            break;
        case 3:
            out->num_rows = lf_thrift_get_i64(&p.r, &f), seen |= 2;
            break;
        case 4:
            parse_row_group_spans(&p, &f, out), seen |= 4;
            break;
        case 5:
            out->n_key_values = parse_key_values(&p, &f, &out->key_values);
            break;
        case 6:
            out->created_by = lf_thrift_get_binary(&p.r, &f);
            break;
        case 7:
            parse_orders(&p, &f, out);
            break;
        case 8:
            out->encrypted = true;
            lf_thrift_skip(&p.r, &f);
            break;
        default:
            lf_thrift_skip(&p.r, &f);
        }
    }
    require(&p, seen == 7, "schema, row count or row groups are missing");
    require(&p, out->num_rows >= 0, "the row count is negative");
    return parser_rc(&p, "footer", err);
}

/* ---- row groups ---- */

static void parse_encodings(parser *p, const lf_thrift_field *at, lf_pq_column_meta *m) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_I32, 1);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        int64_t e = lf_thrift_read_varint(&p->r);
        m->encodings |= 1u << (e >= 0 && e < 31 ? e : 31);
    }
}

static void parse_path(parser *p, const lf_thrift_field *at, lf_pq_column_meta *m) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_BINARY, 1);
    lf_span *path = list_alloc(p, n, sizeof *path);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        path[i] = lf_thrift_read_binary(&p->r);
    }
    m->path = path;
    m->n_path = n;
}

static void parse_encoding_stats(parser *p, const lf_thrift_field *at, lf_pq_column_meta *m) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_ENCODING_STATS);
    lf_pq_encoding_stats *s = list_alloc(p, n, sizeof *s);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        lf_thrift_field f = {0};
        while (lf_thrift_next(&p->r, &f)) {
            switch (f.id) {
            case 1:
                s[i].page_type = lf_thrift_get_i32(&p->r, &f);
                break;
            case 2:
                s[i].encoding = lf_thrift_get_i32(&p->r, &f);
                break;
            case 3:
                s[i].count = lf_thrift_get_i32(&p->r, &f);
                break;
            default:
                lf_thrift_skip(&p->r, &f);
            }
        }
    }
    m->encoding_stats = s;
    m->n_encoding_stats = n;
}

static void parse_size_stats(parser *p, const lf_thrift_field *at, lf_pq_column_meta *m) {
    if (!lf_thrift_get_struct(&p->r, at)) return;
    lf_thrift_field f = {0};
    while (lf_thrift_next(&p->r, &f)) {
        if (f.id == 1) {
            m->unencoded_bytes = lf_thrift_get_i64(&p->r, &f);
            m->has_unencoded_bytes = true;
        } else {
            lf_thrift_skip(&p->r, &f);
        }
    }
}

/* Fields above 12 of a chunk's metadata had other meanings in drafts that were written to files;
 * nothing that is needed to read the values is among them. */
static bool is_draft_field(const lf_thrift_field *f) {
    static const uint8_t kinds[] = {LF_THRIFT_LIST, LF_THRIFT_I64, LF_THRIFT_I32, LF_THRIFT_STRUCT};
    return f->id >= 13 && f->id <= 16 && f->kind != kinds[f->id - 13];
}

static bool next_meta_field(lf_thrift_reader *r, lf_thrift_field *f) {
    while (lf_thrift_next(r, f)) {
        if (!is_draft_field(f)) return true;
        lf_thrift_skip(r, f);
    }
    return false;
}

static void parse_column_meta(parser *p, const lf_thrift_field *at, lf_pq_column_meta *m) {
    lf_thrift_reader *r = &p->r;
    if (!lf_thrift_get_struct(r, at)) return;
    lf_thrift_field f = {0};
    uint32_t seen = 0;
    while (next_meta_field(r, &f)) {
        if (f.id > 0 && f.id < 31) seen |= 1u << f.id;
        switch (f.id) {
        case 1:
            m->type = lf_thrift_get_i32(r, &f);
            break;
        case 2:
            parse_encodings(p, &f, m);
            break;
        case 3:
            parse_path(p, &f, m);
            break;
        case 4:
            m->codec = lf_thrift_get_i32(r, &f);
            break;
        case 5:
            m->num_values = lf_thrift_get_i64(r, &f);
            break;
        case 6:
            m->total_uncompressed_size = lf_thrift_get_i64(r, &f);
            break;
        case 7:
            m->total_compressed_size = lf_thrift_get_i64(r, &f);
            break;
        case 8:
            m->n_key_values = parse_key_values(p, &f, &m->key_values);
            break;
        case 9:
            m->data_page_offset = lf_thrift_get_i64(r, &f);
            break;
        case 10:
            m->index_page_offset = lf_thrift_get_i64(r, &f), m->has_index_page = true;
            break;
        case 11:
            m->dictionary_page_offset = lf_thrift_get_i64(r, &f);
            break;
        case 12:
            parse_stats(r, &f, &m->stats), m->has_stats = true;
            break;
        case 13:
            parse_encoding_stats(p, &f, m);
            break;
        case 14:
            m->bloom_filter_offset = lf_thrift_get_i64(r, &f);
            break;
        case 15:
            m->bloom_filter_length = lf_thrift_get_i32(r, &f);
            break;
        case 16:
            parse_size_stats(p, &f, m);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    m->has_dictionary = (seen >> 11 & 1) != 0;
    m->has_bloom_filter = (seen >> 14 & 1) != 0;
    const uint32_t needed = 1u << 1 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 9;
    require(p, (seen & needed) == needed, "a column chunk lacks a required field");
    require(p, m->num_values >= 0 && m->total_compressed_size >= 0 && m->data_page_offset >= 0,
            "a column chunk has a negative size or place");
}

static void parse_column_chunk(parser *p, lf_pq_column_chunk *c) {
    lf_thrift_reader *r = &p->r;
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            c->file_path = lf_thrift_get_binary(r, &f);
            break;
        case 2:
            c->file_offset = lf_thrift_get_i64(r, &f);
            break;
        case 3:
            parse_column_meta(p, &f, &c->meta), c->has_meta = true;
            break;
        case 4:
            c->offset_index_offset = lf_thrift_get_i64(r, &f);
            c->has_offset_index = true;
            break;
        case 5:
            c->offset_index_length = lf_thrift_get_i32(r, &f);
            break;
        case 6:
            c->column_index_offset = lf_thrift_get_i64(r, &f);
            c->has_column_index = true;
            break;
        case 7:
            c->column_index_length = lf_thrift_get_i32(r, &f);
            break;
        case 8:
            c->encrypted = true;
            lf_thrift_skip(r, &f);
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
}

static void parse_sorting(parser *p, const lf_thrift_field *at, lf_pq_row_group *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_SORTING);
    lf_pq_sorting_column *s = list_alloc(p, n, sizeof *s);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        lf_thrift_field f = {0};
        while (lf_thrift_next(&p->r, &f)) {
            switch (f.id) {
            case 1:
                s[i].column = lf_thrift_get_i32(&p->r, &f);
                break;
            case 2:
                s[i].descending = lf_thrift_get_bool(&p->r, &f);
                break;
            case 3:
                s[i].nulls_first = lf_thrift_get_bool(&p->r, &f);
                break;
            default:
                lf_thrift_skip(&p->r, &f);
            }
        }
    }
    out->sorting = s;
    out->n_sorting = n;
}

static void parse_columns(parser *p, const lf_thrift_field *at, lf_pq_row_group *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_COLUMN_CHUNK);
    lf_pq_column_chunk *c = list_alloc(p, n, sizeof *c);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        parse_column_chunk(p, &c[i]);
    }
    out->columns = c;
    out->n_columns = n;
}

lf_rc lf_pq_parse_row_group(lf_span in, lf_arena *arena, lf_pq_row_group *out, lf_error *err) {
    parser p = {.arena = arena};
    lf_thrift_reader *r = &p.r;
    lf_thrift_reader_init(r, in);
    *out = (lf_pq_row_group){0};
    lf_thrift_field f = {0};
    uint32_t seen = 0;
    while (lf_thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            parse_columns(&p, &f, out), seen |= 1;
            break;
        case 2:
            out->total_byte_size = lf_thrift_get_i64(r, &f);
            break;
        case 3:
            out->num_rows = lf_thrift_get_i64(r, &f), seen |= 2;
            break;
        case 4:
            parse_sorting(&p, &f, out);
            break;
        case 5:
            out->file_offset = lf_thrift_get_i64(r, &f), out->has_file_offset = true;
            break;
        case 6:
            out->total_compressed_size = lf_thrift_get_i64(r, &f);
            out->has_total_compressed_size = true;
            break;
        case 7:
            out->ordinal = (int16_t)lf_thrift_get_i32(r, &f), out->has_ordinal = true;
            break;
        default:
            lf_thrift_skip(r, &f);
        }
    }
    require(&p, seen == 3, "columns or the row count are missing");
    require(&p, out->num_rows >= 0, "the row count is negative");
    return parser_rc(&p, "row group metadata", err);
}

/* ---- page index ---- */

static int64_t *parse_i64_list(parser *p, const lf_thrift_field *at, uint32_t *n_out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_I64, 1);
    int64_t *v = list_alloc(p, n, sizeof *v);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        v[i] = lf_thrift_read_varint(&p->r);
    }
    *n_out = n;
    return v;
}

static void parse_page_locations(parser *p, const lf_thrift_field *at, lf_pq_offset_index *out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_STRUCT, MIN_PAGE_LOCATION);
    lf_pq_page_location *l = list_alloc(p, n, sizeof *l);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        lf_thrift_field f = {0};
        while (lf_thrift_next(&p->r, &f)) {
            switch (f.id) {
            case 1:
                l[i].offset = lf_thrift_get_i64(&p->r, &f);
                break;
            case 2:
                l[i].compressed_size = lf_thrift_get_i32(&p->r, &f);
                break;
            case 3:
                l[i].first_row = lf_thrift_get_i64(&p->r, &f);
                break;
            default:
                lf_thrift_skip(&p->r, &f);
            }
        }
    }
    out->pages = l;
    out->n_pages = n;
}

lf_rc lf_pq_parse_offset_index(lf_span in, lf_arena *arena, lf_pq_offset_index *out,
                               lf_error *err) {
    parser p = {.arena = arena};
    lf_thrift_reader_init(&p.r, in);
    *out = (lf_pq_offset_index){0};
    lf_thrift_field f = {0};
    uint32_t n_bytes = 0;
    while (lf_thrift_next(&p.r, &f)) {
        switch (f.id) {
        case 1:
            parse_page_locations(&p, &f, out);
            break;
        case 2:
            out->unencoded_bytes = parse_i64_list(&p, &f, &n_bytes);
            break;
        default:
            lf_thrift_skip(&p.r, &f);
        }
    }
    require(&p, out->unencoded_bytes == NULL || n_bytes == out->n_pages, "lists differ in length");
    return parser_rc(&p, "offset index", err);
}

static const lf_span *parse_span_list(parser *p, const lf_thrift_field *at, uint32_t *n_out) {
    uint32_t n = lf_thrift_get_list(&p->r, at, LF_THRIFT_BINARY, 1);
    lf_span *v = list_alloc(p, n, sizeof *v);
    for (uint32_t i = 0; i < n && p->r.problem == NULL; i++) {
        v[i] = lf_thrift_read_binary(&p->r);
    }
    *n_out = n;
    return v;
}

lf_rc lf_pq_parse_column_index(lf_span in, lf_arena *arena, lf_pq_column_index *out,
                               lf_error *err) {
    parser p = {.arena = arena};
    lf_thrift_reader_init(&p.r, in);
    *out = (lf_pq_column_index){0};
    lf_thrift_field f = {0};
    uint32_t n[9] = {0};
    while (lf_thrift_next(&p.r, &f)) {
        switch (f.id) {
        case 1: {
            n[1] = lf_thrift_get_list(&p.r, &f, LF_THRIFT_TRUE, 1);
            bool *b = list_alloc(&p, n[1], sizeof *b);
            for (uint32_t i = 0; i < n[1] && p.r.problem == NULL; i++) {
                b[i] = lf_thrift_read_bool(&p.r);
            }
            out->null_pages = b;
            break;
        }
        case 2:
            out->min = parse_span_list(&p, &f, &n[2]);
            break;
        case 3:
            out->max = parse_span_list(&p, &f, &n[3]);
            break;
        case 4:
            out->boundary_order = lf_thrift_get_i32(&p.r, &f);
            break;
        case 5:
            out->null_counts = parse_i64_list(&p, &f, &n[5]);
            break;
        case 8:
            out->nan_counts = parse_i64_list(&p, &f, &n[8]);
            break;
        default:
            lf_thrift_skip(&p.r, &f);
        }
    }
    out->n_pages = n[1];
    bool same = n[1] == n[2] && n[1] == n[3];
    same = same && (out->null_counts == NULL || n[5] == n[1]);
    same = same && (out->nan_counts == NULL || n[8] == n[1]);
    require(&p, same, "lists differ in length");
    return parser_rc(&p, "column index", err);
}
