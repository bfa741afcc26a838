/* From readers into an encoder: see convert_reader.h.
 *
 * Memory: what each worker's reader holds of the columns that are read, one tile, and one row group
 * being encoded, whose finished pages go to a temporary file where they pass the limit. */
#include "api/convert_reader.h"
#include "api/reader_carry.h"
#include "api/reader_work.h"
#include "core/limits.h"
#include "io/io.h"
#include "obs/clock.h"
#include <stdio.h>

#define BASE_BYTES    (9 * LF_MIB)  /* program, libraries, what grows in small steps */
#define READERS_MAX   4u            /* shares of the memory of readers that can do with less */
#define WAITING_BYTES (16 * LF_MIB) /* of small groups that a worker holds back */
#define WAITING_MAX   8u

typedef struct pump {
    const lf_flow_spec *spec;
    const lf_reader_format *const *formats;
    uint32_t n_formats;
    lf_report *report;
    lf_budget budget;
    const lf_alloc *alloc; /* the budget's */
    lf_encode_opts encode;
    lf_reader_table table;
    lf_reader_rows rows;
    lf_reader_work work;
    lf_sink *sink;
    lf_encoder *encoder;
    uint64_t limit;
} pump;

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    pump *p = ctx;
    return lf_sink_open_temp(p->spec->temp_dir, p->alloc, out, err);
}

/* As for text: a row group is what fits into two thirds of the limit, a power of two. */
static lf_rc plan_layout(pump *p, lf_error *err) {
    const lf_flow_spec *s = p->spec;
    uint64_t limit = s->memory_limit_bytes;
    if (limit == 0) limit = LF_MEMORY_DEFAULT_BYTES;
    if (limit < LF_MEMORY_FLOOR_BYTES)
        return lf_fail(err, LF_EUSAGE, "--memory-limit is below the floor of 16 MiB");
    uint64_t most = limit / 100 * 64, group = LF_MIB;
    while (group * 2 <= most && group < LF_GROUP_TEXT_MAX_BYTES)
        group *= 2;
    const bool small = (s->encoder->flags & LF_ENCODER_NO_LAYOUT) != 0;
    while (small && group > limit / 32)
        group /= 2;
    p->limit = limit;
    p->work.group_bytes = s->group_text_bytes != 0 ? s->group_text_bytes : group;
    const uint64_t waiting = WAITING_BYTES / p->work.group_bytes;
    p->work.kept_groups = !small || waiting == 0  ? 1
                          : waiting < WAITING_MAX ? (uint32_t)waiting
                                                  : WAITING_MAX;
    p->report->memory_limit_bytes = limit;
    p->report->threads_requested = s->threads;
    p->report->threads_used = 1;
    p->encode = *s->encode_opts;
    p->encode.alloc = p->alloc;
    p->encode.temp_open = temp_open;
    p->encode.temp_ctx = p;
    p->encode.memory_limit_bytes = limit;
    p->encode.group_text_bytes = p->work.group_bytes;
    p->encode.budget = &p->budget;
    return s->encoder->check(&p->encode, err);
}

static lf_rc plan_table(pump *p, lf_error *err) {
    const uint32_t threads = p->spec->threads;
    p->table =
        (lf_reader_table){.spec = p->spec,
                          .formats = p->formats,
                          .n_formats = p->n_formats,
                          .alloc = p->alloc,
                          .report = p->report,
                          .limits = {.memory_limit_bytes = p->limit,
                                     .temp_open = temp_open,
                                     .temp_ctx = p,
                                     .readers = threads < READERS_MAX ? threads : READERS_MAX}};
    LF_TRY(lf_reader_table_plan(&p->table, err));
    return lf_reader_rows_bind(&p->rows, &p->table, err);
}

/* Rows are taken one after the other: a limit counts those that a filter leaves. */
static bool in_order(const pump *p) {
    const bool limited = p->spec->limit_rows != UINT64_MAX && p->rows.cursor != NULL;
    return !p->table.pieces || limited || !lf_reader_rows_apart(&p->rows);
}

