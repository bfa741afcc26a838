/* decode/json/json_machine.c - see json_machine.h. */
#include "decode/json/json_machine.h"
#include "core/buf.h"
#include <stdio.h>
#include <string.h>

static json_verdict bad(json_found *out, size_t at, const char *why) {
    out->end = at;
    out->why = why;
    return JSON_BAD;
}

static json_verdict cut(json_found *out, size_t n, bool eof) {
    if (!eof) {
        out->end = n;
        return JSON_CUT;
    }
    return bad(out, n, "the text ends within a value");
}

static bool is_digit(uint8_t b) {
    return b >= '0' && b <= '9';
}

/* --- strings --- */

static int hex_of(uint8_t b) {
    if (is_digit(b)) return b - '0';
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* Four hex digits; -1 where they are none. */
static int32_t unit_of(const uint8_t *p) {
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int d = hex_of(p[i]);
        if (d < 0) return -1;
        v = v * 16 + d;
    }
    return v;
}

static bool has_escape(uint8_t b) {
    return b == '"' || b == '\\' || b == '/' || b == 'b' || b == 'f' || b == 'n' || b == 'r' ||
           b == 't';
}

/* The escape at p[at], whose backslash is there. *used: its bytes. */
static json_verdict escape(const uint8_t *p, size_t at, size_t n, size_t *used, json_found *out) {
    if (at + 1 >= n) return JSON_CUT;
    *used = 2;
    if (p[at + 1] != 'u')
        return has_escape(p[at + 1]) ? JSON_WHOLE
                                     : bad(out, at, "an escape that JSON does not have");
    if (at + 6 > n) return JSON_CUT;
    int32_t u = unit_of(p + at + 2);
    if (u < 0) return bad(out, at, "\\u needs four hexadecimal digits");
    *used = 6;
    if (u < 0xD800 || u > 0xDFFF) return JSON_WHOLE;
    if (u > 0xDBFF) return bad(out, at, "half a surrogate pair");
    if (at + 8 > n && memcmp(p + at + 6, "\\u", n - at - 6) == 0) return JSON_CUT;
    if (at + 8 > n || p[at + 6] != '\\' || p[at + 7] != 'u')
        return bad(out, at, "half a surrogate pair");
    if (at + 12 > n) return JSON_CUT;
    int32_t v = unit_of(p + at + 8);
    if (v < 0xDC00 || v > 0xDFFF) return bad(out, at, "half a surrogate pair");
    *used = 12;
    return JSON_WHOLE;
}

bool lf_json_escapes_hold(const uint8_t *p, size_t n, size_t at) {
    json_found f = {0};
    for (size_t used; at < n; at += used) {
        if (p[at] != '\\') {
            const uint8_t *next = memchr(p + at, '\\', n - at);
            if (next == NULL) return true;
            at = (size_t)(next - p);
        }
        if (escape(p, at, n, &used, &f) != JSON_WHOLE) return false;
    }
    return true;
}

json_verdict lf_json_string(const uint8_t *p, size_t n, json_found *out) {
    size_t at = 1, used = 0;
    while (at < n) {
        uint8_t b = p[at];
        if (b == '"') {
            out->end = at + 1;
            out->quotes += 2;
            return JSON_WHOLE;
        }
        if (b < 0x20) return bad(out, at, "a control character that is not escaped in a string");
        if (b == '\\') {
            json_verdict v = escape(p, at, n, &used, out);
            if (v != JSON_WHOLE) return v;
            at += used;
        } else if (b < 0x80) {
            at++;
        } else {
            used = lf_utf8_len(p + at, n - at);
            if (used == 0 && n - at < 4) { /* perhaps it only ends too early */
                uint8_t room[8] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
                memcpy(room, p + at, n - at);
                bool closes = memchr(p + at, '"', n - at) != NULL;
                if (!closes && lf_utf8_len(room, 4) > n - at) return JSON_CUT;
            }
            if (used == 0) {
                out->utf8 = true;
                return bad(out, at, "the string is not valid UTF-8");
            }
            at += used;
        }
    }
    return JSON_CUT;
}

