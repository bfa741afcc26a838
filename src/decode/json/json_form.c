/* decode/json/json_form.c - which of the forms a text has, and where its records begin.
 *
 *   first byte [   one array and nothing behind it: its elements. Several: one value a line, or
 *                  one after the other
 *   first byte {   a value that ends on its line and others below: lines. One that goes over
 *                  lines: values one after the other. One that does not end in the head, or that
 *                  --json-path opens: the rows are in it
 *   other          scalars: lines, or values one after the other
 *
 * An object that ends in the head is one record, whatever lists it holds, unless it is GeoJSON: the
 * features of a FeatureCollection are rows, however many they are. */
#include "decode/json/json_internal.h"
#include <stdio.h>

typedef struct search {
    const uint8_t *p;
    size_t n;
    bool whole;
} search;

typedef struct judged {
    uint32_t one, several, bad; /* of the first lines: how many hold one value, more, or none */
} judged;

static void judge_line(const search *s, size_t v, size_t end, judged *j) {
    uint32_t values = 0;
    while (v < end) {
        json_found f;
        if (lf_json_value(s->p + v, end - v, true, &f) != JSON_WHOLE) {
            j->bad++;
            return;
        }
        values++;
        v = lf_json_skip(s->p, v + f.end, end);
    }
    j->one += values == 1;
    j->several += values > 1;
}

static judged judge_lines(const search *s, size_t at) {
    judged j = {0};
    for (uint32_t k = 0; k < 200 && at < s->n; k++) {
        const uint8_t *lf = memchr(s->p + at, '\n', s->n - at);
        size_t end = lf == NULL ? s->n : (size_t)(lf - s->p);
        if (lf == NULL && !s->whole) break;
        judge_line(s, lf_json_skip(s->p, at, end), end, &j);
        at = end + (lf != NULL);
    }
    return j;
}

static bool is_lines(const judged *j) {
    return j->one > 0 && j->one > j->bad / 4 && j->several * 4 <= j->one;
}

static void set_form(lf_plan *p, json_form form, size_t body, const char *reason) {
    p->form = form;
    p->base.body_offset = body;
    p->form_reason = reason;
}

/* The text begins with a value that ends at `end`; `at`: its first byte. */
static void form_by_first(lf_plan *p, const search *s, size_t at, size_t end) {
    size_t next = lf_json_skip(s->p, end, s->n);
    bool one_line = memchr(s->p + at, '\n', end - at) == NULL;
    bool breaks = next < s->n && memchr(s->p + end, '\n', next - end) != NULL;
    if (next == s->n && s->whole) {
        set_form(p, one_line ? JSON_LINES : JSON_VALUES, at, "one value");
    } else if (one_line && (breaks || next == s->n)) {
        judged j = judge_lines(s, at);
        /* Of scalars nearly all must be good: prose and code begin with a number or word too. */
        const bool bracket = s->p[at] == '{' || s->p[at] == '[';
        if ((is_lines(&j) && (bracket || j.bad * 10 <= j.one)) || next == s->n)
            set_form(p, JSON_LINES, at, "one value a line");
        else
            set_form(p, JSON_VALUES, at, "values one after the other");
    } else {
        set_form(p, JSON_VALUES, at, "values one after the other");
    }
}

/* Notes a key that is passed on the way to the rows. */
static void note_left(const uint8_t *key, size_t len, lf_buf *left) {
    char name[80];
    int n = snprintf(name, sizeof name, "%s\"%.*s\"", left->len > 0 ? ", " : "",
                     (int)(len < 40 ? len : 40), key);
    if (left->len < 200 && lf_buf_append(left, name, (size_t)n, NULL) != LF_OK)
        lf_buf_clear(left); /* a warning's text alone */
}

/* The member of the object at p[*at] whose key is `name` (NULL: any whose value is an array that
 * goes beyond the head). *at is then its value. */
static bool open_member(const search *s, const char *name, size_t len, size_t *at, char *found,
                        size_t cap, lf_buf *left) {
    size_t i = lf_json_skip(s->p, *at + 1, s->n);
    while (i < s->n && s->p[i] == '"') {
        json_found f = {0};
        if (lf_json_string(s->p + i, s->n - i, &f) != JSON_WHOLE) return false;
        const uint8_t *key = s->p + i + 1;
        size_t key_len = f.end - 2, v = lf_json_skip(s->p, i + f.end, s->n);
        if (v == s->n || s->p[v] != ':') return false;
        v = lf_json_skip(s->p, v + 1, s->n);
        if (v == s->n) return false;
        bool same = name != NULL && key_len == len && memcmp(key, name, len) == 0;
        json_verdict is = same ? JSON_WHOLE : lf_json_value(s->p + v, s->n - v, s->whole, &f);
        if (same || (name == NULL && is == JSON_CUT && (s->p[v] == '[' || s->p[v] == '{'))) {
            (void)snprintf(found, cap, "%.*s", (int)(key_len < 60 ? key_len : 60), key);
            *at = v;
            return true;
        }
        if (is != JSON_WHOLE) return false;
        if (left != NULL) note_left(key, key_len, left);
        i = lf_json_skip(s->p, v + f.end, s->n);
        if (i == s->n || s->p[i] != ',') return false;
        i = lf_json_skip(s->p, i + 1, s->n);
    }
    return false;
}

