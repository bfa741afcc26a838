/* Checking and reading option values. Values travel as text from the command line, the
 * environment or a caller to the part that uses them; they are all checked in one place, before
 * anything is opened, so that the readers below may assume well-formed text. */
#include "api/options.h"
#include "api/text_source.h"
#include "array/type.h"
#include "codec/codec.h"
#include "filter/row_filter.h"
#include "infer/locale.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool command_takes(const lf_option_info *o, const char *command) {
    const size_t n = strlen(command);
    for (const char *p = o->commands; *p;) {
        const size_t word = strcspn(p, " ");
        if (word == n && memcmp(p, command, n) == 0) return true;
        p += word + strspn(p + word, " ");
    }
    return false;
}

const lf_option_info *lf_option_find(const char *name, const char *command) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++)
        if (strcmp(o->name, name) == 0 && command_takes(o, command)) return o;
    return NULL;
}

unsigned lf_edit_distance(const char *a, const char *b) {
    enum { MAX = 48 };
    unsigned rows[3][MAX + 1];
    const size_t na = strlen(a), nb = strlen(b);
    if (na > MAX || nb > MAX) return MAX;
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= nb; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
        }
        unsigned *spare = before;
        before = last, last = now, now = spare;
    }
    return last[nb];
}

unsigned lf_edits_allowed(size_t n) {
    return n <= 3 ? 2 : n <= 6 ? 3 : 4;
}

const char *lf_nearest(const char *word, const char *const *words) {
    const size_t n = strlen(word);
    const char *best = NULL, *begins = NULL;
    unsigned best_d = lf_edits_allowed(n); /* at most one less than this */
    for (; *words; words++) {
        const unsigned d = lf_edit_distance(word, *words);
        if (d < best_d) best_d = d, best = *words;
        if (n >= 3 && !begins && strncasecmp(word, *words, n) == 0) begins = *words;
    }
    return best ? best : begins;
}

lf_rc lf_size_parse(const char *s, uint64_t *bytes_out, lf_error *err) {
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1e3},
                 {"MB", 1e6},
                 {"GB", 1e9},
                 {"TB", 1e12},
                 {"KiB", 1024.0},
                 {"MiB", 1048576.0},
                 {"GiB", 1073741824.0},
                 {"TiB", 1099511627776.0}};
    char *end;
    if (!isdigit((unsigned char)s[0]))
        return lf_fail(err, LF_EUSAGE, "'%s' is no size; write it as 64MB or 64MiB", s);
    const double v = strtod(s, &end);
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcasecmp(end, units[i].name) != 0) continue;
        const double bytes = v * units[i].factor;
        if (!(bytes >= 0 && bytes < 9e18)) break;
        *bytes_out = (uint64_t)bytes;
        return LF_OK;
    }
    return lf_fail(err, LF_EUSAGE, "'%s' is no size; write it as 64MB or 64MiB", s);
}

lf_rc lf_amount_parse(const char *s, uint64_t *count_out, double *share_out, lf_error *err) {
    char *end;
    *count_out = UINT64_MAX, *share_out = 0;
    if (isdigit((unsigned char)s[0])) {
        const double v = strtod(s, &end);
        if (strcmp(end, "%") == 0 && v <= 100) {
            *share_out = v / 100;
            /* A share of nothing is a count of nothing: no bad row is allowed. */
            if (v == 0) *count_out = 0;
            return LF_OK;
        }
        const unsigned long long n = strtoull(s, &end, 10);
        if (*end == '\0' && n < UINT64_MAX) {
            *count_out = n;
            return LF_OK;
        }
    }
    return lf_fail(err, LF_EUSAGE, "'%s' is neither a number of rows nor a share such as 2%%", s);
}

static lf_rc check_duration(const char *s, lf_error *err) {
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60}, {"h", 3600}};
    char *end;
    const double v = isdigit((unsigned char)s[0]) ? strtod(s, &end) : -1;
    for (size_t i = 0; v > 0 && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) != 0) continue;
        if (v * units[i].seconds >= 1e-3 && v * units[i].seconds < 1e9) return LF_OK;
    }
    return lf_fail(err, LF_EUSAGE, "'%s' is no time; write it as 90s, 5m or 2h", s);
}

