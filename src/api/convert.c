/* lf_convert: from names and options to runs of the flow.
 *
 * Everything that can be refused is refused before the first byte is read: options, names, outputs
 * that exist, inputs that do not. Then each output is one run: open its sources, tell the format
 * by the first bytes, open the sink, run, complete the report. */
#include "api/convert_shared.h"
#include "api/epoch_columns.h"
#include "api/input_list.h"
#include "api/inputs.h"
#include "api/mixed.h"
#include "api/options.h"
#include "api/output_name.h"
#include "api/plugged.h"
#include "api/recover.h"
#include "api/rejects_text.h"
#include "api/report.h"
#include "api/row_options.h"
#include "api/settings.h"
#include "api/text_tables.h"
#include "core/buf.h"
#include "io/io.h"
#include "obs/clock.h"
#include "plugin/plugin_encode.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPLAIN_MAX (16u * 1024 * 1024)

typedef struct conversion {
    lf_settings set;
    lf_recovery recovery;
    lf_output_request req;
    lf_outputs outputs;
    lf_input_list list; /* the inputs, with archives as their members */
} conversion;

/* One output being made. */
typedef struct run {
    const conversion *c;
    const lf_output *out;
    lf_inputs inputs;
    lf_text_tables *tables; /* borrowed, and the inputs then too; NULL: of the text one is read */
    uint32_t table;         /* from 0 */
    lf_rejects_text text;   /* what is read in place of a file of rejects */
    int fd;                 /* a device opened for the sink; -1: none */
    lf_encode_opts encode;  /* where the output is a plugin's */
    lf_plugin_target target;
    lf_plugged_format plugged;
    lf_schema epochs; /* types with those that --epoch '*=UNIT' found */
    bool no_epochs;   /* there are none */
    lf_mixed mixed;   /* where the inputs have types */
} run;

const char *lf_version(void) {
    return LOGFLOW_VERSION;
}

static lf_rc prepare(conversion *c, const char *const *in, size_t n_in, const char *out,
                     const lf_convert_opts *given, lf_error *err) {
    lf_convert_opts o;
    LF_TRY(lf_convert_opts_copy(&o, given, err));
    if (n_in > 0 && in != NULL) LF_TRY(lf_recovery_open(&c->recovery, in, n_in, &o, err));
    LF_TRY(lf_settings_load(&c->set, &o, err));
    LF_TRY(lf_settings_output(&c->set, out, err));
    LF_TRY(lf_recovery_apply(&c->recovery, &c->set, err));
    if (n_in == 0 || in == NULL) return lf_fail(err, LF_EUSAGE, "no input is named");
    if (!c->recovery.active) {
        LF_TRY(lf_input_list_make(&c->list, in, n_in, c->set.alloc, err));
        in = (const char *const *)c->list.paths;
        n_in = c->list.n;
    }
    /* The null encoder has nothing to put beside the input. */
    const bool discards = strcmp(c->set.encoder->name, "null") == 0;
    c->req = (lf_output_request){.struct_size = sizeof c->req,
                                 .alloc = c->set.alloc,
                                 .in = in,
                                 .folders = (const char *const *)c->list.folders,
                                 .n_in = n_in,
                                 .out = discards ? "/dev/null" : out,
                                 .rejects = c->set.rejects,
                                 .keep_rejects = c->set.flow.on_error == LF_ON_ERROR_QUARANTINE &&
                                                 (!discards || c->set.rejects),
                                 .overwrite = o.overwrite,
                                 .replay = c->recovery.active,
                                 .encoder = c->set.encoder,
                                 .plugins = c->set.plugins};
    LF_TRY(lf_outputs_plan(&c->outputs, &c->req, err));
    return lf_outputs_check(&c->outputs, &c->req, err);
}

static void conversion_reset(conversion *c) {
    lf_outputs_reset(&c->outputs);
    lf_settings_reset(&c->set);
    lf_recovery_reset(&c->recovery);
    lf_input_list_reset(&c->list);
}

