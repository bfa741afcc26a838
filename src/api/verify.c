/* lf_verify: opens both files, finds which columns belong together, compares, completes the
 * report. How the input's text is cut into records and cells is decided as in a conversion (same
 * options, same plan); all that follows is verify's own. */
#include "api/epoch_columns.h"
#include "api/options.h"
#include "api/peek.h"
#include "api/report.h"
#include "api/settings.h"
#include "api/verify_internal.h"
#include "core/limits.h"
#include "decode/csv/csv_decode.h"
#include "decode/json/json_decode.h"
#include "io/io.h"
#include "io/samples.h"
#include "obs/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERENCES_DEFAULT 10u
#define HEAD_MAX_BYTES      (64 * LF_MIB)
#define RECORD_MAX_BYTES    (LF_MEMORY_DEFAULT_BYTES / 4)

typedef struct verify_setup {
    verify_job *job;
    lf_settings set;
    lf_option *options; /* without --to, which is of OUT */
    size_t n_options;
    const char *to;          /* NULL: by its first bytes */
    lf_plan *plan;           /* of text */
    const lf_schema *schema; /* of the input */
    lf_schema epochs;        /* --type and the like, with what --epoch '*=UNIT' found */
    lf_schema widened;       /* the same, with what --ragged widen added */
    uint32_t *pairs;         /* column of the output for each of the input's; UINT32_MAX: none */
    uint32_t *lists;         /* matched columns: of the input, then of the output */
    uint32_t n_in, n_out;
} verify_setup;

/* ---- opening ---- */

/* Whether verify's own reader knows all that was decided: what it does not know by name (escapes,
 * comments, delimiters of several bytes ...) it leaves to the decoder. */
static lf_rc knows_dialect(const verify_setup *u, bool *yes, lf_error *err) {
    static const char *const known[] = {"quote: ",     "escape: doubled", "line ends: line feeds",
                                        "header: ",    "columns: ",       "column ",
                                        "empty cells", "... and",         "  "};
    lf_buf text;
    lf_buf_init(&text, u->job->alloc, 0);
    lf_rc rc = lf_csv_decoder.explain(u->plan, &text, err);
    *yes = true;
    for (size_t at = 0; rc == LF_OK && at < text.len;) {
        const char *line = (const char *)text.data + at;
        const char *nl = memchr(line, '\n', text.len - at);
        size_t n = nl != NULL ? (size_t)(nl - line) : text.len - at;
        bool found = n > 14 && memcmp(line, "delimiter: ", 11) == 0 &&
                     (line[11] != '\'' || line[13] == '\'');
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            size_t k = strlen(known[i]);
            found |= n >= k && memcmp(line, known[i], k) == 0;
        }
        *yes &= found;
        at += n + 1;
    }
    lf_buf_reset(&text);
    return rc;
}

/* What --rename calls a column of the input, and back. */
static const char *name_out(const verify_setup *u, const char *in) {
    const lf_row_spec *r = &u->set.rows;
    for (uint32_t i = 0; i < r->n_renames; i++)
        if (strcmp(r->renames[i].from, in) == 0) return r->renames[i].to;
    return in;
}

static const char *name_in(const verify_setup *u, const char *out) {
    const lf_row_spec *r = &u->set.rows;
    for (uint32_t i = 0; i < r->n_renames; i++)
        if (strcmp(r->renames[i].to, out) == 0) return r->renames[i].from;
    return out;
}

/* --ragged widen gave the output columns for fields that most rows do not have. */
static lf_rc add_widened(verify_setup *u, const lf_schema *planned, lf_error *err) {
    verify_job *j = u->job;
    const lf_schema *out = j->right.reader->schema;
    for (char name[32];; j->text.facts.width++) {
        int n = snprintf(name, sizeof name, "column_%u", (unsigned)j->text.facts.width + 1);
        const char *renamed = name_out(u, name);
        bool widened = lf_schema_find(out, renamed, strlen(renamed)) >= 0 &&
                       lf_schema_find(u->schema, name, (size_t)n) < 0;
        if (!widened) return LF_OK;
        if (u->widened.n_fields == 0) LF_TRY(lf_schema_copy(&u->widened, planned, err));
        lf_type text = {.id = LF_T_STRING};
        LF_TRY(lf_schema_add(&u->widened, name, (size_t)n, text, true, err));
        u->schema = &u->widened;
    }
}

