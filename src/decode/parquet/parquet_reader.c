/* A Parquet file from its end: magic, footer length, footer; then what the footer says. */
#include "decode/parquet/parquet_reader.h"
#include "array/schema_field.h"
#include <string.h>

#define TAIL_BYTES (64u * 1024) /* read at once; most footers fit */
#define FOOTER_MAX (2ull << 30)
#define OFFSET_SLACK                                                                               \
    100u /* old parquet-mr left the dictionary's header out of the chunk's size                    \
          */

struct lf_parquet_reader {
    const lf_alloc *alloc;
    lf_parquet_opts opts;
    lf_source *source;
    uint8_t *bytes; /* the footer */
    size_t n_bytes;
    uint64_t body_end; /* where the footer starts */
    lf_arena arena, group_arena;
    lf_pq_footer footer;
    lf_parquet_tree tree;
    lf_schema schema;
    lf_pq_row_group group;
    uint32_t group_number; /* parsed one; UINT32_MAX: none */
};

static lf_rc read_exactly(lf_source *s, uint64_t offset, void *dst, size_t n, lf_error *err) {
    size_t done = 0;
    while (done < n) {
        size_t got;
        LF_TRY(s->type->read_at(s, offset + done, (uint8_t *)dst + done, n - done, &got, err));
        if (got == 0) {
            return lf_fail(err, LF_ECORRUPT, "the file ends at byte %llu, %llu were expected",
                           (unsigned long long)(offset + done), (unsigned long long)(offset + n));
        }
        done += got;
    }
    return LF_OK;
}

int lf_parquet_sniff(lf_span head) {
    if (head.len < 4) return 0;
    /* PARE: with an encrypted footer; no other format, and its refusal says why. */
    return memcmp(head.data, "PAR1", 4) == 0 || memcmp(head.data, "PARE", 4) == 0 ? 95 : 0;
}

/* ---- footer ---- */

static lf_rc check_magic(const uint8_t *last8, lf_error *err) {
    if (memcmp(last8 + 4, "PAR1", 4) == 0) return LF_OK;
    if (memcmp(last8 + 4, "PARE", 4) == 0) {
        return lf_fail(err, LF_EUNSUPPORTED,
                       "the file is encrypted, which is not read: write it without encryption");
    }
    return lf_fail(err, LF_ECORRUPT,
                   "the file does not end in PAR1: it is cut off, or no Parquet file");
}

static lf_rc load_footer(lf_parquet_reader *r, lf_error *err) {
    uint64_t size = r->source->size_bytes;
    uint8_t last8[8];
    uint32_t n;
    if (size < 12) {
        return lf_fail(err, LF_ECORRUPT, "%llu bytes are too few for a Parquet file",
                       (unsigned long long)size);
    }
    LF_TRY(read_exactly(r->source, size - 8, last8, 8, err));
    LF_TRY(check_magic(last8, err));
    memcpy(&n, last8, 4);
    if (n > size - 12 || n > FOOTER_MAX) {
        return lf_fail(err, LF_ECORRUPT, "the footer says %u bytes, but the file has %llu",
                       (unsigned)n, (unsigned long long)size);
    }
    r->body_end = size - 8 - n;
    r->n_bytes = n;
    r->bytes = lf_mem_alloc(r->alloc, (size_t)n + 1);
    if (r->bytes == NULL) {
        r->n_bytes = 0;
        return lf_fail_nomem(err, n);
    }
    LF_TRY(read_exactly(r->source, r->body_end, r->bytes, n, err));
    lf_span in = {.data = r->bytes, .len = n};
    LF_TRY_CTX(lf_pq_parse_footer(in, &r->arena, &r->footer, err), err,
               "footer at byte %llu of the file", (unsigned long long)r->body_end);
    LF_TRY(lf_parquet_tree_build(&r->footer, &r->arena, &r->tree, &r->schema, err));
    return lf_schema_names_settle(&r->schema, err);
}

