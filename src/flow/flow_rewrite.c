/* flow/flow_rewrite.c - the end of a conversion.
 *
 * Where all groups have the final types the file just gets its footer. Otherwise it is written
 * anew: chunks of the final type are copied byte for byte, narrower ones are read back, printed and
 * read as the final type. As a chunk's bytes are a function of its values, the file is the one that
 * would have come out had the final types been known from the start, whatever the order things were
 * found in. */
#include "flow/flow_filter.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "flow/late.h"
#include "io/io.h"
#include <stdio.h>
#include <string.h>

#define UNDECIDED_TOLD_MAX 20u /* columns */

typedef struct rewrite {
    flow_job *job;
    lf_sink *sink;
    lf_encoder *encoder;
    lf_group *group;
    lf_type *types; /* of the group at hand */
    lf_trace trace;
} rewrite;

static lf_rc rewrite_column(rewrite *r, uint64_t group, uint32_t col, const group_record *rec,
                            lf_error *err) {
    flow_job *j = r->job;
    const lf_encoder_type *t = j->spec->encoder;
    lf_type final = j->types[col];
    if (lf_type_equal(r->types[col], final))
        return t->group_column_copy(r->group, col, j->encoder, group, err);
    const lf_trace_column *tr = &r->trace.columns[col];
    bool spooled = tr->spooled && rec->spool_group != FLOW_NO_GROUP;
    if (spooled && final.id == LF_T_STRING)
        return t->group_column_copy(r->group, col, j->spool, rec->spool_group, err);
    lf_column_iter *old = NULL, *it = NULL;
    if (spooled)
        LF_TRY(t->committed_read(j->spool, rec->spool_group, col, &old, err));
    else
        LF_TRY(t->committed_read(j->encoder, group, col, &old, err));
    lf_parse_ctx ctx = j->parse[col];
    uint32_t f = j->evidence[col].date_formats & LF_DF_ALL;
    ctx.date_format = f != 0 && (f & (f - 1)) == 0 ? f : tr->date_format;
    lf_type from = spooled ? (lf_type){.id = LF_T_STRING} : r->types[col];
    LF_TRY(lf_late_widen(old, from, spooled ? NULL : tr, final, &ctx, j->alloc, NULL, &it, err));
    lf_rc rc = t->group_column_replace(r->group, col, &final, it, err);
    it->close(it);
    return rc;
}

static lf_rc rewrite_group(rewrite *r, uint64_t group, lf_error *err) {
    flow_job *j = r->job;
    const lf_encoder_type *t = j->spec->encoder;
    group_record rec;
    uint64_t rows = 0;
    LF_TRY(lf_spill_read(&j->records, group * sizeof rec, &rec, sizeof rec, err));
    LF_TRY(lf_trace_load(&r->trace, &j->trace_log, rec.trace_offset, rec.trace_size, err));
    LF_TRY(t->committed_types(j->encoder, group, r->types, &rows, err));
    LF_TRY(t->group_begin(r->group, j->types, err));
    for (uint32_t i = 0; i < j->n_columns; i++) {
        if (lf_flow_cancelled(j)) return lf_fail(err, LF_ECANCELLED, "interrupted");
        LF_TRY_CTX(rewrite_column(r, group, i, &rec, err), err, "row group %llu, column '%.50s'",
                   (unsigned long long)group, j->schema.fields[i].name);
    }
    LF_TRY(t->group_seal(r->group, err));
    LF_TRY(t->group_commit(r->group, err));
    return t->group_store(r->group, err);
}

static lf_rc rewrite_all(flow_job *j, lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    rewrite r = {.job = j};
    lf_rc rc = LF_OK;
    r.types = lf_mem_zalloc(j->alloc, j->n_columns * sizeof *r.types + 1);
    if (r.types == NULL) return lf_fail_nomem(err, j->n_columns * sizeof *r.types);
    LF_GO(lf_trace_init(&r.trace, j->alloc, j->n_columns, err));
    LF_GO(j->spec->sink_open(j->spec->sink_ctx, &r.sink, err));
    LF_GO(lf_flow_encoder_open(j, r.sink, &r.encoder, err));
    LF_GO(t->group_create(r.encoder, false, &r.group, err));
    if (j->shaped) LF_GO(lf_flow_shape_rewrite(j, r.encoder, r.group, err));
    uint64_t n = j->shaped ? 0 : t->committed_groups(j->encoder);
    for (uint64_t g = 0; g < n; g++)
        LF_GO(rewrite_group(&r, g, err));
    lf_encoder *old = j->encoder; /* the new file takes the old one's place */
    lf_sink *old_sink = j->sink;
    j->encoder = r.encoder;
    j->sink = r.sink;
    r.encoder = old;
    r.sink = old_sink;
out:
    t->group_destroy(r.group);
    t->close(r.encoder);
    lf_sink_close(r.sink);
    lf_trace_reset(&r.trace);
    lf_mem_free(j->alloc, r.types, j->n_columns * sizeof *r.types + 1);
    return rc;
}

static lf_rc needs_rewrite(flow_job *j, bool *out, lf_error *err) {
    if (j->shaped) return lf_flow_shape_needs_rewrite(j, out, err);
    const lf_encoder_type *t = j->spec->encoder;
    lf_type *types = lf_mem_zalloc(j->alloc, j->n_columns * sizeof *types + 1);
    if (types == NULL) return lf_fail_nomem(err, j->n_columns * sizeof *types);
    lf_rc rc = LF_OK;
    *out = false;
    uint64_t n = t->committed_groups(j->encoder), rows;
    for (uint64_t g = 0; g < n && !*out && rc == LF_OK; g++) {
        rc = t->committed_types(j->encoder, g, types, &rows, err);
        for (uint32_t i = 0; i < j->n_columns && rc == LF_OK; i++)
            if (!lf_type_equal(types[i], j->types[i])) *out = true;
    }
    lf_mem_free(j->alloc, types, j->n_columns * sizeof *types + 1);
    return rc;
}

