/* Every kernel set against infer/parse.h, cell by cell, and against the scalar set, bit by bit.
 *
 * A test fills tiles with cells of a recipe (typical, edges, garbage made by mutating good cells),
 * packs them between neighbours that look like numbers, and runs all sets of this machine:
 *   - a valid cell must read the same by lf_parse_value and print back under the tile's form;
 *   - null, odd and empty slots must hold 0, and the counts must be those of the bitmaps;
 *   - bitmaps, forms and digit counts must be the scalar set's. */
#include "core/cpu.h"
#include "infer/cell_kernel.h"
#include "infer/parse.h"
#include "infer/print.h"
#include "lf_test.h"
#include <stdlib.h>

#define ROWS_MAX 1100
#define MARGIN   64

static uint64_t seed = 88172645463325252ull;

static uint32_t rnd(uint32_t n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 11) % n);
}

/* --- Tiles. --------------------------------------------------------------------------------- */

typedef struct tile {
    char text[ROWS_MAX * 64];
    uint32_t used, n;
    uint32_t start[ROWS_MAX + 16], len[ROWS_MAX + 16];
} tile;

static void tile_add(tile *t, const char *s, size_t n) {
    static const char around[] = ",0.-9T:Z1;\"\n/e+\t";
    for (uint32_t k = rnd(3); k > 0; k--)
        t->text[t->used++] = around[rnd(sizeof around - 1)];
    t->start[t->n] = t->used;
    t->len[t->n++] = (uint32_t)n;
    memcpy(t->text + t->used, s, n);
    t->used += (uint32_t)n;
}

typedef struct result {
    uint8_t values[(ROWS_MAX + 64) * 8];
    uint64_t valid[ROWS_MAX / 64 + 2], odd[ROWS_MAX / 64 + 2];
    lf_cell_kernel_out out;
} result;

typedef struct kind {
    const char *name;
    lf_type type;
    uint32_t date_format; /* 0: LF_DF_YMD_DASH */
    const char *word;     /* a null word, or NULL */
    const char *word2;
} kind;

static void run(const lf_cell_kernels *k, const kind *what, const lf_cells *in, result *r) {
    uint32_t format = what->date_format ? what->date_format : LF_DF_YMD_DASH;
    memset(r, 0x5A, sizeof *r);
    r->out = (lf_cell_kernel_out){.values = r->values, .valid = r->valid, .odd = r->odd};
    switch (what->type.id) {
    case LF_T_INT64:
        k->int64(in, &r->out);
        break;
    case LF_T_DOUBLE:
        k->f64(in, &r->out);
        break;
    case LF_T_BOOL:
        k->boolean(in, &r->out);
        break;
    case LF_T_DATE:
        k->date(in, format, what->type, &r->out);
        break;
    case LF_T_TIME:
        k->time(in, format, what->type, &r->out);
        break;
    case LF_T_TIMESTAMP:
        k->timestamp(in, format, what->type, &r->out);
        break;
    default:
        k->decimal64(in, what->type.scale, &r->out);
        break;
    }
}

static void word_set(lf_cells *in, const char *w) {
    if (!w) return;
    memcpy(&in->null_word[in->n_null_words], w, strlen(w));
    in->null_len[in->n_null_words++] = (uint8_t)strlen(w);
}

static lf_value slot_of(const result *r, lf_type t, uint32_t row, bool *zero) {
    lf_value v = {0};
    uint32_t bytes = t.id == LF_T_BOOL ? 1 : t.id == LF_T_DATE ? 4 : 8;
    memcpy(&v, r->values + (size_t)row * bytes, bytes);
    *zero = v.u64 == 0;
    if (t.id == LF_T_DECIMAL) v.dec[1] = v.i64 < 0 ? ~0ull : 0;
    return v;
}

static bool bit(const uint64_t *bits, uint32_t r) {
    return (bits[r / 64] >> (r % 64)) & 1;
}

static bool is_null(const lf_cells *in, uint32_t r) {
    if (in->len[r] == 0) return true;
    for (uint32_t k = 0; k < in->n_null_words; k++)
        if (in->len[r] == in->null_len[k] &&
            memcmp(in->base + in->start[r], &in->null_word[k], in->len[r]) == 0)
            return true;
    return false;
}

