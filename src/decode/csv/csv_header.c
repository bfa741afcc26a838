/* decode/csv/csv_header.c - whether the first row is a header.
 *
 * CONTRACT, Header: it is when its cells are unlike the types below, or when all columns are text
 * and it is full and without repetition. Unlike what stands below it are also
 *
 *   ,name,town         names beside an empty cell, where that column numbers the rows: an index, as
 *   0,Ann,Oslo         pandas and R write it
 *   place,1990,1991    names that count on where no row below does: a column for each year
 *   name,1,2,4         a name over values, in the first column or in most, beside whole numbers
 *   a,,b (and text)    text that none of the rows has, over columns of a few words, again and again
 *   day,sum,day,sum    text without a digit, over columns whose cells all have one (`10/28`, `$5`)
 *
 * An empty cell over a column without any value is nobody's name, and takes nothing from the rest:
 * rows that all end with a delimiter have one. */
#include "array/name_set.h"
#include "core/hash.h"
#include "decode/csv/csv_plan.h"
#include "infer/cell_kernel_cell.h"
#include <string.h>

#define CELL_KINDS                                                                                 \
    (LF_K_BOOL | LF_K_INT | LF_K_UINT | LF_K_BIGINT | LF_K_FIXED | LF_K_FLOAT | LF_K_LONG_FLOAT |  \
     LF_K_DATE | LF_K_TIME | LF_K_TS_LOCAL | LF_K_TS_ZONED)

#define COLUMNS_MAX 256u /* compared cell by cell */
#define KIND_ROWS   1000u
#define WORD_ROWS   200u
#define WORDS_MAX   32u /* different ones in a column of a few words */
#define INDEX_ROWS  100u
#define NAMES_ROWS  5u /* that bear out a column's type against a name in it */

static bool names_unique(const csv_head *h) {
    lf_name_set set;
    if (lf_name_set_init(&set, h->plan->alloc, h->first_width, NULL) != LF_OK) return false;
    bool unique = true;
    for (uint32_t c = 0; c < h->first_width && unique; c++) {
        unique = !lf_name_set_has(&set, h->names[c]);
        lf_name_set_add(&set, h->names[c]);
    }
    lf_name_set_reset(&set);
    return unique;
}

static bool all_begin_with_digits(const csv_head *h) {
    for (uint32_t c = 0; c < h->first_width; c++)
        if (h->names[c].len == 0 || h->names[c].data[0] < '0' || h->names[c].data[0] > '9')
            return false;
    return h->first_width > 1;
}

/* Where all columns are text by the letter (blanks around numbers, dates of unknown order), most
 * cells of one may still be values: 1: the first row is text there; -1: it is a value too. */
static int compare_kinds(csv_head *h) {
    uint32_t n = h->first_width < h->plan->width ? h->first_width : h->plan->width;
    uint32_t like = 0, unlike = 0;
    if (n > COLUMNS_MAX) return 0;
    for (uint32_t c = 0; c < n; c++) {
        uint32_t values = 0, cells = 0;
        csv_record r;
        for (size_t at = h->below; cells < KIND_ROWS && lf_csv_head_next(h, at, &r); at = r.next) {
            lf_span cell;
            bool quoted;
            if (r.blank || r.open || r.n_fields != h->plan->width) continue;
            if (lf_csv_head_fields(h, &r, NULL) != LF_OK ||
                lf_csv_head_cell(h, &r, c, &cell, &quoted, NULL) != LF_OK)
                return 0;
            if (cell.len == 0) continue;
            cells++;
            values += (lf_csv_cell_kinds(h, cell, quoted) & CELL_KINDS) != 0;
        }
        if (h->names[c].len == 0 || values == 0 || values < cells) continue;
        if ((lf_csv_cell_kinds(h, h->names[c], false) & CELL_KINDS) != 0)
            like++;
        else
            unlike++;
    }
    return like > 0 ? -1 : unlike > 0;
}

/* The cell of column c in the next row as wide as the table from *at on; false: there is none. */
static bool next_cell(csv_head *h, uint32_t c, size_t *at, lf_span *out) {
    csv_record r;
    for (; lf_csv_head_next(h, *at, &r); *at = r.next) {
        bool quoted;
        if (r.blank || r.open || r.comment || r.n_fields != h->plan->physical) continue;
        *at = r.next;
        return lf_csv_head_fields(h, &r, NULL) == LF_OK &&
               lf_csv_head_cell(h, &r, c, out, &quoted, NULL) == LF_OK;
    }
    return false;
}

/* A whole number of up to nine digits; -1: it is none. */
static int64_t small_number(lf_span s) {
    int64_t v = 0;
    if (s.len == 0 || s.len > 9) return -1;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') return -1;
        v = v * 10 + (s.data[i] - '0');
    }
    return v;
}