/* Keys that come late are columns of the output. */
static lf_rc add_late(verify_setup *u, const lf_schema *planned, lf_error *err) {
    verify_job *j = u->job;
    const lf_schema *out = j->right.reader->schema;
    const lf_type any = {.id = LF_T_STRING};
    const bool other = planned->n_fields == 1 && out->n_fields == 1; /* by its place */
    LF_TRY(lf_schema_copy(&u->widened, planned, err));
    for (uint32_t i = 0; i < out->n_fields && !other; i++) {
        const char *name = name_in(u, out->fields[i].name);
        if (lf_schema_find(planned, name, strlen(name)) >= 0) continue;
        LF_TRY(lf_schema_add(&u->widened, name, strlen(name), any, true, err));
    }
    u->schema = j->text.names = &u->widened;
    const bool late = out->n_fields == 1 && strcmp(out->fields[0].name, "json") == 0 &&
                      lf_schema_find(planned, "json", 4) < 0;
    j->text.whole_records = !j->text.json.objects || late;
    j->text.facts = (lf_csv_facts){.delimiter = '\n',
                                   .plain = true,
                                   .width = u->schema->n_fields > 0 ? u->schema->n_fields : 1};
    return LF_OK;
}

static lf_rc plan_json(verify_setup *u, const lf_decode_opts *o, lf_span head, bool whole,
                       lf_error *err) {
    verify_job *j = u->job;
    LF_TRY(lf_json_decoder.plan(o, head, whole, &u->plan, err));
    lf_json_facts_of(u->plan, &j->text.json);
    j->text.is_json = true;
    return add_late(u, ((const lf_plan_base *)u->plan)->schema, err);
}

static lf_rc plan_csv(verify_setup *u, lf_decode_opts *o, lf_span head, bool whole, lf_error *err) {
    verify_job *j = u->job;
    const lf_decoder_type *type = &lf_csv_decoder;
    LF_TRY(type->plan(o, head, whole, &u->plan, err));
    lf_csv_facts_of(u->plan, &j->text.facts);
    bool known;
    LF_TRY(knows_dialect(u, &known, err));
    j->text.facts.plain = j->text.facts.plain && known;
    if (!j->text.facts.plain) { /* a decoder is to cut it, into nothing but text */
        type->plan_destroy(u->plan);
        u->plan = NULL;
        o->all_strings = true;
        o->schema = NULL;
        LF_TRY(type->plan(o, head, whole, &u->plan, err));
    }
    u->schema = ((const lf_plan_base *)u->plan)->schema;
    j->text.planned_width = j->text.facts.width;
    return j->text.facts.plain ? add_widened(u, u->schema, err) : LF_OK;
}

/* Places are told in stored bytes, also where those are of another encoding. */
static lf_rc rule_text(verify_setup *u, lf_span head, lf_error *err) {
    verify_job *j = u->job;
    verify_text *t = &j->text;
    const lf_source *s = j->left.inputs.sources[0];
    const lf_charset *from = s->encoding != NULL ? lf_charset_find(s->encoding) : NULL;
    t->skip_place = t->skip;
    if (from == NULL || lf_charset_is_utf8(from) || t->skip > head.len) return LF_OK;
    LF_TRY(lf_ruler_create(j->alloc, from, &t->ruler, err));
    lf_ruler_add(t->ruler, (lf_span){head.data, (size_t)t->skip});
    t->skip_place = lf_source_mark_bytes(s) + lf_ruler_total(t->ruler);
    lf_ruler_start(t->ruler, 0);
    return LF_OK;
}

static lf_rc plan_text(verify_setup *u, lf_span head, bool whole, lf_error *err) {
    verify_job *j = u->job;
    const lf_decoder_type *type = j->left.inputs.decoder;
    lf_decode_opts o = u->set.decode;
    o.columns = NULL; /* all fields are read; those selected are compared */
    o.n_columns = 0;
    o.isa = LF_ISA_SCALAR; /* as unlike the conversion as can be */
    if (o.record_max_bytes == 0) o.record_max_bytes = RECORD_MAX_BYTES;
    if (type == &lf_json_decoder) {
        LF_TRY(plan_json(u, &o, head, whole, err));
    } else if (type == &lf_csv_decoder) {
        LF_TRY(plan_csv(u, &o, head, whole, err));
    } else {
        return lf_fail(err, LF_EUNSUPPORTED, "verify has no reader for %s", type->name);
    }
    const lf_plan_base *base = (const lf_plan_base *)u->plan;
    j->text.plan = u->plan;
    j->text.skip = base->body_offset;
    j->text.line = base->body_line;
    return rule_text(u, head, err);
}

