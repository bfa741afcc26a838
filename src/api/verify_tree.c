/* JSON against values, level by level. The same by which nested values of two files are compared:
 * one side is printed as JSON and read against the other.
 *
 *   object      a struct (members by name, a missing one is null), a map, or JSON text
 *   array       a list, or JSON text
 *   string      text, a date, a time ... by the rules for cells
 *   number ...  what it reads as under the type; in a column of texts its own text
 *
 * The last of several members of one name counts. Whoever calls has made sure of nothing: text that
 * is no JSON is unequal to everything. */
#include "api/verify_internal.h"
#include "core/limits.h"
#include "infer/cell_text.h"
#include "infer/json_text.h"
#include <stdio.h>
#include <string.h>

#define HASH_STEP 0x9e3779b97f4a7c15ull
#define HASH_NULL 0x71c7ae0f1bd3a5e1ull

static bool is_blank(uint8_t b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static bool is_null(lf_span t) {
    return t.data == NULL || (t.len == 4 && memcmp(t.data, "null", 4) == 0);
}

static bool is_container(lf_span t) {
    return t.len > 1 && (t.data[0] == '{' || t.data[0] == '[');
}

static bool is_string(lf_span t) {
    return t.len > 1 && t.data[0] == '"' && t.data[t.len - 1] == '"';
}

static lf_span inner(lf_span t) {
    return (lf_span){t.data + 1, t.len - 2};
}

/* ---- where a value ends ---- */

/* Behind the quote that closes the string whose first is at p. */
static const uint8_t *skip_string(const uint8_t *p, const uint8_t *end) {
    for (p++; p < end;) {
        const uint8_t *q = memchr(p, '"', (size_t)(end - p));
        if (q == NULL) return NULL;
        size_t slashes = 0;
        while (q - slashes > p && q[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        p = q + 1;
        if (slashes % 2 == 0) return p;
    }
    return NULL;
}

const uint8_t *lf_verify_json_skip(const uint8_t *p, const uint8_t *end, bool eof) {
    uint64_t depth = 0;
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
            if (p == NULL) return NULL;
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
            continue;
        } else if (*p == '}' || *p == ']') {
            if (depth == 0) return NULL;
            depth--;
            p++;
        } else if (depth > 0) {
            p++;
            continue;
        } else {
            const uint8_t *first = p;
            while (p < end && memchr(",:{}[]\" \t\r\n", *p, 11) == NULL)
                p++;
            if (p == first || (p == end && !eof)) return NULL;
        }
        if (depth == 0) return p;
    }
    return NULL;
}

verify_members lf_verify_members_of(lf_span object) {
    return (verify_members){object.data + 1, object.data + object.len};
}

static const uint8_t *skip_blanks(const uint8_t *p, const uint8_t *end) {
    while (p < end && is_blank(*p))
        p++;
    return p;
}

bool lf_verify_member_next(verify_members *m, lf_span *key, lf_span *value) {
    const uint8_t *p = skip_blanks(m->p, m->end);
    if (p < m->end && *p == ',') p = skip_blanks(p + 1, m->end);
    if (p == m->end || *p != '"') return false;
    const uint8_t *q = skip_string(p, m->end);
    if (q == NULL) return false;
    *key = (lf_span){p + 1, (size_t)(q - p) - 2};
    p = skip_blanks(q, m->end);
    if (p == m->end || *p != ':') return false;
    p = skip_blanks(p + 1, m->end);
    q = lf_verify_json_skip(p, m->end, false);
    if (q == NULL) return false;
    *value = (lf_span){p, (size_t)(q - p)};
    m->p = q;
    return true;
}

static bool element_next(verify_members *m, lf_span *value) {
    const uint8_t *p = skip_blanks(m->p, m->end);
    if (p < m->end && *p == ',') p = skip_blanks(p + 1, m->end);
    const uint8_t *q = lf_verify_json_skip(p, m->end, false);
    if (q == NULL) return false;
    *value = (lf_span){p, (size_t)(q - p)};
    m->p = q;
    return true;
}

/* ---- strings ---- */

static uint32_t hex4(const uint8_t *p) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        const uint8_t c = p[i];
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static size_t put_utf8(uint32_t c, uint8_t *out) {
    const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (n == 1) return out[0] = (uint8_t)c, 1;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) {
        out[i] = (uint8_t)(0x80 | (c & 63));
    }
    out[0] = (uint8_t)((0xf0 << (4 - n)) | c);
    return n;
}

