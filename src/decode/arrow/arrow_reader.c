/* Opening, and rows batch after batch.
 *
 * A file says in its footer where its record batches and dictionaries lie; a stream is one message
 * after the other. Of a record batch its metadata is held, and a window of each buffer. */
#include "decode/arrow/arrow_reader.h"
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define TILE_BYTES       (512u * 1024) /* of rows handed out at a time */
#define WINDOW_BYTES_MIN 4096u
#define WINDOW_BYTES_MAX (32u * 1024) /* a tile of numbers; all of them stay in the cache */
#define TAIL_BYTES       10u          /* of a file: size of the footer, magic */
#define BLOCK_BYTES      24u
#define ROWS_MAX         4096u
#define CODED_BYTES      8u /* of a text in a dictionary, about */
#define SHARE            8u /* windows, and twice as much of what is decompressed or kept */

/* ---- what it is ---- */

static uint32_t u32_of(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A stream begins with the message of its schema. */
static bool sniff_stream(lf_span h) {
    if (h.len < 16) return false;
    const size_t skip = u32_of(h.data) == UINT32_MAX ? 8 : 4;
    const uint32_t n = u32_of(h.data + skip - 4);
    if (n < 16 || n > INT32_MAX) return false;
    lf_flat_in in = {.bytes = {h.data + skip, h.len - skip < n ? h.len - skip : n}};
    const lf_flat_table m = lf_flat_root(&in);
    const uint64_t version = lf_flat_u64(&m, LF_MESSAGE_VERSION, 2, 0);
    return m.in != NULL && lf_flat_u64(&m, LF_MESSAGE_TYPE, 1, 0) == LF_ARROW_HEADER_SCHEMA &&
           version <= LF_ARROW_VERSION && !in.bad;
}

static bool arrow_sniff(lf_span head) {
    const bool file = head.len >= LF_ARROW_MAGIC_BYTES &&
                      memcmp(head.data, LF_ARROW_MAGIC, LF_ARROW_MAGIC_BYTES) == 0;
    return file || sniff_stream(head);
}

/* ---- opening ---- */

static lf_rc stream_open(arrow_reader *r, lf_error *err) {
    lf_flat_in in;
    arrow_message m;
    LF_TRY(lf_arrow_message_read(r, 0, &in, &m, err));
    if (m.type != LF_ARROW_HEADER_SCHEMA)
        return lf_arrow_corrupt(err, 0, "a stream that does not begin with its schema");
    r->at = m.end;
    return lf_arrow_schema_read(r, &m.header, err);
}

static int64_t i64_of(const uint8_t *p) {
    return (int64_t)(u32_of(p) | (uint64_t)u32_of(p + 4) << 32);
}

static lf_rc block_message(arrow_reader *r, const lf_flat_list *blocks, uint32_t i, uint8_t type,
                           lf_flat_in *in, arrow_message *m, lf_error *err) {
    const int64_t at = i64_of(blocks->items + (size_t)i * BLOCK_BYTES);
    if (at < 8 || (uint64_t)at >= r->size)
        return lf_fail(err, LF_ECORRUPT, "the footer names a place outside of the file");
    LF_TRY(lf_arrow_message_read(r, (uint64_t)at, in, m, err));
    if (m->type != type)
        return lf_arrow_corrupt(err, (uint64_t)at, "another message than the footer says");
    return LF_OK;
}

static lf_rc file_dictionaries(arrow_reader *r, const lf_flat_list *blocks, lf_error *err) {
    for (uint32_t i = 0; i < blocks->n; i++) {
        lf_flat_in in;
        arrow_message m;
        LF_TRY(block_message(r, blocks, i, LF_ARROW_HEADER_DICTIONARY, &in, &m, err));
        LF_TRY(lf_arrow_dictionary_load(r, &m, err));
    }
    return LF_OK;
}

static lf_rc footer_read(arrow_reader *r, lf_error *err) {
    uint8_t tail[TAIL_BYTES];
    if (r->size < 8 + TAIL_BYTES) return lf_arrow_corrupt(err, r->size, "the file ends too early");
    LF_TRY(lf_arrow_read_at(r, r->size - TAIL_BYTES, tail, TAIL_BYTES, err));
    if (memcmp(tail + 4, LF_ARROW_MAGIC, LF_ARROW_MAGIC_BYTES) != 0)
        return lf_arrow_corrupt(err, r->size, "the file does not end with its footer: it was cut");
    const uint64_t n = u32_of(tail);
    if (n > r->size - 8 - TAIL_BYTES)
        return lf_arrow_corrupt(err, r->size - TAIL_BYTES, "a footer larger than the file");
    if (n > r->opts.memory_limit_bytes / 4)
        return lf_fail(err, LF_EMEMORY_LIMIT, "a footer of %llu bytes", (unsigned long long)n);
    LF_TRY(lf_buf_reserve(&r->footer, (size_t)n + 1, err));
    LF_TRY(lf_arrow_read_at(r, r->size - TAIL_BYTES - n, r->footer.data, (size_t)n, err));
    r->footer.len = (size_t)n;
    return LF_OK;
}

static lf_rc resolve(arrow_reader *r, arrow_field *f, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < r->n_dictionaries && f[i].coded; k++) {
            if (r->dictionaries[k].id == f[i].dictionary_id) f[i].dictionary = &r->dictionaries[k];
        }
        LF_TRY(resolve(r, f[i].children, f[i].n_children));
    }
    return LF_OK;
}