static lf_rc check_number(const lf_option_info *o, const char *value, lf_error *err) {
    char *end;
    uint64_t v;
    if (strcmp(o->type, "size") == 0) {
        LF_TRY(lf_size_parse(value, &v, err));
    } else {
        v = isdigit((unsigned char)value[0]) ? strtoull(value, &end, 10) : 0;
        if (!isdigit((unsigned char)value[0]) || *end || strlen(value) > 18)
            return lf_fail(err, LF_EUSAGE, "'%s' is no whole number", value);
    }
    const bool mib = strcmp(o->type, "size") == 0 && o->min >= 1024;
    const unsigned long long unit = !mib ? 1 : o->min % 1048576 ? 1024 : 1048576;
    const char *unit_name = !mib ? "" : unit == 1024 ? "KiB" : "MiB";
    if (v < o->min)
        return lf_fail(err, LF_EUSAGE, "%s is too small; the least is %llu%s", value,
                       (unsigned long long)o->min / unit, unit_name);
    if (o->max && v > o->max)
        return lf_fail(err, LF_EUSAGE, "%s is too large; the most is %llu%s", value,
                       (unsigned long long)o->max / unit, unit_name);
    return LF_OK;
}

static bool in_list(const char *list, const char *value) {
    const size_t n = strlen(value);
    for (const char *p = list;; p++) {
        const size_t word = strcspn(p, "|");
        if (word == n && memcmp(p, value, n) == 0) return true;
        p += word;
        if (*p == '\0') return false;
    }
}

bool lf_option_nearest_choice(const char *list, const char *value, char *out, size_t cap) {
    enum { MOST = 24 };
    char words[MOST][24];
    const char *names[MOST + 1];
    size_t n = 0;
    for (const char *p = list; n < MOST; n++) {
        const size_t len = strcspn(p, "|");
        snprintf(words[n], sizeof words[n], "%.*s", (int)len, p);
        names[n] = words[n];
        p += len;
        if (*p++ == '\0') break;
    }
    names[n < MOST ? n + 1 : MOST] = NULL;
    const char *near = lf_nearest(value, names);
    if (near) snprintf(out, cap, "%s", near);
    return near != NULL;
}

/* What other systems call our types. */
static const char *type_meant(const char *name) {
    static const char *const known[][2] = {{"int", "int64"},
                                           {"integer", "int64"},
                                           {"bigint", "int64"},
                                           {"int32", "int64"},
                                           {"long", "int64"},
                                           {"number", "double"},
                                           {"float", "double"},
                                           {"float64", "double"},
                                           {"float32", "double"},
                                           {"real", "double"},
                                           {"text", "string"},
                                           {"str", "string"},
                                           {"varchar", "string"},
                                           {"utf8", "string"},
                                           {"datetime", "timestamp[us]"},
                                           {"boolean", "bool"},
                                           {"numeric", "decimal(18,2)"},
                                           {"decimal", "decimal(18,2)"}};
    static const char *const ours[] = {"int64", "uint64", "double",        "bool", "string",
                                       "date",  "time",   "timestamp[us]", NULL};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(known[i][0], name) == 0) return known[i][1];
    return lf_nearest(name, ours);
}

static lf_rc check_column_type(const char *value, lf_error *err) {
    const char *eq = strrchr(value, '=');
    lf_type t;
    lf_error inner = {0};
    if (eq == NULL || eq == value)
        return lf_fail(err, LF_EUSAGE, "'%s' does not have the form COLUMN=TYPE", value);
    const lf_rc rc = lf_type_parse(eq + 1, strlen(eq + 1), &t, &inner);
    if (rc == LF_OK) return rc;
    const char *near = type_meant(eq + 1);
    if (near) return lf_fail(err, rc, "'%s' is no type; did you mean %s?", eq + 1, near);
    lf_error_merge(err, &inner);
    return rc;
}