/* The form under which the valid numbers of a tile print, or false: none is promised. */
static bool form_of(const kind *what, const lf_cell_kernel_out *o, lf_form *f) {
    *f = o->form;
    if (what->type.id != LF_T_DOUBLE) return true;
    if (o->frac_digits_min == o->frac_digits_max && o->frac_digits_min > 0)
        *f = (lf_form){.kind = LF_FORM_FIXED, .param = o->frac_digits_min};
    return f->kind == LF_FORM_FIXED || !o->trailing_zero;
}

static bool check_cell(const kind *what, const lf_cells *in, const result *r, uint32_t row) {
    lf_span text = {in->base + in->start[row], in->len[row]};
    lf_parse_ctx ctx;
    lf_value want = {0};
    lf_form form, tile_form;
    bool exact, zero;
    lf_value got = slot_of(r, what->type, row, &zero);
    bool valid = bit(r->valid, row), odd = bit(r->odd, row);
    if (is_null(in, row)) return !valid && !odd && zero;
    if (odd || !valid) return odd && !valid && zero;
    lf_parse_ctx_init(&ctx);
    if (what->date_format) ctx.date_format = what->date_format;
    if (!lf_parse_value(what->type, text, &ctx, &want, &form, &exact)) return false;
    if (what->type.id == LF_T_DATE   ? want.date != got.date
        : what->type.id == LF_T_BOOL ? want.b != got.b
                                     : want.u64 != got.u64)
        return false;
    return !form_of(what, &r->out, &tile_form) ||
           lf_print_matches(what->type, got, tile_form, ctx.date_format, text);
}

static void check_counts(const lf_cells *in, const result *r) {
    uint32_t nulls = 0, odds = 0, words = 0;
    for (uint32_t row = 0; row < in->n; row++) {
        nulls += !bit(r->valid, row) && !bit(r->odd, row);
        words += in->len[row] != 0 && is_null(in, row);
        odds += bit(r->odd, row);
    }
    LF_CHECK_EQ_U64(r->out.n_null, nulls);
    LF_CHECK_EQ_U64(r->out.n_odd, odds);
    LF_CHECK_EQ_U64(r->out.n_word_null, words);
    if (in->n % 64) {
        LF_CHECK_EQ_U64(r->valid[in->n / 64] >> (in->n % 64), 0);
        LF_CHECK_EQ_U64(r->odd[in->n / 64] >> (in->n % 64), 0);
    }
}

static void check_same(const result *a, const result *b, uint32_t n) {
    LF_CHECK_MEM((const uint8_t *)a->valid, (const uint8_t *)b->valid, (n + 63) / 64 * 8);
    LF_CHECK_MEM((const uint8_t *)a->odd, (const uint8_t *)b->odd, (n + 63) / 64 * 8);
    LF_CHECK_EQ_U64(a->out.int_digits_max, b->out.int_digits_max);
    LF_CHECK_EQ_U64(a->out.frac_digits_min, b->out.frac_digits_min);
    LF_CHECK_EQ_U64(a->out.frac_digits_max, b->out.frac_digits_max);
    LF_CHECK_EQ_U64(a->out.trailing_zero, b->out.trailing_zero);
    LF_CHECK_MEM((const uint8_t *)&a->out.form, (const uint8_t *)&b->out.form, sizeof(lf_form));
}

static const lf_isa isas[] = {LF_ISA_SCALAR, LF_ISA_AVX2, LF_ISA_AVX512, LF_ISA_NEON};

static bool isa_runs(lf_isa isa) {
    lf_isa got;
    return lf_isa_select(lf_isa_name(isa), &got, NULL) == LF_OK;
}