static lf_rc plan_head(verify_setup *u, size_t bytes, lf_error *err) {
    verify_job *j = u->job;
    size_t cap = bytes + 2 * LF_OVERREAD_BYTES, got = 0;
    uint8_t *head = lf_mem_zalloc(j->alloc, cap);
    if (head == NULL) return lf_fail_nomem(err, cap);
    lf_source **s = &j->left.inputs.sources[0];
    lf_rc rc = lf_source_peek(s, j->alloc, head + LF_OVERREAD_BYTES, bytes, &got, err);
    lf_samples far = {.n = 0};
    if (rc == LF_OK && got == bytes) rc = lf_samples_read(&far, *s, got, j->alloc, err);
    lf_decode_opts *o = &u->set.decode;
    o->samples = far.pieces;
    o->n_samples = far.n;
    o->head_may_grow = got == bytes && bytes < HEAD_MAX_BYTES;
    if (rc == LF_OK) rc = plan_text(u, (lf_span){head + LF_OVERREAD_BYTES, got}, got < bytes, err);
    o->samples = NULL;
    o->n_samples = 0;
    lf_samples_reset(&far, j->alloc);
    lf_mem_free(j->alloc, head, cap);
    return rc;
}

static lf_rc open_in(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    LF_TRY(lf_verify_open_in(&j->left, &u->set, j->in, err));
    j->typed = j->left.reader != NULL;
    if (j->typed) return u->schema = j->left.reader->schema, LF_OK;
    bool none;
    LF_TRY(lf_epoch_columns(&j->left.inputs, &u->set.decode, &u->epochs, &none, err));
    for (size_t bytes = LF_HEAD_BYTES;; bytes *= 4) {
        const lf_rc rc = plan_head(u, bytes, err);
        if (rc != LF_ERECORD_TOO_BIG || bytes >= HEAD_MAX_BYTES) return rc;
        if (j->left.inputs.sources[0]->type->read_at == NULL) return rc;
        if (err != NULL) *err = (lf_error){0};
    }
}

static lf_rc open_ledger(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    char path[4096];
    const char *given = u->set.rejects;
    if (j->typed) return LF_OK;
    int n = given != NULL ? snprintf(path, sizeof path, "%s", given)
                          : snprintf(path, sizeof path, "%s.rejects.jsonl", j->out);
    if (n < 0 || (size_t)n >= sizeof path) return LF_OK;
    j->text.ledger = &j->ledger;
    if (given == NULL && !lf_path_exists(path)) return LF_OK;
    LF_TRY(lf_report_set(&j->rep->rejects, path, err));
    return lf_verify_ledger_open(&j->ledger, j->rep->rejects, j->alloc, err);
}

/* ---- columns ---- */

static bool selected(const verify_setup *u, const char *name) {
    const lf_decode_opts *o = &u->set.decode;
    /* Those behind the kept ones serve --where alone. */
    const uint32_t kept = u->set.rows.keep_columns;
    const uint32_t n = kept > 0 ? kept : o->n_columns;
    if (n == 0) return true;
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(o->columns[i], name) == 0) return true;
    }
    return false;
}

static lf_rc name_difference(verify_job *j, const char *name, const char *in, const char *out,
                             lf_error *err) {
    lf_verify_difference d = {
        .kind = LF_VERIFY_COLUMN, .byte_offset = UINT64_MAX, .column = (char *)(uintptr_t)name};
    lf_span a = {(const uint8_t *)in, in != NULL ? strlen(in) : 0};
    lf_span b = {(const uint8_t *)out, out != NULL ? strlen(out) : 0};
    return lf_verify_add(j, &d, a, in == NULL, b, out == NULL, err);
}

/* What --rename names must be there, as in a conversion. */
static lf_rc check_renames(const verify_setup *u, lf_error *err) {
    const lf_row_spec *r = &u->set.rows;
    for (uint32_t i = 0; i < r->n_renames; i++) {
        const char *name = r->renames[i].from;
        if (lf_schema_find(u->schema, name, strlen(name)) < 0)
            return lf_fail(err, LF_EUSAGE, "--rename: there is no column \"%.60s\"", name);
    }
    return LF_OK;
}