static lf_rc finish_encoder(flow_job *j, const lf_option *kv, size_t n_kv, lf_encode_stats *stats,
                            lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    if (!j->shaped) return t->finish(j->encoder, j->types, kv, n_kv, stats, err);
    if (t->set_schema != NULL) {
        lf_schema out;
        lf_schema_init(&out, j->alloc);
        lf_rc rc = lf_flow_filter_schema(j, &j->schema, &out, err);
        if (rc == LF_OK) rc = t->set_schema(j->encoder, &out, err);
        lf_schema_reset(&out);
        if (rc != LF_OK) return rc;
    }
    size_t bytes = j->schema.n_fields * sizeof(lf_type) + 1;
    lf_type *types = lf_mem_alloc(j->alloc, bytes);
    if (types == NULL) return lf_fail_nomem(err, bytes);
    for (uint32_t i = 0; i < j->schema.n_fields; i++)
        types[i] = j->schema.fields[i].type;
    lf_rc rc = t->finish(j->encoder, types, kv, n_kv, stats, err);
    lf_mem_free(j->alloc, types, bytes);
    return rc;
}

static lf_rc write_footer(flow_job *j, lf_error *err) {
    lf_report *r = j->report;
    char v[5][24];
    const char *names[] = {"logflow.rows_in", "logflow.rows_out", "logflow.rows_rejected",
                           "logflow.rows_filtered", "logflow.rows_padded"};
    uint64_t counts[] = {r->rows_in, r->rows_out, r->rows_rejected, r->rows_filtered,
                         r->rows_padded};
    lf_option kv[6 + FLOW_REPLAY_KEYS];
    size_t n_replay = 0;
    lf_buf text;
    for (int i = 0; i < 5; i++) {
        snprintf(v[i], sizeof v[i], "%llu", (unsigned long long)counts[i]);
        kv[i] = (lf_option){names[i], v[i]};
    }
    kv[5] = (lf_option){"logflow.format", j->inputs[0].decoder->name};
    lf_encode_stats stats = {0};
    lf_buf_init(&text, j->alloc, SIZE_MAX / 2);
    lf_rc rc = lf_flow_replay_metadata(j, &text, kv + 6, &n_replay, err);
    if (rc == LF_OK) rc = finish_encoder(j, kv, 6 + n_replay, &stats, err);
    lf_buf_reset(&text);
    if (rc != LF_OK) return rc;
    if (stats.rows != r->rows_out)
        return lf_fail(err, LF_EINTERNAL,
                       "the ledger does not add up: %llu rows written, %llu read",
                       (unsigned long long)stats.rows, (unsigned long long)r->rows_out);
    r->bytes_out = stats.bytes;
    return LF_OK;
}

/* A column of nothing but nulls has no type under which its null words and quoted empties would be
 * nulls: it is text, and they stay as they were written. */
void lf_flow_settle_null_columns(flow_job *j) {
    for (uint32_t i = 0; i < j->n_columns && !j->shaped; i++) {
        uint32_t written = LF_K_QUOTED_EMPTY | LF_K_NULL_WORD;
        if (j->types[i].id == LF_T_NULL && !j->fixed[i] && (j->evidence[i].kinds & written) != 0)
            j->types[i].id = LF_T_STRING;
    }
}

/* CONTRACT, Types: dates whose order nothing decides are text with a warning. */
static lf_rc tell_undecided(flow_job *j, lf_error *err) {
    uint32_t told = 0;
    for (uint32_t i = 0; i < j->n_columns && !j->shaped; i++) {
        if (j->fixed[i] || j->types[i].id != LF_T_STRING) continue;
        if (!lf_evidence_is_undecided(&j->evidence[i])) continue;
        if (told++ == UNDECIDED_TOLD_MAX) break;
        LF_TRY(lf_flow_warn(j, err,
                            "column '%.60s': its dates read day first as well as month first, so "
                            "they stay text; --locale, or a format in --schema, tells",
                            j->schema.fields[i].name));
    }
    return LF_OK;
}

lf_rc lf_flow_finish(flow_job *j, lf_error *err) {
    bool narrow = false;
    for (uint32_t i = 0; i < j->n_inputs; i++) /* all is read: was it one state of the files? */
        if (j->inputs[i].source != NULL) LF_TRY(lf_source_check(j->inputs[i].source, err));
    lf_flow_settle_null_columns(j);
    if (j->shaped && !j->types_final) LF_TRY(lf_flow_shape_settle(j, err));
    if (j->shaped) LF_TRY(lf_flow_shape_end(j, err));
    if (!j->types_final) LF_TRY(needs_rewrite(j, &narrow, err));
    LF_TRY(tell_undecided(j, err));
    if (narrow) LF_TRY_CTX(rewrite_all(j, err), err, "writing anew after a late type change");
    LF_TRY(write_footer(j, err));
    if (j->rejects_sink != NULL)
        LF_TRY(j->rejects_sink->type->commit(j->rejects_sink, j->rejects_size, err));
    lf_rc rc = j->sink->type->commit(j->sink, j->report->bytes_out, err);
    if (rc != LF_OK && j->rejects_sink != NULL) remove(j->spec->rejects_path);
    return rc;
}
