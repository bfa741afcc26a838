/* Writers of Parquet's metadata. Field ids are those of parquet.thrift and rise within each
 * struct, as the compact protocol's short headers want. */
#include "format/parquet/parquet_meta.h"

static void put_span(lf_thrift_writer *w, int16_t id, lf_span s) {
    if (s.data != NULL) lf_thrift_put_binary(w, id, s.data, s.len);
}

static void put_empty_struct(lf_thrift_writer *w, int16_t id) {
    lf_thrift_put_struct(w, id);
    lf_thrift_struct_end(w);
}

static void put_stats(lf_thrift_writer *w, int16_t id, const lf_pq_stats *s) {
    lf_thrift_put_struct(w, id);
    put_span(w, 1, s->old_max);
    put_span(w, 2, s->old_min);
    if (s->has_null_count) lf_thrift_put_i64(w, 3, s->null_count);
    if (s->has_distinct_count) lf_thrift_put_i64(w, 4, s->distinct_count);
    put_span(w, 5, s->max);
    put_span(w, 6, s->min);
    if (s->has_max_exact) lf_thrift_put_bool(w, 7, s->max_exact);
    if (s->has_min_exact) lf_thrift_put_bool(w, 8, s->min_exact);
    if (s->has_nan_count) lf_thrift_put_i64(w, 9, s->nan_count);
    lf_thrift_struct_end(w);
}

static void put_data_page(lf_thrift_writer *w, const lf_pq_page_header *h) {
    lf_thrift_put_struct(w, 5);
    lf_thrift_put_i32(w, 1, h->num_values);
    lf_thrift_put_i32(w, 2, h->encoding);
    lf_thrift_put_i32(w, 3, h->def_encoding);
    lf_thrift_put_i32(w, 4, h->rep_encoding);
    if (h->has_stats) put_stats(w, 5, &h->stats);
    lf_thrift_struct_end(w);
}

static void put_data_page_v2(lf_thrift_writer *w, const lf_pq_page_header *h) {
    lf_thrift_put_struct(w, 8);
    lf_thrift_put_i32(w, 1, h->num_values);
    lf_thrift_put_i32(w, 2, h->num_nulls);
    lf_thrift_put_i32(w, 3, h->num_rows);
    lf_thrift_put_i32(w, 4, h->encoding);
    lf_thrift_put_i32(w, 5, h->def_bytes);
    lf_thrift_put_i32(w, 6, h->rep_bytes);
    lf_thrift_put_bool(w, 7, h->is_compressed);
    if (h->has_stats) put_stats(w, 8, &h->stats);
    lf_thrift_struct_end(w);
}

void lf_pq_write_page_header(lf_thrift_writer *w, const lf_pq_page_header *h) {
    lf_thrift_struct_begin(w);
    lf_thrift_put_i32(w, 1, h->type);
    lf_thrift_put_i32(w, 2, h->uncompressed_size);
    lf_thrift_put_i32(w, 3, h->compressed_size);
    if (h->has_crc) lf_thrift_put_i32(w, 4, (int32_t)h->crc);
    if (h->type == LF_PQ_DATA_PAGE) {
        put_data_page(w, h);
    } else if (h->type == LF_PQ_DATA_PAGE_V2) {
        put_data_page_v2(w, h);
    } else if (h->type == LF_PQ_DICTIONARY_PAGE) {
        lf_thrift_put_struct(w, 7);
        lf_thrift_put_i32(w, 1, h->num_values);
        lf_thrift_put_i32(w, 2, h->encoding);
        lf_thrift_put_bool(w, 3, h->is_sorted);
        lf_thrift_struct_end(w);
    }
    lf_thrift_struct_end(w);
}

static void put_time_body(lf_thrift_writer *w, const lf_pq_logical *l) {
    lf_thrift_put_bool(w, 1, l->utc);
    lf_thrift_put_struct(w, 2);
    put_empty_struct(w, l->unit);
    lf_thrift_struct_end(w);
}

static void put_logical(lf_thrift_writer *w, int16_t id, const lf_pq_logical *l) {
    lf_thrift_put_struct(w, id);
    lf_thrift_put_struct(w, l->kind);
    switch (l->kind) {
    case LF_PQ_LOGICAL_DECIMAL:
        lf_thrift_put_i32(w, 1, l->scale);
        lf_thrift_put_i32(w, 2, l->precision);
        break;
    case LF_PQ_LOGICAL_TIME:
    case LF_PQ_LOGICAL_TIMESTAMP:
        put_time_body(w, l);
        break;
    case LF_PQ_LOGICAL_INTEGER:
        lf_thrift_put_i8(w, 1, (int8_t)l->bit_width);
        lf_thrift_put_bool(w, 2, l->is_signed);
        break;
    default:
        break;
    }
    lf_thrift_struct_end(w);
    lf_thrift_struct_end(w);
}