static size_t put_utf8(uint32_t u, uint8_t *out) {
    if (u < 0x80) {
        out[0] = (uint8_t)u;
        return 1;
    }
    if (u < 0x800) {
        out[0] = (uint8_t)(0xC0 | u >> 6);
        out[1] = (uint8_t)(0x80 | (u & 63));
        return 2;
    }
    if (u < 0x10000) {
        out[0] = (uint8_t)(0xE0 | u >> 12);
        out[1] = (uint8_t)(0x80 | (u >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (u & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | u >> 18);
    out[1] = (uint8_t)(0x80 | (u >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (u >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (u & 63));
    return 4;
}

static uint8_t plain_escape(uint8_t b) {
    switch (b) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return b;
    }
}

size_t lf_json_unescape(const uint8_t *p, size_t n, uint8_t *out) {
    size_t at = 0, to = 0;
    while (at < n) {
        const uint8_t *b = memchr(p + at, '\\', n - at);
        size_t run = b == NULL ? n - at : (size_t)(b - (p + at));
        if (out + to != p + at) memmove(out + to, p + at, run);
        at += run;
        to += run;
        if (at + 1 >= n) break;
        if (p[at + 1] != 'u') {
            out[to++] = plain_escape(p[at + 1]);
            at += 2;
            continue;
        }
        uint32_t u = (uint32_t)unit_of(p + at + 2);
        at += 6;
        if (u >= 0xD800 && u <= 0xDBFF) {
            u = 0x10000 + ((u - 0xD800) << 10) + ((uint32_t)unit_of(p + at + 2) - 0xDC00);
            at += 6;
        }
        to += put_utf8(u, out + to);
    }
    return to;
}

/* --- numbers and words --- */

static size_t digits_from(const uint8_t *p, size_t n, size_t at) {
    while (at < n && is_digit(p[at]))
        at++;
    return at;
}

/* Whether p[0, *at_out) is a number, and the byte that does not go on with it; n: none of them. */
static bool number_of(const uint8_t *p, size_t n, size_t *at_out) {
    size_t from = n > 0 && p[0] == '-', at = from;
    at = at < n && p[at] == '0' ? at + 1 : digits_from(p, n, at);
    bool good = at > from;
    if (good && at < n && p[at] == '.') {
        from = at + 1;
        at = digits_from(p, n, from);
        good = at > from;
    }
    if (good && at < n && (p[at] | 0x20) == 'e') {
        at++;
        if (at < n && (p[at] == '+' || p[at] == '-')) at++;
        from = at;
        at = digits_from(p, n, from);
        good = at > from;
    }
    *at_out = at;
    return good;
}

bool lf_json_is_number(const uint8_t *p, size_t n) {
    size_t at;
    return number_of(p, n, &at) && at == n;
}

bool lf_json_is_bool(const uint8_t *p, size_t n) {
    return (n == 4 && memcmp(p, "true", 4) == 0) || (n == 5 && memcmp(p, "false", 5) == 0);
}

static bool ends_token(uint8_t b) {
    return lf_json_is_blank(b) || b == ',' || b == ']' || b == '}' || b == '{' || b == '[' ||
           b == ':' || b == '"';
}

static bool begins_word(const uint8_t *p, size_t n) {
    return (n <= 4 && (memcmp(p, "null", n) == 0 || memcmp(p, "true", n) == 0)) ||
           (n <= 5 && memcmp(p, "false", n) == 0);
}

/* What cannot become a value is bad even where the text ends within it. */
static json_verdict scalar(const uint8_t *p, size_t n, bool eof, json_found *out) {
    size_t len = 0, used = 0;
    while (len < n && !ends_token(p[len]))
        len++;
    bool cut = len == n && !eof;
    out->end = len;
    if (len == 0) return bad(out, 0, "a value is expected here");
    if (p[0] == '-' || is_digit(p[0])) {
        bool number = number_of(p, len, &used);
        if (used < len) return bad(out, used, "this is no JSON number");
        if (cut) return JSON_CUT;
        return number ? JSON_WHOLE : bad(out, used, "this is no JSON number");
    }
    if (cut && begins_word(p, len)) return JSON_CUT;
    if (!cut && (lf_json_is_null(p, len) || lf_json_is_bool(p, len))) return JSON_WHOLE;
    return bad(out, 0, "this is no JSON value");
}

/* --- values --- */

typedef struct nesting {
    uint64_t lists[JSON_DEPTH_MAX / 64]; /* bit set: a list, else an object */
    uint32_t depth;
} nesting;

static bool in_list(const nesting *s) {
    return (s->lists[(s->depth - 1) / 64] >> ((s->depth - 1) % 64)) & 1;
}

static bool push(nesting *s, bool list) {
    if (s->depth == JSON_DEPTH_MAX) return false;
    uint64_t bit = 1ull << (s->depth % 64), *word = &s->lists[s->depth / 64];
    *word = list ? *word | bit : *word & ~bit;
    s->depth++;
    return true;
}

/* A key and its colon at p[*at]; behind them, at the value. */
static json_verdict key(const uint8_t *p, size_t n, size_t *at, json_found *out) {
    size_t from = *at;
    if (from == n) return JSON_CUT;
    if (p[from] != '"') return bad(out, from, "a key in quotes is expected here");
    json_verdict v = lf_json_string(p + from, n - from, out);
    if (v == JSON_BAD) out->end += from;
    if (v != JSON_WHOLE) return v;
    *at = lf_json_skip(p, from + out->end, n);
    if (*at == n) return JSON_CUT;
    if (p[*at] != ':') return bad(out, *at, "a colon is expected behind the key");
    *at = lf_json_skip(p, *at + 1, n);
    return JSON_WHOLE;
}

/* Behind a value: closes brackets, or goes on to the next value. *done: nothing is open. */
static json_verdict behind(const uint8_t *p, size_t n, nesting *s, size_t *at, bool *done,
                           json_found *out) {
    for (;;) {
        *done = s->depth == 0;
        if (*done) return JSON_WHOLE;
        *at = lf_json_skip(p, *at, n);
        if (*at == n) return JSON_CUT;
        bool list = in_list(s);
        if (p[*at] == ',') {
            *at = lf_json_skip(p, *at + 1, n);
            return list ? JSON_WHOLE : key(p, n, at, out);
        }
        if (p[*at] != (list ? ']' : '}'))
            return bad(out, *at,
                       list ? "a comma or ] is expected here" : "a comma or } is expected here");
        s->depth--;
        ++*at;
    }
}

/* One value or opening bracket. *closed: it was a value, or an empty list or object. */
static json_verdict one(const uint8_t *p, size_t n, bool eof, nesting *s, size_t *at, bool *closed,
                        json_found *out) {
    json_verdict v;
    *closed = true;
    if (*at == n) return JSON_CUT;
    if (p[*at] == '{' || p[*at] == '[') {
        bool list = p[*at] == '[';
        if (!push(s, list)) return bad(out, *at, "nested too deeply");
        *at = lf_json_skip(p, *at + 1, n);
        if (*at == n) return JSON_CUT;
        if (p[*at] == (list ? ']' : '}')) {
            s->depth--;
            ++*at;
            return JSON_WHOLE;
        }
        *closed = false;
        return list ? JSON_WHOLE : key(p, n, at, out);
    }
    v = p[*at] == '"' ? lf_json_string(p + *at, n - *at, out) : scalar(p + *at, n - *at, eof, out);
    if (v == JSON_BAD) out->end += *at;
    if (v == JSON_WHOLE) *at += out->end;
    return v;
}

json_verdict lf_json_value(const uint8_t *p, size_t n, bool eof, json_found *out) {
    nesting s = {.depth = 0};
    size_t at = 0;
    *out = (json_found){0};
    for (bool done = false; !done;) {
        bool closed;
        json_verdict v = one(p, n, eof, &s, &at, &closed, out);
        if (v == JSON_WHOLE && closed) v = behind(p, n, &s, &at, &done, out);
        if (v == JSON_CUT) return cut(out, n, eof);
        if (v == JSON_BAD) return v;
    }
    out->end = at;
    return JSON_WHOLE;
}

/* --- paths --- */

#define PATH_DEPTH 24u

typedef struct place {
    const uint8_t *key; /* NULL: in a list */
    size_t key_len;
    uint64_t element;
} place;

static size_t print_place(const place *s, char *out, size_t cap) {
    int n = s->key == NULL
                ? snprintf(out, cap, "[%llu]", (unsigned long long)s->element)
                : snprintf(out, cap, ".%.*s", (int)(s->key_len < 40 ? s->key_len : 40), s->key);
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

void lf_json_path_of(const uint8_t *p, size_t at, char *out, size_t cap) {
    place stack[PATH_DEPTH + 1] = {0};
    uint32_t depth = 0;
    out[0] = '\0';
    for (size_t i = 0; i < at;) {
        place *top = &stack[depth < PATH_DEPTH ? depth : PATH_DEPTH];
        if (p[i] == '"') {
            json_found f = {0};
            if (lf_json_string(p + i, at - i, &f) != JSON_WHOLE) break;
            size_t next = lf_json_skip(p, i + f.end, at);
            if (depth > 0 && next < at && p[next] == ':') {
                top->key = p + i + 1;
                top->key_len = f.end - 2;
            }
            i += f.end;
            continue;
        }
        if (p[i] == '{' || p[i] == '[') {
            depth++;
            top = &stack[depth < PATH_DEPTH ? depth : PATH_DEPTH];
            *top = (place){.key = p[i] == '{' ? p : NULL};
        } else if ((p[i] == '}' || p[i] == ']') && depth > 0) {
            depth--;
        } else if (p[i] == ',' && top->key == NULL) {
            top->element++;
        }
        i++;
    }
    if (depth > PATH_DEPTH) depth = PATH_DEPTH;
    size_t to = 0;
    for (uint32_t d = 1; d <= depth && to + 1 < cap; d++)
        to += print_place(&stack[d], out + to, cap - to);
    if (out[0] == '.') memmove(out, out + 1, strlen(out));
}