static lf_rc read_head(arrow_reader *r, lf_error *err) {
    uint8_t magic[LF_ARROW_MAGIC_BYTES] = {0};
    if (r->size >= sizeof magic) LF_TRY(lf_arrow_read_at(r, 0, magic, sizeof magic, err));
    r->is_file = memcmp(magic, LF_ARROW_MAGIC, sizeof magic) == 0;
    lf_flat_in in = {0};
    lf_flat_table footer = {0};
    if (r->is_file) {
        LF_TRY(footer_read(r, err));
        in.bytes = (lf_span){r->footer.data, r->footer.len};
        footer = lf_flat_root(&in);
        const lf_flat_table schema = lf_flat_sub(&footer, LF_FOOTER_SCHEMA);
        r->batches = lf_flat_items(&footer, LF_FOOTER_BATCHES, BLOCK_BYTES);
        if (in.bad) return lf_arrow_corrupt(err, r->size - TAIL_BYTES, "the footer is damaged");
        LF_TRY_CTX(lf_arrow_schema_read(r, &schema, err), err, "the footer at byte %llu",
                   (unsigned long long)(r->size - TAIL_BYTES - r->footer.len));
    } else {
        LF_TRY(stream_open(r, err));
    }
    LF_TRY(lf_arrow_dictionaries_find(r, r->fields, r->n_fields, err));
    LF_TRY(resolve(r, r->fields, r->n_fields));
    if (!r->is_file) return LF_OK;
    const lf_flat_list blocks = lf_flat_items(&footer, LF_FOOTER_DICTIONARIES, BLOCK_BYTES);
    if (in.bad) return lf_arrow_corrupt(err, r->size - TAIL_BYTES, "the footer is damaged");
    return file_dictionaries(r, &blocks, err);
}

static void arrow_limit(lf_reader *base, const lf_reader_limits *limits) {
    arrow_reader *r = (arrow_reader *)base;
    r->opts = *limits;
    if (r->opts.memory_limit_bytes == 0) r->opts.memory_limit_bytes = LF_MEMORY_DEFAULT_BYTES;
    if (r->opts.readers == 0) r->opts.readers = 1;
    r->share_bytes = (size_t)(r->opts.memory_limit_bytes / SHARE / r->opts.readers);
    r->window_bytes = WINDOW_BYTES_MIN;
}

static void arrow_close(lf_reader *base) {
    arrow_reader *r = (arrow_reader *)base;
    lf_arrow_body_reset(r, &r->body);
    lf_arrow_body_reset(r, &r->probe);
    lf_arrow_dictionaries_reset(r);
    lf_arena_reset(&r->schema_arena);
    lf_arena_reset(&r->arena);
    lf_schema_reset(&r->schema);
    lf_buf_reset(&r->footer);
    lf_buf_reset(&r->meta);
    lf_buf_reset(&r->places);
    lf_mem_free(r->alloc, r->columns, (r->n_columns + 1ul) * sizeof *r->columns);
    lf_mem_free(r->alloc, r->out, (r->n_columns + 1ul) * sizeof *r->out);
    lf_mem_free(r->alloc, r, sizeof *r);
}