/* Runs all sets over the tile; returns how many cells were valid. */
static uint32_t check_tile(const kind *what, const tile *t) {
    static result scalar, other;
    static uint32_t start[ROWS_MAX + 16], len[ROWS_MAX + 16];
    uint8_t *block = malloc(t->used + 2 * MARGIN);
    lf_cells in = {.base = block + MARGIN, .start = start, .len = len, .n = t->n};
    for (uint32_t k = 0; k < 2 * MARGIN + t->used; k++)
        block[k] = (uint8_t) "0123456789.-:"[rnd(13)];
    memcpy(block + MARGIN, t->text, t->used);
    memset(start, 0xEE, sizeof start);
    memset(len, 0xEE, sizeof len);
    memcpy(start, t->start, t->n * 4);
    memcpy(len, t->len, t->n * 4);
    word_set(&in, what->word);
    word_set(&in, what->word2);
    for (uint32_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        result *r = i ? &other : &scalar;
        if (!isa_runs(isas[i])) continue;
        int before = atomic_load(&lf_test_bad);
        run(lf_cell_kernels_get(isas[i]), what, &in, r);
        for (uint32_t row = 0; row < t->n && atomic_load(&lf_test_bad) < before + 4; row++)
            if (!LF_CHECK(check_cell(what, &in, r, row)))
                printf("  cell \"%.*s\" valid %d odd %d\n", (int)len[row],
                       (const char *)in.base + start[row], bit(r->valid, row), bit(r->odd, row));
        check_counts(&in, r);
        check_same(r, &scalar, t->n);
        if (atomic_load(&lf_test_bad) != before)
            printf("  in %s, kernels of %s\n", what->name, lf_isa_name(isas[i]));
    }
    free(block);
    return t->n - scalar.out.n_null - scalar.out.n_odd;
}

/* --- Recipes. ------------------------------------------------------------------------------- */

typedef uint32_t (*recipe)(char *out);

static uint32_t digits(char *out, uint32_t n, bool leading) {
    for (uint32_t k = 0; k < n; k++)
        out[k] = (char)('0' + (k == 0 && !leading ? 1 + rnd(9) : rnd(10)));
    return n;
}

static uint32_t make_int(char *out) {
    uint32_t n = 0;
    if (rnd(4) == 0) out[n++] = '-';
    return n + digits(out + n, 1 + rnd(rnd(4) ? 8 : 19), false);
}

static uint32_t make_fixed(char *out, uint32_t ints, uint32_t fracs) {
    uint32_t n = 0;
    if (rnd(5) == 0) out[n++] = '-';
    if (rnd(3) == 0)
        out[n++] = '0';
    else
        n += digits(out + n, 1 + rnd(ints), false);
    if (fracs == 0) return n;
    out[n++] = '.';
    return n + digits(out + n, fracs, true);
}

static uint32_t make_price(char *out) {
    return make_fixed(out, 5, 2);
}
static uint32_t make_double(char *out) {
    return make_fixed(out, 1 + rnd(10), rnd(11));
}
static uint32_t make_decimal(char *out) {
    return make_fixed(out, 1 + rnd(12), 3);
}

static uint32_t make_bool(char *out) {
    static const char *const all[] = {"true", "false", "true", "false", "TRUE", "False", "yes"};
    const char *s = all[rnd(rnd(8) ? 4 : 7)];
    memcpy(out, s, strlen(s));
    return (uint32_t)strlen(s);
}

static uint32_t date_kind; /* index into date_formats */
static const struct {
    uint32_t format;
    const char *print; /* of y, m, d: positional */
} date_formats[] = {
    {LF_DF_YMD_DASH, "%1$04u-%2$02u-%3$02u"},  {LF_DF_YMD_SLASH, "%1$04u/%2$02u/%3$02u"},
    {LF_DF_DMY_SLASH, "%3$02u/%2$02u/%1$04u"}, {LF_DF_MDY_SLASH, "%2$02u/%3$02u/%1$04u"},
    {LF_DF_DMY_DOT, "%3$02u.%2$02u.%1$04u"},   {LF_DF_DMY_DASH, "%3$02u-%2$02u-%1$04u"},
    {LF_DF_MDY_DASH, "%2$02u-%3$02u-%1$04u"},  {LF_DF_YMD_DOT, "%1$04u.%2$02u.%3$02u"},
    {LF_DF_MDY_DOT, "%2$02u.%3$02u.%1$04u"},   {LF_DF_YMD_DASH, "%1$04u-%2$u-%3$u"},
    {LF_DF_MDY_SLASH, "%2$u/%3$u/%1$04u"},     {LF_DF_DMY_DOT, "%3$u.%2$u.%1$04u"},
};