static const char *const words_true[] = {"yes", "true", "1", "on", "", NULL};
static const char *const words_false[] = {"no", "false", "0", "off", NULL};

static bool among(const char *const *words, const char *value) {
    for (; *words; words++)
        if (strcasecmp(*words, value) == 0) return true;
    return false;
}

static lf_rc check_character(const char *value, lf_error *err) {
    static const char *const names[] = {"auto", "tab", "\\t", "none", NULL};
    if (strlen(value) == 1 && value[0] != '\n' && value[0] != '\r') return LF_OK;
    if (among(names, value)) return LF_OK;
    return lf_fail(err, LF_EUSAGE, "'%s' is not one byte; write a tab as tab", value);
}

static lf_rc check_column_unit(const char *value, lf_error *err) {
    static const char *const units[] = {"s", "ms", "us", "ns", NULL};
    const char *eq = strrchr(value, '=');
    if (eq == NULL || eq == value || !among(units, eq + 1))
        return lf_fail(err, LF_EUSAGE, "'%s' does not have the form COLUMN=s, ms, us or ns", value);
    return LF_OK;
}

static lf_rc check_rename(const char *value, lf_error *err) {
    const size_t at = lf_rename_split(value);
    if (at == 0 || value[at] == '\0' || value[at + 1] == '\0')
        return lf_fail(err, LF_EUSAGE, "'%.100s' does not have the form OLD=NEW", value);
    return LF_OK;
}

static lf_rc check_condition(const char *value, lf_error *err) {
    lf_where w;
    const lf_rc rc = lf_where_parse(&w, lf_alloc_default(), &value, 1, err);
    lf_where_reset(&w);
    return rc;
}

static lf_rc check_mark(const char *value, lf_error *err) {
    static const char *const names[] = {"comma",      "point", "blank", "apostrophe",
                                        "underscore", "none",  NULL};
    if (strlen(value) == 1 && strchr(",. '_", value[0]) != NULL) return LF_OK;
    if (among(names, value)) return LF_OK;
    return lf_fail(err, LF_EUSAGE,
                   "'%s' is none of comma, point, blank, apostrophe, underscore, none", value);
}

/* Ours, or a plugin's with options; which plugins there are is not known here. */
static lf_rc check_format(const lf_option_info *o, const char *value, lf_error *err) {
    const size_t n = strcspn(value, ":");
    if (o->values && value[n] == ':') {
        char name[24];
        snprintf(name, sizeof name, "%.*s", (int)(n < 23 ? n : 23), value);
        if (in_list(o->values, name))
            return lf_fail(err, LF_EUSAGE, "%s takes no options behind its name", name);
    }
    if (n > 0 && n < 32 && strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n)
        return LF_OK;
    return lf_fail(err, LF_EUSAGE, "'%.40s' is no name", value);
}