/* Whether column c numbers the rows: 0, 1, 2 ... or 1, 2, 3 ... */
static bool numbers_rows(csv_head *h, uint32_t c) {
    lf_span cell;
    size_t at = h->below;
    int64_t want = -1;
    uint32_t n = 0;
    for (; n < INDEX_ROWS && next_cell(h, c, &at, &cell); n++, want++) {
        int64_t v = small_number(cell);
        if (n == 0) want = v;
        if (v != want || (n == 0 && v != 0 && v != 1)) return false;
    }
    return n >= 2;
}

/* Numbers that go on by one and the same step. */
typedef struct counting {
    int64_t first, last, step;
    uint32_t n;
    bool broken;
} counting;

static void count_on(counting *k, lf_span cell) {
    int64_t v = small_number(cell), step = v - k->last;
    k->broken |= v < 0 || (k->n > 0 && step == 0) || (k->n > 1 && step != k->step);
    k->step = step;
    k->last = v;
    if (k->n++ == 0) k->first = v;
}

static bool is_typed(const csv_head *h, uint32_t c) {
    uint8_t id = lf_evidence_type(&h->fields[c], h->plan->decimal).id;
    return id != LF_T_NULL && id != LF_T_STRING;
}

/* Whether the first row's numbers, each over a column of values, are years that count on, or many
 * numbers that do, and those of the row below are not. */
static bool names_count_on(csv_head *h, uint32_t like) {
    counting names = {.n = 0}, below = {.n = 0};
    for (uint32_t c = 0; c < h->first_width && c < h->plan->width; c++) {
        if (!is_typed(h, c) || small_number(h->names[c]) < 0) continue;
        lf_span cell;
        size_t at = h->below;
        count_on(&names, h->names[c]);
        if (!next_cell(h, c, &at, &cell)) return false;
        count_on(&below, cell);
    }
    int64_t low = names.first < names.last ? names.first : names.last;
    int64_t high = names.first < names.last ? names.last : names.first;
    bool years = names.n >= 3 && low >= 1500 && high <= 2200;
    return names.n == like && !names.broken && below.broken && (years || names.n >= 6);
}

/* A column of a few words, again and again: 1: the first row has another one; -1: one of them. */
static int compare_words(csv_head *h, uint32_t c) {
    uint64_t words[WORDS_MAX];
    uint32_t n = 0, cells = 0;
    size_t at = h->below;
    lf_span cell;
    const uint64_t name = lf_hash64(h->names[c].data, h->names[c].len, 0);
    bool met = false;
    for (uint32_t row = 0; row < WORD_ROWS && next_cell(h, c, &at, &cell); row++) {
        if (cell.len == 0) continue;
        uint64_t hash = lf_hash64(cell.data, cell.len, 0);
        uint32_t i = 0;
        while (i < n && words[i] != hash)
            i++;
        if (i == WORDS_MAX) return 0;
        if (i == n) words[n++] = hash;
        cells++;
        met |= hash == name;
    }
    return cells < 8 || n * 4 > cells ? 0 : met ? -1 : 1;
}

static bool has_digit(lf_span s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] >= '0' && s.data[i] <= '9') return true;
    return false;
}

/* Whether columns whose cells (nearly) all have a digit tell the first row, which has none there,
 * from those below it: one of eight cells, or two of three. */
static bool digits_differ(csv_head *h) {
    uint32_t unlike = 0;
    bool long_one = false;
    if (h->first_width > COLUMNS_MAX) return false;
    for (uint32_t c = 0; c < h->first_width && c < h->plan->width; c++) {
        uint32_t cells = 0, with = 0;
        size_t at = h->below;
        lf_span cell;
        if (h->names[c].len == 0) continue;
        for (uint32_t row = 0; row < WORD_ROWS && next_cell(h, c, &at, &cell); row++) {
            with += has_digit(cell);
            cells += cell.len > 0;
        }
        if (cells < 3 || with * 20 < cells * 19) continue;
        if (has_digit(h->names[c])) return false;
        unlike++;
        long_one |= cells >= 8;
    }
    return unlike >= 2 || long_one;
}

/* Whether columns of a few words tell the first row from those below it. */
static bool words_differ(csv_head *h) {
    uint32_t unlike = 0;
    if (h->first_width > COLUMNS_MAX) return false;
    for (uint32_t c = 0; c < h->first_width && c < h->plan->width; c++) {
        int words = h->names[c].len == 0 ? 0 : compare_words(h, c);
        if (words < 0) return false;
        unlike += words > 0;
    }
    return unlike >= 3;
}

static bool has_letter(lf_span s) {
    for (size_t i = 0; i < s.len; i++)
        if ((s.data[i] | 0x20) >= 'a' && (s.data[i] | 0x20) <= 'z') return true;
    return false;
}