/* --replay: the rows of the rejects in place of an input. */
static lf_rc open_rejects(run *r, lf_error *err) {
    const conversion *c = r->c;
    lf_inputs *in = &r->inputs;
    *in = (lf_inputs){.alloc = c->set.alloc, .n = 1};
    in->sources = lf_mem_zalloc(in->alloc, sizeof *in->sources);
    if (in->sources == NULL) return lf_fail_nomem(err, sizeof *in->sources);
    lf_rejects_text_init(&r->text, in->alloc);
    LF_TRY(lf_rejects_text_load(&r->text, c->req.in[r->out->first], c->recovery.head,
                                c->set.flow.temp_dir, err));
    LF_TRY(lf_rejects_text_source(&r->text, &in->sources[0], err));
    in->decoder = lf_registry_decoder(c->set.from);
    in->decided_by = "that of the rejects";
    return LF_OK;
}

/* lf_flow_spec.sink_open: may be called twice, the descriptor of a device stays open for both. */
static lf_rc open_sink(void *ctx, lf_sink **out, lf_error *err) {
    run *r = ctx;
    const conversion *c = r->c;
    const char *path = r->out->path, *dir = c->set.flow.temp_dir;
    if (r->target.desc && (r->target.desc->flags & LF_SINK_ELSEWHERE)) path = "/dev/null";
    if (!lf_output_is_stream(path))
        return lf_sink_open_file(path, c->req.overwrite, c->set.alloc, out, err);
    if (strcmp(path, "-") == 0)
        return lf_sink_open_fd_in(dir, STDOUT_FILENO, "standard output", c->set.alloc, out, err);
    if (r->fd < 0) r->fd = open(path, O_WRONLY | O_CLOEXEC);
    if (r->fd < 0) return lf_fail_errno(err, LF_EOPEN, errno, path);
    return lf_sink_open_fd_in(dir, r->fd, path, c->set.alloc, out, err);
}

static void run_close(run *r) {
    lf_plugged_close(&r->plugged);
    lf_mixed_close(&r->mixed);
    if (r->fd >= 0) (void)close(r->fd);
    if (r->tables == NULL) lf_inputs_close(&r->inputs);
    lf_rejects_text_reset(&r->text);
    if (r->epochs.alloc != NULL) lf_schema_reset(&r->epochs);
}

static lf_rc warn_epochs(const run *r, lf_report *rep, lf_error *err) {
    if (!r->no_epochs) return LF_OK;
    return lf_report_warn(rep,
                          "--epoch '*': no column is found that holds nothing but counts of that "
                          "unit between 1990 and 2100",
                          err);
}

/* Facts that the flow does not know, or may have left. */
static lf_rc complete_report(const run *r, lf_report *rep, lf_rc outcome, lf_error *err) {
    const conversion *c = r->c;
    const char *in = c->req.in[r->out->first];
    rep->n_inputs = r->table > 0 ? 0 : r->out->count; /* not once more */
    LF_TRY(lf_report_set(&rep->input, in, err));
    LF_TRY(lf_report_set(&rep->output, r->out->path, err));
    LF_TRY(lf_report_set(&rep->format_in, r->inputs.format, err));
    LF_TRY(lf_report_set(&rep->format_out, c->set.encoder->name, err));
    const lf_source *first = r->inputs.sources ? r->inputs.sources[0] : NULL;
    const char *encoding = first && first->encoding ? first->encoding : "utf-8";
    LF_TRY(lf_report_set(&rep->encoding, r->inputs.decoder ? encoding : NULL, err));
    if (rep->threads_requested == 0) rep->threads_requested = c->set.flow.threads;
    const bool kept = r->out->rejects && rep->rows_rejected > 0 && outcome == LF_OK;
    return lf_report_set(&rep->rejects, kept ? r->out->rejects : NULL, err);
}