/* By name first; what is left over by its place, where both have as many columns. */
static lf_rc match_columns(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    const lf_schema *in = u->schema, *out = j->right.reader->schema;
    uint8_t *used = lf_mem_zalloc(j->alloc, u->n_out + 1ul);
    bool ordered = true;
    lf_rc rc = LF_OK;
    if (used == NULL) return lf_fail_nomem(err, u->n_out);
    for (uint32_t i = 0; i < u->n_in; i++) {
        const char *name = name_out(u, in->fields[i].name);
        int64_t at = i < u->n_out && strcmp(out->fields[i].name, name) == 0
                         ? (int64_t)i
                         : lf_schema_find(out, name, strlen(name));
        u->pairs[i] = UINT32_MAX;
        if (!selected(u, in->fields[i].name) || at < 0 || used[at]) continue;
        u->pairs[i] = (uint32_t)at;
        used[at] = 1;
        ordered &= i == 0 || u->pairs[i - 1] == UINT32_MAX || u->pairs[i - 1] < (uint32_t)at;
    }
    for (uint32_t i = 0; i < u->n_in && rc == LF_OK; i++) {
        const char *name = in->fields[i].name;
        if (u->pairs[i] != UINT32_MAX || !selected(u, name)) continue;
        bool by_place = u->n_in == u->n_out && !used[i];
        if (by_place) u->pairs[i] = i, used[i] = 1;
        rc = name_difference(j, name, name, by_place ? out->fields[i].name : NULL, err);
    }
    for (uint32_t i = 0; i < u->n_out && rc == LF_OK; i++) {
        if (!used[i]) rc = name_difference(j, out->fields[i].name, NULL, out->fields[i].name, err);
    }
    if (rc == LF_OK && !ordered && u->set.decode.n_columns == 0) {
        rc = lf_verify_note(j->rep, err, "the columns stand in another order");
    }
    lf_mem_free(j->alloc, used, u->n_out + 1ul);
    return rc;
}

static lf_pq_as stored_as(const verify_side *side, uint32_t column, uint32_t leaf) {
    if (side->parquet == NULL) return LF_PQ_AS_IS;
    const lf_parquet_tree *tree = lf_parquet_tree_of(side->parquet);
    const lf_parquet_node *node = &tree->nodes[tree->columns[column]];
    return leaf < node->n_leaves ? tree->leaves[node->first_leaf + leaf].leaf.as : LF_PQ_AS_IS;
}

static bool is_single(lf_pq_as as) {
    return as == LF_PQ_AS_FLOAT || as == LF_PQ_AS_FLOAT16;
}

/* How the texts of a column are to be read, as far as options say. */
static void set_context(const verify_setup *u, verify_column *c) {
    const lf_decode_opts *o = &u->set.decode;
    lf_parse_ctx_init(&c->ctx);
    c->ctx.given_type = false;
    c->ctx.bool_words = LF_K_WORDS;
    lf_parse_ctx_options(&c->ctx, o->options, o->n_options);
    const lf_plan_base *plan = (const lf_plan_base *)u->plan;
    int64_t in_text = plan == NULL || plan->numbers == NULL
                          ? -1
                          : lf_schema_find(plan->schema, c->name, strlen(c->name));
    if (in_text >= 0) c->ctx.numbers |= plan->numbers[in_text];
    if (o->null_words != NULL) {
        c->ctx.null_words = o->null_words;
        c->ctx.n_null_words = o->n_null_words;
        c->ctx.null_words_everywhere = true;
    }
    int64_t at = o->schema == NULL ? -1 : lf_schema_find(o->schema, c->name, strlen(c->name));
    if (at < 0) return;
    const lf_field *f = &o->schema->fields[at];
    c->ctx.given_type = f->type.id == LF_T_INT64 || f->type.id == LF_T_UINT64; /* 007 */
    uint32_t bit = f->format == NULL ? 0 : lf_date_format_of(f->format);
    if (bit != 0) {
        c->formats = bit;
    } else if (f->format != NULL) {
        c->ctx.format = f->format;
    }
    if (f->null_words != NULL) {
        c->ctx.null_words = (const char *const *)f->null_words;
        c->ctx.n_null_words = f->n_null_words;
        c->ctx.null_words_everywhere = true;
    }
}

