/* Objects are gathered member by member: each member is written to the end of the output, name
 * first, and noted; then the notes are sorted and the members copied in order. What is above the
 * object's start is thus scratch until it is done. */
#include "infer/json_text.h"
#include "core/limits.h"
#include <string.h>

typedef struct writer {
    const uint8_t *p, *end;
    lf_buf *out;
    lf_buf members; /* member[]: those of all open objects */
    lf_error *err;
    uint32_t depth;
} writer;

typedef struct member {
    size_t name, name_len; /* unescaped, in `out` */
    size_t text, text_len; /* "name":value, in `out` */
    uint32_t number;
    bool null;
} member;

static lf_rc put_escape(lf_buf *out, uint8_t c, lf_error *err) {
    static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    char esc[8] = "\\u00";
    for (const char *s = shorts; *s; s += 2)
        if ((uint8_t)*s == c) return lf_buf_append(out, (char[]){'\\', s[1]}, 2, err);
    esc[4] = "0123456789abcdef"[c >> 4];
    esc[5] = "0123456789abcdef"[c & 15];
    return lf_buf_append(out, esc, 6, err);
}

static lf_rc put_escaped(lf_buf *out, const uint8_t *p, size_t n, lf_error *err) {
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] >= 0x20 && p[i] != '"' && p[i] != '\\') continue;
        LF_TRY(lf_buf_append(out, p + from, i - from, err));
        LF_TRY(put_escape(out, p[i], err));
        from = i + 1;
    }
    return lf_buf_append(out, p + from, n - from, err);
}

lf_rc lf_json_put_string(lf_buf *out, lf_span s, lf_error *err) {
    LF_TRY(lf_buf_append(out, "\"", 1, err));
    LF_TRY(put_escaped(out, s.data, s.len, err));
    return lf_buf_append(out, "\"", 1, err);
}

static void skip_blanks(writer *w) {
    while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\n' || *w->p == '\r'))
        w->p++;
}

static bool take(writer *w, char c) {
    skip_blanks(w);
    if (w->p == w->end || *w->p != (uint8_t)c) return false;
    w->p++;
    return true;
}

static uint32_t hex4(const uint8_t *p) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    return v;
}

static lf_rc put_utf8(lf_buf *out, uint32_t c, lf_error *err) {
    uint8_t b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (n == 1) return put_escaped(out, &(uint8_t){(uint8_t)c}, 1, err);
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        b[i] = (uint8_t)(0x80 | (c & 0x3f));
    b[0] = (uint8_t)((0xf0 << (4 - n)) | c);
    return lf_buf_append(out, b, n, err);
}

/* Behind "\u". */
static lf_rc unicode_escape(writer *w) {
    if (w->end - w->p < 4) return LF_OK;
    uint32_t c = hex4(w->p), low;
    const uint8_t *at = w->p;
    w->p += 4;
    if (c >= 0xd800 && c < 0xdc00 && w->end - w->p >= 6 && w->p[0] == '\\' && w->p[1] == 'u') {
        low = hex4(w->p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            w->p += 6;
            return put_utf8(w->out, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00), w->err);
        }
    }
    if (c < 0xd800 || c >= 0xe000) return put_utf8(w->out, c, w->err);
    uint8_t half[6] = {'\\', 'u'};
    for (int i = 0; i < 4; i++)
        half[2 + i] = at[i] >= 'A' && at[i] <= 'F' ? at[i] | 0x20 : at[i];
    return lf_buf_append(w->out, half, 6, w->err);
}

/* Behind the opening quote, up to behind the closing one; no quotes are written. */
static lf_rc string_body(writer *w) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    while (w->p < w->end && *w->p != '"') {
        const uint8_t *start = w->p;
        while (w->p < w->end && *w->p != '"' && *w->p != '\\')
            w->p++;
        LF_TRY(put_escaped(w->out, start, (size_t)(w->p - start), w->err));
        if (w->p == w->end || *w->p == '"' || w->end - w->p < 2) break;
        uint8_t c = w->p[1];
        w->p += 2;
        const char *known = c != 0 ? strchr(from, c) : NULL;
        if (c == 'u')
            LF_TRY(unicode_escape(w));
        else
            LF_TRY(put_escaped(w->out, known ? (const uint8_t *)&to[known - from] : &c, 1, w->err));
    }
    if (w->p < w->end) w->p++;
    return LF_OK;
}

static lf_rc string(writer *w) {
    LF_TRY(lf_buf_append(w->out, "\"", 1, w->err));
    LF_TRY(string_body(w));
    return lf_buf_append(w->out, "\"", 1, w->err);
}

/* Names are compared by their escaped form, which has the order of the bytes but for what is
 * escaped; the longer of two with one start comes later. */