static uint32_t make_date(char *out) {
    static const uint32_t years[] = {0,    1,    4,    100,  400,  1600, 1677, 1678, 1899, 1900,
                                     1969, 1970, 1972, 2000, 2023, 2024, 2100, 2261, 2262, 9999};
    uint32_t y = rnd(3) ? 1900 + rnd(200) : rnd(4) ? years[rnd(20)] : rnd(10000);
    uint32_t m = rnd(20) ? 1 + rnd(12) : rnd(14), d = rnd(10) ? 1 + rnd(28) : 27 + rnd(6);
    if (rnd(50) == 0) d = rnd(100), m = rnd(100);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return (uint32_t)snprintf(out, 40, date_formats[date_kind].print, y, m, d);
#pragma GCC diagnostic pop
}

static struct {
    char separator;
    uint32_t frac;
    bool seconds;
    const char *zone;
} stamp;

static uint32_t make_clock(char *out) {
    uint32_t n =
        (uint32_t)sprintf(out, "%02u:%02u", rnd(rnd(30) ? 24 : 30), rnd(rnd(30) ? 60 : 70));
    if (!stamp.seconds) return n;
    n += (uint32_t)sprintf(out + n, ":%02u", rnd(rnd(30) ? 60 : 70));
    if (stamp.frac == 0) return n;
    out[n++] = '.';
    return n + digits(out + n, stamp.frac, true);
}

static uint32_t make_stamp(char *out) {
    uint32_t n = make_date(out);
    out[n++] = stamp.separator;
    n += make_clock(out + n);
    memcpy(out + n, stamp.zone, strlen(stamp.zone));
    return n + (uint32_t)strlen(stamp.zone);
}

/* Breaks a cell in one of the ways that fool fast parsers. */
static uint32_t mutate(char *s, uint32_t n) {
    static const char bytes[] = "0123456789..--:/+ eE,TZ;<>@`_\x00\x80\xAF\xB0\xB9\xFF\x10\x1F";
    uint32_t at = rnd(n + 1);
    switch (rnd(5)) {
    case 0: /* replace */
        if (at < n) s[at] = bytes[rnd(sizeof bytes - 1)];
        return n;
    case 1: /* insert */
        memmove(s + at + 1, s + at, n - at);
        s[at] = bytes[rnd(sizeof bytes - 1)];
        return n + 1;
    case 2: /* delete */
        if (at == n) return n;
        memmove(s + at, s + at + 1, n - at - 1);
        return n - 1;
    case 3:
        return rnd(n + 1); /* cut */
    default:               /* one bit */
        if (at < n) s[at] = (char)(s[at] ^ (1 << rnd(8)));
        return n;
    }
}

/* bad: one cell in so many is broken; 0: none. */
static void fill(tile *t, const kind *what, recipe make, uint32_t n, uint32_t bad) {
    char cell[96];
    t->n = t->used = 0;
    while (t->n < n) {
        uint32_t len = make(cell);
        if (bad && rnd(bad) == 0) len = mutate(cell, len);
        if (bad && rnd(40) == 0) len = mutate(cell, len);
        if (bad && rnd(12) == 0) len = 0;
        if (what->word && rnd(10) == 0) len = (uint32_t)sprintf(cell, "%s", what->word);
        if (what->word2 && rnd(10) == 0) len = (uint32_t)sprintf(cell, "%s", what->word2);
        tile_add(t, cell, len);
    }
}

/* Tiles of all sizes and of all degrees of damage. `least`: of 100 undamaged cells so many must
 * be read by the kernels. */
static void check_recipe(const kind *what, recipe make, uint32_t least) {
    static tile t;
    for (uint32_t rep = 0; rep < 60; rep++) {
        fill(&t, what, make, rep < 40 ? 1 + rnd(140) : 1 + rnd(1000), rep % 6);
        check_tile(what, &t);
    }
    kind clean = *what;
    clean.word = clean.word2 = NULL;
    fill(&t, &clean, make, 1000, 0);
    uint32_t valid = check_tile(&clean, &t);
    if (!LF_CHECK(valid >= least * 10)) printf("  %s: %u of 1000 valid\n", what->name, valid);
}