/* One line for all bad rows, behind those that name the first of them. */
static lf_rc warn_rejected(const run *r, lf_report *rep, lf_error *err) {
    if (rep->rows_rejected == 0) return LF_OK;
    const unsigned long long n = rep->rows_rejected;
    char text[512];
    const char *rows = n == 1 ? "row" : "rows";
    const double share = 100.0 * (double)n / (double)rep->rows_in;
    if (r->out->rejects)
        snprintf(text, sizeof text, "%llu bad %s of %llu (%.2g %%) set aside in %s", n, rows,
                 (unsigned long long)rep->rows_in, share, r->out->rejects);
    else
        snprintf(text, sizeof text, "%llu bad %s of %llu (%.2g %%) dropped", n, rows,
                 (unsigned long long)rep->rows_in, share);
    return lf_report_warn(rep, text, err);
}

/* Inputs that were read as far as they are whole. */
static lf_rc warn_damaged(const run *r, lf_report *rep, lf_error *err) {
    for (size_t i = 0; r->inputs.sources && i < r->out->count; i++) {
        const char *damage = r->inputs.sources[i] ? lf_source_damage(r->inputs.sources[i]) : NULL;
        if (damage == NULL) continue;
        char text[512];
        snprintf(text, sizeof text, "%.200s: %s; what stands before was read, the rest is lost",
                 r->inputs.sources[i]->path, damage);
        LF_TRY(lf_report_warn(rep, text, err));
    }
    return LF_OK;
}

/* Bad rows, or a failure, of a text that is not UTF-8: it may all be in another encoding. */
static lf_rc warn_encoding(const run *r, lf_report *rep, lf_rc outcome, lf_error *err) {
    const bool bad = rep->rows_rejected > 0 || outcome / 100 == 1;
    return bad && r->inputs.proposal[0] ? lf_report_warn(rep, r->inputs.proposal, err) : LF_OK;
}

/* What was decided here stands before what the flow decided. */
static lf_rc explain(const run *r, lf_report *rep, lf_error *err) {
    const conversion *c = r->c;
    const lf_source *s = r->inputs.sources[0];
    const char *codec =
        lf_options_text(c->set.encode.options, c->set.encode.n_options, "compression",
                        strcmp(c->set.encoder->name, "parquet") == 0 ? "snappy" : "none");
    lf_buf b;
    lf_buf_init(&b, lf_alloc_default(), EXPLAIN_MAX);
    lf_rc rc =
        lf_buf_printf(&b, err, "input: %s (%s), %s%s%s\n", r->inputs.format, r->inputs.decided_by,
                      s->compression ? s->compression : "not compressed",
                      s->compression ? " by its first bytes" : "",
                      s->type->read_at ? "" : ", read once from start to end");
    if (rc == LF_OK && r->inputs.decoder)
        rc = lf_buf_printf(&b, err, "encoding: %s (%s)\n", s->encoding ? s->encoding : "utf-8",
                           s->encoding_how ? s->encoding_how : "assumed");
    if (rc == LF_OK)
        rc = lf_buf_printf(&b, err, "output: %s, %s\ninstruction set: %s\n", c->set.encoder->name,
                           codec, lf_isa_name(c->set.decode.isa));
    if (rc == LF_OK) rc = lf_row_options_explain(&c->set, &b, err);
    if (rc == LF_OK && rep->explain)
        rc = lf_buf_append(&b, rep->explain, strlen(rep->explain), err);
    if (rc == LF_OK) rc = lf_buf_append(&b, "", 1, err);
    if (rc == LF_OK) rc = lf_report_set(&rep->explain, (const char *)b.data, err);
    lf_buf_reset(&b);
    return rc;
}

/* Without its output, what lies in the side file's place is of an earlier conversion. */
static void side_file(const run *r, lf_flow_spec *spec) {
    const char *path = r->out->rejects;
    spec->rejects_path = path;
    spec->rejects_stale =
        !spec->rejects_replace && r->c->req.rejects == NULL && path != NULL && lf_path_exists(path);
    spec->rejects_replace |= spec->rejects_stale;
}

/* A side file of an earlier run does not belong to the output that has just been made. Where that
 * replaces the earlier one, the file goes with it; where it is alone, somebody may need it. */
