/* flow/rejects.c - see rejects.h. */
#include "flow/rejects.h"
#include "core/limits.h"
#include "io/io.h"
#include <string.h>

typedef struct kept_reject {
    uint64_t byte_offset, records_before, newlines_before, raw_len;
    uint32_t rc, column, mark, mark_len;
    char reason[96];
} kept_reject;

lf_rc lf_flow_rejects_keep(flow_worker *w, const lf_batch *b, lf_error *err) {
    if (w->job->spec->on_error == LF_ON_ERROR_PERMISSIVE) return LF_OK;
    for (uint32_t i = 0; i < b->n_rejects; i++) {
        const lf_reject *r = &b->rejects[i];
        kept_reject k = {.byte_offset = r->byte_offset,
                         .records_before = r->records_before,
                         .newlines_before = r->newlines_before,
                         .raw_len = r->raw.len,
                         .rc = (uint32_t)r->rc,
                         .column = r->column,
                         .mark = r->mark,
                         .mark_len = r->mark_len};
        memcpy(k.reason, r->reason, sizeof k.reason);
        LF_TRY(lf_spill_append(&w->rejects, &k, sizeof k, NULL, err));
        if (r->raw.len > 0)
            LF_TRY(lf_spill_append(&w->rejects, r->raw.data, r->raw.len, NULL, err));
    }
    return LF_OK;
}

static bool utf8_ok(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t c = p[i];
        size_t len = c < 0x80                ? 1
                     : c >= 0xC2 && c < 0xE0 ? 2
                     : c >= 0xE0 && c < 0xF0 ? 3
                     : c >= 0xF0 && c < 0xF5 ? 4
                                             : 0;
        if (len == 0 || len > n - i) return false;
        for (size_t k = 1; k < len; k++)
            if ((p[i + k] & 0xC0) != 0x80) return false;
        if (c == 0xE0 && p[i + 1] < 0xA0) return false;
        if (c == 0xED && p[i + 1] > 0x9F) return false;
        if (c == 0xF0 && p[i + 1] < 0x90) return false;
        if (c == 0xF4 && p[i + 1] > 0x8F) return false;
        i += len;
    }
    return true;
}

static lf_rc append_base64(lf_buf *b, const uint8_t *p, size_t n, lf_error *err) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    LF_TRY(lf_buf_reserve(b, (n + 2) / 3 * 4, err));
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);
        char out[4] = {digits[v >> 18], digits[v >> 12 & 63], i + 1 < n ? digits[v >> 6 & 63] : '=',
                       i + 2 < n ? digits[v & 63] : '='};
        memcpy(b->data + b->len, out, 4);
        b->len += 4;
    }
    return LF_OK;
}

static lf_rc append_line(flow_worker *w, const kept_reject *k, const uint8_t *raw, lf_buf *b,
                         lf_error *err) {
    flow_job *j = w->job;
    const char *path = j->inputs[w->block.input].source->path;
    LF_TRY(lf_buf_printf(b, err, "{\"code\":%u,\"name\":\"%s\",\"reason\":", k->rc,
                         lf_rc_name((lf_rc)k->rc)));
    LF_TRY(lf_buf_append_json(b, k->reason, strlen(k->reason), err));
    LF_TRY(lf_buf_append(b, ",\"input\":", 9, err));
    LF_TRY(lf_buf_append_json(b, path, strlen(path), err));
    LF_TRY(lf_buf_printf(b, err, ",\"row\":%llu,\"line\":%llu,\"column\":",
                         (unsigned long long)(j->base_records + k->records_before + 1),
                         (unsigned long long)(j->base_lines + k->newlines_before)));
    if (k->column == 0 || k->column > j->n_columns) {
        LF_TRY(lf_buf_append(b, "null", 4, err));
    } else {
        const char *name = j->schema.fields[k->column - 1].name;
        LF_TRY(lf_buf_append_json(b, name, strlen(name), err));
    }
    bool text = utf8_ok(raw, k->raw_len);
    LF_TRY(lf_buf_printf(b, err, ",\"byte_offset\":%llu,\"%s\":",
                         (unsigned long long)k->byte_offset, text ? "raw" : "raw_base64"));
    if (text) return lf_buf_append_json(b, raw, k->raw_len, err);
    LF_TRY(lf_buf_append(b, "\"", 1, err));
    LF_TRY(append_base64(b, raw, k->raw_len, err));
    return lf_buf_append(b, "\"", 1, err);
}

/* The strict policy's error: the row with its place and its bytes. */
static lf_rc strict_error(flow_worker *w, const kept_reject *k, const uint8_t *raw, lf_error *err) {
    flow_job *j = w->job;
    const char *name =
        k->column > 0 && k->column <= j->n_columns ? j->schema.fields[k->column - 1].name : NULL;
    lf_rc rc = lf_fail(err, (lf_rc)k->rc, "%s", k->reason);
    lf_error_set_file(err, j->inputs[w->block.input].source->path);
    lf_error_set_place(err, j->base_records + k->records_before + 1,
                       j->base_lines + k->newlines_before, k->column, name, k->byte_offset);
    lf_error_set_excerpt(err, (lf_span){raw, k->raw_len}, k->mark, k->mark_len);
    return rc;
}

static lf_rc open_rejects(flow_job *j, lf_error *err) {
    if (j->rejects_sink != NULL) return LF_OK;
    return lf_sink_open_file(j->spec->rejects_path, j->spec->overwrite, j->alloc, &j->rejects_sink,
                             err);
}

static lf_rc first_warning(flow_worker *w, const kept_reject *k, lf_error *err) {
    flow_job *j = w->job;
    if (j->n_bad >= 5) return LF_OK; /* the rest stands in the file */
    return lf_flow_warn(j, err, "bad row %llu (line %llu, byte %llu): %s",
                        (unsigned long long)(j->base_records + k->records_before + 1),
                        (unsigned long long)(j->base_lines + k->newlines_before),
                        (unsigned long long)k->byte_offset, k->reason);
}

static lf_rc write_one(flow_worker *w, const kept_reject *k, const uint8_t *raw, lf_buf *line,
                       lf_error *err) {
    flow_job *j = w->job;
    if (j->spec->on_error == LF_ON_ERROR_STRICT) return strict_error(w, k, raw, err);
    LF_TRY(first_warning(w, k, err));
    j->n_bad++;
    if (j->spec->rejects_path == NULL) return LF_OK;
    lf_buf_clear(line);
    LF_TRY(append_line(w, k, raw, line, err));
    LF_TRY(lf_buf_append(line, "}\n", 2, err));
    LF_TRY(open_rejects(j, err));
    LF_TRY(j->rejects_sink->type->write_at(j->rejects_sink, j->rejects_size, line->data, line->len,
                                           err));
    j->rejects_size += line->len;
    return LF_OK;
}

lf_rc lf_flow_rejects_write(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    lf_buf line, raw;
    lf_buf_init(&line, j->alloc, SIZE_MAX / 2);
    lf_buf_init(&raw, j->alloc, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    for (uint64_t at = 0; at < w->rejects.size;) {
        kept_reject k;
        LF_GO(lf_spill_read(&w->rejects, at, &k, sizeof k, err));
        lf_buf_clear(&raw);
        LF_GO(lf_buf_reserve(&raw, k.raw_len + 1, err));
        LF_GO(lf_spill_read(&w->rejects, at + sizeof k, raw.data, k.raw_len, err));
        at += sizeof k + k.raw_len;
        LF_GO(write_one(w, &k, raw.data, &line, err));
    }
out:
    lf_buf_reset(&line);
    lf_buf_reset(&raw);
    return rc;
}
