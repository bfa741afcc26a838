/* The input of verify as JSON: a reader of verify's own that knows no more than where a value ends
 * and which keys an object has. Each key of a record is a cell, its text the value as it stands;
 * what it means is verify_tree.c's to say.
 *
 *   {"a": 1, "b": {"c": [2]}}\n   ->   a: 1 | b: {"c": [2]}
 *
 * The columns are those of the plan and of the output together: a key that comes late is a column
 * of the output. A key of neither is kept and told at the end. */
#include "api/verify_internal.h"
#include <stdio.h>
#include <string.h>

static bool is_blank(uint8_t b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static uint64_t count_lines(const uint8_t *p, const uint8_t *end) {
    uint64_t n = 0;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        p++;
    }
    return n;
}

/* ---- one record into cells ---- */

/* The column of this name, which most likely follows the last one found. -1: there is none. */
static int64_t column_of(const verify_text *t, lf_span name, uint32_t *hint) {
    const uint32_t n = t->names->n_fields;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = *hint + i < n ? *hint + i : *hint + i - n;
        const char *field = t->names->fields[at].name;
        if (strncmp(field, (const char *)name.data, name.len) != 0 || field[name.len] != '\0') {
            continue;
        }
        *hint = at + 1 < n ? at + 1 : 0;
        return at;
    }
    return -1;
}

static bool is_null(lf_span v) {
    return v.len == 4 && memcmp(v.data, "null", 4) == 0;
}

static void put_value(verify_tile *k, uint32_t column, lf_span v) {
    const bool null = is_null(v);
    const uint32_t kind = null ? VERIFY_MISSING : VERIFY_JSON;
    k->cells[(size_t)column * k->stride + k->n_rows] = (verify_cell){
        (uint32_t)(v.data - k->text), (null ? 0 : (uint32_t)v.len) | kind << VERIFY_KIND_SHIFT};
}

static void keep_key(verify_text *t, lf_span name) {
    if (t->n_keys >= VERIFY_KEYS_KEPT) return;
    const size_t n = name.len < VERIFY_KEY_MAX ? name.len : VERIFY_KEY_MAX - 1;
    for (uint32_t i = 0; i < t->n_keys; i++) {
        if (strncmp(t->keys[i].name, (const char *)name.data, n) == 0 &&
            t->keys[i].name[n] == '\0') {
            return;
        }
    }
    verify_key *key = &t->keys[t->n_keys++];
    *key = (verify_key){.row = t->row + 1, .line = t->line, .offset = t->place};
    memcpy(key->name, name.data, n);
}

/* Puts the members of an object into cells; t->path[0, base) are the keys above it. */
static lf_rc put_members(verify_text *t, verify_tile *k, lf_span object, size_t base,
                         uint32_t *hint, lf_error *err) {
    verify_members m = lf_verify_members_of(object);
    lf_span key, v;
    while (lf_verify_member_next(&m, &key, &v)) {
        lf_rc rc = LF_OK;
        t->path.len = base;
        LF_TRY(lf_buf_reserve(&t->path, key.len + 2, err));
        if (memchr(key.data, '\\', key.len) != NULL) {
            lf_buf text;
            lf_buf_init(&text, t->alloc, 0);
            const lf_span plain = lf_verify_json_name(key, &text, &rc);
            if (rc == LF_OK) memcpy(t->path.data + base, plain.data, plain.len);
            t->path.len += plain.len;
            lf_buf_reset(&text);
            if (rc != LF_OK) return lf_fail_nomem(err, key.len);
        } else {
            memcpy(t->path.data + base, key.data, key.len);
            t->path.len += key.len;
        }
        const lf_span name = {t->path.data, t->path.len};
        const int64_t column = column_of(t, name, hint);
        if (column >= 0) {
            put_value(k, (uint32_t)column, v);
        } else if (t->json.flatten && v.len > 0 && v.data[0] == '{') {
            t->path.data[t->path.len++] = '.';
            LF_TRY(put_members(t, k, v, t->path.len, hint, err));
        } else if (!is_null(v)) {
            keep_key(t, name);
        }
    }
    return LF_OK;
}

/* A record that is no object is the column "json"; so are all where some are none. */
static lf_rc put_record(verify_text *t, verify_tile *k, lf_span v, lf_error *err) {
    static const lf_span whole = {(const uint8_t *)"json", 4};
    uint32_t hint = 0;
    for (uint32_t c = 0; c < t->facts.width; c++) {
        k->cells[(size_t)c * k->stride + k->n_rows] =
            (verify_cell){0, (uint32_t)VERIFY_MISSING << VERIFY_KIND_SHIFT};
    }
    const int64_t column = column_of(t, whole, &hint);
    const bool object = v.len > 0 && v.data[0] == '{';
    hint = 0;
    if (object && !t->whole_records) {
        LF_TRY(put_members(t, k, v, 0, &hint, err));
    } else if (column >= 0) {
        put_value(k, (uint32_t)column, v);
    } else if (t->facts.width > 0) {
        put_value(k, 0, v);
    }
    k->rows[k->n_rows++] = (verify_row){.row = ++t->row, .line = t->line, .offset = t->place};
    return LF_OK;
}