/* The columns below a nested one, to the leaves, which are counted in *leaf. */
static lf_rc make_kids(verify_job *j, verify_column *c, uint32_t column, uint32_t *leaf,
                       lf_error *err) {
    const lf_field *f = c->right_field;
    if (!lf_type_is_nested(f->type)) {
        c->as = stored_as(&j->right, column, (*leaf)++);
        c->single = is_single(c->as);
        c->maybe_single = j->right.parquet == NULL;
        return LF_OK;
    }
    c->kids = lf_mem_zalloc(j->alloc, (f->n_children + 1ul) * sizeof *c->kids);
    if (c->kids == NULL) return lf_fail_nomem(err, f->n_children * sizeof *c->kids);
    c->n_kids = f->n_children;
    for (uint32_t i = 0; i < f->n_children; i++) {
        verify_column *k = &c->kids[i];
        *k = *c;
        k->name = f->children[i].name;
        k->type = f->children[i].type;
        k->right_field = &f->children[i];
        k->kids = NULL;
        k->n_kids = 0;
        LF_TRY(make_kids(j, k, column, leaf, err));
    }
    return LF_OK;
}

static void free_kids(verify_job *j, verify_column *c) {
    for (uint32_t i = 0; i < c->n_kids; i++)
        free_kids(j, &c->kids[i]);
    if (c->kids != NULL) lf_mem_free(j->alloc, c->kids, (c->n_kids + 1ul) * sizeof *c->kids);
    c->kids = NULL;
}

static lf_rc make_columns(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    const lf_schema *out = j->right.reader->schema;
    for (uint32_t i = 0; i < u->n_in; i++) {
        if (u->pairs[i] == UINT32_MAX) continue;
        uint32_t n = j->n_columns++, at = u->pairs[i], leaf = 0;
        verify_column *c = &j->columns[n];
        *c = (verify_column){.name = u->schema->fields[i].name,
                             .left = i,
                             .right = n,
                             .type = out->fields[at].type,
                             .null_is_empty = j->opts.null_is_empty,
                             .left_field = &u->schema->fields[i],
                             .right_field = &out->fields[at],
                             .formats = LF_DF_ALL,
                             .scratch = &j->scratch};
        c->left_single = j->typed && is_single(stored_as(&j->left, i, 0)) &&
                         !lf_type_is_nested(c->left_field->type);
        set_context(u, c);
        LF_TRY(make_kids(j, c, at, &leaf, err));
        u->lists[n] = i;
        u->lists[u->n_in + n] = at;
    }
    return LF_OK;
}

static lf_rc setup_columns(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    u->n_in = u->schema->n_fields;
    u->n_out = j->right.reader->schema->n_fields;
    u->pairs = lf_mem_zalloc(j->alloc, (u->n_in + 1ul) * sizeof *u->pairs);
    u->lists = lf_mem_zalloc(j->alloc, 2 * (u->n_in + 1ul) * sizeof *u->lists);
    j->columns = lf_mem_zalloc(j->alloc, (u->n_in + 1ul) * sizeof *j->columns);
    if (u->pairs == NULL || u->lists == NULL || j->columns == NULL) {
        return lf_fail_nomem(err, u->n_in * sizeof *j->columns);
    }
    LF_TRY(check_renames(u, err));
    LF_TRY(match_columns(u, err));
    LF_TRY(make_columns(u, err));
    j->rep->columns = j->n_columns;
    if (j->n_columns > 0 || u->n_in + u->n_out == 0) return LF_OK;
    return lf_verify_note(j->rep, err, "the files have no column in common");
}

/* ---- the output's own account ---- */

static uint64_t metadata_count(const verify_job *j, const char *key) {
    if (j->right.parquet == NULL) return UINT64_MAX;
    const lf_pq_footer *f = lf_parquet_footer(j->right.parquet);
    for (uint32_t i = 0; i < f->n_key_values; i++) {
        lf_span k = f->key_values[i].key, v = f->key_values[i].value;
        char number[24];
        if (k.len != strlen(key) || memcmp(k.data, key, k.len) != 0 || v.len >= sizeof number) {
            continue;
        }
        if (v.len > 0) memcpy(number, v.data, v.len);
        number[v.len] = 0;
        return strtoull(number, NULL, 10);
    }
    return UINT64_MAX;
}

typedef struct cell_notes {
    uint64_t rounded, zones, cut, quoted;
} cell_notes;