static lf_rc set_path(lf_plan *p, const char *path, lf_error *err) {
    p->path = lf_arena_strndup(&p->arena, path, strlen(path));
    return p->path == NULL ? lf_fail_nomem(err, strlen(path)) : LF_OK;
}

/* --json-path a.b.c: keys from the top to the array, or to one object. */
static lf_rc follow_path(lf_plan *p, const search *s, size_t at, const char *path, lf_error *err) {
    char found[64];
    uint32_t depth = 0;
    if (path[0] == '$') path++;
    if (path[0] == '.') path++;
    const char *key = path;
    while (*key != '\0') {
        size_t len = strcspn(key, ".");
        if (at == s->n || s->p[at] != '{' ||
            !open_member(s, key, len, &at, found, sizeof found, NULL))
            return lf_fail(err, LF_EUSAGE,
                           "--json-path %.80s: there is no \"%.*s\" in the first %s", path,
                           (int)(len < 60 ? len : 60), key, s->whole ? "value" : "mebibyte");
        depth++;
        key += len + (key[len] == '.');
    }
    if (at == s->n || s->p[at] != '[')
        return lf_fail(err, LF_EUSAGE, "--json-path %.80s does not lead to an array", path);
    p->nesting = depth + 1;
    set_form(p, JSON_ARRAY, at + 1, "as --json-path says");
    return set_path(p, path, err);
}

/* An object that goes beyond the head: the rows are in the list that does. */
static lf_rc find_in_object(lf_plan *p, const search *s, size_t at, lf_buf *left, bool *found_out,
                            lf_error *err) {
    char path[256] = "", name[64];
    uint32_t depth = 0;
    *found_out = false;
    while (s->p[at] == '{') {
        if (!open_member(s, NULL, 0, &at, name, sizeof name, left)) return LF_OK;
        size_t used = strlen(path);
        (void)snprintf(path + used, sizeof path - used, "%s%s", used > 0 ? "." : "", name);
        depth++;
    }
    if (s->p[at] != '[') return LF_OK;
    size_t first = lf_json_skip(s->p, at + 1, s->n);
    if (first == s->n || (s->p[first] != '{' && s->p[first] != '[')) return LF_OK;
    *found_out = true;
    p->nesting = depth + 1;
    set_form(p, JSON_ARRAY, at + 1, "the list that does not end in the head");
    return set_path(p, path, err);
}

/* The features of the GeoJSON object at p[at], which is whole: *list is their array. */
static bool find_features(const search *s, size_t at, size_t *list, lf_buf *left) {
    static const char type[] = "\"FeatureCollection\"";
    bool collection = false;
    *list = 0;
    for (size_t i = at; s->p[i] == '{' || s->p[i] == ',';) {
        json_found f = {0};
        i = lf_json_skip(s->p, i + 1, s->n);
        if (s->p[i] != '"' || lf_json_string(s->p + i, s->n - i, &f) != JSON_WHOLE) return false;
        const lf_span key = {s->p + i + 1, f.end - 2};
        const size_t v = lf_json_skip(s->p, lf_json_skip(s->p, i + f.end, s->n) + 1, s->n);
        if (lf_json_value(s->p + v, s->n - v, s->whole, &f) != JSON_WHOLE) return false;
        if (key.len == 4 && memcmp(key.data, "type", 4) == 0)
            collection = f.end == sizeof type - 1 && memcmp(s->p + v, type, f.end) == 0;
        else if (key.len == 8 && memcmp(key.data, "features", 8) == 0)
            *list = v;
        else
            note_left(key.data, key.len, left);
        i = lf_json_skip(s->p, v + f.end, s->n);
    }
    return collection && *list > 0 && s->p[*list] == '[' &&
           s->p[lf_json_skip(s->p, *list + 1, s->n)] == '{';
}

static lf_rc features_in_object(lf_plan *p, const search *s, size_t at, lf_buf *left,
                                bool *found_out, lf_error *err) {
    *found_out = find_features(s, at, &at, left);
    if (!*found_out) return LF_OK;
    p->nesting = 2;
    set_form(p, JSON_ARRAY, at + 1, "the features of GeoJSON");
    return set_path(p, "features", err);
}