#define TYPE(i, ...)                                                                               \
    { .id = i, __VA_ARGS__ }

static void integers_read_as_the_scalar_form_does(void) {
    kind plain = {"int64", TYPE(LF_T_INT64), 0, NULL, NULL};
    kind words = {"int64 with null words", TYPE(LF_T_INT64), 0, "NA", "-"};
    kind digit = {"int64 with a number as null", TYPE(LF_T_INT64), 0, "-99", NULL};
    check_recipe(&plain, make_int, 97);
    check_recipe(&words, make_int, 97);
    check_recipe(&digit, make_int, 97);
}

static void doubles_read_as_the_scalar_form_does(void) {
    kind plain = {"double", TYPE(LF_T_DOUBLE), 0, NULL, NULL};
    kind words = {"double with null words", TYPE(LF_T_DOUBLE), 0, "NULL", "\\N"};
    check_recipe(&plain, make_double, 75);
    check_recipe(&plain, make_price, 97);
    check_recipe(&words, make_double, 75);
    check_recipe(&words, make_price, 97);
}

static void decimals_read_as_the_scalar_form_does(void) {
    kind three = {"decimal(18,3)", TYPE(LF_T_DECIMAL, .precision = 18, .scale = 3), 0, "n/a", "7"};
    kind two = {"decimal(18,2)", TYPE(LF_T_DECIMAL, .precision = 18, .scale = 2), 0, NULL, NULL};
    kind none = {"decimal(18,0)", TYPE(LF_T_DECIMAL, .precision = 18), 0, NULL, NULL};
    check_recipe(&three, make_decimal, 97);
    check_recipe(&two, make_price, 97);
    check_recipe(&none, make_int, 95);
}

static void bools_read_as_the_scalar_form_does(void) {
    kind plain = {"bool", TYPE(LF_T_BOOL), 0, NULL, NULL};
    kind words = {"bool with null words", TYPE(LF_T_BOOL), 0, "None", "false"};
    check_recipe(&plain, make_bool, 90);
    check_recipe(&words, make_bool, 0);
}

static void dates_read_as_the_scalar_form_does(void) {
    for (date_kind = 0; date_kind < sizeof date_formats / sizeof *date_formats; date_kind++) {
        kind plain = {date_formats[date_kind].print, TYPE(LF_T_DATE),
                      date_formats[date_kind].format, date_kind % 2 ? "NULL" : NULL, NULL};
        check_recipe(&plain, make_date, 80);
    }
    date_kind = 0;
}

/* Every day of years that matter, and the days around months that do not exist. */
static void dates_follow_the_calendar(void) {
    static const uint32_t years[] = {1,    4,    96,   100,  399,  400,  401,  1600,
                                     1700, 1899, 1900, 1904, 1969, 1970, 1999, 2000,
                                     2001, 2024, 2100, 9996, 9999, 0};
    static tile t;
    kind what = {"calendar", TYPE(LF_T_DATE), LF_DF_YMD_DASH, NULL, NULL};
    for (uint32_t y = 0; y < sizeof years / sizeof *years; y++) {
        t.n = t.used = 0;
        for (uint32_t m = 0; m < 17; m++)
            for (uint32_t d = 0; d < 34; d++) {
                char cell[40];
                tile_add(&t, cell, (size_t)sprintf(cell, "%04u-%02u-%02u", years[y], m, d));
            }
        bool leap = years[y] % 4 == 0 && (years[y] % 100 != 0 || years[y] % 400 == 0);
        LF_CHECK_EQ_U64(check_tile(&what, &t), years[y] == 0 ? 0 : leap ? 366 : 365);
    }
}