static int order(const lf_buf *out, const member *a, const member *b) {
    size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
    int c = n > 0 ? memcmp(out->data + a->name, out->data + b->name, n) : 0;
    if (c != 0) return c;
    return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

static void sort(const lf_buf *out, member *m, member *tmp, uint32_t n) { /* stable */
    for (uint32_t i = 1; i < n && n < 24; i++) {
        member x = m[i];
        uint32_t k = i;
        for (; k > 0 && order(out, &m[k - 1], &x) > 0; k--)
            m[k] = m[k - 1];
        m[k] = x;
    }
    if (n < 24) return;
    uint32_t half = n / 2, i = 0, j = half, k = 0;
    sort(out, m, tmp, half);
    sort(out, m + half, tmp, n - half);
    while (i < half && j < n)
        tmp[k++] = order(out, &m[i], &m[j]) <= 0 ? m[i++] : m[j++];
    while (i < half)
        tmp[k++] = m[i++];
    memcpy(m, tmp, k * sizeof *m);
}

/* Members [first, end) of the open object, whose texts begin at `scratch`, in order. */
static lf_rc put_members(writer *w, size_t first, size_t scratch) {
    uint32_t n = (uint32_t)((w->members.len - first) / sizeof(member));
    lf_buf *o = w->out;
    size_t all = o->len, used = all - scratch;
    if (n == 0) return lf_buf_append(o, "{}", 2, w->err);
    LF_TRY(lf_buf_reserve(&w->members, n * sizeof(member), w->err)); /* sort's */
    member *m = (member *)(void *)(w->members.data + first);
    sort(o, m, m + n, n);
    LF_TRY(lf_buf_append(o, "{", 1, w->err));
    for (uint32_t i = 0; i < n; i++) {
        if (i + 1 < n && order(o, &m[i], &m[i + 1]) == 0) continue; /* a later one of its name */
        if (m[i].null) continue;
        if (o->len > all + 1) LF_TRY(lf_buf_append(o, ",", 1, w->err));
        LF_TRY(lf_buf_reserve(o, m[i].text_len, w->err));
        memcpy(o->data + o->len, o->data + m[i].text, m[i].text_len);
        o->len += m[i].text_len;
    }
    LF_TRY(lf_buf_append(o, "}", 1, w->err));
    memmove(o->data + scratch, o->data + all, o->len - all);
    o->len -= used;
    w->members.len = first;
    return LF_OK;
}

static lf_rc value(writer *w);

static lf_rc object(writer *w) {
    size_t first = w->members.len, scratch = w->out->len;
    for (w->p++; !take(w, '}') && w->p < w->end; take(w, ',')) {
        if (!take(w, '"')) break;
        member m = {.text = w->out->len, .name = w->out->len + 1};
        LF_TRY(lf_buf_append(w->out, "\"", 1, w->err));
        LF_TRY(string_body(w));
        m.name_len = w->out->len - m.name;
        LF_TRY(lf_buf_append(w->out, "\":", 2, w->err));
        take(w, ':');
        skip_blanks(w);
        m.null = w->p < w->end && *w->p == 'n';
        LF_TRY(value(w));
        m.text_len = w->out->len - m.text;
        LF_TRY(lf_buf_append(&w->members, &m, sizeof m, w->err));
        skip_blanks(w);
    }
    return put_members(w, first, scratch);
}

static lf_rc array(writer *w) {
    bool more = false;
    LF_TRY(lf_buf_append(w->out, "[", 1, w->err));
    for (w->p++; !take(w, ']') && w->p < w->end; take(w, ',')) {
        if (more) LF_TRY(lf_buf_append(w->out, ",", 1, w->err));
        more = true;
        LF_TRY(value(w));
        skip_blanks(w);
    }
    return lf_buf_append(w->out, "]", 1, w->err);
}

/* A list or an object without its blanks. */
static lf_rc as_it_is(writer *w) {
    uint64_t open = 0;
    do {
        skip_blanks(w);
        if (w->p == w->end) break;
        uint8_t c = *w->p;
        if (c == '"') {
            w->p++;
            LF_TRY(string(w));
            continue;
        }
        open += c == '{' || c == '[';
        open -= c == '}' || c == ']';
        LF_TRY(lf_buf_append(w->out, &c, 1, w->err));
        w->p++;
    } while (open > 0);
    return LF_OK;
}

static lf_rc value(writer *w) {
    skip_blanks(w);
    if (w->p == w->end) return LF_OK;
    uint8_t c = *w->p;
    if (c == '"') {
        w->p++;
        return string(w);
    }
    if (c == '{' || c == '[') {
        if (w->depth == LF_NESTING_MAX) return as_it_is(w);
        w->depth++;
        lf_rc rc = c == '{' ? object(w) : array(w);
        w->depth--;
        return rc;
    }
    const uint8_t *from = w->p;
    while (w->p<w->end && * w->p> ' ' && *w->p != ',' && *w->p != ']' && *w->p != '}')
        w->p++;
    if (w->p == from) w->p++;
    return lf_buf_append(w->out, from, (size_t)(w->p - from), w->err);
}

lf_rc lf_json_canonical(lf_span raw, lf_buf *out, lf_error *err) {
    writer w = {.p = raw.data, .end = raw.data + raw.len, .out = out, .err = err};
    lf_buf_init(&w.members, out->alloc, SIZE_MAX / 2);
    lf_rc rc = value(&w);
    lf_buf_reset(&w.members);
    return rc;
}