/* ---- rows ---- */

static uint32_t buffers_of(const arrow_field *f) {
    uint32_t n = 3;
    for (uint32_t i = 0; i < f->n_children; i++) {
        n += buffers_of(&f->children[i]);
    }
    return n;
}

static lf_rc arrow_select(lf_reader *base, const uint32_t *columns, uint32_t n, lf_error *err) {
    arrow_reader *r = (arrow_reader *)base;
    uint64_t buffers = 1;
    r->columns = lf_mem_alloc(r->alloc, (n + 1ul) * sizeof *r->columns);
    r->out = lf_mem_zalloc(r->alloc, (n + 1ul) * sizeof *r->out);
    r->n_columns = n;
    if (r->columns == NULL || r->out == NULL) return lf_fail_nomem(err, (n + 1ul) * sizeof *r->out);
    for (uint32_t i = 0; i < n; i++) {
        const arrow_field *f = &r->fields[columns[i]];
        if (f->refused != NULL)
            return lf_fail(err, LF_EUNSUPPORTED, "column '%.60s' is %s; --columns can leave it out",
                           f->name, f->refused);
        r->columns[i] = columns[i];
        buffers += buffers_of(f);
    }
    r->n_buffers = buffers;
    r->window_bytes = r->share_bytes / (size_t)buffers;
    if (r->window_bytes < WINDOW_BYTES_MIN) r->window_bytes = WINDOW_BYTES_MIN;
    if (r->window_bytes > WINDOW_BYTES_MAX) r->window_bytes = WINDOW_BYTES_MAX;
    return LF_OK;
}

static lf_rc batch_load(arrow_reader *r, const arrow_message *m, lf_error *err) {
    r->row = 0;
    r->batch_number++;
    return lf_arrow_body_load(r, m, &m->header, r->fields, r->n_fields, false, &r->body, err);
}

static lf_rc next_of_stream(arrow_reader *r, lf_error *err) {
    lf_flat_in in;
    arrow_message m;
    LF_TRY(lf_arrow_message_read(r, r->at, &in, &m, err));
    if (m.type == 0) {
        r->ended = true;
        return LF_OK;
    }
    r->at = m.end;
    if (m.type == LF_ARROW_HEADER_DICTIONARY) return lf_arrow_dictionary_load(r, &m, err);
    if (m.type == LF_ARROW_HEADER_BATCH) return batch_load(r, &m, err);
    return lf_arrow_corrupt(err, m.at, "a message that has no place in a stream");
}

static lf_rc next_of_file(arrow_reader *r, lf_error *err) {
    lf_flat_in in;
    arrow_message m;
    if (r->next_batch >= r->batches.n) {
        r->ended = true;
        return LF_OK;
    }
    LF_TRY(block_message(r, &r->batches, r->next_batch++, LF_ARROW_HEADER_BATCH, &in, &m, err));
    return batch_load(r, &m, err);
}

/* As many rows as fit into a tile; at least one, where that fits into the memory limit. */
static lf_rc cut_tile(arrow_reader *r, uint64_t most, uint32_t *n_out, lf_error *err) {
    uint64_t n = r->body.rows - r->row;
    if (n > most) n = most;
    for (;;) {
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < r->n_columns && (bytes <= TILE_BYTES || n == 1); i++) {
            const arrow_node *a = &r->body.nodes[r->columns[i]];
            LF_TRY_CTX(lf_arrow_weigh(r, a, r->row, n, &bytes, err), err, "column '%.60s'",
                       a->field->name);
        }
        if (bytes <= TILE_BYTES || n == 1) {
            *n_out = (uint32_t)n;
            if (bytes <= r->opts.memory_limit_bytes / 4) return LF_OK;
            return lf_fail(err, LF_EMEMORY_LIMIT,
                           "row %llu of record batch %llu takes %llu bytes, over a quarter of the "
                           "memory limit; --memory-limit %lluMiB takes it",
                           (unsigned long long)r->row + 1, (unsigned long long)r->batch_number,
                           (unsigned long long)bytes, (unsigned long long)(bytes * 4 / LF_MIB + 1));
        }
        n = n > 16 ? n / 4 : n / 2;
    }
}