static lf_rc check_value(const lf_option_info *o, const char *value, lf_error *err) {
    const char *t = o->type;
    if (strcmp(t, "flag") == 0) {
        if (among(words_true, value) || among(words_false, value)) return LF_OK;
        return lf_fail(err, LF_EUSAGE, "'%s' is neither yes nor no", value);
    }
    if (strcmp(t, "size") == 0 || strcmp(t, "integer") == 0) return check_number(o, value, err);
    if (strcmp(t, "choice") == 0) {
        char near[24];
        if (in_list(o->values, value)) return LF_OK;
        if (lf_option_nearest_choice(o->values, value, near, sizeof near))
            return lf_fail(err, LF_EUSAGE, "'%s' is not one of %s; did you mean %s?", value,
                           o->values, near);
        return lf_fail(err, LF_EUSAGE, "'%s' is not one of %s", value, o->values);
    }
    if (strcmp(t, "format") == 0) return check_format(o, value, err);
    if (strcmp(t, "codec") == 0) {
        lf_codec c;
        int level;
        char name[24], near[24];
        const size_t n = strcspn(value, ":");
        snprintf(name, sizeof name, "%.*s", (int)(n < 23 ? n : 23), value);
        if (!in_list(o->values, name) &&
            lf_option_nearest_choice(o->values, name, near, sizeof near))
            return lf_fail(err, LF_EUSAGE, "'%s' is not one of %s; did you mean %s?", name,
                           o->values, near);
        return lf_codec_parse(value, &c, &level, err);
    }
    if (strcmp(t, "duration") == 0) return check_duration(value, err);
    if (strcmp(t, "amount") == 0) {
        uint64_t n;
        double share;
        return lf_amount_parse(value, &n, &share, err);
    }
    if (strcmp(t, "column=type") == 0) return check_column_type(value, err);
    if (strcmp(t, "rename") == 0) return check_rename(value, err);
    if (strcmp(t, "condition") == 0) return check_condition(value, err);
    if (strcmp(t, "column=unit") == 0) return check_column_unit(value, err);
    if (strcmp(t, "locale") == 0) {
        if (lf_locale_find(value) != NULL) return LF_OK;
        return lf_fail(err, LF_EUSAGE, "'%s' is none of %s", value, lf_locale_list());
    }
    if (strcmp(t, "mark") == 0) return check_mark(value, err);
    if (strcmp(t, "character") == 0) return check_character(value, err);
    if (strcmp(t, "encoding") == 0) return lf_text_encoding_check(value, err);
    if (strcmp(t, "file") == 0 && value[0] == '\0')
        return lf_fail(err, LF_EUSAGE, "the name of the file is empty");
    return LF_OK;
}

lf_rc lf_option_check(const lf_option_info *info, const char *value, lf_error *err) {
    lf_error inner = {0};
    const lf_rc rc = check_value(info, value ? value : "", &inner);
    if (rc == LF_OK) return LF_OK;
    if (strcmp(info->type, "condition") == 0) { /* says it all, with its place */
        if (err) lf_error_merge(err, &inner);
        return rc;
    }
    return lf_fail(err, LF_EUSAGE, "--%s: %s", info->name, inner.message);
}

static lf_rc fail_unknown(const char *name, const char *command, lf_error *err) {
    const char *names[96];
    size_t n = 0;
    for (const lf_option_info *o = lf_option_table(); o->name && n < 95; o++)
        if (o->library && command_takes(o, command)) names[n++] = o->name;
    names[n] = NULL;
    const char *near = lf_nearest(name, names);
    if (near) return lf_fail(err, LF_EUSAGE, "unknown option '%s'; did you mean '%s'?", name, near);
    return lf_fail(err, LF_EUSAGE, "unknown option '%s'", name);
}

lf_rc lf_options_check(const lf_option *o, size_t n, const char *command, lf_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (o[i].name == NULL) return lf_fail(err, LF_EUSAGE, "option %zu has no name", i + 1);
        const lf_option_info *info = lf_option_find(o[i].name, command);
        if (info == NULL || !info->library) return fail_unknown(o[i].name, command, err);
        LF_TRY(lf_option_check(info, o[i].value, err));
    }
    return LF_OK;
}

const char *lf_options_text(const lf_option *o, size_t n, const char *name, const char *dflt) {
    for (size_t i = n; i-- > 0;)
        if (strcmp(o[i].name, name) == 0) return o[i].value ? o[i].value : "";
    return dflt;
}

bool lf_options_flag(const lf_option *o, size_t n, const char *name) {
    const char *v = lf_options_text(o, n, name, NULL);
    return v != NULL && !among(words_false, v);
}

uint64_t lf_options_number(const lf_option *o, size_t n, const char *name, uint64_t dflt) {
    const char *v = lf_options_text(o, n, name, NULL);
    return v ? strtoull(v, NULL, 10) : dflt;
}

uint64_t lf_options_size(const lf_option *o, size_t n, const char *name, uint64_t dflt) {
    const char *v = lf_options_text(o, n, name, NULL);
    uint64_t bytes;
    return v && lf_size_parse(v, &bytes, NULL) == LF_OK ? bytes : dflt;
}