lf_rc lf_parquet_open(lf_source *s, const lf_parquet_opts *opts, lf_parquet_reader **out,
                      lf_error *err) {
    lf_parquet_opts o = {0};
    if (opts != NULL) {
        memcpy(&o, opts, opts->struct_size < sizeof o ? opts->struct_size : sizeof o);
    }
    const lf_alloc *a = o.alloc != NULL ? o.alloc : lf_alloc_default();
    if (s->type->read_at == NULL || s->size_bytes == LF_SIZE_UNKNOWN) {
        return lf_fail(err, LF_EUNSUPPORTED, "Parquet needs a file that can be read from its end");
    }
    lf_parquet_reader *r = lf_mem_zalloc(a, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    r->alloc = a;
    r->opts = o;
    r->source = s;
    r->group_number = UINT32_MAX;
    lf_arena_init(&r->arena, a, 0);
    lf_arena_init(&r->group_arena, a, 0);
    lf_schema_init(&r->schema, a);
    lf_rc rc = load_footer(r, err);
    if (rc != LF_OK) {
        lf_parquet_close(r);
        return rc;
    }
    *out = r;
    return LF_OK;
}

void lf_parquet_close(lf_parquet_reader *r) {
    if (r == NULL) return;
    lf_schema_reset(&r->schema);
    lf_arena_reset(&r->arena);
    lf_arena_reset(&r->group_arena);
    lf_mem_free(r->alloc, r->bytes, r->n_bytes + 1);
    lf_mem_free(r->alloc, r, sizeof *r);
}

const lf_pq_footer *lf_parquet_footer(const lf_parquet_reader *r) {
    return &r->footer;
}

uint64_t lf_parquet_footer_bytes(const lf_parquet_reader *r) {
    return r->n_bytes;
}

const lf_schema *lf_parquet_schema(const lf_parquet_reader *r) {
    return &r->schema;
}

const lf_parquet_tree *lf_parquet_tree_of(const lf_parquet_reader *r) {
    return &r->tree;
}

const lf_alloc *lf_parquet_alloc(const lf_parquet_reader *r) {
    return r->alloc;
}

/* ---- row groups ---- */

static uint64_t chunk_start(const lf_pq_column_meta *m) {
    uint64_t data = (uint64_t)m->data_page_offset, dict = (uint64_t)m->dictionary_page_offset;
    /* Some writers put 0 or a place behind the data for "no dictionary". */
    return m->has_dictionary && m->dictionary_page_offset > 0 && dict < data ? dict : data;
}

static lf_rc check_chunk(const lf_parquet_reader *r, const lf_pq_column_chunk *c, uint32_t leaf,
                         lf_error *err) {
    const lf_pq_column_meta *m = &c->meta;
    const lf_pq_leaf *l = &r->tree.leaves[leaf].leaf;
    if (c->encrypted)
        return lf_fail(err, LF_EUNSUPPORTED, "the column is encrypted; --columns can leave it out");
    if (!c->has_meta) return lf_fail(err, LF_ECORRUPT, "the column chunk has no metadata");
    if (m->type != l->element.type) {
        return lf_fail(err, LF_ECORRUPT, "the schema says %s, the column chunk %s",
                       lf_pq_physical_name(l->element.type), lf_pq_physical_name(m->type));
    }
    /* More values than rows are passed over: some writers count the nested ones of a file. */
    if (l->max_rep == 0 && m->num_values < r->group.num_rows) {
        return lf_fail(err, LF_ECORRUPT, "the column chunk has %lld values for %lld rows",
                       (long long)m->num_values, (long long)r->group.num_rows);
    }
    return LF_OK;
}

static const char *leaf_name(const lf_parquet_reader *r, uint32_t leaf, char *buf, size_t cap) {
    lf_span s = r->footer.schema[r->tree.leaves[leaf].element].name;
    size_t n = s.len < cap - 1 ? s.len : cap - 1;
    memcpy(buf, s.data, n);
    buf[n] = 0;
    return buf;
}

lf_rc lf_parquet_group(lf_parquet_reader *r, uint32_t group, const lf_pq_row_group **out,
                       lf_error *err) {
    *out = &r->group;
    if (r->group_number == group) return LF_OK;
    if (group >= r->footer.n_row_groups) {
        return lf_fail(err, LF_EINTERNAL, "row group %u of %u was asked for", (unsigned)group,
                       (unsigned)r->footer.n_row_groups);
    }
    r->group_number = UINT32_MAX;
    lf_arena_rewind(&r->group_arena);
    LF_TRY_CTX(lf_pq_parse_row_group(r->footer.row_groups[group], &r->group_arena, &r->group, err),
               err, "row group %u", (unsigned)group);
    if (r->group.n_columns != r->tree.n_leaves) {
        lf_rc rc = lf_fail(err, LF_ECORRUPT, "it has %u column chunks for %u columns",
                           (unsigned)r->group.n_columns, (unsigned)r->tree.n_leaves);
        return lf_error_context(err, rc, "row group %u", (unsigned)group);
    }
    r->group_number = group;
    return LF_OK;
}

/* ---- chunks ---- */

static lf_rc fetch(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    return read_exactly(ctx, offset, dst, n, err);
}

/* Impala packed levels from the low bit on, unlike what the format says. */
static bool by_impala(const lf_pq_footer *f) {
    return f->created_by.len >= 6 && memcmp(f->created_by.data, "impala", 6) == 0;
}

static lf_rc open_checked(lf_parquet_reader *r, const lf_pq_column_chunk *c, uint32_t leaf,
                          lf_pq_chunk_reader **out, lf_error *err) {
    LF_TRY(check_chunk(r, c, leaf, err));
    uint64_t start = chunk_start(&c->meta), n = (uint64_t)c->meta.total_compressed_size;
    if (c->file_path.data != NULL && c->file_path.len > 0) {
        return lf_fail(err, LF_EUNSUPPORTED, "the column is in another file");
    }
    if (start > r->body_end || n > r->body_end - start) {
        return lf_fail(err, LF_ECORRUPT,
                       "the column chunk at byte %llu has %llu bytes, but data ends at byte %llu",
                       (unsigned long long)start, (unsigned long long)n,
                       (unsigned long long)r->body_end);
    }
    uint64_t room = r->body_end - start - n;
    lf_pq_chunk_spec spec = {.struct_size = sizeof spec,
                             .alloc = r->alloc,
                             .fetch = fetch,
                             .fetch_ctx = r->source,
                             .fetch_base = start,
                             .chunk_bytes = n + (room < OFFSET_SLACK ? room : OFFSET_SLACK),
                             .num_values = (uint64_t)c->meta.num_values,
                             .codec = c->meta.codec,
                             .leaf = r->tree.leaves[leaf].leaf,
                             .page_bytes_max = r->opts.page_bytes_max,
                             .levels_low_first = by_impala(&r->footer),
                             .int96_ns = r->opts.int96_ns};
    return lf_pq_chunk_open(&spec, out, err);
}

lf_rc lf_parquet_chunk_open(lf_parquet_reader *r, uint32_t group, uint32_t leaf,
                            lf_pq_chunk_reader **out, lf_error *err) {
    const lf_pq_row_group *g;
    char name[64];
    LF_TRY(lf_parquet_group(r, group, &g, err));
    lf_rc rc = open_checked(r, &g->columns[leaf], leaf, out, err);
    if (rc == LF_OK) return LF_OK;
    return lf_error_context(err, rc, "row group %u, column '%s'", (unsigned)group,
                            leaf_name(r, leaf, name, sizeof name));
}