static void write_schema_element(lf_thrift_writer *w, const lf_pq_schema_element *e) {
    lf_thrift_struct_begin(w);
    if (e->type >= 0) lf_thrift_put_i32(w, 1, e->type);
    if (e->type == LF_PQ_FIXED) lf_thrift_put_i32(w, 2, e->type_length);
    if (e->repetition >= 0) lf_thrift_put_i32(w, 3, e->repetition);
    lf_thrift_put_binary(w, 4, e->name.data, e->name.len);
    if (e->has_num_children) lf_thrift_put_i32(w, 5, e->num_children);
    if (e->converted != LF_PQ_CONV_NONE) lf_thrift_put_i32(w, 6, e->converted);
    if (e->has_scale) lf_thrift_put_i32(w, 7, e->scale);
    if (e->has_precision) lf_thrift_put_i32(w, 8, e->precision);
    if (e->has_field_id) lf_thrift_put_i32(w, 9, e->field_id);
    if (e->logical.kind != LF_PQ_LOGICAL_NONE) put_logical(w, 10, &e->logical);
    lf_thrift_struct_end(w);
}

void lf_pq_write_footer_head(lf_thrift_writer *w, const lf_pq_schema_element *schema,
                             uint32_t n_schema, int64_t num_rows, uint32_t n_row_groups) {
    lf_thrift_struct_begin(w);
    lf_thrift_put_i32(w, 1, 1);
    lf_thrift_put_list(w, 2, LF_THRIFT_STRUCT, n_schema);
    for (uint32_t i = 0; i < n_schema; i++) {
        write_schema_element(w, &schema[i]);
    }
    lf_thrift_put_i64(w, 3, num_rows);
    lf_thrift_put_list(w, 4, LF_THRIFT_STRUCT, n_row_groups);
}

static void put_key_values(lf_thrift_writer *w, int16_t id, const lf_pq_key_value *kv,
                           uint32_t n_kv) {
    if (n_kv == 0) return;
    lf_thrift_put_list(w, id, LF_THRIFT_STRUCT, n_kv);
    for (uint32_t i = 0; i < n_kv; i++) {
        lf_thrift_struct_begin(w);
        lf_thrift_put_binary(w, 1, kv[i].key.data, kv[i].key.len);
        put_span(w, 2, kv[i].value);
        lf_thrift_struct_end(w);
    }
}

void lf_pq_write_footer_tail(lf_thrift_writer *w, const lf_pq_key_value *kv, uint32_t n_kv,
                             lf_span created_by, uint32_t n_column_orders) {
    put_key_values(w, 5, kv, n_kv);
    put_span(w, 6, created_by);
    if (n_column_orders > 0) lf_thrift_put_list(w, 7, LF_THRIFT_STRUCT, n_column_orders);
    for (uint32_t i = 0; i < n_column_orders; i++) {
        lf_thrift_struct_begin(w);
        put_empty_struct(w, 1);
        lf_thrift_struct_end(w);
    }
    lf_thrift_struct_end(w);
}

static void put_encoding_stats(lf_thrift_writer *w, const lf_pq_column_meta *m) {
    if (m->n_encoding_stats == 0) return;
    lf_thrift_put_list(w, 13, LF_THRIFT_STRUCT, m->n_encoding_stats);
    for (uint32_t i = 0; i < m->n_encoding_stats; i++) {
        lf_thrift_struct_begin(w);
        lf_thrift_put_i32(w, 1, m->encoding_stats[i].page_type);
        lf_thrift_put_i32(w, 2, m->encoding_stats[i].encoding);
        lf_thrift_put_i32(w, 3, m->encoding_stats[i].count);
        lf_thrift_struct_end(w);
    }
}

static void put_encodings(lf_thrift_writer *w, uint32_t encodings) {
    lf_thrift_put_list(w, 2, LF_THRIFT_I32, (uint32_t)__builtin_popcount(encodings));
    for (uint32_t rest = encodings; rest != 0; rest &= rest - 1) {
        lf_thrift_item_varint(w, __builtin_ctz(rest));
    }
}

static void put_column_meta(lf_thrift_writer *w, const lf_pq_column_meta *m) {
    lf_thrift_put_struct(w, 3);
    lf_thrift_put_i32(w, 1, m->type);
    put_encodings(w, m->encodings);
    lf_thrift_put_list(w, 3, LF_THRIFT_BINARY, m->n_path);
    for (uint32_t i = 0; i < m->n_path; i++) {
        lf_thrift_item_binary(w, m->path[i].data, m->path[i].len);
    }
    lf_thrift_put_i32(w, 4, m->codec);
    lf_thrift_put_i64(w, 5, m->num_values);
    lf_thrift_put_i64(w, 6, m->total_uncompressed_size);
    lf_thrift_put_i64(w, 7, m->total_compressed_size);
    put_key_values(w, 8, m->key_values, m->n_key_values);
    lf_thrift_put_i64(w, 9, m->data_page_offset);
    if (m->has_index_page) lf_thrift_put_i64(w, 10, m->index_page_offset);
    if (m->has_dictionary) lf_thrift_put_i64(w, 11, m->dictionary_page_offset);
    if (m->has_stats) put_stats(w, 12, &m->stats);
    put_encoding_stats(w, m);
    if (m->has_bloom_filter) lf_thrift_put_i64(w, 14, m->bloom_filter_offset);
    if (m->has_bloom_filter && m->bloom_filter_length > 0) {
        lf_thrift_put_i32(w, 15, m->bloom_filter_length);
    }
    if (m->has_unencoded_bytes) {
        lf_thrift_put_struct(w, 16);
        lf_thrift_put_i64(w, 1, m->unencoded_bytes);
        lf_thrift_struct_end(w);
    }
    lf_thrift_struct_end(w);
}