/* ---- where records begin and end ---- */

/* Passes over the text up to `to`. */
static void pass(verify_text *t, verify_filling *f, size_t to) {
    t->line += count_lines(f->k->text + f->at, f->k->text + to);
    lf_verify_text_pass(t, f->k->text + f->at, to - f->at);
    f->at = to;
}

static lf_rc broken(const verify_text *t, const verify_filling *f, const char *why, lf_error *err) {
    const size_t left = f->n - f->at;
    const lf_span rest = {f->k->text + f->at, left < 60 ? left : 60};
    const lf_rc rc = lf_fail(err, LF_EJSON, "%s", why);
    lf_error_set_place(err, t->row + 1, t->line, 0, NULL, t->place);
    lf_error_set_excerpt(err, rest, 0, 1);
    return rc;
}

/* Where the text of `end` is stored. */
static uint64_t place_of(verify_text *t, const verify_filling *f, size_t end) {
    const lf_span text = {f->k->text + f->at, end - f->at};
    if (t->ruler == NULL) return t->offset + text.len;
    const uint64_t total = lf_ruler_total(t->ruler);
    lf_ruler_add(t->ruler, text);
    const uint64_t n = lf_ruler_total(t->ruler) - total;
    lf_ruler_start(t->ruler, total);
    return t->place + n;
}

/* Whether the record that ends before `end` stands in the ledger, which is then used up. */
static lf_rc in_ledger(verify_text *t, const verify_filling *f, size_t end, bool *yes,
                       lf_error *err) {
    verify_ledger *l = t->ledger;
    *yes = false;
    while (l->has && l->offset < place_of(t, f, end)) {
        const size_t n = l->raw.len < end - f->at ? l->raw.len : end - f->at;
        const uint8_t *raw = l->raw.data;
        size_t blank = 0;
        while (blank < n && is_blank(raw[blank]))
            blank++;
        const size_t left = l->raw.len - blank;
        *yes = left <= end - f->at && memcmp(f->k->text + f->at, raw + blank, left) == 0;
        if (!*yes && !t->ledger_off) t->ledger_off = true, t->ledger_off_at = l->offset;
        LF_TRY(lf_verify_ledger_next(l, err));
        if (*yes) return LF_OK;
    }
    return LF_OK;
}

/* A line: a value, or a bad row. */
static lf_rc step_line(verify_text *t, verify_filling *f, bool *more, lf_error *err) {
    uint8_t *const text = f->k->text;
    const uint8_t *nl = memchr(text + f->at, '\n', f->n - f->at);
    bool bad;
    if (nl == NULL && !t->eof) return *more = true, LF_OK;
    const size_t end = nl != NULL ? (size_t)(nl - text) : f->n;
    const size_t next = end + (nl != NULL);
    size_t from = f->at, to = end;
    while (from < to && is_blank(text[from]))
        from++;
    while (to > from && is_blank(text[to - 1]))
        to--;
    if (from == to) {
        t->blank++;
        return pass(t, f, next), LF_OK;
    }
    lf_verify_text_pass(t, f->k->text + f->at, from - f->at);
    f->at = from;
    LF_TRY(in_ledger(t, f, to, &bad, err));
    t->row += bad;
    t->rejected += bad;
    if (!bad) LF_TRY(put_record(t, f->k, (lf_span){text + from, to - from}, err));
    return pass(t, f, next), LF_OK;
}

/* A value among others: elements of an array, or one after the other. */
static lf_rc step_value(verify_text *t, verify_filling *f, bool *more, lf_error *err) {
    uint8_t *const text = f->k->text;
    bool bad;
    size_t at = f->at;
    while (at < f->n && (is_blank(text[at]) || (t->json.array && text[at] == ',')))
        at++;
    pass(t, f, at);
    if (at == f->n) {
        *more = true;
        return LF_OK;
    }
    if (t->json.array && text[at] == ']') {
        t->closed = t->eof = true;
        f->at = f->n;
        return LF_OK;
    }
    const uint8_t *end = lf_verify_json_skip(text + at, text + f->n, t->eof);
    if (end == NULL && !t->eof) return *more = true, LF_OK;
    if (end == NULL) return broken(t, f, "this is no JSON value, or it is never closed", err);
    const size_t to = (size_t)(end - text);
    LF_TRY(in_ledger(t, f, to, &bad, err));
    t->row += bad;
    t->rejected += bad;
    if (!bad) LF_TRY(put_record(t, f->k, (lf_span){text + at, to - at}, err));
    return pass(t, f, to), LF_OK;
}

lf_rc lf_verify_json_step(verify_text *t, verify_filling *f, bool *more, lf_error *err) {
    *more = false;
    return (t->json.lines ? step_line : step_value)(t, f, more, err);
}

lf_rc lf_verify_json_end(const verify_text *t, const verify_filling *f, lf_error *err) {
    const bool open = t->json.array && !t->closed;
    return open ? broken(t, f, "the array is never closed", err) : LF_OK;
}
