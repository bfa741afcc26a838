/* decode/csv/csv_dialect.c - the dialect as options give it; csv_sniff.c finds the rest. */
#include "decode/csv/csv_sniff.h"
#include <stdlib.h>
#include <string.h>

const char *lf_csv_option(const lf_decode_opts *o, const char *name) {
    const char *v = NULL;
    for (size_t i = 0; i < o->n_options; i++)
        if (strcmp(o->options[i].name, name) == 0) v = o->options[i].value;
    return v;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Bytes of an option: as they stand, or \t, \\, \xHH. Returns how many; 0: not to be read. */
static size_t option_bytes(const char *v, uint8_t *out, size_t cap) {
    size_t n = 0;
    if (strcmp(v, "\\") == 0) {
        out[0] = '\\';
        return 1;
    }
    for (; *v != '\0'; v++) {
        uint8_t b = (uint8_t)*v;
        if (n == cap) return 0;
        if (b == '\\' && v[1] == 't') {
            b = '\t';
            v++;
        } else if (b == '\\' && v[1] == '\\') {
            v++;
        } else if (b == '\\' && v[1] == 'x' && hex_digit(v[2]) >= 0 && hex_digit(v[3]) >= 0) {
            b = (uint8_t)(hex_digit(v[2]) * 16 + hex_digit(v[3]));
            v += 3;
        }
        if (b == '\n' || b == '\r' || b == 0) return 0;
        out[n++] = b;
    }
    return n;
}

static lf_rc option_delimiter(lf_plan *p, const char *v, lf_error *err) {
    uint8_t bytes[CSV_DELIMITER_MAX];
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->delimiter_given = true;
    if (strcmp(v, "none") == 0) {
        p->dialect.delimiter = '\n';
        return LF_OK;
    }
    const char *text = strcmp(v, "tab") == 0     ? "\t"
                       : strcmp(v, "space") == 0 ? " "
                       : strcmp(v, "comma") == 0 ? ","
                                                 : v;
    size_t n = option_bytes(text, bytes, sizeof bytes);
    if (n == 0)
        return lf_fail(
            err, LF_EUSAGE,
            "--delimiter takes 1 to %u bytes, \"tab\", \"space\" or \"none\", not \"%s\"",
            CSV_DELIMITER_MAX, v);
    p->dialect.delimiter = bytes[0];
    p->dialect.more_len = (uint8_t)(n - 1);
    memcpy(p->dialect.more, bytes + 1, n - 1);
    return LF_OK;
}

static lf_rc option_quote(lf_plan *p, const char *v, lf_error *err) {
    p->dialect.has_quote = true;
    p->dialect.quote = '"';
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->quote_given = true;
    if (strcmp(v, "\"") == 0 || strcmp(v, "double") == 0) return LF_OK;
    if (strcmp(v, "'") == 0 || strcmp(v, "single") == 0) {
        p->dialect.quote = '\'';
        return LF_OK;
    }
    if (strcmp(v, "none") == 0) {
        p->dialect.has_quote = false;
        return LF_OK;
    }
    return lf_fail(err, LF_EUSAGE, "--quote takes \", ' or none, not \"%s\"", v);
}

static lf_rc option_escape(lf_plan *p, const char *v, lf_error *err) {
    uint8_t bytes[1];
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->escape_given = true;
    if (strcmp(v, "double") == 0 || strcmp(v, "none") == 0) return LF_OK;
    if (strcmp(v, "backslash") == 0) v = "\\";
    if (option_bytes(v, bytes, 1) != 1)
        return lf_fail(err, LF_EUSAGE, "--escape takes backslash, double or one byte, not \"%s\"",
                       v);
    if (p->dialect.has_quote && bytes[0] == p->dialect.quote) return LF_OK;
    p->dialect.escape = bytes[0];
    return LF_OK;
}

static lf_rc option_comment(lf_plan *p, const char *v, lf_error *err) {
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->comment_given = true;
    if (strcmp(v, "none") == 0) return LF_OK;
    size_t n = option_bytes(v, p->dialect.comment, sizeof p->dialect.comment);
    if (n == 0)
        return lf_fail(err, LF_EUSAGE, "--comment takes 1 to %u bytes or none, not \"%s\"",
                       CSV_COMMENT_MAX, v);
    p->dialect.comment_len = (uint8_t)n;
    return LF_OK;
}

static lf_rc option_line_end(lf_plan *p, const char *v, lf_error *err) {
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->line_end_given = true;
    if (strcmp(v, "lf") == 0 || strcmp(v, "crlf") == 0) return LF_OK;
    if (strcmp(v, "cr") != 0 && strcmp(v, "any") != 0)
        return lf_fail(err, LF_EUSAGE, "--line-end takes auto, lf, crlf, cr or any, not \"%s\"", v);
    p->dialect.cr_ends = true;
    return LF_OK;
}

static lf_rc option_count(const lf_decode_opts *o, const char *name, uint32_t *out, bool *given,
                          lf_error *err) {
    const char *v = lf_csv_option(o, name);
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    char *end;
    unsigned long n = strtoul(v, &end, 10);
    if (*v < '0' || *v > '9' || *end != '\0' || n > 1000000)
        return lf_fail(err, LF_EUSAGE, "--%s takes a number, not \"%s\"", name, v);
    *out = (uint32_t)n;
    *given = true;
    return LF_OK;
}

static lf_rc option_layout(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    LF_TRY(option_count(o, "skip-lines", &p->skip_lines, &p->skip_given, err));
    LF_TRY(option_count(o, "header-rows", &p->header_rows_asked, &p->header_rows_given, err));
    LF_TRY(option_count(o, "footer", &p->footer_asked, &p->footer_given, err));
    const char *tables = lf_csv_option(o, "tables");
    if (tables == NULL || strcmp(tables, "auto") == 0 || strcmp(tables, "first") == 0) return LF_OK;
    if (strcmp(tables, "one") == 0) {
        p->one_table = true;
        return LF_OK;
    }
    if (strcmp(tables, "all") == 0) { /* as many runs, of which this is the first */
        p->all_tables = true;
        return LF_OK;
    }
    const char *number = strncmp(tables, "all/", 4) == 0 ? tables + 4 : tables;
    p->all_tables = number != tables;
    char *end;
    unsigned long n = strtoul(number, &end, 10);
    if (*number < '1' || *number > '9' || *end != '\0' || n > 1000000)
        return lf_fail(err, LF_EUSAGE, "--tables takes first, all, one or a number, not \"%s\"",
                       tables);
    p->table = (uint32_t)n - 1;
    return LF_OK;
}

lf_rc lf_csv_dialect_options(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    LF_TRY(option_delimiter(p, lf_csv_option(o, "delimiter"), err));
    LF_TRY(option_quote(p, lf_csv_option(o, "quote"), err));
    if (p->delimiter_given && p->dialect.has_quote && p->dialect.quote == p->dialect.delimiter)
        return lf_fail(err, LF_EUSAGE, "--delimiter and --quote are the same byte");
    LF_TRY(option_escape(p, lf_csv_option(o, "escape"), err));
    LF_TRY(option_comment(p, lf_csv_option(o, "comment"), err));
    LF_TRY(option_line_end(p, lf_csv_option(o, "line-end"), err));
    LF_TRY(option_layout(p, o, err));
    const char *ragged = lf_csv_option(o, "ragged");
    p->widen = ragged != NULL && strcmp(ragged, "widen") == 0;
    p->widen_to = p->widen ? o->widen_to : 0;
    const char *header = lf_csv_option(o, "header");
    if (header != NULL && strcmp(header, "auto") != 0 && strcmp(header, "yes") != 0 &&
        strcmp(header, "no") != 0)
        return lf_fail(err, LF_EUSAGE, "--header takes auto, yes or no, not \"%s\"", header);
    return LF_OK;
}