void lf_pq_write_column_chunk(lf_thrift_writer *w, const lf_pq_column_chunk *c) {
    lf_thrift_struct_begin(w);
    put_span(w, 1, c->file_path);
    lf_thrift_put_i64(w, 2, c->file_offset);
    if (c->has_meta) put_column_meta(w, &c->meta);
    if (c->has_offset_index) {
        lf_thrift_put_i64(w, 4, c->offset_index_offset);
        lf_thrift_put_i32(w, 5, c->offset_index_length);
    }
    if (c->has_column_index) {
        lf_thrift_put_i64(w, 6, c->column_index_offset);
        lf_thrift_put_i32(w, 7, c->column_index_length);
    }
    lf_thrift_struct_end(w);
}

void lf_pq_write_row_group_begin(lf_thrift_writer *w, uint32_t n_columns) {
    lf_thrift_struct_begin(w);
    lf_thrift_put_list(w, 1, LF_THRIFT_STRUCT, n_columns);
}

void lf_pq_write_row_group_end(lf_thrift_writer *w, const lf_pq_row_group *g) {
    lf_thrift_put_i64(w, 2, g->total_byte_size);
    lf_thrift_put_i64(w, 3, g->num_rows);
    if (g->n_sorting > 0) lf_thrift_put_list(w, 4, LF_THRIFT_STRUCT, g->n_sorting);
    for (uint32_t i = 0; i < g->n_sorting; i++) {
        lf_thrift_struct_begin(w);
        lf_thrift_put_i32(w, 1, g->sorting[i].column);
        lf_thrift_put_bool(w, 2, g->sorting[i].descending);
        lf_thrift_put_bool(w, 3, g->sorting[i].nulls_first);
        lf_thrift_struct_end(w);
    }
    if (g->has_file_offset) lf_thrift_put_i64(w, 5, g->file_offset);
    if (g->has_total_compressed_size) lf_thrift_put_i64(w, 6, g->total_compressed_size);
    if (g->has_ordinal) lf_thrift_put_i16(w, 7, g->ordinal);
    lf_thrift_struct_end(w);
}

void lf_pq_write_row_group(lf_thrift_writer *w, const lf_pq_row_group *g) {
    lf_pq_write_row_group_begin(w, g->n_columns);
    for (uint32_t i = 0; i < g->n_columns; i++) {
        lf_pq_write_column_chunk(w, &g->columns[i]);
    }
    lf_pq_write_row_group_end(w, g);
}

static void put_i64_list(lf_thrift_writer *w, int16_t id, const int64_t *v, uint32_t n) {
    if (v == NULL) return;
    lf_thrift_put_list(w, id, LF_THRIFT_I64, n);
    for (uint32_t i = 0; i < n; i++) {
        lf_thrift_item_varint(w, v[i]);
    }
}

void lf_pq_write_offset_index(lf_thrift_writer *w, const lf_pq_offset_index *x) {
    lf_thrift_struct_begin(w);
    lf_thrift_put_list(w, 1, LF_THRIFT_STRUCT, x->n_pages);
    for (uint32_t i = 0; i < x->n_pages; i++) {
        lf_thrift_struct_begin(w);
        lf_thrift_put_i64(w, 1, x->pages[i].offset);
        lf_thrift_put_i32(w, 2, x->pages[i].compressed_size);
        lf_thrift_put_i64(w, 3, x->pages[i].first_row);
        lf_thrift_struct_end(w);
    }
    put_i64_list(w, 2, x->unencoded_bytes, x->n_pages);
    lf_thrift_struct_end(w);
}

void lf_pq_write_column_index(lf_thrift_writer *w, const lf_pq_column_index *x) {
    lf_thrift_struct_begin(w);
    lf_thrift_put_list(w, 1, LF_THRIFT_TRUE, x->n_pages);
    for (uint32_t i = 0; i < x->n_pages; i++) {
        lf_thrift_item_bool(w, x->null_pages[i]);
    }
    for (int16_t id = 2; id <= 3; id++) {
        const lf_span *v = id == 2 ? x->min : x->max;
        lf_thrift_put_list(w, id, LF_THRIFT_BINARY, x->n_pages);
        for (uint32_t i = 0; i < x->n_pages; i++) {
            lf_thrift_item_binary(w, v[i].data, v[i].len);
        }
    }
    lf_thrift_put_i32(w, 4, x->boundary_order);
    put_i64_list(w, 5, x->null_counts, x->n_pages);
    put_i64_list(w, 8, x->nan_counts, x->n_pages);
    lf_thrift_struct_end(w);
}