static void add_notes(const verify_column *c, cell_notes *n) {
    n->rounded += c->rounded;
    n->zones += c->zones;
    n->cut += c->cut;
    n->quoted += c->objects > 0 ? 0 : c->quoted; /* of a column of JSON texts: as it should be */
    for (uint32_t i = 0; i < c->n_kids; i++)
        add_notes(&c->kids[i], n);
}

static lf_rc note_columns(verify_job *j, lf_error *err) {
    for (uint32_t i = 0; i < j->n_columns; i++) {
        cell_notes sum = {0};
        add_notes(&j->columns[i], &sum);
        const struct {
            uint64_t n;
            const char *what;
        } notes[] = {{sum.rounded, "had more digits than the output's floating point holds"},
                     {sum.zones, "are local time on one side and instants on the other"},
                     {sum.cut, "were compared to the microsecond (INT96)"},
                     {sum.quoted, "are strings that stand as JSON text, in quotes"}};
        for (size_t k = 0; k < sizeof notes / sizeof *notes; k++) {
            if (notes[k].n == 0 || j->rep->n_notes > 50) continue;
            LF_TRY(lf_verify_note(j->rep, err, "column '%.60s': %llu cell%s %s", j->columns[i].name,
                                  (unsigned long long)notes[k].n, notes[k].n == 1 ? "" : "s",
                                  notes[k].what));
        }
    }
    return LF_OK;
}

/* Keys of JSON that neither the first records nor the output have. */
static lf_rc add_keys(verify_job *j, bool all, lf_error *err) {
    for (uint32_t i = 0; i < j->text.n_keys && all; i++) {
        const verify_key *k = &j->text.keys[i];
        lf_verify_difference d = {.kind = LF_VERIFY_COLUMN,
                                  .row = k->row,
                                  .line = k->line,
                                  .byte_offset = k->offset,
                                  .column = (char *)(uintptr_t)k->name};
        lf_span name = {(const uint8_t *)k->name, strlen(k->name)};
        LF_TRY(lf_verify_add(j, &d, name, false, (lf_span){0}, true, err));
    }
    return LF_OK;
}

/* Which rows of IN are to be in OUT, as far as that is known: --skip says it to the row, --where
 * and
 * --sample leave out as many as OUT tells, or any number; without them OUT's word is taken. */
static void plan_rows(verify_setup *u) {
    verify_job *j = u->job;
    const lf_row_spec *r = &u->set.rows;
    const bool some = r->n_where > 0 || r->sample_rows != UINT64_MAX;
    const uint64_t said = metadata_count(j, "logflow.rows_filtered");
    j->limit_rows = u->set.flow.limit_rows;
    j->skip_rows = j->may_filter = r->skip_rows;
    if (some || r->skip_rows == 0) j->may_filter = said != UINT64_MAX || some ? said : 0;
    if (j->may_filter < r->skip_rows) j->may_filter = r->skip_rows;
}

/* What the ledger says must be in the input, to the last row. */
static lf_rc check_ledger(verify_job *j, lf_error *err) {
    const verify_text *t = &j->text;
    uint64_t said = metadata_count(j, "logflow.rows_rejected");
    bool off = t->ledger_off;
    uint64_t at = t->ledger_off_at;
    if (j->typed || j->limit_rows == 0) return LF_OK;
    if (!off && j->ledger.has && j->limit_rows == UINT64_MAX) {
        off = true;
        at = j->ledger.offset;
    }
    if (off) {
        lf_verify_difference d = {.kind = LF_VERIFY_LEDGER, .byte_offset = at};
        LF_TRY(lf_verify_add(j, &d, (lf_span){0}, true, (lf_span){0}, true, err));
    }
    if (said == UINT64_MAX || said == t->rejected || j->limit_rows != UINT64_MAX) return LF_OK;
    char held[24];
    snprintf(held, sizeof held, "%llu", (unsigned long long)t->rejected);
    const bool all = said > t->rejected && j->rep->rows_missing == said - t->rejected;
    return lf_verify_note(j->rep, err,
                          "OUT says that %llu bad row%s set aside or dropped; %s holds %s%s",
                          (unsigned long long)said, said == 1 ? " was" : "s were",
                          j->rep->rejects != NULL ? j->rep->rejects : "no side file",
                          j->rep->rejects == NULL ? said == 1 ? "it" : "them" : held,
                          all ? ", and as many rows are missing" : "");
}