static lf_rc arrow_next(lf_reader *base, uint32_t max_rows, lf_batch *out, lf_error *err) {
    arrow_reader *r = (arrow_reader *)base;
    uint32_t n = 0;
    *out = (lf_batch){.n_columns = r->n_columns, .columns = r->out};
    lf_arena_rewind(&r->arena);
    while (r->row == r->body.rows && !r->ended) {
        lf_rc rc = r->is_file ? next_of_file(r, err) : next_of_stream(r, err);
        if (rc != LF_OK)
            return lf_error_context(err, rc, "the message after record batch %llu",
                                    (unsigned long long)r->batch_number);
    }
    if (r->ended) return LF_OK;
    LF_TRY(cut_tile(r, max_rows < ROWS_MAX ? max_rows : ROWS_MAX, &n, err));
    for (uint32_t i = 0; i < r->n_columns; i++) {
        const arrow_node *a = &r->body.nodes[r->columns[i]];
        arrow_run run = {a, r->row, n};
        const arrow_runs runs = {&run, 1, n};
        const lf_rc rc = lf_arrow_column_read(r, a->field, &runs, NULL, &r->arena, &r->out[i], err);
        if (rc != LF_OK)
            return lf_error_context(err, rc, "record batch %llu, column '%.60s'",
                                    (unsigned long long)r->batch_number, a->field->name);
    }
    out->n_rows = n;
    r->row += n;
    return LF_OK;
}

/* ---- pieces: record batches ---- */

/* Where record batch `i` lies, told by the footer or, in a stream, by all that is before it. */
static lf_rc batch_place(arrow_reader *r, uint64_t i, uint64_t *at_out, bool *has_out,
                         lf_error *err) {
    uint64_t n = r->places.len / sizeof(uint64_t);
    while (n <= i && !r->places_end) {
        lf_flat_in in;
        arrow_message m;
        LF_TRY_CTX(lf_arrow_message_read(r, r->places_at, &in, &m, err), err,
                   "the message after record batch %llu", (unsigned long long)n);
        r->places_end = m.type == 0;
        if (r->places_end) break;
        if (m.type != LF_ARROW_HEADER_BATCH)
            return lf_arrow_corrupt(err, m.at, "a message that has no place in a stream");
        LF_TRY(lf_buf_append(&r->places, &m.at, sizeof m.at, err));
        r->places_at = m.end;
        n++;
    }
    *has_out = i < n;
    if (*has_out) memcpy(at_out, r->places.data + i * sizeof *at_out, sizeof *at_out);
    return LF_OK;
}

static lf_rc batch_message(arrow_reader *r, uint64_t i, lf_flat_in *in, arrow_message *m,
                           bool *has_out, lf_error *err) {
    uint64_t at = 0;
    if (r->is_file) {
        *has_out = i < r->batches.n;
        if (!*has_out) return LF_OK;
        return block_message(r, &r->batches, (uint32_t)i, LF_ARROW_HEADER_BATCH, in, m, err);
    }
    LF_TRY(batch_place(r, i, &at, has_out, err));
    return *has_out ? lf_arrow_message_read(r, at, in, m, err) : LF_OK;
}

/* As much as its buffers hold, and more where values become wider. */
static lf_rc node_bytes(arrow_reader *r, const arrow_node *a, uint64_t *sum, lf_error *err) {
    const arrow_field *f = a->field;
    const uint32_t slot = lf_type_slot_bytes(f->type);
    for (uint32_t i = slot > 0 || f->coded ? a->n_bufs : 1; i < a->n_bufs; i++) {
        uint64_t n = 0;
        LF_TRY(lf_arrow_buf_plain(r, &a->bufs[i], &n, err));
        if (__builtin_add_overflow(*sum, n, sum)) *sum = UINT64_MAX / 2;
    }
    *sum += a->length * (slot + 1u + (f->coded && slot == 0 ? CODED_BYTES : 0));
    for (uint32_t i = 0; !f->coded && i < f->n_children; i++) {
        LF_TRY(node_bytes(r, &a->children[i], sum, err));
    }
    return LF_OK;
}