/* What a reader of the first input takes; it has looked at the first piece then. */
static lf_rc reader_bytes(pump *p, uint64_t *out, lf_error *err) {
    lf_reader *r;
    lf_reader_piece first;
    bool has;
    LF_TRY(lf_reader_table_open(&p->table, 0, &r, err));
    lf_rc rc = r->type->piece(r, 0, &first, &has, err);
    if (rc == LF_OK && r->type->bytes != NULL) *out = r->type->bytes(r);
    if (rc != LF_OK) lf_error_set_file(err, p->spec->sources[0]->path);
    lf_reader_close(r);
    return rc;
}

/* What is short of memory gets fewer workers. Pages that are finished wait in memory as far as
 * there is room beside what all workers need. */
static lf_rc plan_workers(pump *p, lf_error *err) {
    const lf_flow_spec *s = p->spec;
    uint64_t left = p->limit - BASE_BYTES;
    uint64_t reading = left / 3;
    uint32_t n = s->threads < 1 ? 1 : s->threads;
    if (in_order(p)) n = 1;
    if (n > 1) LF_TRY(reader_bytes(p, &reading, err));
    const uint64_t encoding = s->encoder->worker_bytes(&p->encode, &p->table.schema, true);
    uint64_t each = encoding * p->work.kept_groups + reading;
    if (!in_order(p) && p->rows.cursor != NULL) { /* the group that is shared, and its rows twice */
        left -= encoding < left / 2 ? encoding : left / 2;
        each += 3 * lf_reader_aside_max(p->work.group_bytes);
    }
    if (n > LF_THREADS_MAX) n = LF_THREADS_MAX;
    if (n > left / each) n = left / each > 0 ? (uint32_t)(left / each) : 1;
    p->work.n_workers = p->report->threads_used = n;
    p->work.worker_bytes = (size_t)each;
    p->work.room_bytes = (size_t)left;
    p->work.in_order = in_order(p);
    p->work.group_bytes_max = in_order(p) ? p->work.group_bytes : 2 * p->work.group_bytes;
    const uint64_t beside = reading * n;
    p->encode.keep_below_bytes = (size_t)(beside < left / 2 ? left - beside : left / 2);
    return LF_OK;
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
    kv[4] = (lf_option){"logflow.format", p->formats[0]->name};
    LF_TRY(t->finish(p->encoder, p->table.types, kv, 5, &stats, err));
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

static lf_rc open_encoder(pump *p, lf_error *err) {
    lf_schema out;
    lf_schema_init(&out, p->alloc);
    lf_rc rc = lf_reader_rows_schema(&p->rows, &p->table.schema, &out, err);
    if (rc == LF_OK) rc = p->spec->encoder->open(&p->encode, &out, p->sink, &p->encoder, err);
    p->report->columns = out.n_fields;
    lf_schema_reset(&out);
    return rc;
}

static lf_rc run(pump *p, lf_error *err) {
    const lf_flow_spec *s = p->spec;
    LF_TRY(lf_reader_rows_init(&p->rows, s->rows, p->alloc, err));
    LF_TRY(plan_layout(p, err));
    LF_TRY(plan_table(p, err));
    LF_TRY(plan_workers(p, err));
    LF_TRY(s->sink_open(s->sink_ctx, &p->sink, err));
    LF_TRY(open_encoder(p, err));
    p->work.spec = s;
    p->work.table = &p->table;
    p->work.rows = &p->rows;
    p->work.encoder = p->encoder;
    p->work.report = p->report;
    p->work.alloc = p->alloc;
    p->work.budget = &p->budget;
    LF_TRY(lf_reader_work_run(&p->work, err));
    return finish(p, err);
}

lf_rc lf_convert_reader(const lf_flow_spec *spec, const lf_reader_format *const *formats,
                        uint32_t n_formats, lf_report *report, lf_error *err) {
    pump p = {.spec = spec, .formats = formats, .n_formats = n_formats, .report = report};
    lf_error own = {0};
    if (err == NULL) err = &own;
    p.work.started_s = lf_now_s();
    lf_budget_init(&p.budget, spec->alloc != NULL ? spec->alloc : lf_alloc_default(), 0);
    p.alloc = &p.budget.alloc;
    lf_rc rc = run(&p, err);
    for (uint32_t i = 0; i < spec->n_sources; i++)
        report->bytes_in += bytes_read(spec->sources[i]);
    report->bytes_text = report->bytes_in;
    spec->encoder->close(p.encoder);
    lf_sink_close(p.sink);
    lf_reader_rows_reset(&p.rows);
    lf_reader_table_reset(&p.table);
    return rc;
}
