/* From a reader into an encoder: see convert_reader.h.
 *
 * Memory: what the reader holds of the columns that are read, one tile, and one row group being
 * encoded, whose finished pages go to a temporary file where they pass the limit. */
#include "api/convert_reader.h"
#include "array/batch.h"
#include "array/schema_field.h"
#include "core/limits.h"
#include "io/io.h"
#include "obs/clock.h"
#include <stdio.h>
#include <string.h>

#define READER_SHARE     3u           /* a third of the limit is the reader's */
#define BASE_BYTES       (9 * LF_MIB) /* program, libraries, what grows in small steps */
#define PROGRESS_EVERY_S 0.1

typedef struct pump {
    const lf_flow_spec *spec;
    const lf_reader_format *format;
    lf_report *report;
    lf_budget budget;
    const lf_alloc *alloc; /* the budget's */
    lf_encode_opts encode;
    lf_reader *reader;
    uint32_t *columns; /* those that are kept */
    uint32_t n_columns;
    lf_schema schema;
    lf_type *types;
    lf_sink *sink;
    lf_encoder *encoder;
    lf_group *group;
    uint64_t group_bytes, group_rows, group_bytes_max;
    double started_s, told_s;
} pump;

/* ---- what is to be read ---- */

static lf_rc choose_columns(pump *p, lf_error *err) {
    const lf_decode_opts *o = p->spec->decode_opts;
    const lf_schema *all = p->reader->schema;
    const bool some = o->n_columns > 0;
    uint32_t n = some ? o->n_columns : all->n_fields;
    if (o->schema != NULL) {
        return lf_fail(err, LF_EUNSUPPORTED,
                       "the input has types: --type and --schema are for text");
    }
    if (p->columns != NULL) return LF_OK; /* of the first input */
    p->columns = lf_mem_alloc(p->alloc, (n + 1ul) * sizeof *p->columns);
    p->types = lf_mem_alloc(p->alloc, (n + 1ul) * sizeof *p->types);
    p->n_columns = n;
    if (p->columns == NULL || p->types == NULL) return lf_fail_nomem(err, n * sizeof *p->types);
    for (uint32_t i = 0; i < n; i++) {
        int64_t at = some ? lf_schema_find(all, o->columns[i], strlen(o->columns[i])) : (int64_t)i;
        if (at < 0) {
            return lf_fail(err, LF_EUSAGE, "--columns: there is no column '%.60s'", o->columns[i]);
        }
        p->columns[i] = (uint32_t)at;
        const lf_field *f = &all->fields[at];
        p->types[i] = f->type;
        lf_field copy;
        lf_rc rc = lf_field_copy(&copy, f, p->alloc, err);
        if (rc == LF_OK) rc = lf_schema_field_take(&p->schema, &copy, err);
        lf_field_reset(&copy, p->alloc);
        if (rc != LF_OK) return rc;
    }
    return LF_OK;
}

static bool same_field(const lf_field *a, const lf_field *b) {
    if (!lf_type_equal(a->type, b->type) || a->n_children != b->n_children) return false;
    for (uint32_t i = 0; i < a->n_children; i++) {
        if (strcmp(a->children[i].name, b->children[i].name) != 0 ||
            !same_field(&a->children[i], &b->children[i])) {
            return false;
        }
    }
    return true;
}

/* Later inputs have the first one's columns, by name and type, in any order. */
static lf_rc match_input(pump *p, lf_error *err) {
    const lf_schema *all = p->reader->schema;
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const lf_field *want = &p->schema.fields[i];
        bool here = p->columns[i] < all->n_fields &&
                    strcmp(all->fields[p->columns[i]].name, want->name) == 0;
        int64_t at = here ? p->columns[i] : lf_schema_find(all, want->name, strlen(want->name));
        bool same = at >= 0 && same_field(&all->fields[at], want) &&
                    (want->nullable || !all->fields[at].nullable);
        if (!same) {
            return lf_fail(err, LF_ESCHEMA, "column '%.60s' is missing here, or of another type",
                           want->name);
        }
        p->columns[i] = (uint32_t)at;
    }
    return LF_OK;
}

static lf_rc open_input(pump *p, lf_source *s, lf_error *err) {
    LF_TRY(p->format->open(p->format, s, p->alloc, &p->reader, err));
    LF_TRY(choose_columns(p, err));
    LF_TRY(match_input(p, err));
    if (p->n_columns == 0) return lf_fail(err, LF_EUNSUPPORTED, "the file has no columns");
    const lf_reader_limits limits = {.memory_limit_bytes = p->report->memory_limit_bytes,
                                     .temp_open = p->encode.temp_open,
                                     .temp_ctx = p->encode.temp_ctx};
    if (p->reader->type->limit != NULL) p->reader->type->limit(p->reader, &limits);
    return p->reader->type->select(p->reader, p->columns, p->n_columns, err);
}

