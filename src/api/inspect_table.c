/* Columns are as wide as their widest cell until the table does not fit; then the one that is
 * farthest above its least width gives way, one terminal column at a time. */
#include "api/inspect_table.h"
#include <stdio.h>
#include <string.h>

#define GAP 2u

void lf_table_init(lf_table *t, const lf_alloc *alloc) {
    memset(t, 0, sizeof *t);
    lf_arena_init(&t->arena, alloc, 0);
}

void lf_table_reset(lf_table *t) {
    lf_arena_reset(&t->arena);
    t->n_columns = t->n_cells = t->cap_cells = 0;
}

/* ---- text ---- */

static bool is_wide(uint32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_combining(uint32_t c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x20d0 && c <= 0x20ff);
}

/* One character of at least one byte; its bytes and terminal columns out. */
static uint32_t character(const char *s, size_t n, uint32_t *columns) {
    const uint8_t *p = (const uint8_t *)s;
    uint32_t k = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = k == 1 ? p[0] : p[0] & (0x7fu >> k);
    if (k > n) k = (uint32_t)n;
    for (uint32_t i = 1; i < k; i++) {
        c = c << 6 | (p[i] & 0x3f);
    }
    *columns = is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
    return k;
}

static uint32_t text_width(const char *s) {
    uint32_t w = 0, one;
    for (size_t n = strlen(s), i = 0; i < n; w += one) {
        i += character(s + i, n - i, &one);
    }
    return w;
}

/* Appends s cut to `width` terminal columns; how many it took. */
static lf_rc put_cut(lf_buf *out, const char *s, uint32_t width, uint32_t *used, lf_error *err) {
    uint32_t w = 0, one, fits = 0;
    size_t n = strlen(s), i = 0, cut = 0;
    for (; i < n; w += one) {
        uint32_t k = character(s + i, n - i, &one);
        if (w + one > width) break;
        if (w + one < width) cut = i + k, fits = w + one;
        i += k;
    }
    *used = w;
    if (i == n) return lf_buf_append(out, s, n, err);
    *used = fits + 1;
    LF_TRY(lf_buf_append(out, s, cut, err));
    return lf_buf_append(out, "…", strlen("…"), err);
}

/* A cell's text without control characters, cut generously. */
static const char *clean(lf_table *t, const char *s, size_t n) {
    uint32_t w = 0, one;
    size_t at = 0, cap = 4 * LF_TABLE_CELL_MAX + 64;
    char *p = lf_arena_alloc(&t->arena, (n < cap ? 4 * n : cap) + 8, 1);
    if (p == NULL) return NULL;
    for (size_t i = 0; i < n && w <= LF_TABLE_CELL_MAX && at < cap; w += one) {
        uint8_t c = (uint8_t)s[i];
        const bool c1 = c == 0xc2 && i + 1 < n && (uint8_t)s[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1) {
            static const char names[] = "0......abtnvfr";
            one = 2;
            p[at++] = '\\';
            p[at++] = c < sizeof names - 1 && names[c] != '.' ? names[c] : '?';
            i += 1 + c1;
            continue;
        }
        uint32_t k = character(s + i, n - i, &one);
        memcpy(p + at, s + i, k);
        at += k;
        i += k;
    }
    p[at] = 0;
    return p;
}

/* ---- building ---- */

lf_rc lf_table_column(lf_table *t, const char *name, size_t name_len, bool right, uint32_t least,
                      lf_error *err) {
    if (t->n_columns == LF_TABLE_COLUMNS_MAX) {
        return lf_fail(err, LF_EINTERNAL, "a table has too many columns");
    }
    struct lf_table_column *c = &t->columns[t->n_columns++];
    *c = (struct lf_table_column){.name = clean(t, name, name_len), .right = right, .least = least};
    return c->name == NULL ? lf_fail_nomem(err, name_len) : LF_OK;
}

