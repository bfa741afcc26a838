/* decode/json/json_walk.c - see json_walk.h. */
#include "decode/json/json_walk.h"
#include "core/limits.h"
#include "decode/json/json_machine.h"
#include <stdlib.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

static uint32_t fail(json_walk *w, json_walked why) {
    w->why = why;
    return JSON_WALK_FAILED;
}

static bool grow(json_walk *w, json_node *n, uint32_t rows) {
    if (lf_json_node_reserve(w->alloc, n, rows, NULL) == LF_OK) return true;
    (void)fail(w, JSON_WALK_NOMEM);
    return false;
}

/* Whether the object has too many members that are no scalars (infer/shape.h). */
static bool is_map_now(const json_walk *w, const json_node *o) {
    uint32_t nested = 0;
    if (o == NULL || o->kind != JSON_OBJECT || o->depth == 0 || o->fixed || w->flatten ||
        o->n_children <= LF_MAP_NESTED_KEYS)
        return false;
    for (uint32_t i = 0; i < o->n_children; i++)
        nested += o->children[i]->kind >= JSON_OBJECT && o->children[i]->kind <= JSON_TEXT;
    return nested > LF_MAP_NESTED_KEYS;
}

static bool become(json_walk *w, json_node *n, uint32_t v, json_kind kind) {
    bool holds = n->kind == JSON_OBJECT && (n->depth == 0 || w->flatten) && !w->planning;
    if (w->closed || holds || n->fixed) {
        w->at = n;
        w->shut = v;
        w->key_len = 0;
        (void)fail(w, JSON_WALK_CLOSED);
        return false;
    }
    w->grown = true;
    if (lf_json_node_become(w->alloc, n, kind, NULL) != LF_OK) {
        (void)fail(w, JSON_WALK_NOMEM);
        return false;
    }
    if (kind == JSON_CELL || !is_map_now(w, n->parent)) return true;
    w->at = n->parent;
    (void)fail(w, JSON_WALK_MAP);
    return false;
}

static uint32_t skip_blank(const uint8_t *text, uint32_t p, uint32_t end) {
    while (p < end && text[p] <= ' ') /* the index has seen to it that these are blanks */
        p++;
    return p;
}

/* Whether nothing but blanks is in [p, end). */
static bool is_blank(const uint8_t *text, uint32_t p, uint32_t end) {
    return skip_blank(text, p, end) == end;
}

/* --- cells --- */

/* Any value as it is written: checked by the machine, as nothing else looks into it. */
static uint32_t put_text(json_walk *w, json_node *n, uint32_t r, uint32_t v, uint32_t i) {
    bool bracket = w->text[v] == '{' || w->text[v] == '[';
    json_found f;
    for (uint32_t depth = 0; bracket; i++) {
        if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
        uint8_t b = w->text[w->pos[i]];
        if (b == '\n') return fail(w, JSON_WALK_DOUBT);
        depth += (b == '{' || b == '[');
        depth -= (b == '}' || b == ']');
        if (depth == 0) break;
    }
    if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    uint32_t end = bracket ? w->pos[i++] + 1 : w->pos[i];
    if (lf_json_value(w->text + v, end - v, true, &f) != JSON_WHOLE ||
        !is_blank(w->text, v + (uint32_t)f.end, end))
        return fail(w, JSON_WALK_DOUBT);
    w->quotes += f.quotes;
    if (n->kind == JSON_SKIP) return i;
    if (n->n > r) lf_json_node_truncate(n, r);
    if (r >= n->cap && !grow(w, n, r + 1)) return JSON_WALK_FAILED;
    lf_json_gap(n, r);
    n->start[r] = v;
    n->len[r] = lf_json_is_null(w->text + v, f.end) ? 0 : (uint32_t)f.end;
    n->n = r + 1;
    return i;
}