static void close_input(pump *p) {
    lf_reader_close(p->reader);
    p->reader = NULL;
}

/* ---- row groups ---- */

static lf_rc end_group(pump *p, lf_error *err) {
    const lf_encoder_type *t = p->spec->encoder;
    if (p->group_rows == 0) return LF_OK;
    LF_TRY(t->group_seal(p->group, err));
    LF_TRY(t->group_commit(p->group, err));
    LF_TRY(t->group_store(p->group, err));
    p->report->row_groups++;
    p->group_rows = p->group_bytes = 0;
    return LF_OK;
}

static uint64_t column_bytes(const lf_column *c, uint32_t n) {
    uint64_t sum = (uint64_t)n * (lf_type_slot_bytes(c->type) + 1);
    for (uint32_t r = 0; c->type.id == LF_T_STRING && r < n; r++) {
        sum += c->len[r];
    }
    for (uint32_t i = 0; i < c->n_children; i++) {
        sum += column_bytes(&c->children[i], c->n_child_rows);
    }
    return sum;
}

static lf_rc write_batch(pump *p, const lf_batch *b, lf_error *err) {
    const lf_encoder_type *t = p->spec->encoder;
    if (p->group_rows == 0) LF_TRY(t->group_begin(p->group, p->types, err));
    LF_TRY(t->group_write(p->group, b, err));
    p->group_rows += b->n_rows;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        p->group_bytes += column_bytes(&b->columns[i], b->n_rows);
    }
    p->report->rows_out += b->n_rows;
    return p->group_bytes >= p->group_bytes_max ? end_group(p, err) : LF_OK;
}

static lf_rc tell(pump *p, uint64_t rows_all, lf_error *err) {
    const lf_flow_spec *s = p->spec;
    if (s->cancel != NULL && __atomic_load_n(s->cancel, __ATOMIC_RELAXED)) {
        return lf_fail(err, LF_ECANCELLED, "interrupted");
    }
    if (s->progress == NULL) return LF_OK;
    double now = lf_now_s();
    if (now - p->told_s < PROGRESS_EVERY_S) return LF_OK;
    p->told_s = now;
    uint64_t total = s->n_sources == 1 ? s->sources[0]->stored_bytes : 0;
    if (total == LF_SIZE_UNKNOWN) total = s->sources[0]->size_bytes;
    if (total == LF_SIZE_UNKNOWN) total = 0;
    double done = rows_all > 0 ? (double)p->report->rows_out / (double)rows_all : 0;
    uint64_t bytes = (uint64_t)((double)total * (done < 1 ? done : 1));
    if (rows_all == LF_ROWS_UNKNOWN) bytes = atomic_load(&s->sources[0]->stored_read);
    lf_progress g = {.bytes_read = bytes,
                     .bytes_total = total,
                     .rows = p->report->rows_out,
                     .elapsed_s = now - p->started_s};
    s->progress(s->progress_ctx, &g);
    return LF_OK;
}

static lf_rc pump_input(pump *p, lf_error *err) {
    const uint64_t all = p->reader->n_rows, before = p->report->rows_in;
    uint64_t done = 0;
    for (;;) {
        lf_batch b;
        uint64_t left = p->spec->limit_rows - p->report->rows_out;
        uint32_t n = left < LF_TILE_ROWS_MAX ? (uint32_t)left : LF_TILE_ROWS_MAX;
        if (n == 0) break;
        LF_TRY(p->reader->type->next(p->reader, n, &b, err));
        if (b.n_rows == 0) break;
        done += b.n_rows;
        LF_TRY(write_batch(p, &b, err));
        LF_TRY(tell(p, all, err));
    }
    const bool cut = p->spec->limit_rows != UINT64_MAX && all != LF_ROWS_UNKNOWN && done < all;
    p->report->rows_in += cut ? all : done;
    p->report->rows_filtered += p->report->rows_in - before;
    p->report->rows_filtered -= done;
    if (p->reader->type->account == NULL) return LF_OK;
    return p->reader->type->account(p->reader, p->report, err);
}

/* ---- all ---- */

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    pump *p = ctx;
    return lf_sink_open_temp(p->spec->temp_dir, p->alloc, out, err);
}