static lf_rc part_from_stale_rejects(const run *r, lf_report *rep, lf_error *err) {
    char text[256];
    const char *path = r->out->rejects;
    if (path == NULL || rep->rows_rejected != 0 || !lf_path_exists(path)) return LF_OK;
    if (r->c->req.overwrite) {
        (void)unlink(path);
        return LF_OK;
    }
    snprintf(text, sizeof text, "%.200s is of an earlier conversion", path);
    return lf_report_warn(rep, text, err);
}

/* Bad data in a file that another hand is writing to is no finding about the data. */
static lf_rc blame_change(const run *r, lf_rc rc, lf_error *err) {
    for (size_t i = 0; r->inputs.sources && i < r->out->count && lf_rc_exit_status(rc) <= 2; i++) {
        lf_error changed = {0};
        if (r->inputs.sources[i] == NULL ||
            lf_source_check(r->inputs.sources[i], &changed) != LF_ECHANGED)
            continue;
        *err = changed;
        return LF_ECHANGED;
    }
    return rc;
}

/* A sink that is a plugin's is told where to. */
static void to_plugin(run *r, lf_flow_spec *spec) {
    const lf_settings *set = &r->c->set;
    const lf_sink_desc *d = lf_plugins_sink(set->plugins, set->encoder);
    if (d == NULL) return;
    r->target = (lf_plugin_target){
        .desc = d, .path = r->out->path, .options = set->to ? lf_plugin_options(set->to) : ""};
    r->encode = *spec->encode_opts;
    r->encode.receiver = &r->target;
    spec->encode_opts = &r->encode;
}

/* What feeds the rest may still run: its report is read, its rejects may be given up. */
static void end_feeders(run *r) {
    lf_text_stream_end(&r->plugged.text);
    lf_text_stream_end(&r->mixed.text);
}