lf_rc lf_table_cell(lf_table *t, const void *text, size_t n, lf_error *err) {
    if (t->n_cells == t->cap_cells) {
        uint32_t cap = t->cap_cells == 0 ? 64 : t->cap_cells * 2;
        const char **p = lf_arena_alloc(&t->arena, cap * sizeof *p, sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        if (t->n_cells > 0) memcpy(p, t->cells, t->n_cells * sizeof *p);
        t->cells = p;
        t->cap_cells = cap;
    }
    const char *s = clean(t, text, n);
    if (s == NULL) return lf_fail_nomem(err, n);
    t->cells[t->n_cells++] = s;
    return LF_OK;
}

lf_rc lf_table_cell_str(lf_table *t, const char *s, lf_error *err) {
    return lf_table_cell(t, s, strlen(s), err);
}

/* ---- printing ---- */

static void measure(lf_table *t) {
    for (uint32_t i = 0; i < t->n_columns; i++) {
        t->columns[i].width = text_width(t->columns[i].name);
    }
    for (uint32_t i = 0; i < t->n_cells; i++) {
        struct lf_table_column *c = &t->columns[i % t->n_columns];
        uint32_t w = text_width(t->cells[i]);
        if (w > LF_TABLE_CELL_MAX) w = LF_TABLE_CELL_MAX;
        if (w > c->width) c->width = w;
    }
}

static uint32_t total_width(const lf_table *t, uint32_t n) {
    uint32_t w = n > 0 ? GAP * (n - 1) : 0;
    for (uint32_t i = 0; i < n; i++) {
        w += t->columns[i].width;
    }
    return w;
}

/* Which of n columns gives way: the one farthest above its least; -1: none. */
static int64_t softest(const lf_table *t, uint32_t n) {
    int64_t best = -1;
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct lf_table_column *c = &t->columns[i];
        uint32_t over = c->width > c->least ? c->width - c->least : 0;
        if (over > most) most = over, best = i;
    }
    return best;
}

static uint32_t fit(lf_table *t, uint32_t width) {
    uint32_t n = t->n_columns, least = 0;
    for (uint32_t i = 0; i < n; i++) { /* as many as fit at their narrowest */
        const struct lf_table_column *c = &t->columns[i];
        least += (c->width < c->least ? c->width : c->least) + (i > 0 ? GAP : 0);
        if (least > width) n = i > 0 ? i : 1;
    }
    for (int64_t i; total_width(t, n) > width && (i = softest(t, n)) >= 0;) {
        t->columns[i].width--;
    }
    return n;
}

static lf_rc put_row(const lf_table *t, const char *const *cells, uint32_t n, lf_buf *out,
                     lf_error *err) {
    const size_t from = out->len;
    for (uint32_t i = 0; i < n; i++) {
        const struct lf_table_column *c = &t->columns[i];
        const char *s = cells != NULL ? cells[i] : c->name;
        uint32_t w = text_width(s), used = w < c->width ? w : c->width;
        uint32_t pad = c->width - used;
        if (c->right && pad > 0) LF_TRY(lf_buf_printf(out, err, "%*s", (int)pad, ""));
        LF_TRY(put_cut(out, s, c->width, &used, err));
        pad = c->width - used;
        if (i + 1 == n) break;
        if (c->right) pad = 0;
        LF_TRY(lf_buf_printf(out, err, "%*s", (int)(pad + GAP), ""));
    }
    while (out->len > from && out->data[out->len - 1] == ' ')
        out->len--;
    return lf_buf_append(out, "\n", 1, err);
}

lf_rc lf_table_print(lf_table *t, uint32_t width, uint32_t *shown_out, lf_buf *out, lf_error *err) {
    *shown_out = 0;
    if (t->n_columns == 0) return LF_OK;
    measure(t);
    uint32_t n = fit(t, width);
    *shown_out = n;
    LF_TRY(put_row(t, NULL, n, out, err));
    for (uint32_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns) {
        LF_TRY(put_row(t, t->cells + i, n, out, err));
    }
    return LF_OK;
}

/* ---- numbers ---- */

const char *lf_inspect_count(uint64_t n, char *buf, size_t cap) {
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t at = 0;
    for (int i = 0; i < len && at + 2 < cap; i++) {
        if (i > 0 && (len - i) % 3 == 0) buf[at++] = ',';
        buf[at++] = digits[i];
    }
    buf[at] = 0;
    return buf;
}

const char *lf_inspect_bytes(uint64_t n, char *buf, size_t cap) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    double v = (double)n;
    size_t u = 0;
    while (v >= 999.5 && u + 1 < sizeof units / sizeof *units) {
        v /= 1000;
        u++;
    }
    snprintf(buf, cap, u > 0 && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
    return buf;
}
