/* flow/flow_commit.c - what happens in a block's turn: ledger, types, rejects, its place in the
 * file. */
#include "flow/flow_filter.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "flow/rejects.h"
#include <string.h>

/* Joins what the block showed; a type that changes is told with the place that changed it. */
static lf_rc join_types(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (j->types_final) return LF_OK;
    if (j->shaped) return lf_flow_shape_commit(w, err);
    for (uint32_t i = 0; i < j->n_columns; i++) {
        if (j->fixed[i] || w->end.evidence == NULL) continue;
        lf_evidence_join(&j->evidence[i], &w->end.evidence[i]);
        lf_type t = lf_evidence_type(&j->evidence[i], j->decode_opts.decimal);
        if (lf_type_equal(t, j->types[i])) continue;
        lf_type old = j->types[i];
        j->types[i] = t;
        if (old.id == LF_T_NULL || j->typing_only)
            continue;                        /* its first values: no change of mind */
        if (old.id == LF_T_STRING) continue; /* dates that were undecided so far */
        j->report->late_changes++;
        char was[48], now[48];
        lf_type_print(old, was, sizeof was);
        lf_type_print(t, now, sizeof now);
        const late_note *n = &w->late[i];
        if (!n->set) continue;
        LF_TRY(lf_flow_warn(
            j, err, "column '%.60s' changed from %s to %s at row %llu%s%s%s; no row was lost",
            j->schema.fields[i].name, was, now,
            (unsigned long long)(j->report->rows_out + j->report->rows_filtered + n->group_row + 1),
            n->text[0] ? " ('" : "", n->text, n->text[0] ? "')" : ""));
    }
    return LF_OK;
}

static lf_rc commit_group(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    const lf_encoder_type *t = j->spec->encoder;
    group_record r = {.rows = w->rows, .spool_group = FLOW_NO_GROUP};
    if (!j->types_final)
        LF_TRY(lf_trace_save(&w->trace, &j->trace_log, &r.trace_offset, &r.trace_size, err));
    LF_TRY(t->group_commit(w->group, err));
    if (w->spool_used) {
        LF_TRY(t->group_commit(w->spool_group, err));
        r.spool_group = t->committed_groups(j->spool) - 1;
    }
    return lf_spill_append(&j->records, &r, sizeof r, NULL, err);
}

/* Shows the first bad row of too many. */
static lf_rc with_first(const flow_job *j, lf_rc rc, lf_error *err) {
    const lf_error *f = &j->first_bad;
    if (err == NULL || f->rc == LF_OK) return rc;
    lf_error_set_file(err, f->file);
    lf_error_set_place(err, f->row, f->line, f->column, f->column_name, f->byte_offset);
    memcpy(err->excerpt, f->excerpt, sizeof err->excerpt);
    err->excerpt_mark = f->excerpt_mark;
    err->excerpt_mark_len = f->excerpt_mark_len;
    return lf_error_context(err, rc, "the first of them: %s", f->message);
}

static void add_skipped(lf_report *r, lf_skipped s) {
    if (r->n_skipped < LF_SKIPPED_MAX)
        r->skipped[r->n_skipped++] = s;
    else
        r->n_skipped_more++;
}

/* Places of lines that are no rows; base_lines is still that of the block. */
static void note_skipped(flow_worker *w) {
    lf_report *r = w->job->report;
    const lf_block_end *e = &w->end;
    r->n_skipped_more += e->n_skipped_more;
    for (uint32_t i = 0; i < e->n_skipped; i++) {
        uint64_t first = w->job->base_lines + e->skipped[i].newlines_before;
        add_skipped(r, (lf_skipped){.what = e->skipped[i].what,
                                    .first_line = first,
                                    .last_line = first + e->skipped[i].lines - 1,
                                    .input = w->block.input});
    }
    for (uint32_t i = 0; i < w->n_skipped; i++) /* of a block of several inputs */
        add_skipped(r, w->skipped[i]);
    w->n_skipped = 0;
}

static void count(flow_job *j, uint32_t input, uint64_t rows, uint64_t rejects, uint64_t filtered) {
    if (input >= j->spec->n_counts) return;
    lf_flow_counts *c = &j->spec->counts[input];
    c->rows_in += rows + rejects + filtered;
    c->rows_out += rows;
    c->rows_rejected += rejects;
}