static lf_span unquote(lf_span s, bool name, lf_buf *out, lf_rc *rc) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const uint8_t *p = s.data, *end = s.data + s.len;
    if (s.len == 0 || memchr(p, '\\', s.len) == NULL) return s;
    lf_buf_clear(out);
    if (lf_buf_reserve(out, s.len + 4, NULL) != LF_OK) {
        *rc = LF_ENO_MEMORY;
        return (lf_span){s.data, 0};
    }
    while (p < end) {
        if (*p != '\\' || end - p < 2) {
            out->data[out->len++] = *p++;
            continue;
        }
        const char *known = memchr(from, p[1], 5);
        if (p[1] != 'u' || end - p < 6) {
            out->data[out->len++] = known != NULL ? (uint8_t)to[known - from] : p[1];
            p += 2;
            continue;
        }
        uint32_t c = hex4(p + 2);
        p += 6;
        if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
            c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
            p += 6;
        }
        if (c == 0 && name) c = 0x2400;
        out->len += put_utf8(c & 0x1fffff, out->data + out->len);
    }
    return (lf_span){out->data, out->len};
}

lf_span lf_verify_json_unquote(lf_span s, lf_buf *out, lf_rc *rc) {
    return unquote(s, false, out, rc);
}

lf_span lf_verify_json_name(lf_span s, lf_buf *out, lf_rc *rc) {
    return unquote(s, true, out, rc);
}

/* ---- JSON as text ---- */

/* The canonical form of one value; false: it is none. */
static bool canonical(verify_scratch *s, lf_span t, lf_buf *out) {
    lf_buf_clear(out);
    if (!lf_json_is_value(t)) return false;
    const lf_rc rc = lf_json_canonical(t, out, NULL);
    if (rc != LF_OK) s->rc = rc;
    return rc == LF_OK;
}

/* How many bytes at p are of a number. */
static size_t number_length(const uint8_t *p, const uint8_t *end) {
    size_t n = 0;
    while (p + n < end && (memchr("+-.eE", p[n], 5) != NULL || (p[n] >= '0' && p[n] <= '9')))
        n++;
    return n;
}

/* 1.0 and 1: of one value, and short enough that it is theirs alone. */
static bool same_number(lf_span a, lf_span b) {
    double x, y;
    uint32_t ints, fractions, digits, others;
    if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0) return true;
    return lf_parse_double(a, &x, &ints, &fractions, &digits) &&
           lf_parse_double(b, &y, &ints, &fractions, &others) && digits <= 15 && others <= 15 &&
           x == y;
}

/* By their canonical forms, numbers by what they are. */
static bool same_json(verify_scratch *s, lf_span a, lf_span b) {
    if (!canonical(s, a, &s->left) || !canonical(s, b, &s->right)) return false;
    const uint8_t *p = s->left.data, *end = p + s->left.len;
    const uint8_t *q = s->right.data, *stop = q + s->right.len;
    while (p < end && q < stop) {
        size_t n = number_length(p, end), m = n > 0 ? number_length(q, stop) : 0;
        if (n > 0 && (m == 0 || !same_number((lf_span){p, n}, (lf_span){q, m}))) return false;
        if (n == 0 && *p == '"') {
            const uint8_t *behind = lf_verify_json_skip(p, end, true);
            n = m = behind != NULL ? (size_t)(behind - p) : 1;
            if ((size_t)(stop - q) < n || memcmp(p, q, n) != 0) return false;
        } else if (n == 0) {
            if (*p != *q) return false;
            n = m = 1;
        }
        p += n;
        q += m;
    }
    return p == end && q == stop;
}