static lf_rc warn_of_left(lf_plan *p, const lf_buf *left, lf_error *err) {
    lf_buf text;
    lf_buf_init(&text, p->alloc, 4096);
    lf_rc rc = lf_buf_printf(
        &text, err,
        "the rows are the elements of \"%.100s\" in one object; what else is in the object is left "
        "out%s%.*s",
        p->path, left->len > 0 ? ": " : "", (int)left->len, (const char *)left->data);
    p->warning = rc != LF_OK ? NULL : lf_arena_strndup(&p->arena, (char *)text.data, text.len);
    if (rc == LF_OK && p->warning == NULL) rc = lf_fail_nomem(err, text.len);
    p->base.warnings = &p->warning;
    p->base.n_warnings = p->warning != NULL;
    lf_buf_reset(&text);
    return rc;
}

/* What else the object holds is no row: that is said, as nothing is left out in silence. Of
 * GeoJSON that is whole, a type that all of them have is nothing. */
static lf_rc find_rows(lf_plan *p, const search *s, size_t at, bool cut, bool *found_out,
                       lf_error *err) {
    lf_buf left;
    lf_buf_init(&left, p->alloc, 4096);
    lf_rc rc = cut ? find_in_object(p, s, at, &left, found_out, err)
                   : features_in_object(p, s, at, &left, found_out, err);
    if (rc == LF_OK && *found_out && (cut || left.len > 0)) rc = warn_of_left(p, &left, err);
    lf_buf_reset(&left);
    return rc;
}

static lf_rc fail_at(const search *s, size_t v, const json_found *f, lf_error *err) {
    size_t at = v + f->end, from = at > 40 ? at - 40 : 0, to = at + 40 < s->n ? at + 40 : s->n;
    uint64_t lines = 1;
    char path[64];
    if (from < v) from = v;
    for (size_t i = 0; i < at; i++)
        lines += s->p[i] == '\n';
    lf_json_path_of(s->p + v, f->end, path, sizeof path);
    lf_rc rc = lf_fail(err, f->utf8 ? LF_EBAD_UTF8 : LF_EJSON, "%s%s%s", f->why,
                       path[0] != '\0' ? ", at " : "", path);
    lf_error_set_place(err, LF_NO_POSITION, lines, 0, NULL, at);
    lf_error_set_excerpt(err, (lf_span){s->p + from, to - from}, at - from, 1);
    return rc;
}

/* The first value is broken, or longer than the head. */
static lf_rc form_of_rest(lf_plan *p, const search *s, size_t at, json_verdict is,
                          const json_found *f, lf_error *err) {
    judged j = judge_lines(s, at);
    bool found = false;
    if (s->p[at] == '[' && is == JSON_CUT) {
        p->nesting = 1;
        set_form(p, JSON_ARRAY, at + 1, "the elements of an array");
        return LF_OK;
    }
    if (is_lines(&j) && (s->p[at] == '{' || j.one > j.bad)) {
        set_form(p, JSON_LINES, at, "one value a line");
        return LF_OK;
    }
    if (is == JSON_CUT && s->p[at] == '{') LF_TRY(find_rows(p, s, at, true, &found, err));
    if (found) return LF_OK;
    if (is == JSON_BAD) return fail_at(s, at, f, err);
    set_form(p, JSON_VALUES, at, "one value that is longer than the head");
    return LF_OK;
}

lf_rc lf_json_find_form(lf_plan *p, const lf_decode_opts *o, lf_span head, bool whole,
                        lf_error *err) {
    search s = {head.data, head.len, whole};
    size_t bom = head.len >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    size_t at = lf_json_skip(s.p, bom, s.n);
    const char *path = lf_json_option(o, "json-path");
    json_found f;
    p->path = "";
    if (at == s.n)
        return lf_fail(err, LF_EEMPTY_INPUT,
                       head.len == 0 ? "the input holds no bytes" : "the input holds only blanks");
    const bool top = path != NULL && strcmp(path, "$") == 0; /* the object itself */
    if (path != NULL && path[0] != '\0' && !top) return follow_path(p, &s, at, path, err);
    json_verdict is = lf_json_value(s.p + at, s.n - at, whole, &f);
    if (is != JSON_WHOLE) return form_of_rest(p, &s, at, is, &f, err);
    if (s.p[at] == '[' && whole && lf_json_skip(s.p, at + f.end, s.n) == s.n) {
        p->nesting = 1;
        set_form(p, JSON_ARRAY, at + 1, "the elements of an array");
        return LF_OK;
    }
    if (s.p[at] == '{' && whole && !top && lf_json_skip(s.p, at + f.end, s.n) == s.n) {
        bool found = false;
        LF_TRY(find_rows(p, &s, at, false, &found, err));
        if (found) return LF_OK;
    }
    form_by_first(p, &s, at, at + f.end);
    return LF_OK;
}