/* As for text: a row group is what fits into two thirds of the limit, a power of two. */
static lf_rc plan(pump *p, lf_error *err) {
    uint64_t limit = p->spec->memory_limit_bytes;
    if (limit == 0) limit = LF_MEMORY_DEFAULT_BYTES;
    if (limit < LF_MEMORY_FLOOR_BYTES) {
        return lf_fail(err, LF_EUSAGE, "--memory-limit is below the floor of 16 MiB");
    }
    uint64_t most = limit / 100 * 64, group = LF_MIB;
    while (group * 2 <= most && group < LF_GROUP_TEXT_MAX_BYTES)
        group *= 2;
    if ((p->spec->encoder->flags & LF_ENCODER_NO_LAYOUT) != 0) {
        while (group > limit / 32)
            group /= 2;
    }
    p->group_bytes_max = p->spec->group_text_bytes != 0 ? p->spec->group_text_bytes : group;
    p->report->memory_limit_bytes = limit;
    p->report->threads_requested = p->spec->threads;
    p->report->threads_used = 1;
    p->encode = *p->spec->encode_opts;
    p->encode.alloc = p->alloc;
    p->encode.temp_open = temp_open;
    p->encode.temp_ctx = p;
    p->encode.memory_limit_bytes = limit;
    p->encode.group_text_bytes = p->group_bytes_max;
    p->encode.budget = &p->budget;
    p->encode.keep_below_bytes = (limit - BASE_BYTES) / READER_SHARE * (READER_SHARE - 1);
    return p->spec->encoder->check(&p->encode, err);
}

static lf_rc finish(pump *p, lf_error *err) {
    const lf_encoder_type *t = p->spec->encoder;
    lf_report *r = p->report;
    const char *names[] = {"logflow.rows_in", "logflow.rows_out", "logflow.rows_rejected",
                           "logflow.rows_filtered"};
    const uint64_t counts[] = {r->rows_in, r->rows_out, r->rows_rejected, r->rows_filtered};
    char v[4][24];
    lf_option kv[5];
    lf_encode_stats stats = {0};
    for (int i = 0; i < 4; i++) {
        (void)snprintf(v[i], sizeof v[i], "%llu", (unsigned long long)counts[i]);
        kv[i] = (lf_option){names[i], v[i]};
    }
    kv[4] = (lf_option){"logflow.format", p->format->name};
    LF_TRY(end_group(p, err));
    LF_TRY(t->finish(p->encoder, p->types, kv, 5, &stats, err));
    if (stats.rows != r->rows_out) {
        return lf_fail(err, LF_EINTERNAL, "%llu rows were written, %llu read",
                       (unsigned long long)stats.rows, (unsigned long long)r->rows_out);
    }
    r->bytes_out = stats.bytes;
    return p->sink->type->commit(p->sink, r->bytes_out, err);
}

/* A pipe that was spooled has a size by now. */
static uint64_t bytes_read(lf_source *s) {
    if (s->stored_bytes != LF_SIZE_UNKNOWN) return s->stored_bytes;
    return s->size_bytes != LF_SIZE_UNKNOWN ? s->size_bytes : atomic_load(&s->stored_read);
}

static lf_rc run(pump *p, lf_error *err) {
    const lf_flow_spec *s = p->spec;
    LF_TRY(plan(p, err));
    for (uint32_t i = 0; i < s->n_sources; i++) {
        lf_rc rc = open_input(p, s->sources[i], err);
        if (rc == LF_OK && i == 0) rc = s->sink_open(s->sink_ctx, &p->sink, err);
        if (rc == LF_OK && i == 0) {
            rc = s->encoder->open(&p->encode, &p->schema, p->sink, &p->encoder, err);
        }
        if (rc == LF_OK && i == 0) {
            rc = s->encoder->group_create(p->encoder, false, &p->group, err);
        }
        if (rc == LF_OK) rc = pump_input(p, err);
        p->report->bytes_in += bytes_read(s->sources[i]);
        if (rc != LF_OK) return lf_error_set_file(err, s->sources[i]->path), rc;
        close_input(p);
    }
    return finish(p, err);
}

lf_rc lf_convert_reader(const lf_flow_spec *spec, const lf_reader_format *format, lf_report *report,
                        lf_error *err) {
    pump p = {.spec = spec, .format = format, .report = report, .started_s = lf_now_s()};
    lf_error own = {0};
    if (err == NULL) err = &own;
    lf_budget_init(&p.budget, spec->alloc != NULL ? spec->alloc : lf_alloc_default(), 0);
    p.alloc = &p.budget.alloc;
    lf_schema_init(&p.schema, p.alloc);
    lf_rc rc = run(&p, err);
    report->columns = p.n_columns;
    report->bytes_text = report->bytes_in;
    close_input(&p);
    spec->encoder->group_destroy(p.group);
    spec->encoder->close(p.encoder);
    lf_sink_close(p.sink);
    lf_schema_reset(&p.schema);
    lf_mem_free(p.alloc, p.columns, (p.n_columns + 1ul) * sizeof *p.columns);
    lf_mem_free(p.alloc, p.types, (p.n_columns + 1ul) * sizeof *p.types);
    return rc;
}
