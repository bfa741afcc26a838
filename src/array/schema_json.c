/* array/schema_json.c - the schema as JSON, both ways.
 *
 * A reader for just this shape: it walks the text once, knows the keys of a schema, and refuses
 * unknown ones by name, since a mistyped key that is ignored would silently change the output.
 * Nesting lives in type names, not in JSON objects, so the reader does not recurse. */
#include "array/schema_field.h"
#include "core/hash.h"
#include "core/limits.h"
#include <string.h>

#define JSON_TEXT_BYTES_MAX (16u * 1024u * 1024u)
#define NULL_WORDS_MAX      1000u

typedef struct reader {
    const uint8_t *begin, *p, *end;
    const lf_alloc *alloc;
    lf_error *err;
    lf_buf text;       /* the last string read */
    const uint8_t *at; /* where it begins */
} reader;

/* Names the place `at`, and shows its line with a mark under `n` bytes. */
static void set_place(const reader *r, const uint8_t *at, size_t n) {
    uint64_t line = 1;
    const uint8_t *begin = r->begin, *end;
    for (const uint8_t *q = r->begin; q < at; q++) {
        if (*q != '\n') continue;
        line++;
        begin = q + 1;
    }
    end = at < r->end ? memchr(at, '\n', (size_t)(r->end - at)) : NULL;
    if (end == NULL) end = r->end;
    if (end > at && end[-1] == '\r') end--;
    lf_error_set_place(r->err, LF_NO_POSITION, line, 0, NULL, (uint64_t)(at - r->begin));
    lf_error_set_excerpt(r->err, (lf_span){begin, (size_t)(end - begin)}, (size_t)(at - begin), n);
}

static lf_rc bad_at(reader *r, const uint8_t *at, const char *what) {
    lf_rc rc = lf_fail(r->err, LF_ESCHEMA, "the schema JSON is wrong: %s", what);
    set_place(r, at, 1);
    return rc;
}

static lf_rc bad(reader *r, const char *what) {
    return bad_at(r, r->p, what);
}

static void skip_space(reader *r) {
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) {
        r->p++;
    }
}

static bool take(reader *r, char c) {
    skip_space(r);
    if (r->p == r->end || *r->p != (uint8_t)c) return false;
    r->p++;
    return true;
}

static bool take_word(reader *r, const char *w) {
    skip_space(r);
    size_t n = strlen(w);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0) return false;
    r->p += n;
    return true;
}

static bool read_hex4(reader *r, uint32_t *out) {
    uint32_t v = 0;
    if (r->end - r->p < 4) return false;
    for (int i = 0; i < 4; i++) {
        uint8_t c = *r->p++;
        uint32_t d = c >= '0' && c <= '9'   ? c - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                            : 16;
        if (d > 15) return false;
        v = v << 4 | d;
    }
    *out = v;
    return true;
}

static lf_rc append_code_point(reader *r, uint32_t c) {
    uint8_t u[4];
    size_t n = 0;
    if (c < 0x80) {
        u[n++] = (uint8_t)c;
    } else if (c < 0x800) {
        u[n++] = (uint8_t)(0xC0 | c >> 6);
        u[n++] = (uint8_t)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        u[n++] = (uint8_t)(0xE0 | c >> 12);
        u[n++] = (uint8_t)(0x80 | (c >> 6 & 63));
        u[n++] = (uint8_t)(0x80 | (c & 63));
    } else {
        u[n++] = (uint8_t)(0xF0 | c >> 18);
        u[n++] = (uint8_t)(0x80 | (c >> 12 & 63));
        u[n++] = (uint8_t)(0x80 | (c >> 6 & 63));
        u[n++] = (uint8_t)(0x80 | (c & 63));
    }
    return lf_buf_append(&r->text, u, n, r->err);
}

/* After "\u": one code unit, or two that make a pair. */
static lf_rc read_unicode(reader *r) {
    uint32_t c, low;
    if (!read_hex4(r, &c) || c == 0) return bad(r, "a \\u escape needs four hex digits, not all 0");
    if (c >= 0xD800 && c < 0xE000) {
        bool pair = c < 0xDC00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u';
        if (pair) r->p += 2;
        if (!pair || !read_hex4(r, &low) || low < 0xDC00 || low > 0xDFFF) {
            return bad(r, "a \\u escape is half of a pair");
        }
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    return append_code_point(r, c);
}

static lf_rc read_escape(reader *r) {
    const uint8_t *backslash = r->p - 1;
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end) return bad(r, "a string never ends");
    uint8_t c = *r->p++;
    if (c == 'u') return read_unicode(r);
    const char *at = c ? strchr(from, c) : NULL;
    if (!at) return bad_at(r, backslash, "an unknown escape in a string");
    return lf_buf_append(&r->text, to + (at - from), 1, r->err);
}