/* A cell where the shape has none yet, or something else. */
static bool unlike(json_walk *w, json_node *n, uint32_t r, uint32_t v, uint32_t end) {
    if (n->n > r) lf_json_node_truncate(n, r);
    if (lf_json_is_null(w->text + v, end - v)) return true;
    if (n->kind == JSON_NONE) {
        if (!become(w, n, v, JSON_CELL)) return false;
        n->quoted = w->text[v] == '"';
        return true;
    }
    if (!become(w, n, v, JSON_TEXT)) return false;
    (void)fail(w, JSON_WALK_AGAIN);
    return false;
}

/* The first byte of the first run from `run` on that has a backslash. */
static uint32_t escape_from(const json_walk *w, uint32_t run) {
    for (uint32_t k = run >> 6; k < w->n_escape_words; k++) {
        uint64_t bits = w->escape_bits[k];
        if (k == run >> 6) bits &= ~0ull << (run & 63);
        if (bits != 0) return (k * 64 + (uint32_t)__builtin_ctzll(bits)) * 64;
    }
    return UINT32_MAX;
}

void lf_json_walk_escapes(json_walk *w, const uint64_t *bits, uint32_t n_words) {
    w->escape_bits = bits;
    w->n_escape_words = bits != NULL ? n_words : 0;
    w->next_escape = escape_from(w, 0);
    lf_buf_clear(&w->escaped);
}

/* The string [start, end) reaches the next backslash, or lies behind it. */
static __attribute__((noinline)) bool pass_escape(json_walk *w, json_node *n, uint32_t r,
                                                  uint32_t start, uint32_t end) {
    if (w->next_escape + 63 < start) w->next_escape = escape_from(w, start >> 6);
    if (w->next_escape >= end) return true;
    const uint8_t *b = memchr(w->text + start, '\\', end - start);
    w->next_escape = escape_from(w, end >> 6);
    if (b == NULL) return true;
    json_escaped x = {n, r, (uint32_t)(b - w->text) - start};
    if (lf_buf_append(&w->escaped, &x, sizeof x, NULL) == LF_OK) return true;
    (void)fail(w, JSON_WALK_NOMEM);
    return false;
}

static inline bool put_cell(json_walk *w, json_node *n, uint32_t r, uint32_t v, uint32_t end) {
    const uint8_t *text = w->text;
    while (end > v && text[end - 1] <= ' ')
        end--;
    if (UNLIKELY(end == v)) goto doubt;
    if (UNLIKELY(n->kind != JSON_CELL)) {
        if (!unlike(w, n, r, v, end)) return false;
        if (n->kind != JSON_CELL) return true;
    }
    if (UNLIKELY(n->n > r)) {
        w->duplicates++;
        lf_json_node_truncate(n, r);
    }
    if (UNLIKELY(r >= n->cap) && !grow(w, n, r + 1)) return false;
    if (UNLIKELY(n->n < r)) lf_json_gap(n, r);
    uint32_t quote = text[v] == '"';
    if (quote) {
        if (UNLIKELY(end - v < 2 || text[end - 1] != '"')) goto doubt;
        w->quotes += 2;
    }
    n->start[r] = v + quote;
    n->len[r] = end - v - 2 * quote;
    if (UNLIKELY(end > w->next_escape) && quote && !pass_escape(w, n, r, v + 1, end - 1))
        return false;
    if (UNLIKELY(quote != n->quoted)) lf_json_bit_set(n->other, r);
    n->n = r + 1;
    return true;
doubt:
    (void)fail(w, JSON_WALK_DOUBT);
    return false;
}

/* --- keys --- */