static lf_rc run_one(run *one, lf_report *rep, lf_error *err) {
    run r = *one;
    const conversion *c = r.c;
    const lf_output *out = r.out;
    const double started = lf_now_s(), cpu = lf_cpu_s();
    lf_rc rc = LF_OK;
    if (c->recovery.active)
        rc = open_rejects(&r, err);
    else if (r.tables == NULL)
        rc = lf_inputs_open(&r.inputs, &c->set, c->req.in + out->first, out->count, err);
    if (rc != LF_OK) goto out;
    lf_flow_spec spec = c->set.flow;
    lf_decode_opts decode = c->set.decode;
    if (r.tables != NULL && r.inputs.decoder) lf_text_tables_options(r.tables, r.table, &decode);
    if (c->recovery.active) {
        decode.barriers = r.text.starts;
        decode.n_barriers = r.text.n;
        spec.place = lf_rejects_text_place;
        spec.place_ctx = &r.text;
    }
    decode.encoding = r.inputs.sources[0]->encoding;
    if (!c->recovery.active)
        rc = lf_epoch_columns(&r.inputs, &decode, &r.epochs, &r.no_epochs, err);
    if (rc != LF_OK) goto out;
    spec.decode_opts = &decode;
    lf_inputs_give(&r.inputs, &spec);
    if (r.tables && r.tables->spool) spec.sources = &r.tables->spool;
    lf_flow_counts counts[LF_REPORT_FILES_MAX] = {{0}};
    const size_t n_counts = out->count < LF_REPORT_FILES_MAX ? out->count : LF_REPORT_FILES_MAX;
    const bool counted = spec.input_open || (r.inputs.reader && out->count > 1);
    if (counted) spec.counts = counts, spec.n_counts = (uint32_t)n_counts;
    spec.sink_open = open_sink;
    spec.sink_ctx = &r;
    side_file(&r, &spec);
    to_plugin(&r, &spec);
    if (lf_plugged(&c->set, &r.inputs))
        rc = lf_plugged_run(&r.plugged, &c->set, &r.inputs, &spec, rep, err);
    else if (r.inputs.reader)
        rc = lf_mixed_run(&r.mixed, &r.inputs, &spec, rep, err);
    else
        rc = lf_flow_run(&spec, rep, err);
    end_feeders(&r);
    if (counted) (void)!lf_report_files(rep, c->req.in + out->first, n_counts, counts, NULL);
    /* A flow before transforms may have ended well, and set rows aside, before the rest failed. */
    const bool text_before = r.plugged.text.alloc || r.mixed.text.alloc;
    if (rc != LF_OK && text_before && out->rejects) (void)unlink(out->rejects);
    if (rc == LF_OK)
        rc = part_from_stale_rejects(&r, rep, err);
    else if (out->count == 1 && (rc / 100 == 1 || rc == LF_EREAD || rc == LF_ECHANGED))
        lf_error_set_file(err, c->req.in[out->first]);
out:
    if (rc != LF_OK) rc = blame_change(&r, rc, err);
    rep->elapsed_s = lf_now_s() - started;
    rep->cpu_s = lf_cpu_s() - cpu;
    rep->peak_rss_bytes = lf_peak_rss_bytes();
    /* The output stands or does not: a report that memory is too short for changes neither. */
    lf_rc filled = lf_report_adopt(rep, c->set.alloc, NULL);
    if (filled == LF_OK) lf_plugged_report(&r.plugged, rep);
    if (filled == LF_OK) lf_mixed_report(&r.mixed, rep);
    if (filled == LF_OK) filled = complete_report(&r, rep, rc, NULL);
    if (filled == LF_OK) filled = warn_encoding(&r, rep, rc, NULL);
    if (filled == LF_OK && rc == LF_OK) filled = warn_damaged(&r, rep, NULL);
    if (filled == LF_OK && rc == LF_OK) filled = warn_epochs(&r, rep, NULL);
    if (filled == LF_OK && r.inputs.notice[0]) filled = lf_report_warn(rep, r.inputs.notice, NULL);
    if (filled == LF_OK && rc == LF_OK) filled = warn_rejected(&r, rep, NULL);
    if (filled == LF_OK && r.inputs.format) filled = explain(&r, rep, NULL);
    run_close(&r);
    return rc;
}

/* `output`: NULL where none came to be. Incomplete where memory is short, see run_one. */
static void add_to_sum(lf_report *sum, lf_report *one, const char *output) {
    lf_rc rc = output ? lf_report_add_output(sum, output, NULL) : LF_OK;
    if (lf_report_add(sum, one, NULL) != LF_OK || rc != LF_OK) return;
}

static lf_rc convert_one(const conversion *c, const lf_output *out, lf_report *sum, lf_error *err) {
    run r = {.c = c, .out = out, .fd = -1};
    lf_report one = {0};
    lf_rc rc = run_one(&r, &one, err);
    add_to_sum(sum, &one, rc == LF_OK ? out->path : NULL);
    return rc;
}

/* --tables all: as many runs over the same text. */
static lf_rc convert_tables(const conversion *c, const lf_output *out, lf_report *sum,
                            lf_error *err) {
    lf_text_tables tables = {0};
    run r = {.c = c, .out = out, .tables = &tables, .fd = -1};
    uint64_t text_before = 0;
    lf_rc rc = lf_inputs_open(&r.inputs, &c->set, c->req.in + out->first, out->count, err);
    if (rc == LF_OK) rc = lf_text_tables_open(&tables, &c->set, &c->req, out, &r.inputs, err);
    for (; r.table < tables.n && rc == LF_OK; r.table++) {
        lf_report one = {0};
        r.out = &tables.outputs[r.table];
        rc = run_one(&r, &one, err);
        if (r.table > 0) one.bytes_in = 0; /* all of it was counted with the first */
        const uint64_t text = one.bytes_text;
        one.bytes_text -= text > text_before ? text_before : text;
        if (text > text_before) text_before = text;
        add_to_sum(sum, &one, rc == LF_OK ? r.out->path : NULL);
        if (rc == LF_OK && r.table < LF_TABLES_SHOWN_MAX) sum->tables[r.table].converted = true;
    }
    lf_text_tables_reset(&tables);
    lf_inputs_close(&r.inputs);
    return rc;
}