/* Reads a string into r->text. */
static lf_rc read_string(reader *r) {
    if (!take(r, '"')) return bad(r, "a string in double quotes is missing");
    r->at = r->p - 1;
    lf_buf_clear(&r->text);
    for (;;) {
        const uint8_t *from = r->p;
        while (r->p < r->end && *r->p != '"' && *r->p != '\\' && *r->p >= 0x20) {
            r->p++;
        }
        for (size_t len; from < r->p; from += len) {
            len = lf_utf8_len(from, (size_t)(r->p - from));
            if (len == 0) return bad(r, "a string is not valid UTF-8");
            LF_TRY(lf_buf_append(&r->text, from, len, r->err));
        }
        if (r->p == r->end) return bad(r, "a string never ends");
        uint8_t c = *r->p++;
        if (c == '"') return LF_OK;
        if (c != '\\') return bad_at(r, r->p - 1, "a control character stands in a string");
        LF_TRY(read_escape(r));
    }
}

static lf_rc string_copy(reader *r, char **out) {
    LF_TRY(read_string(r));
    if (r->text.len > LF_NAME_BYTES_MAX)
        return bad_at(r, r->at, "a string is longer than 65535 bytes");
    lf_mem_strfree(r->alloc, *out);
    *out = lf_name_copy(r->alloc, (const char *)r->text.data, r->text.len);
    return *out ? LF_OK : lf_fail_nomem(r->err, r->text.len + 1);
}

static lf_rc word_add(reader *r, lf_field *f) {
    char *word = NULL;
    LF_TRY(string_copy(r, &word));
    size_t old = (f->n_null_words + 1u) * sizeof word;
    char **grown = f->n_null_words < NULL_WORDS_MAX
                       ? lf_mem_realloc(r->alloc, f->null_words, old, old + sizeof word)
                       : NULL;
    if (!grown) {
        lf_mem_strfree(r->alloc, word);
        if (f->n_null_words >= NULL_WORDS_MAX) return bad(r, "more than 1000 null words");
        return lf_fail_nomem(r->err, old + sizeof word);
    }
    f->null_words = grown;
    f->null_words[f->n_null_words++] = word;
    return LF_OK;
}

/* "null": one word or a list of words. */
static lf_rc read_null_words(reader *r, lf_field *f) {
    skip_space(r);
    if (f->null_words) return bad(r, "\"null\" stands twice in one column");
    f->null_words = lf_mem_zalloc(r->alloc, sizeof *f->null_words);
    if (!f->null_words) return lf_fail_nomem(r->err, sizeof *f->null_words);
    if (r->p < r->end && *r->p == '"') return word_add(r, f);
    if (!take(r, '[')) return bad(r, "\"null\" takes a list of words");
    if (take(r, ']')) return LF_OK;
    do {
        LF_TRY(word_add(r, f));
    } while (take(r, ','));
    return take(r, ']') ? LF_OK : bad(r, "a list needs ',' or ']'");
}

static bool text_is(const reader *r, const char *s) {
    return r->text.len == strlen(s) && memcmp(r->text.data, s, r->text.len) == 0;
}

static lf_rc read_type(reader *r, lf_field *f) {
    LF_TRY(read_string(r));
    lf_rc rc = lf_field_type_parse(f, r->alloc, (const char *)r->text.data, r->text.len, r->err);
    if (rc == LF_ESCHEMA) set_place(r, r->at, (size_t)(r->p - r->at));
    return rc;
}

static lf_rc read_column_key(reader *r, lf_field *f, bool *typed) {
    LF_TRY(read_string(r));
    const uint8_t *at = r->at;
    enum { NAME, TYPE, NULLABLE, FORMAT, WORDS, OTHER } key = OTHER;
    static const char *const keys[] = {"name", "type", "nullable", "format", "null"};
    for (int i = 0; i < OTHER; i++) {
        if (text_is(r, keys[i])) key = i;
    }
    if (!take(r, ':')) return bad(r, "a key needs ':' after it");
    switch (key) {
    case NAME:
        return string_copy(r, &f->name);
    case FORMAT:
        return string_copy(r, &f->format);
    case WORDS:
        return read_null_words(r, f);
    case NULLABLE:
        if (take_word(r, "true"))
            f->nullable = true;
        else if (take_word(r, "false"))
            f->nullable = false;
        else
            return bad(r, "\"nullable\" is true or false");
        return LF_OK;
    case TYPE:
        if (*typed) return bad_at(r, at, "\"type\" stands twice in one column");
        *typed = true;
        return read_type(r, f);
    default:
        return bad_at(r, at,
                      "a column has the keys name, type, nullable, format and null, no others");
    }
}

static lf_rc read_column(reader *r, lf_schema *s) {
    lf_field f = {.nullable = true};
    bool typed = false;
    lf_rc rc = LF_OK;
    if (!take(r, '{')) return bad(r, "a column is an object in braces");
    if (!take(r, '}')) {
        do {
            LF_GO(read_column_key(r, &f, &typed));
        } while (take(r, ','));
        if (!take(r, '}')) {
            rc = bad(r, "an object needs ',' or '}'");
            goto out;
        }
    }
    if (!f.name)
        rc = bad(r, "a column has no \"name\"");
    else if (!typed)
        rc = bad(r, "a column has no \"type\"");
    else
        rc = lf_schema_field_take(s, &f, r->err);
out:
    if (rc != LF_OK && f.name) rc = lf_error_context(r->err, rc, "column '%s'", f.name);
    lf_field_reset(&f, r->alloc);
    return rc;
}