/* Rows that are missing at the end, as OUT says itself that IN was read so far only. */
static lf_rc note_limit(verify_job *j, lf_error *err) {
    const uint64_t said = metadata_count(j, "logflow.rows_in");
    const lf_verify_report *r = j->rep;
    if (said == UINT64_MAX || j->limit_rows != UINT64_MAX || r->rows_missing == 0) return LF_OK;
    if (said >= r->rows_in + r->rows_filtered + r->rows_rejected) return LF_OK;
    return lf_verify_note(j->rep, err,
                          "OUT says that it was made of %llu rows: where --limit was to do that, "
                          "it is to be given here as well",
                          (unsigned long long)said);
}

static uint64_t stored_bytes(const verify_side *s) {
    const lf_source *source = s->inputs.sources[0];
    return source->stored_bytes != LF_SIZE_UNKNOWN ? source->stored_bytes : source->size_bytes;
}

static lf_rc complete(verify_job *j, bool all_columns, lf_error *err) {
    lf_verify_report *rep = j->rep;
    rep->rows_rejected = j->text.rejected;
    rep->rows_padded = j->text.padded;
    rep->lines_blank = j->text.blank;
    rep->rows_filtered = j->filtered;
    rep->bytes_in = j->typed ? stored_bytes(&j->left) : j->text.bytes;
    LF_TRY(add_keys(j, all_columns, err));
    LF_TRY(check_ledger(j, err));
    LF_TRY(note_columns(j, err));
    LF_TRY(note_limit(j, err));
    if (j->sparse || (j->filtered > j->skip_rows && j->limit_rows == UINT64_MAX))
        LF_TRY(lf_verify_note(rep, err,
                              "the conversion left rows out: that the others are all here is "
                              "proven, not which ones were to go"));
    rep->equal = rep->n_differences == 0;
    rep->other_order = !rep->equal && rep->rows_in == rep->rows_out &&
                       rep->checksum_in != rep->checksum_out &&
                       rep->checksum_any_order_in == rep->checksum_any_order_out;
    if (!rep->other_order) return LF_OK;
    return lf_verify_note(rep, err, "the rows are the same, in another order");
}

/* ---- the call ---- */

static lf_rc start_sides(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    lf_reader *out = j->right.reader;
    lf_rc rc = out->type->select(out, u->lists + u->n_in, j->n_columns, err);
    if (rc != LF_OK) return lf_error_set_file(err, j->out), rc;
    if (j->typed) {
        rc = j->left.reader->type->select(j->left.reader, u->lists, j->n_columns, err);
        if (rc != LF_OK) lf_error_set_file(err, j->in);
        return rc;
    }
    j->text.alloc = j->alloc;
    j->text.source = j->left.inputs.sources[0];
    j->text.cancel = j->opts.cancel;
    return lf_verify_text_start(&j->text, err);
}

static lf_rc run(verify_setup *u, lf_error *err) {
    verify_job *j = u->job;
    lf_schema_init(&u->widened, j->alloc);
    lf_rc rc = lf_verify_open_out(&j->right, &u->set, u->to, j->out, err);
    if (rc != LF_OK) return lf_error_set_file(err, j->out), rc;
    j->rep->bytes_out = stored_bytes(&j->right);
    rc = open_in(u, err);
    if (rc == LF_OK) rc = lf_report_set(&j->rep->format_in, j->left.inputs.format, err);
    if (rc == LF_OK) rc = lf_report_set(&j->rep->format_out, j->right.inputs.format, err);
    if (rc != LF_OK) return lf_error_set_file(err, j->in), rc;
    LF_TRY(open_ledger(u, err));
    LF_TRY(setup_columns(u, err));
    plan_rows(u);
    j->right_hash = lf_mem_alloc(j->alloc, LF_TILE_ROWS_MAX * sizeof *j->right_hash);
    j->unequal = lf_mem_alloc(j->alloc, LF_TILE_ROWS_MAX);
    if (j->right_hash == NULL || j->unequal == NULL) return lf_fail_nomem(err, LF_TILE_ROWS_MAX);
    LF_TRY(start_sides(u, err));
    LF_TRY(lf_verify_rows(j, err));
    lf_verify_text_halt(&j->text);
    return complete(j, u->set.decode.n_columns == 0, err);
}