static inline uint64_t load8(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline bool lead_is(const json_node *n, const uint8_t *p) {
    if (((load8(p) ^ n->lead_word[0]) & n->lead_mask[0]) != 0 || n->lead_len == 0) return false;
    if (n->lead_len <= 8) return true;
    if (((load8(p + 8) ^ n->lead_word[1]) & n->lead_mask[1]) != 0) return false;
    return n->lead_len <= 16 || memcmp(p + 16, n->lead + 16, n->lead_len - 16) == 0;
}

/* Whether a column of that name, or one below it, is wanted. */
static bool is_wanted(const json_walk *w, const char *name, uint32_t len) {
    for (uint32_t i = 0; i < w->n_names_wanted; i++) {
        const char *wanted = w->names_wanted[i];
        bool begins = strncmp(wanted, name, len) == 0;
        if (begins && (wanted[len] == '\0' || (w->flatten && wanted[len] == '.'))) return true;
    }
    return false;
}

/* Keys that no column comes of have nodes, by which they are expected; not thousands of them. */
static bool may_pass(const json_walk *w, const json_node *o, const char *name, uint32_t len) {
    if (o->n_children < LF_MAP_KEYS || o->fixed) return false;
    return w->select || (w->names_wanted != NULL && o->depth == 0 && !is_wanted(w, name, len));
}

static json_node *new_child(json_walk *w, json_node *o, const char *name, uint32_t len) {
    json_node *n;
    bool holds = o->depth == 0 || w->flatten;
    if (holds && may_pass(w, o, name, len)) {
        w->passed.kind = JSON_SKIP;
        return &w->passed;
    }
    if (w->closed || o->fixed) {
        w->at = o;
        (void)fail(w, JSON_WALK_CLOSED);
        return NULL;
    }
    if (holds ? w->new_keys >= w->new_keys_max : o->n_children >= LF_MAP_KEYS) {
        w->at = o;
        (void)fail(w, !holds || (w->may_map && o->depth == 0) ? JSON_WALK_MAP : JSON_WALK_KEYS);
        return NULL;
    }
    w->new_keys += holds && !w->select;
    w->grown = true;
    if (lf_json_node_add(w->alloc, o, name, len, &n, NULL) == LF_OK) {
        if (holds && w->select) n->kind = JSON_SKIP;
        return n;
    }
    (void)fail(w, JSON_WALK_NOMEM);
    return NULL;
}

/* Names of columns end at a NUL; in a key the picture of one stands for it. */
static const uint8_t *without_nul(json_walk *w, const uint8_t *name, size_t *len) {
    size_t from = w->names.len; /* behind those in use */
    lf_rc rc = LF_OK;
    for (size_t i = 0; i < *len && rc == LF_OK; i++)
        rc = name[i] != 0 ? lf_buf_append(&w->names, &name[i], 1, NULL)
                          : lf_buf_append(&w->names, "\xe2\x90\x80", 3, NULL);
    if (rc != LF_OK) (void)fail(w, JSON_WALK_NOMEM);
    *len = w->names.len - from;
    w->names.len = from;
    return rc == LF_OK ? w->names.data + from : NULL;
}

/* The member whose key is somewhere behind p, which is behind { or a comma; *v_out: its value.
 * `prev`: the member before it. What is found is expected there from now on. */
static json_node *find_member(json_walk *w, json_node *o, json_node *prev, uint32_t p, uint32_t end,
                              uint32_t *v_out) {
    const uint8_t *text = w->text;
    json_found f = {0};
    uint32_t q = skip_blank(text, p, end);
    if (q >= end || text[q] != '"' || lf_json_string(text + q, end - q, &f) != JSON_WHOLE) {
        (void)fail(w, JSON_WALK_DOUBT);
        return NULL;
    }
    uint32_t behind = (uint32_t)lf_json_skip(text, q + f.end, end);
    if (behind == end || text[behind] != ':') {
        (void)fail(w, JSON_WALK_DOUBT);
        return NULL;
    }
    uint32_t v = (uint32_t)lf_json_skip(text, behind + 1, end);
    const uint8_t *name = text + q + 1;
    size_t len = f.end - 2;
    if (memchr(name, '\\', len) != NULL) {
        lf_buf_clear(&w->key);
        if (lf_buf_reserve(&w->key, len + 1, NULL) != LF_OK) {
            (void)fail(w, JSON_WALK_NOMEM);
            return NULL;
        }
        len = lf_json_unescape(name, len, w->key.data);
        name = w->key.data;
    }
    if (memchr(name, '\0', len) != NULL) {
        name = without_nul(w, name, &len);
        if (name == NULL) return NULL;
    }
    json_node *n = lf_json_child(o, (const char *)name, (uint32_t)len);
    if (n == NULL) n = new_child(w, o, (const char *)name, (uint32_t)len);
    w->shut = q;
    w->key_len = (uint32_t)f.end;
    if (n == NULL) return NULL;
    *v_out = v;
    if (n == &w->passed) return n; /* nothing is expected of it, or behind it */
    if (v - p != n->lead_len || memcmp(n->lead, text + p, v - p) != 0)
        lf_json_node_learn(n, text + p, v - p);
    if (prev == NULL)
        o->first = n;
    else if (prev != &w->passed)
        prev->after = n;
    return n;
}

/* --- values --- */

static uint32_t walk_object(json_walk *w, json_node *o, uint32_t r, uint32_t i) {
    const uint8_t *text = w->text;
    const uint32_t *pos = w->pos;
    json_node *n = o->first, *prev = NULL;
    uint32_t p = pos[i] + 1;
    if (UNLIKELY(o->n > r)) {
        w->duplicates++;
        lf_json_node_truncate(o, r);
    }
    if (UNLIKELY(r >= o->cap) && !grow(w, o, r + 1)) return JSON_WALK_FAILED;
    lf_json_bit_set(o->valid, r);
    o->n = r + 1;
    if (++i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    if (UNLIKELY(text[pos[i]] == '}' && is_blank(text, p, pos[i]))) return i + 1;
    for (;;) {
        uint32_t v;
        if (n != NULL && lead_is(n, text + p)) {
            v = p + n->lead_len;
        } else if (n != NULL && n->after != NULL && lead_is(n->after, text + p)) {
            n = n->after; /* a key was left out */
            v = p + n->lead_len;
        } else {
            n = find_member(w, o, prev, p, pos[i], &v);
            if (n == NULL) return JSON_WALK_FAILED;
        }
        w->quotes += 2;
        if (UNLIKELY(text[v] <= ' ')) v = skip_blank(text, v, pos[i]);
        uint8_t b = text[v];
        if (UNLIKELY(b == '{' || b == '[' || n->kind == JSON_TEXT || n->kind == JSON_SKIP)) {
            i = lf_json_walk_value(w, n, r, v, i);
            if (i >= w->n_pos) return i == JSON_WALK_FAILED ? i : fail(w, JSON_WALK_SHORT);
            if ((b == '{' || b == '[') && !is_blank(text, pos[i - 1] + 1, pos[i]))
                return fail(w, JSON_WALK_DOUBT);
        } else if (!put_cell(w, n, r, v, pos[i])) {
            return JSON_WALK_FAILED;
        }
        p = pos[i] + 1;
        b = text[pos[i++]];
        if (UNLIKELY(b != ',')) return b == '}' ? i : fail(w, JSON_WALK_DOUBT);
        if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
        prev = n;
        n = n->after;
    }
}

/* Row r of a list or map begins. */
static bool open_rows(json_walk *w, json_node *l, uint32_t r) {
    if (l->n > r) {
        w->duplicates++;
        lf_json_node_truncate(l, r);
    }
    if (r >= l->cap && !grow(w, l, r + 1)) return false;
    for (; l->n < r; l->n++)
        l->offsets[l->n + 1] = l->elements;
    lf_json_bit_set(l->valid, r);
    l->offsets[r] = l->offsets[r + 1] = l->elements;
    l->n = r + 1;
    return true;
}

static uint32_t walk_list(json_walk *w, json_node *l, uint32_t r, uint32_t i) {
    const uint8_t *text = w->text;
    const uint32_t *pos = w->pos;
    uint32_t p = pos[i] + 1;
    if (!open_rows(w, l, r)) return JSON_WALK_FAILED;
    if (++i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    if (text[pos[i]] == ']' && is_blank(text, p, pos[i])) return i + 1;
    for (json_node *e = l->children[0];;) {
        uint32_t v = skip_blank(text, p, pos[i]), at = l->elements++;
        uint8_t b = text[v];
        if (b == '{' || b == '[' || e->kind == JSON_TEXT || e->kind == JSON_SKIP) {
            i = lf_json_walk_value(w, e, at, v, i);
            if (i >= w->n_pos) return i == JSON_WALK_FAILED ? i : fail(w, JSON_WALK_SHORT);
            if ((b == '{' || b == '[') && !is_blank(text, pos[i - 1] + 1, pos[i]))
                return fail(w, JSON_WALK_DOUBT);
        } else if (!put_cell(w, e, at, v, pos[i])) {
            return JSON_WALK_FAILED;
        }
        p = pos[i] + 1;
        b = text[pos[i++]];
        l->offsets[r + 1] = l->elements;
        if (b == ']') return i;
        if (b != ',') return fail(w, JSON_WALK_DOUBT);
        if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    }
}

typedef struct map_member {
    uint32_t name, name_len; /* decoded, in w->names */
    uint32_t q, quoted_len;  /* the key in the text */
    uint32_t v, i;           /* the value, and the first position from it on */
    uint32_t number;
} map_member;

/* The first position behind the value at text[v], which is not looked into. */
static uint32_t skip_value(json_walk *w, uint32_t v, uint32_t i) {
    uint32_t depth = 0;
    if (w->text[v] != '{' && w->text[v] != '[') return i;
    for (; i < w->n_pos; i++) {
        uint8_t b = w->text[w->pos[i]];
        depth += (b == '{' || b == '[');
        depth -= (b == '}' || b == ']');
        if (depth == 0) return i + 1;
    }
    return w->n_pos;
}

static bool put_name(json_walk *w, const uint8_t *raw, uint32_t len, map_member *m) {
    if (lf_buf_reserve(&w->names, len, NULL) != LF_OK) {
        (void)fail(w, JSON_WALK_NOMEM);
        return false;
    }
    m->name = (uint32_t)w->names.len;
    m->name_len = (uint32_t)lf_json_unescape(raw, len, w->names.data + w->names.len);
    w->names.len += m->name_len;
    return true;
}

/* Notes the members of the object at pos[i] behind those noted already. Returns the position
 * behind it. */
static uint32_t list_members(json_walk *w, uint32_t i) {
    const uint8_t *text = w->text;
    const uint32_t *pos = w->pos;
    uint32_t p = pos[i] + 1;
    if (++i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    if (text[pos[i]] == '}' && is_blank(text, p, pos[i])) return i + 1;
    for (uint32_t number = 0;; number++) {
        json_found f = {0};
        uint32_t end = pos[i], q = skip_blank(text, p, end);
        if (q >= end || text[q] != '"' || lf_json_string(text + q, end - q, &f) != JSON_WHOLE)
            return fail(w, JSON_WALK_DOUBT);
        uint32_t v = (uint32_t)lf_json_skip(text, q + f.end, end);
        if (v == end || text[v] != ':') return fail(w, JSON_WALK_DOUBT);
        map_member m = {.q = q, .quoted_len = (uint32_t)f.end, .i = i, .number = number};
        m.v = (uint32_t)lf_json_skip(text, v + 1, end);
        if (!put_name(w, text + q + 1, m.quoted_len - 2, &m)) return JSON_WALK_FAILED;
        if (lf_buf_append(&w->members, &m, sizeof m, NULL) != LF_OK)
            return fail(w, JSON_WALK_NOMEM);
        if (number >= w->values_max / 2) return fail(w, JSON_WALK_VALUES);
        i = skip_value(w, m.v, i);
        if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
        p = pos[i] + 1;
        uint8_t b = text[pos[i++]];
        if (b == '}') return i;
        if (b != ',') return fail(w, JSON_WALK_DOUBT);
        if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    }
}

static int by_name(const void *a, const void *b, void *names) {
    const map_member *x = a, *y = b;
    const uint8_t *n = names;
    uint32_t len = x->name_len < y->name_len ? x->name_len : y->name_len;
    int c = len == 0 ? 0 : memcmp(n + x->name, n + y->name, len);
    if (c != 0) return c;
    if (x->name_len != y->name_len) return x->name_len < y->name_len ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Values of the members from `from` on, in their order: the last of equal names, no nulls. */
static bool walk_members(json_walk *w, json_node *m, uint32_t r, size_t from, size_t count) {
    static json_node skipped = {.kind = JSON_SKIP};
    for (size_t k = 0; k < count; k++) {
        const map_member *all = (const map_member *)(const void *)w->members.data + from;
        map_member x = all[k];
        uint32_t end = w->pos[x.i], last = end;
        bool again =
            k + 1 < count && all[k + 1].name_len == x.name_len &&
            memcmp(w->names.data + all[k + 1].name, w->names.data + x.name, x.name_len) == 0;
        while (last > x.v && w->text[last - 1] <= ' ')
            last--;
        w->quotes += 2;
        if (last > x.v && lf_json_is_null(w->text + x.v, last - x.v)) continue;
        uint32_t at = m->elements;
        if (!again) {
            w->quotes -= 2; /* which the cell counts */
            if (!put_cell(w, m->children[0], at, x.q, x.q + x.quoted_len)) return false;
            m->elements++;
        }
        uint32_t i = lf_json_walk_value(w, again ? &skipped : m->children[1], at, x.v, x.i);
        if (i == JSON_WALK_FAILED) return false;
        bool bracket = w->text[x.v] == '{' || w->text[x.v] == '[';
        if (bracket && !is_blank(w->text, w->pos[i - 1] + 1, w->pos[i])) {
            (void)fail(w, JSON_WALK_DOUBT);
            return false;
        }
        m->offsets[r + 1] = m->elements;
    }
    return true;
}

/* Maps are sorted by their keys, so that they are the same whether they were objects first. */
static uint32_t walk_map(json_walk *w, json_node *m, uint32_t r, uint32_t i) {
    size_t members = w->members.len, names = w->names.len, from = members / sizeof(map_member);
    w->unordered = true;
    if (!open_rows(w, m, r)) return JSON_WALK_FAILED;
    i = list_members(w, i);
    size_t count = w->members.len / sizeof(map_member) - from;
    if (i != JSON_WALK_FAILED && count > 0) {
        qsort_r(w->members.data + members, count, sizeof(map_member), by_name, w->names.data);
        if (!walk_members(w, m, r, from, count)) i = JSON_WALK_FAILED;
    }
    w->members.len = members;
    w->names.len = names;
    return i;
}

static bool takes(const json_node *n, uint8_t bracket) {
    return bracket == '[' ? n->kind == JSON_LIST : n->kind == JSON_OBJECT || n->kind == JSON_MAP;
}

/* A bracket where the shape has something else. */
static bool bracket_unlike(json_walk *w, json_node *n, uint32_t v, uint8_t bracket) {
    bool first = n->kind == JSON_NONE;
    json_kind kind = !first || n->depth >= JSON_TYPED_MAX ? JSON_TEXT
                     : bracket == '['                     ? JSON_LIST
                                                          : JSON_OBJECT;
    if (!become(w, n, v, kind)) return false;
    if (first) return true;
    (void)fail(w, JSON_WALK_AGAIN);
    return false;
}

uint32_t lf_json_walk_value(json_walk *w, json_node *n, uint32_t r, uint32_t v, uint32_t i) {
    uint8_t b = w->text[v];
    if (i >= w->n_pos) return fail(w, JSON_WALK_SHORT);
    if (n->kind == JSON_TEXT || n->kind == JSON_SKIP) return put_text(w, n, r, v, i);
    if (b != '{' && b != '[') return put_cell(w, n, r, v, w->pos[i]) ? i : JSON_WALK_FAILED;
    if (w->pos[i] != v) return fail(w, JSON_WALK_DOUBT);
    if (!takes(n, b) && !bracket_unlike(w, n, v, b)) return JSON_WALK_FAILED;
    if (n->kind == JSON_TEXT) return put_text(w, n, r, v, i);
    return b == '['              ? walk_list(w, n, r, i)
           : n->kind == JSON_MAP ? walk_map(w, n, r, i)
                                 : walk_object(w, n, r, i);
}