/* A block of several inputs: what they were, one after the other, and their sum. */
static void sum_members(flow_worker *w) {
    flow_job *j = w->job;
    const flow_member *m = (const flow_member *)(const void *)w->members.data;
    lf_block_end sum = {.evidence = w->end.evidence, .shape = w->end.shape};
    for (size_t i = 0; i < w->members.len / sizeof *m; i++) {
        sum.records += m[i].end.records;
        sum.blank_lines += m[i].end.blank_lines;
        sum.comment_lines += m[i].end.comment_lines;
        sum.footer_lines += m[i].end.footer_lines;
        sum.duplicate_keys += m[i].end.duplicate_keys;
        sum.n_skipped_more += m[i].end.n_skipped_more;
        if (m[i].end.fields_max > sum.fields_max) sum.fields_max = m[i].end.fields_max;
        j->inputs_bytes += j->base_bytes;
        j->base_bytes = m[i].end.next_start;
        if (!j->typing_only)
            count(j, w->block.input + (uint32_t)i, m[i].rows, m[i].rejects, m[i].filtered);
    }
    sum.next_start = j->base_bytes;
    w->end = sum;
    j->base_records = 0;
}

static void first_of_input(flow_worker *w) {
    flow_job *j = w->job;
    if (w->block.n_inputs > 1) {
        sum_members(w);
        return;
    }
    const lf_plan_base *plan = (const lf_plan_base *)j->inputs[w->block.input].plan;
    j->base_records = 0;
    j->inputs_bytes += j->base_bytes;
    j->base_bytes = plan->body_offset;
    j->base_stored = j->inputs[w->block.input].body_bytes;
    j->base_lines = plan->body_line;
}

static lf_rc check_bad(flow_job *j, lf_error *err) {
    if (j->spec->max_bad_rows == UINT64_MAX || j->report->rows_rejected <= j->spec->max_bad_rows)
        return LF_OK;
    const lf_rc rc = lf_fail(err, LF_ETOO_MANY_BAD, "over %llu rows are bad",
                             (unsigned long long)j->spec->max_bad_rows);
    return with_first(j, rc, err);
}

lf_rc lf_flow_commit(flow_worker *w) {
    flow_job *j = w->job;
    lf_report *rep = j->report;
    lf_error *err = &w->err;
    if (w->block.first) first_of_input(w);
    bool whole = !w->stopped_by_limit;
    if (j->typing_only) {
        if (w->end.fields_max > j->fields_max) j->fields_max = w->end.fields_max;
        LF_TRY(lf_flow_filter_commit(w, err));
        return join_types(w, err);
    }
    LF_TRY(lf_flow_rejects_write(w, err));
    const uint64_t told = w->rows + w->n_rejects + w->filtered;
    uint64_t records = whole ? w->end.records : told;
    if (records != told)
        return lf_fail(err, LF_EINTERNAL,
                       "the ledger does not add up: %llu records, %llu good, %llu bad, %llu left "
                       "out",
                       (unsigned long long)records, (unsigned long long)w->rows,
                       (unsigned long long)w->n_rejects, (unsigned long long)w->filtered);
    LF_TRY(lf_flow_filter_commit(w, err));
    LF_TRY(join_types(w, err));
    if (w->rows > 0 && !w->carrying) LF_TRY(commit_group(w, err));
    note_skipped(w);
    if (w->block.n_inputs == 1) count(j, w->block.input, w->rows, w->n_rejects, w->filtered);
    j->base_records += records;
    j->base_lines += w->end.newlines;
    j->base_stored += w->stored;
    j->base_bytes = w->end.next_start;
    rep->rows_in += records;
    rep->rows_out += w->rows;
    rep->rows_rejected += w->n_rejects;
    rep->rows_filtered += w->filtered;
    rep->rows_padded += w->padded;
    rep->lines_blank += w->end.blank_lines;
    rep->lines_comment += w->end.comment_lines;
    rep->lines_footer += w->end.footer_lines;
    rep->row_groups += w->rows > 0 && !w->carrying;
    j->duplicate_keys += w->end.duplicate_keys;
    return check_bad(j, err);
}

lf_rc lf_flow_rejects_finish(flow_job *j, lf_error *err) {
    const lf_report *r = j->report;
    if (r->rows_rejected == 0) return LF_OK;
    if (r->rows_out + r->rows_filtered == 0)
        return with_first(j,
                          lf_fail(err, LF_ENO_GOOD_ROW, "all %llu rows are bad",
                                  (unsigned long long)r->rows_rejected),
                          err);
    if (j->spec->max_bad_rows == UINT64_MAX && j->spec->on_error != LF_ON_ERROR_PERMISSIVE) {
        double share = j->spec->max_bad_share > 0 ? j->spec->max_bad_share : 0.01;
        double most = (double)r->rows_in * share;
        if (j->spec->max_bad_share <= 0 && most < 10) most = 10;
        if ((double)r->rows_rejected > most)
            return with_first(j,
                              lf_fail(err, LF_ETOO_MANY_BAD,
                                      "%llu of %llu rows are bad; at most %llu may be",
                                      (unsigned long long)r->rows_rejected,
                                      (unsigned long long)r->rows_in, (unsigned long long)most),
                              err);
    }
    return LF_OK;
}