static void setup_reset(verify_setup *u) {
    verify_job *j = u->job;
    lf_buf *const bufs[] = {&j->a,
                            &j->b,
                            &j->scratch.text,
                            &j->scratch.key,
                            &j->scratch.left,
                            &j->scratch.right,
                            &j->scratch.slots};
    lf_verify_text_stop(&j->text);
    lf_verify_ledger_close(&j->ledger);
    lf_verify_side_close(&j->left);
    lf_verify_side_close(&j->right);
    if (u->plan != NULL) ((const lf_plan_base *)u->plan)->type->plan_destroy(u->plan);
    for (uint32_t i = 0; i < j->n_columns; i++)
        free_kids(j, &j->columns[i]);
    lf_mem_free(j->alloc, u->pairs, (u->n_in + 1ul) * sizeof *u->pairs);
    lf_mem_free(j->alloc, u->lists, 2 * (u->n_in + 1ul) * sizeof *u->lists);
    lf_mem_free(j->alloc, j->columns, (u->n_in + 1ul) * sizeof *j->columns);
    lf_mem_free(j->alloc, j->right_hash, LF_TILE_ROWS_MAX * sizeof *j->right_hash);
    lf_mem_free(j->alloc, j->unequal, LF_TILE_ROWS_MAX);
    if (u->widened.alloc != NULL) lf_schema_reset(&u->widened);
    if (u->epochs.alloc != NULL) lf_schema_reset(&u->epochs);
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        lf_buf_reset(bufs[i]);
    lf_settings_reset(&u->set);
    lf_mem_free(j->alloc, u->options, (j->opts.n_options + 1) * sizeof *u->options);
}

static void init_buffers(verify_job *j) {
    lf_buf *const bufs[] = {&j->a,
                            &j->b,
                            &j->scratch.text,
                            &j->scratch.key,
                            &j->scratch.left,
                            &j->scratch.right,
                            &j->scratch.slots};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        lf_buf_init(bufs[i], j->alloc, SIZE_MAX / 2);
}

static lf_rc copy_opts(verify_job *j, const lf_verify_opts *opts, lf_error *err) {
    if (opts != NULL && opts->struct_size == 0) {
        return lf_fail(err, LF_EUSAGE, "lf_verify_opts.struct_size is not set");
    }
    size_t n = opts == NULL ? 0 : opts->struct_size;
    if (n > 0) memcpy(&j->opts, opts, n < sizeof j->opts ? n : sizeof j->opts);
    if (j->opts.options == NULL) j->opts.n_options = 0;
    if (j->opts.differences == 0) j->opts.differences = DIFFERENCES_DEFAULT;
    j->alloc = j->opts.alloc != NULL ? j->opts.alloc : lf_alloc_default();
    return LF_OK;
}

static lf_rc load_settings(verify_setup *u, lf_error *err) {
    const verify_job *j = u->job;
    const lf_verify_opts *given = &j->opts;
    u->options = lf_mem_zalloc(j->alloc, (given->n_options + 1) * sizeof *u->options);
    if (u->options == NULL) return lf_fail_nomem(err, given->n_options * sizeof *u->options);
    for (size_t i = 0; i < given->n_options; i++) {
        const lf_option *o = &given->options[i];
        if (o->name != NULL && strcmp(o->name, "to") == 0)
            u->to = o->value;
        else
            u->options[u->n_options++] = *o;
    }
    const lf_convert_opts o = {.struct_size = sizeof o,
                               .options = u->options,
                               .n_options = u->n_options,
                               .alloc = j->alloc,
                               .cancel = given->cancel,
                               .plugins = given->plugins};
    return lf_settings_load(&u->set, &o, err);
}

lf_rc lf_verify(const char *in, const char *out, const lf_verify_opts *opts,
                lf_verify_report *rep_out, lf_error *err) {
    lf_error own = {0};
    lf_verify_report rep = {0};
    verify_job j = {.in = in, .out = out, .rep = &rep};
    verify_setup u = {.job = &j};
    const double started = lf_now_s();
    if (err == NULL) err = &own;
    if (in == NULL || out == NULL) return lf_fail(err, LF_EUSAGE, "two files are to be named");
    LF_TRY(copy_opts(&j, opts, err));
    init_buffers(&j);
    lf_rc rc = load_settings(&u, err);
    if (rc == LF_OK) rc = run(&u, err);
    setup_reset(&u);
    rep.elapsed_s = lf_now_s() - started;
    if (rc == LF_OK) rc = lf_verify_fill_json(&rep, err);
    if (rep_out != NULL && rc == LF_OK) {
        *rep_out = rep;
    } else {
        lf_verify_report_reset(&rep);
    }
    return rc;
}