/* Whether the first row is full of names, some of them whole numbers over columns of values; others
 * are text over such columns: over the first one, or over as many. */
static bool numbers_are_names(csv_head *h) {
    uint32_t words = 0, numbers = 0;
    bool first = false;
    if (h->rows_below < NAMES_ROWS || h->first_width != h->plan->width) return false;
    for (uint32_t c = 0; c < h->first_width; c++) {
        const lf_span name = h->names[c];
        if (name.len == 0) return false;
        if (!is_typed(h, c)) continue;
        if (small_number(name) >= 0) {
            numbers++;
        } else if (has_letter(name) &&
                   (h->name_kinds[c].kinds & (CELL_KINDS | LF_K_NULL_WORD)) == 0) {
            words++;
            first |= c == 0;
        } else {
            return false;
        }
    }
    return words > 0 && (first || words >= numbers) && names_unique(h);
}

/* What the cells of the first row are beside those below them. */
typedef struct compared {
    uint32_t unlike, like;       /* over columns of values */
    uint32_t empty, nothing;     /* cells without a name; of them, over nothing at all */
    uint32_t typed_names, typed; /* names that read as values; columns of values */
} compared;

static compared compare(csv_head *h) {
    const lf_plan *p = h->plan;
    compared k = {.unlike = 0};
    for (uint32_t c = 0; c < h->first_width; c++) {
        bool is_empty = h->names[c].len == 0;
        k.empty += is_empty;
        k.typed_names += (h->name_kinds[c].kinds & CELL_KINDS) != 0;
        if (c >= p->width) continue;
        k.nothing += is_empty && lf_evidence_type(&h->fields[c], p->decimal).id == LF_T_NULL;
        if (!is_typed(h, c)) continue;
        k.typed++;
        if (is_empty || (h->name_kinds[c].kinds & LF_K_NULL_WORD)) continue;
        lf_evidence joined = h->fields[c];
        lf_evidence_join(&joined, &h->name_kinds[c]);
        if (lf_evidence_type(&joined, p->decimal).id == LF_T_STRING)
            k.unlike++;
        else
            k.like++;
    }
    return k;
}

/* Of a table of nothing but text, or of one whose first row has nulls over all values. */
static bool text_is_header(csv_head *h, const compared *k, const char **why) {
    if (k->empty == h->first_width) {
        *why = "the first row is empty";
        return false;
    }
    const uint32_t empty = k->empty - (h->records_below > 0 ? k->nothing : 0);
    int kinds = k->empty * 2 < h->first_width ? compare_kinds(h) : 0;
    if (kinds != 0) {
        *why = kinds > 0 ? "the first row is text where most cells below are values"
                         : "the first row is of the kind of the cells below it";
        return kinds > 0;
    }
    if (empty > 0 || !names_unique(h)) {
        *why = "all columns are text and the first row has empty or repeated cells";
        if (k->empty * 2 >= h->first_width) return false;
        if (words_differ(h)) {
            *why = "the first row has none of the words that the rows below repeat";
            return true;
        }
        if (!digits_differ(h)) return false;
        *why = "the first row has no digit where all rows below have one";
        return true;
    }
    if (h->records_below == 0 && (k->typed_names > 0 || all_begin_with_digits(h))) {
        *why = "the only row holds values";
        return false;
    }
    const csv_record *r = &h->first;
    if (h->records_below == 0 &&
        (r->open || !lf_utf8_check_scalar(h->text.data + r->start, r->end - r->start))) {
        *why = "the only row is no text";
        return false;
    }
    *why = "all columns are text and the first row is unique and full";
    return true;
}

bool lf_csv_head_is_header(csv_head *h) {
    const char **why = &h->plan->header_reason;
    const compared k = compare(h);
    if (h->header_rows > 1) {
        *why = "a row of text stands over columns of values";
        return true;
    }
    if (k.like > 0 && names_count_on(h, k.like)) {
        *why = "the first row counts on where the rows below do not";
        return true;
    }
    if (k.like > 0 && k.unlike > 0 && numbers_are_names(h)) {
        *why = "names stand over values, and all numbers beside them may be names";
        return true;
    }
    if (k.like > 0) {
        *why = "the first row is of the types below it";
        return false;
    }
    if (k.unlike > 0) {
        *why = "the first row is unlike the types below it";
        return true;
    }
    if (k.typed == 0) return text_is_header(h, &k, why);
    if (k.typed == 1 && k.empty == 1 && h->names[0].len == 0 && h->first_width > 1 &&
        k.typed_names == 0 && names_unique(h) && numbers_rows(h, 0)) {
        *why = "all cells of the first row but that above the rows' numbers are names";
        return true;
    }
    *why = "the first row has nothing but nulls where the rows below have types";
    return false;
}