/* All folders on the way to `path`, which ends with a slash if it is one itself. *made_out: bytes
 * of the first that was not there; 0: none. */
static lf_rc make_folders(char *path, size_t *made_out, lf_error *err) {
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        const int failed = mkdir(path, 0777) == 0 ? 0 : errno;
        const bool there = failed == EEXIST || (failed && lf_path_is_dir(path));
        const lf_rc rc = failed && !there ? lf_fail_errno(err, LF_EWRITE, failed, path) : LF_OK;
        *p = '/';
        if (rc != LF_OK) return rc;
        if (failed == 0 && *made_out == 0) *made_out = (size_t)(p - path);
    }
    return LF_OK;
}

/* Nothing is left behind: those that were made go again where nothing came to lie in them. */
static void drop_folders(char *path, size_t made) {
    for (size_t n = strlen(path); made > 0 && n >= made; n--) {
        if (path[n] != '/') continue;
        path[n] = '\0';
        const int left = rmdir(path);
        path[n] = '/';
        if (left != 0) return;
    }
}

static lf_rc convert_all(const conversion *c, lf_report *sum, lf_error *err) {
    char *folder = c->outputs.folder;
    size_t made = 0;
    lf_rc rc = folder ? make_folders(folder, &made, err) : LF_OK;
    for (size_t i = 0; i < c->outputs.n && rc == LF_OK; i++) {
        const lf_output *o = &c->outputs.items[i];
        size_t below = 0;
        if (o->mirrored) rc = make_folders(o->path, &below, err);
        if (rc == LF_OK)
            rc = lf_text_tables_wanted(&c->set) && !c->recovery.active
                     ? convert_tables(c, o, sum, err)
                     : convert_one(c, o, sum, err);
        if (rc != LF_OK) drop_folders(o->path, below);
    }
    if (rc != LF_OK && folder) drop_folders(folder, made);
    return rc;
}

/* A caller whose time is up says so through `cancel`. */
static lf_rc out_of_time(const conversion *c, lf_error *err) {
    const int *cancel = c->set.flow.cancel;
    if (cancel == NULL || __atomic_load_n(cancel, __ATOMIC_RELAXED) != LF_EDEADLINE)
        return LF_ECANCELLED;
    *err = (lf_error){0};
    return lf_fail(err, LF_EDEADLINE, "the time limit has passed");
}

lf_rc lf_convert(const char *const *in, size_t n_in, const char *out, const lf_convert_opts *opts,
                 lf_report *rep_out, lf_error *err) {
    return lf_convert_shared(in, n_in, out, opts, 1, rep_out, err);
}

lf_rc lf_convert_shared(const char *const *in, size_t n_in, const char *out,
                        const lf_convert_opts *opts, uint32_t shares, lf_report *rep_out,
                        lf_error *err) {
    conversion c = {0};
    lf_report rep = {0};
    lf_error inner = {0};
    lf_rc rc = prepare(&c, in, n_in, out, opts, &inner);
    c.set.flow.shares = shares;
    if (rc == LF_OK) rc = convert_all(&c, &rep, &inner);
    if (rc == LF_ECANCELLED) rc = out_of_time(&c, &inner);
    inner.rc = rc;
    if (rep_out) {
        if (lf_report_fill_json(&rep, &inner, NULL) != LF_OK) rep.json = NULL;
        *rep_out = rep;
    } else {
        lf_report_reset(&rep);
    }
    if (rc != LF_OK && err) lf_error_merge(err, &inner);
    conversion_reset(&c);
    return rc;
}

lf_rc lf_convert_check(const char *const *in, size_t n_in, const char *out,
                       const lf_convert_opts *opts, lf_error *err) {
    conversion c = {0};
    const lf_rc rc = prepare(&c, in, n_in, out, opts, err);
    conversion_reset(&c);
    return rc;
}