static void timestamps_read_as_the_scalar_form_does(void) {
    static const char *const zones[] = {"",       "Z",      "+02:00", "-11:30", "+00:00",
                                        "+05:45", "-00:00", "+02",    "-00",    "+15",
                                        "-1130",  "+0545",  "+0046",  "+2"};
    for (uint32_t z = 0; z < sizeof zones / sizeof *zones; z++)
        for (uint32_t frac = 0; frac <= 9; frac++) {
            kind us = {"timestamp[us]", TYPE(LF_T_TIMESTAMP, .utc = z > 0), 0, NULL, NULL};
            kind ns = {"timestamp[ns]", TYPE(LF_T_TIMESTAMP, .utc = z > 0, .unit = LF_UNIT_NS), 0,
                       "NA", NULL};
            date_kind = rnd(9);
            us.date_format = ns.date_format = date_formats[date_kind].format;
            stamp.frac = frac;
            stamp.zone = zones[z];
            stamp.separator = rnd(2) ? 'T' : ' ';
            stamp.seconds = frac > 0 || rnd(3) > 0;
            check_recipe(&us, make_stamp, frac <= 6 && z < 6 ? 70 : 0);
            check_recipe(&ns, make_stamp, z < 6 ? 60 : 0);
        }
    date_kind = 0;
}

static void times_read_as_the_scalar_form_does(void) {
    stamp.seconds = true;
    for (stamp.frac = 0; stamp.frac <= 9; stamp.frac++) {
        kind us = {"time[us]", TYPE(LF_T_TIME), 0, NULL, NULL};
        kind ns = {"time[ns]", TYPE(LF_T_TIME, .unit = LF_UNIT_NS), 0, "-", NULL};
        check_recipe(&us, make_clock, stamp.frac <= 6 ? 80 : 0);
        check_recipe(&ns, make_clock, 80);
    }
}

/* What the kernels must read themselves, and what they must leave. */
static void domains_are_as_stated(void) {
    static const struct {
        kind what;
        const char *cell;
        bool read;
    } cases[] = {
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "0", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-1", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-0", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "+5", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "007", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "012345678", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-012345678", false},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-12345678", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "123456789", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "1234567890123456", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "-999999999999999999", true},
        {{"int", TYPE(LF_T_INT64), 0, NULL, NULL}, "1000000000000000000", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0.5", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "-73.935242", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "12345678.9", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1234567.89", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "123456.789", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0.00001", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0.000009", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0.12345678901234", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "0.123456789012345", true},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "-0.0", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, ".5", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "-.5", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "5.", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "12345678.", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, ".12345678", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1.2.3", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1..2", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1.2345678.9", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1e5", false},
        {{"f64", TYPE(LF_T_DOUBLE), 0, NULL, NULL}, "1234567890123456", false},
        {{"date", TYPE(LF_T_DATE), 0, NULL, NULL}, "2024-02-29", true},
        {{"date", TYPE(LF_T_DATE), 0, NULL, NULL}, "2023-02-29", false},
        {{"date", TYPE(LF_T_DATE), 0, NULL, NULL}, "2023-2-9", true},
        {{"date", TYPE(LF_T_DATE), 0, NULL, NULL}, "2023-02-9", false},
        {{"stamp", TYPE(LF_T_TIMESTAMP, .utc = 1), 0, NULL, NULL}, "2013-01-01T10:00:00Z", true},
        {{"stamp", TYPE(LF_T_TIMESTAMP, .utc = 0), 0, NULL, NULL}, "2013-01-01T10:00:00Z", false},
        {{"stamp", TYPE(LF_T_TIMESTAMP, .utc = 1), 0, NULL, NULL}, "2013-01-01T10:00:00", false},
        {{"stamp", TYPE(LF_T_TIMESTAMP), 0, NULL, NULL}, "2013-01-01 24:00:00", false},
        {{"stamp", TYPE(LF_T_TIMESTAMP), 0, NULL, NULL}, "2013-01-01 10:00:60", false},
    };
    static tile t;
    for (uint32_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        t.n = t.used = 0;
        tile_add(&t, cases[k].cell, strlen(cases[k].cell));
        if (!LF_CHECK_EQ_U64(check_tile(&cases[k].what, &t), cases[k].read))
            printf("  %s \"%s\"\n", cases[k].what.name, cases[k].cell);
    }
}

/* --- UTF-8. --------------------------------------------------------------------------------- */