static lf_rc arrow_piece(lf_reader *base, uint64_t i, lf_reader_piece *out, bool *has_out,
                         lf_error *err) {
    arrow_reader *r = (arrow_reader *)base;
    lf_flat_in in;
    arrow_message m;
    LF_TRY(batch_message(r, i, &in, &m, has_out, err));
    if (!*has_out) return LF_OK;
    LF_TRY(lf_arrow_body_load(r, &m, &m.header, r->fields, r->n_fields, false, &r->probe, err));
    *out = (lf_reader_piece){.rows = r->probe.rows};
    for (uint32_t k = 0; k < r->n_columns; k++) {
        LF_TRY(node_bytes(r, &r->probe.nodes[r->columns[k]], &out->bytes, err));
    }
    return LF_OK;
}

static lf_rc arrow_seek(lf_reader *base, uint64_t i, uint64_t row, lf_error *err) {
    arrow_reader *r = (arrow_reader *)base;
    lf_flat_in in;
    arrow_message m;
    bool has = false;
    r->batch_number = i;
    r->ended = false;
    LF_TRY(batch_message(r, i, &in, &m, &has, err));
    if (!has) return lf_fail(err, LF_EINTERNAL, "a record batch that is not there");
    r->next_batch = (uint32_t)i + 1;
    r->at = m.end;
    LF_TRY(batch_load(r, &m, err));
    if (row > r->body.rows) return lf_fail(err, LF_EINTERNAL, "a row behind its record batch");
    r->row = row;
    return LF_OK;
}

/* Windows, a tile; where buffers are compressed, all of a batch, as far as its share goes. */
static uint64_t arrow_bytes(lf_reader *base) {
    arrow_reader *r = (arrow_reader *)base;
    const uint64_t windows = r->n_buffers * (r->window_bytes + 256) + 4ull * TILE_BYTES;
    const bool packed = r->probe.n_bufs > 0 && r->probe.bufs[0].codec >= 0;
    return windows + (packed || r->n_dictionaries > 0 ? 2 * r->share_bytes : 0) + 2 * r->footer.len;
}

static const lf_reader_type type_in_order = {
    .limit = arrow_limit, .select = arrow_select, .next = arrow_next, .close = arrow_close};

static const lf_reader_type type = {.limit = arrow_limit,
                                    .select = arrow_select,
                                    .next = arrow_next,
                                    .piece = arrow_piece,
                                    .seek = arrow_seek,
                                    .bytes = arrow_bytes,
                                    .close = arrow_close};

static lf_rc arrow_open(const lf_reader_format *f, lf_source *s, const lf_alloc *alloc,
                        lf_reader **out, lf_error *err) {
    (void)f;
    if (s->type->read_at == NULL || s->size_bytes == LF_SIZE_UNKNOWN)
        return lf_fail(err, LF_EUNSUPPORTED, "Arrow is read from a plain file");
    arrow_reader *r = lf_mem_zalloc(alloc, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    r->alloc = alloc;
    r->source = s;
    r->size = s->size_bytes;
    lf_arena_init(&r->schema_arena, alloc, 0);
    lf_arena_init(&r->arena, alloc, 0);
    lf_arena_init(&r->body.arena, alloc, 0);
    lf_arena_init(&r->probe.arena, alloc, 0);
    lf_schema_init(&r->schema, alloc);
    lf_buf_init(&r->footer, alloc, SIZE_MAX / 2);
    lf_buf_init(&r->meta, alloc, SIZE_MAX / 2);
    r->base = (lf_reader){.type = &type, .schema = &r->schema, .n_rows = LF_ROWS_UNKNOWN};
    lf_buf_init(&r->places, alloc, SIZE_MAX / 2);
    arrow_limit(&r->base, &(lf_reader_limits){0});
    const lf_rc rc = read_head(r, err);
    r->places_at = r->at;
    /* What a stream's dictionaries hold depends on what was read before. */
    if (rc == LF_OK && !r->is_file && r->n_dictionaries > 0) r->base.type = &type_in_order;
    if (rc != LF_OK)
        arrow_close(&r->base);
    else
        *out = &r->base;
    return rc;
}

const lf_reader_format lf_arrow_format = {
    .name = "arrow", .again = true, .sniff = arrow_sniff, .open = arrow_open};