static bool same_bytes(lf_span a, lf_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool string_equal(verify_column *c, lf_span t, lf_span stored) {
    verify_scratch *s = c->scratch;
    if (!is_string(t)) {
        c->objects += is_container(t);
        return same_bytes(t, stored) || (is_container(t) && same_json(s, t, stored));
    }
    if (same_bytes(lf_verify_json_unquote(inner(t), &s->text, &s->rc), stored)) return true;
    if (!is_string(stored) || !same_json(s, t, stored)) return false;
    c->quoted++;
    return true;
}

/* ---- equality ---- */

/* Adds what stands above to the path of what differs. */
static bool differs_at(verify_scratch *s, const char *step, size_t n) {
    const size_t was = strlen(s->path), room = sizeof s->path - 1;
    if (n > room) n = room;
    const size_t keep = was < room - n ? was : room - n;
    memmove(s->path + n, s->path, keep);
    memcpy(s->path, step, n);
    s->path[n + keep] = '\0';
    return false;
}

static bool differs_in(verify_scratch *s, const char *name, size_t n) {
    char step[80];
    const int k = snprintf(step, sizeof step, ".%.*s", (int)(n < 70 ? n : 70), name);
    return differs_at(s, step, (size_t)k);
}

/* Room for n spans behind those in use, zeroed; their index. */
static bool take_slots(verify_scratch *s, uint32_t n, size_t *first) {
    *first = s->slots.len / sizeof(lf_span);
    const size_t bytes = (n + 1ul) * sizeof(lf_span);
    if (lf_buf_reserve(&s->slots, bytes, NULL) != LF_OK) return s->rc = LF_ENO_MEMORY, false;
    memset(s->slots.data + s->slots.len, 0, bytes);
    s->slots.len += bytes;
    return true;
}

static lf_span *slot_at(verify_scratch *s, size_t i) {
    return (lf_span *)(void *)s->slots.data + i;
}

/* The child of this name; n_kids where there is none. */
static uint32_t kid_named(const verify_column *c, lf_span name, uint32_t *hint) {
    for (uint32_t i = 0; i < c->n_kids; i++) {
        const uint32_t at = *hint + i < c->n_kids ? *hint + i : *hint + i - c->n_kids;
        if (strlen(c->kids[at].name) == name.len &&
            memcmp(c->kids[at].name, name.data, name.len) == 0) {
            *hint = at + 1;
            return at;
        }
    }
    return c->n_kids;
}

/* The members of an object in the order of the struct's children. *other: one that it has not. */
static bool sort_members(const verify_column *c, lf_span object, size_t first, lf_span *other) {
    verify_scratch *s = c->scratch;
    verify_members m = lf_verify_members_of(object);
    lf_span key, v;
    uint32_t hint = 0;
    *other = (lf_span){0};
    while (lf_verify_member_next(&m, &key, &v)) {
        const lf_span name = lf_verify_json_name(key, &s->key, &s->rc);
        const uint32_t at = kid_named(c, name, &hint);
        if (at < c->n_kids)
            *slot_at(s, first + at) = v;
        else if (!is_null(v))
            *other = key;
    }
    const uint8_t *end = skip_blanks(m.p, m.end);
    return end + 1 == m.end && *end == '}';
}

static bool struct_equal(verify_column *c, lf_span t, const lf_column *v, uint32_t r) {
    verify_scratch *s = c->scratch;
    size_t first;
    lf_span other;
    if (t.len < 2 || t.data[0] != '{' || !take_slots(s, c->n_kids, &first)) return false;
    bool equal = sort_members(c, t, first, &other);
    if (equal && other.data != NULL) equal = differs_in(s, (const char *)other.data, other.len);
    for (uint32_t i = 0; equal && i < c->n_kids; i++) {
        equal = lf_verify_json_equal(&c->kids[i], *slot_at(s, first + i), &v->children[i], r);
        if (!equal) (void)differs_in(s, c->kids[i].name, strlen(c->kids[i].name));
    }
    s->slots.len = first * sizeof(lf_span);
    return equal;
}

static bool list_equal(verify_column *c, lf_span t, const lf_column *v, uint32_t r) {
    if (t.len < 2 || t.data[0] != '[') return false;
    verify_members m = lf_verify_members_of(t);
    const uint32_t begin = v->offsets[r], n = v->offsets[r + 1] - begin;
    lf_span e;
    uint32_t i = 0;
    bool equal = true;
    for (; equal && element_next(&m, &e); i++) {
        equal = i < n && lf_verify_json_equal(&c->kids[0], e, &v->children[0], begin + i);
        if (equal) continue;
        char step[16];
        (void)differs_at(c->scratch, step, (size_t)snprintf(step, sizeof step, "[%u]", i));
    }
    return equal && i == n && m.end - skip_blanks(m.p, m.end) == 1;
}

/* A key of a map as text. */
static lf_span key_text(verify_scratch *s, const lf_column *keys, uint32_t r) {
    if (keys->type.id == LF_T_STRING) return (lf_span){keys->bytes + keys->start[r], keys->len[r]};
    lf_buf_clear(&s->text);
    if (lf_cell_text(keys, NULL, r, &s->text, NULL) != LF_OK) s->rc = LF_ENO_MEMORY;
    return (lf_span){s->text.data, s->text.len};
}

/* Members as pairs of slots: key, value. Those that are null are left out. */
static uint32_t map_members(verify_scratch *s, lf_span object, bool *whole) {
    verify_members m = lf_verify_members_of(object);
    lf_span key, v;
    uint32_t n = 0;
    while (s->rc == LF_OK && lf_verify_member_next(&m, &key, &v)) {
        if (lf_buf_append(&s->slots, &key, sizeof key, NULL) != LF_OK ||
            lf_buf_append(&s->slots, &v, sizeof v, NULL) != LF_OK) {
            s->rc = LF_ENO_MEMORY;
        }
        n++;
    }
    const uint8_t *end = skip_blanks(m.p, m.end);
    *whole = end + 1 == m.end && *end == '}';
    return n;
}

/* The last member of this name, {NULL} where there is none; marks all of the name as used. */
static lf_span use_members(verify_scratch *s, size_t first, uint32_t n, lf_span name) {
    lf_span found = {0};
    for (uint32_t i = n; i > 0; i--) {
        lf_span *m = slot_at(s, first + 2 * (i - 1));
        if (m[0].data == NULL || m[0].len < name.len) continue;
        if (!same_bytes(lf_verify_json_unquote(m[0], &s->key, &s->rc), name)) continue;
        if (found.data == NULL) found = m[1];
        m[0].data = NULL;
    }
    return found;
}

static bool map_equal(verify_column *c, lf_span t, const lf_column *v, uint32_t r) {
    verify_scratch *s = c->scratch;
    const size_t first = s->slots.len / sizeof(lf_span);
    bool equal;
    if (t.len < 2 || t.data[0] != '{') return false;
    const uint32_t n = map_members(s, t, &equal);
    for (uint32_t i = v->offsets[r]; equal && i < v->offsets[r + 1]; i++) {
        const lf_span name = key_text(s, &v->children[0], i);
        const lf_span m = use_members(s, first, n, name);
        equal = lf_verify_json_equal(&c->kids[1], m, &v->children[1], i);
        if (!equal) (void)differs_in(s, (const char *)name.data, name.len);
    }
    for (uint32_t i = 0; equal && i < n; i++) {
        const lf_span *m = slot_at(s, first + 2ul * i);
        if (m[0].data != NULL && !is_null(m[1]))
            equal = differs_in(s, (const char *)m[0].data, m[0].len);
    }
    s->slots.len = first * sizeof(lf_span);
    return equal;
}

static bool is_null_word(const verify_column *c, lf_span t) {
    verify_scratch *s = c->scratch;
    uint32_t word;
    if (!is_string(t) || !c->ctx.null_words_everywhere) return false;
    const lf_span text = lf_verify_json_unquote(inner(t), &s->text, &s->rc);
    return lf_parse_null(text, false, &c->ctx, &word) == LF_NULL_WORD;
}

bool lf_verify_json_equal(verify_column *c, lf_span t, const lf_column *v, uint32_t r) {
    verify_scratch *s = c->scratch;
    const bool valid = v->type.id != LF_T_NULL && lf_column_is_valid(v, r);
    s->path[0] = '\0';
    if (!valid) return is_null(t) || is_null_word(c, t);
    if (is_null(t)) return false;
    switch (v->type.id) {
    case LF_T_STRUCT:
        return struct_equal(c, t, v, r);
    case LF_T_LIST:
        return list_equal(c, t, v, r);
    case LF_T_MAP:
        return map_equal(c, t, v, r);
    case LF_T_STRING:
        return string_equal(c, t, (lf_span){v->bytes + v->start[r], v->len[r]});
    default:
        if (is_container(t)) return false;
        if (is_string(t)) t = lf_verify_json_unquote(inner(t), &s->text, &s->rc);
        return lf_verify_cell_equal(c, t, VERIFY_QUOTED, v, r);
    }
}

/* ---- hashes ---- */

static uint64_t mix(uint64_t x) {
    x ^= x >> 31;
    x *= 0x9fb21c651e98df25ull;
    return x ^ x >> 28;
}

uint64_t lf_verify_text_hash(verify_scratch *s, lf_span t) {
    if (is_string(t) && lf_json_is_value(t)) t = lf_verify_json_unquote(inner(t), &s->text, &s->rc);
    if (is_container(t) && canonical(s, t, &s->left))
        return lf_verify_bytes_hash(s->left.data, s->left.len);
    return lf_verify_bytes_hash(t.data, t.len);
}

static uint64_t string_hash(const verify_column *c, lf_span t, bool printed) {
    verify_scratch *s = c->scratch;
    const bool json = c->type.unit == LF_TEXT_JSON && !printed;
    if (is_string(t) && !json) t = lf_verify_json_unquote(inner(t), &s->text, &s->rc);
    if (json && canonical(s, t, &s->left)) return lf_verify_bytes_hash(s->left.data, s->left.len);
    return lf_verify_text_hash(s, t);
}

static uint64_t struct_hash(const verify_column *c, lf_span t, bool printed) {
    verify_scratch *s = c->scratch;
    size_t first;
    lf_span other;
    uint64_t h = HASH_STEP;
    if (!take_slots(s, c->n_kids, &first)) return 0;
    (void)sort_members(c, t, first, &other);
    if (other.data != NULL) h += lf_verify_bytes_hash(other.data, other.len);
    for (uint32_t i = 0; i < c->n_kids; i++) {
        const uint64_t k = lf_verify_json_hash(&c->kids[i], *slot_at(s, first + i), printed);
        if (k != HASH_NULL) h += mix(k + (i + 1) * HASH_STEP);
    }
    s->slots.len = first * sizeof(lf_span);
    return h;
}

static uint64_t items_hash(const verify_column *c, lf_span t, bool printed) {
    verify_members m = lf_verify_members_of(t);
    const bool map = c->type.id == LF_T_MAP;
    uint64_t h = map ? HASH_STEP * 3 : HASH_STEP * 5;
    lf_span key = {0}, v;
    while (map ? lf_verify_member_next(&m, &key, &v) : element_next(&m, &v)) {
        const uint64_t k = lf_verify_json_hash(&c->kids[map], v, printed);
        if (!map) {
            h = mix(h ^ k);
        } else if (k != HASH_NULL) {
            key = lf_verify_json_unquote(key, &c->scratch->key, &c->scratch->rc);
            h += mix(k ^ lf_verify_bytes_hash(key.data, key.len) * 3);
        }
    }
    return h;
}

uint64_t lf_verify_json_hash(const verify_column *c, lf_span t, bool printed) {
    if (is_null(t)) return HASH_NULL;
    switch (c->type.id) {
    case LF_T_NULL:
        return HASH_NULL;
    case LF_T_STRUCT:
    case LF_T_LIST:
    case LF_T_MAP:
        if (t.len < 2 || t.data[0] != (c->type.id == LF_T_LIST ? '[' : '{'))
            return lf_verify_bytes_hash(t.data, t.len);
        return c->type.id == LF_T_STRUCT ? struct_hash(c, t, printed) : items_hash(c, t, printed);
    case LF_T_STRING:
        return string_hash(c, t, printed);
    default:
        if (is_string(t)) t = lf_verify_json_unquote(inner(t), &c->scratch->text, &c->scratch->rc);
        return lf_verify_cell_hash(c, t, VERIFY_QUOTED);
    }
}