static lf_rc read_columns(reader *r, lf_schema *s) {
    if (!take(r, '[')) return bad(r, "\"columns\" is a list of objects");
    if (take(r, ']')) return LF_OK;
    do {
        LF_TRY(read_column(r, s));
    } while (take(r, ','));
    return take(r, ']') ? LF_OK : bad(r, "a list needs ',' or ']'");
}

static lf_rc read_schema(reader *r, lf_schema *s) {
    if (r->end - r->p >= 3 && memcmp(r->p, "\xEF\xBB\xBF", 3) == 0) r->p += 3;
    if (!take(r, '{')) return bad(r, "it starts with {\"columns\":[");
    LF_TRY(read_string(r));
    if (!text_is(r, "columns")) return bad_at(r, r->at, "it has the one key \"columns\"");
    if (!take(r, ':')) return bad(r, "a key needs ':' after it");
    LF_TRY(read_columns(r, s));
    if (!take(r, '}')) return bad(r, "it has the one key \"columns\" and ends with '}'");
    skip_space(r);
    return r->p == r->end ? LF_OK : bad(r, "something follows its end");
}

/* Refuses a name that stands twice, by a table of indices: 100,000 columns take no time. */
static lf_rc check_names(reader *r, const lf_schema *s) {
    size_t slots = 16;
    while (slots < 2 * (size_t)s->n_fields) {
        slots *= 2;
    }
    uint32_t *table = lf_mem_zalloc(r->alloc, slots * sizeof *table);
    if (!table) return lf_fail_nomem(r->err, slots * sizeof *table);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < s->n_fields && rc == LF_OK; i++) {
        const char *name = s->fields[i].name;
        size_t at = lf_hash64(name, strlen(name), 0) & (slots - 1);
        for (; table[at]; at = (at + 1) & (slots - 1)) {
            if (strcmp(s->fields[table[at] - 1].name, name) != 0) continue;
            rc = lf_fail(r->err, LF_ESCHEMA, "the schema has two columns '%s'", name);
            break;
        }
        table[at] = i + 1;
    }
    lf_mem_free(r->alloc, table, slots * sizeof *table);
    return rc;
}

lf_rc lf_schema_from_json(lf_schema *out, const lf_alloc *alloc, lf_span json, lf_error *err) {
    lf_schema_init(out, alloc);
    reader r = {json.data, json.data, json.data + json.len, out->alloc, err, {0}, json.data};
    lf_buf_init(&r.text, out->alloc, JSON_TEXT_BYTES_MAX);
    lf_rc rc = read_schema(&r, out);
    if (rc == LF_OK) rc = check_names(&r, out);
    lf_buf_reset(&r.text);
    if (rc != LF_OK) lf_schema_reset(out);
    return rc;
}

/* ---- printing ---- */

static lf_rc print_string(lf_buf *out, const char *s, lf_error *err) {
    return lf_buf_append_json(out, s, strlen(s), err);
}

static lf_rc print_type(const lf_field *f, lf_buf *out, lf_error *err) {
    lf_buf name;
    lf_buf_init(&name, out->alloc, JSON_TEXT_BYTES_MAX);
    lf_rc rc = lf_field_type_print(f, &name, err);
    if (rc == LF_OK) rc = lf_buf_append_json(out, name.data, name.len, err);
    lf_buf_reset(&name);
    return rc;
}

static lf_rc print_column(const lf_field *f, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_printf(out, err, "{\"name\":"));
    LF_TRY(print_string(out, f->name, err));
    LF_TRY(lf_buf_printf(out, err, ",\"type\":"));
    LF_TRY(print_type(f, out, err));
    LF_TRY(lf_buf_printf(out, err, ",\"nullable\":%s", f->nullable ? "true" : "false"));
    if (f->format) {
        LF_TRY(lf_buf_printf(out, err, ",\"format\":"));
        LF_TRY(print_string(out, f->format, err));
    }
    if (f->null_words) {
        LF_TRY(lf_buf_printf(out, err, ",\"null\":["));
        for (uint32_t i = 0; i < f->n_null_words; i++) {
            if (i) LF_TRY(lf_buf_append(out, ",", 1, err));
            LF_TRY(print_string(out, f->null_words[i], err));
        }
        LF_TRY(lf_buf_append(out, "]", 1, err));
    }
    return lf_buf_append(out, "}", 1, err);
}

lf_rc lf_schema_to_json(const lf_schema *s, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_printf(out, err, "{\"columns\":["));
    for (uint32_t i = 0; i < s->n_fields; i++) {
        LF_TRY(lf_buf_printf(out, err, i ? ",\n " : "\n "));
        LF_TRY(print_column(&s->fields[i], out, err));
    }
    return lf_buf_printf(out, err, "\n]}\n");
}