static bool utf8_by_table(const uint8_t *p, size_t n) {
    for (size_t at = 0; at < n;) {
        uint32_t lead = p[at], more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        uint32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
        if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || n - at <= more) return false;
        for (uint32_t k = 1; k <= more; k++) {
            if ((p[at + k] & 0xC0) != 0x80) return false;
            code = code << 6 | (p[at + k] & 0x3F);
        }
        if (more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) return false;
        if (more == 3 && (code < 0x10000 || code > 0x10FFFF)) return false;
        at += 1 + more;
    }
    return true;
}

static void check_utf8(const uint8_t *p, size_t n) {
    bool want = utf8_by_table(p, n);
    for (uint32_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        if (!isa_runs(isas[i])) continue;
        if (LF_CHECK_EQ_U64(lf_cell_kernels_get(isas[i])->utf8(p, n), want)) continue;
        printf("  %s, %zu bytes:", lf_isa_name(isas[i]), n);
        for (size_t k = 0; k < n && k < 80; k++)
            printf(" %02x", p[k]);
        printf("\n");
    }
}

static void utf8_is_checked_exactly(void) {
    static const char *const parts[] = {"a",
                                        "plain ascii",
                                        "\xC3\xA9",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x98\x80",
                                        "\xEF\xBB\xBF",
                                        "\xED\x9F\xBF",
                                        "\xF4\x8F\xBF\xBF",
                                        "\xE0\xA0\x80"};
    static const char *const broken[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF",         "\xE2\x82",         "\xF0\x9F\x98",     "\xC3",
        "\xE2\x28\xA1"};
    for (uint32_t rep = 0; rep < LF_ROUNDS(6000); rep++) {
        size_t n = 0, want = rnd(rep % 3 ? 300 : 90);
        uint8_t *p = malloc(want + 16 + 2 * MARGIN), *text = p + MARGIN;
        memset(p, 0x80 + (int)rnd(0x80), want + 16 + 2 * MARGIN);
        while (n < want) {
            const char *s = parts[rnd(rep % 2 ? 9 : 2)];
            if (rep % 4 == 0 && rnd(12) == 0) s = broken[rnd(13)];
            memcpy(text + n, s, strlen(s));
            n += strlen(s);
        }
        if (rep % 5 == 0 && n) text[rnd((uint32_t)n)] ^= (uint8_t)(1u << rnd(8));
        if (rep % 7 == 0 && n) n -= 1 + rnd(n < 4 ? (uint32_t)n : 4);
        check_utf8(text, n);
        free(p);
        if (atomic_load(&lf_test_bad) > 5) return;
    }
}

/* Every pair of bytes, and every byte after each kind of lead, at the edges of vectors. */
static void utf8_sequences_are_all_judged(void) {
    uint8_t text[256];
    for (uint32_t a = 0x7F; a < 0x100; a++)
        for (uint32_t b = 0; b < 0x100; b++) {
            uint32_t at = 28 + rnd(40);
            memset(text, 'x', sizeof text);
            text[at] = (uint8_t)a;
            text[at + 1] = (uint8_t)b;
            check_utf8(text, 130);
            text[at + 2] = 0x80;
            check_utf8(text, 130);
            text[at + 3] = 0xBF;
            check_utf8(text, 130);
            check_utf8(text, at + 1 + rnd(4));
            if (atomic_load(&lf_test_bad) > 5) return;
        }
}

int main(void) {
    LF_RUN(domains_are_as_stated);
    LF_RUN(integers_read_as_the_scalar_form_does);
    LF_RUN(doubles_read_as_the_scalar_form_does);
    LF_RUN(decimals_read_as_the_scalar_form_does);
    LF_RUN(bools_read_as_the_scalar_form_does);
    LF_RUN(dates_read_as_the_scalar_form_does);
    LF_RUN(dates_follow_the_calendar);
    LF_RUN(timestamps_read_as_the_scalar_form_does);
    LF_RUN(times_read_as_the_scalar_form_does);
    LF_RUN(utf8_is_checked_exactly);
    LF_RUN(utf8_sequences_are_all_judged);
    LF_TEST_MAIN_END;
}
