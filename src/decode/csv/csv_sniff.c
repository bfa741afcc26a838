/* decode/csv/csv_sniff.c - the dialect of a text, found from its records.
 *
 * A dialect is judged by what it makes of the sample: most records should have one and the same
 * number of fields, more than one, quotes should open and close at the borders of fields, and cells
 * should read as values or as plain text. That patterns of rows and types of cells together tell a
 * dialect is from van den Burg, Nazabal and Sutton, "Wrangling messy CSV files by detecting row and
 * type patterns" (2019); the measure here is another:
 *
 *     score = alike * (1 - broken) * (0.7 + 0.3 * clean)
 *
 *   alike   share of the records that have the most frequent number of fields
 *   broken  share of quoted fields with text behind the closing quote, or that never close
 *   clean   share of the cells that are values, empty, or text without bytes that delimit elsewhere
 *
 * Delimiters that stand in text and times too (blank, colon) need more: nearly all records alike
 * and a column of values. Everything else is added to the winner only where it mends it: another
 * quote, escapes, a blank behind each delimiter, blanks around quotes, carriage returns as line
 * ends, comment lines. */
#include "decode/csv/csv_sniff.h"
#include "infer/evidence.h"
#include <stdio.h>
#include <string.h>

#define SNIFF_BYTES  (64 * 1024u)
#define SNIFF_WIDTHS 512u /* wider records are counted as this wide */
#define SNIFF_COLS   64u  /* columns whose cells are looked at */
#define CELL_ROWS    200u /* records whose cells are looked at */
#define PIECES_MAX   4u
#define START_BYTES  (16 * 1024u) /* in which the first record of a piece is found */
#define MUCH_BETTER  0.1          /* a score against which more records alike are nothing */
#define FAR_RECORDS  20u          /* fewer of them overrule nothing */

typedef struct look {
    uint32_t records, modal_count, modal_width, unsplit;
    uint32_t opens, broken, padded;    /* quoted fields; broken ones; behind blanks */
    uint32_t comments, comments_modal; /* lines that begin with #; of the modal width */
    uint32_t cells, clean, typed_columns;
    uint32_t first_other; /* line of the first record of another width, from 1; 0: none */
    bool first_is_modal;
    double score;
} look;

/* A part of the text that is looked at. */
typedef struct piece {
    lf_span text;
    bool whole;  /* the text ends with it */
    bool inside; /* it begins somewhere within a record */
} piece;

typedef struct sniff {
    lf_plan *plan;
    lf_span text; /* of the piece at hand */
    bool whole;
    piece pieces[PIECES_MAX];    /* the sample; others behind it */
    uint32_t n_pieces, from, to; /* those in use */
    size_t lone_cr;              /* carriage returns in them that no line feed follows */
    size_t doubled_cr;           /* of them, before CR LF: a line end that was written twice over */
    csv_dialect base;            /* quote, line ends and so on as far as they are known */
    csv_rows *rows;              /* of the dialect that is looked at */
    const csv_isa *isa;
    lf_error *err;
    lf_rc rc; /* of the first step that failed */
} sniff;

/* --- one dialect over the sample --- */

#define VALUE_KINDS                                                                                \
    (LF_K_BOOL | LF_K_INT | LF_K_UINT | LF_K_BIGINT | LF_K_FIXED | LF_K_FLOAT | LF_K_LONG_FLOAT |  \
     LF_K_DATE | LF_K_TIME | LF_K_TS_LOCAL | LF_K_TS_ZONED)

static bool is_value(const sniff *s, lf_span cell, bool quoted) {
    lf_evidence e;
    while (cell.len > 0 && cell.data[0] == ' ')
        cell.data++, cell.len--;
    while (cell.len > 0 && cell.data[cell.len - 1] == ' ')
        cell.len--;
    lf_evidence_init(&e);
    lf_evidence_add(&e, cell, quoted, &s->plan->plain_ctx);
    return (e.kinds & VALUE_KINDS) != 0;
}

/* Text that no other delimiter would cut. */
static bool is_clean(lf_span cell) {
    for (size_t i = 0; i < cell.len; i++) {
        uint8_t c = cell.data[i];
        if (c == ';' || c == '\t' || c == '|' || c == '"' || c == '^' || c == 1) return false;
        if (c == ',' && i + 1 < cell.len && cell.data[i + 1] != ' ') return false;
    }
    return true;
}

typedef struct columns {
    uint32_t values[SNIFF_COLS], filled[SNIFF_COLS];
} columns;

static void look_at_cells(const sniff *s, const csv_dialect *dia, const csv_record *r, look *k,
                          columns *cols) {
    uint32_t room[SNIFF_COLS];
    if (r->n_fields > SNIFF_COLS || r->open) return;
    const uint32_t *ends = lf_csv_rows_fields(s->rows, r);
    if (ends == NULL) {
        lf_csv_record_fields(dia, s->text, r, room);
        ends = room;
    }
    for (uint32_t c = 0; c < r->n_fields; c++) {
        uint32_t start = c == 0 ? (uint32_t)r->start : ends[c - 1] + 1 + dia->more_len;
        uint32_t len = ends[c] - start, view = start;
        bool quoted;
        if (!lf_csv_cell_view(dia, s->text.data, &view, &len, &quoted)) {
            k->cells++;
            k->clean++;
            cols->filled[c]++;
            continue;
        }
        lf_span cell = {s->text.data + view, len};
        k->cells++;
        bool value = is_value(s, cell, quoted);
        k->clean += quoted || value || is_clean(cell);
        cols->filled[c] += len > 0;
        cols->values[c] += value;
    }
}

static void count_widths(const sniff *s, size_t start, look *k, uint32_t *widths,
                         size_t *first_width) {
    csv_record r;
    for (size_t at = start; lf_csv_rows_next(s->rows, s->text.len, s->whole, at, &r); at = r.next) {
        if (r.comment) k->comments++;
        if (r.blank) continue;
        size_t w = r.n_fields < SNIFF_WIDTHS ? r.n_fields : SNIFF_WIDTHS;
        if (k->records++ == 0) *first_width = w;
        widths[w]++;
        k->unsplit += w < 2;
    }
    k->opens += (uint32_t)s->rows->opens;
    k->broken += (uint32_t)s->rows->broken;
}

static void count_cells(const sniff *s, const csv_dialect *dia, size_t start, look *k,
                        columns *cols) {
    csv_record r;
    uint32_t n = 0, line = 0;
    for (size_t at = start; lf_csv_rows_next(s->rows, s->text.len, s->whole, at, &r); at = r.next) {
        line++;
        if (r.blank) continue;
        bool hash = s->text.data[r.start] == '#';
        if (dia->comment_len == 0) {
            k->comments += hash;
            bool named = n == 0 && r.n_fields >= 2 && r.n_fields * 5 >= k->modal_width * 4;
            k->comments_modal += hash && (named || r.n_fields == k->modal_width);
        }
        n++;
        if (r.n_fields != k->modal_width) {
            if (k->first_other == 0) k->first_other = line;
        } else if (n > 1 && n < CELL_ROWS) {
            look_at_cells(s, dia, &r, k, cols);
        }
    }
}

/* Reads the records of a piece, from the first one that begins in it. */
static void read_piece(sniff *s, const csv_dialect *dia, uint32_t i, size_t *start) {
    const piece *p = &s->pieces[i];
    *start = 0;
    s->text = p->text;
    s->whole = p->whole;
    if (p->inside) {
        lf_span front = {p->text.data, p->text.len < START_BYTES ? p->text.len : START_BYTES};
        bool eof = p->whole && front.len == p->text.len;
        if (!lf_csv_guess_start(dia, 0, 0, front, eof, start)) *start = p->text.len;
    }
    if (s->rc == LF_OK)
        s->rc = lf_csv_rows_read(s->rows, dia, s->isa, s->text, s->whole, *start, s->err);
}

static look look_at(sniff *s, const csv_dialect *dia) {
    look k = {0};
    uint32_t widths[SNIFF_WIDTHS + 1] = {0};
    columns cols = {{0}, {0}};
    size_t first_width = 0, start = 0;
    for (uint32_t i = s->from; i < s->to; i++) {
        read_piece(s, dia, i, &start);
        if (s->rc != LF_OK) return (look){0};
        count_widths(s, start, &k, widths, &first_width);
    }
    for (uint32_t w = 1; w <= SNIFF_WIDTHS; w++) {
        if (widths[w] <= k.modal_count) continue;
        k.modal_count = widths[w];
        k.modal_width = w;
    }
    k.first_is_modal = first_width == k.modal_width;
    for (uint32_t i = s->from; i < s->to; i++) {
        if (s->to - s->from > 1) read_piece(s, dia, i, &start);
        if (s->rc != LF_OK) return (look){0};
        count_cells(s, dia, start, &k, &cols);
    }
    for (uint32_t c = 0; c < SNIFF_COLS; c++)
        k.typed_columns += cols.filled[c] > 0 && cols.values[c] * 10 >= cols.filled[c] * 9;
    double alike = k.records == 0 ? 0 : (double)k.modal_count / k.records;
    double broken = k.broken == 0 ? 0 : (double)k.broken / (k.opens + k.broken);
    double clean = k.cells == 0 ? 1 : (double)k.clean / k.cells;
    k.score = k.modal_width < 2 ? 0 : alike * (1 - broken) * (0.7 + 0.3 * clean);
    return k;
}

/* --- delimiters --- */

typedef struct candidate {
    const char *text;
    bool wary;   /* stands in ordinary text too */
    bool common; /* at that often */
} candidate;

/* Of two that are as good the earlier one wins. */
static const candidate candidates[] = {
    {",", false, true},     {"\t", false, false}, {"|", false, false}, {";", false, false},
    {"\x01", false, false}, {"^", false, false},  {", ", false, true}, {"; ", false, false},
    {"::", true, false},    {"||", true, false},  {"~", true, false},  {":", true, true},
    {" ", true, true},
};

static void set_delimiter(csv_dialect *dia, const char *text) {
    size_t n = strlen(text);
    dia->delimiter = (uint8_t)text[0];
    dia->more_len = (uint8_t)(n - 1);
    memcpy(dia->more, text + 1, n - 1);
}

void lf_csv_dialect_settle(csv_dialect *dia) {
    dia->general = dia->more_len > 0 || dia->escape != 0 || dia->comment_len > 0 || dia->cr_ends ||
                   dia->pad_quotes;
}

static bool contains(lf_span t, const char *needle) {
    size_t n = strlen(needle);
    for (size_t i = 0; i + n <= t.len; i++) {
        const uint8_t *p = memchr(t.data + i, needle[0], t.len - i - n + 1);
        if (p == NULL) return false;
        if (memcmp(p, needle, n) == 0) return true;
        i = (size_t)(p - t.data);
    }
    return false;
}

/* Of the pieces in use. */
static bool has(const sniff *s, const char *needle) {
    for (uint32_t i = s->from; i < s->to; i++)
        if (contains(s->pieces[i].text, needle)) return true;
    return false;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool commas_between_digits(lf_span t) {
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] != ',') continue;
        if (i == 0 || i + 1 == t.len || !is_digit(t.data[i - 1]) || !is_digit(t.data[i + 1]))
            return false;
    }
    return true;
}

/* Whether a's cells hold delimiters, as b's do not: a then stands in the text that b parts, like
 * the commas of `1<tab>POINT(2 3, 4 5)`. */
static bool cut_through(const look *a, const look *b) {
    return b->clean == b->cells && b->cells > 0 && a->clean * 10 < a->cells * 9;
}

/* Whether a is the better delimiter; `decimal`: commas only stand between digits. */
static bool better(const csv_option_score *a, const csv_option_score *b, const look *ka,
                   const look *kb, bool decimal) {
    if (b == NULL) return true;
    uint64_t sa = (uint64_t)ka->modal_count * kb->records;
    uint64_t sb = (uint64_t)kb->modal_count * ka->records;
    uint64_t slack = (uint64_t)ka->records * kb->records / 50; /* 2 % */
    if (sa > sb + slack) return ka->score + MUCH_BETTER > kb->score;
    if (sb > sa + slack) return ka->score > kb->score + MUCH_BETTER;
    if (decimal && (a->text[0] == ',' || b->text[0] == ',')) return b->text[0] == ',';
    if (ka->first_is_modal != kb->first_is_modal) return ka->first_is_modal;
    if (cut_through(ka, kb)) return false;
    return ka->modal_width > kb->modal_width || cut_through(kb, ka);
}

/* A delimiter that text has as well must split nearly all records, and values from text. */
static bool convinces(const candidate *c, const look *k) {
    if (k->modal_width < 2) return false;
    bool splits_all = k->unsplit == 0 && k->records > 1;
    /* Beside titles and sums fewer rows tell: as many cells do not stand in prose by chance. */
    bool wide = k->modal_width > 3 && k->modal_count > 3 && k->broken == 0 &&
                k->modal_count * 2 >= k->records;
    if (!c->wary) return k->modal_count * 2 > k->records || splits_all || wide;
    bool all = splits_all && k->broken == 0 && k->modal_count == k->records;
    if (all && (k->opens >= k->records || (!c->common && k->modal_width > 2 && k->records > 2)))
        return true; /* it ends quoted fields, or does not stand in text as often by chance */
    bool blank = c->text[0] == ' ';
    if (!k->first_is_modal || k->records < (blank ? 4u : 2u)) return false;
    return k->modal_count * 20 >= k->records * 19 && k->typed_columns >= (blank ? 2u : 1u);
}

static bool times_or_urls(const sniff *s, char delimiter) {
    csv_dialect lines = s->base;
    csv_record r;
    uint32_t n = 0, bad = 0;
    lines.delimiter = '\n';
    lines.more_len = 0;
    const piece *p = &s->pieces[s->from];
    for (size_t at = 0; n < 50 && lf_csv_record_next(&lines, p->text, p->whole, at, &r);
         at = r.next) {
        if (r.blank) continue;
        lf_span line = {p->text.data + r.start, r.end - r.start};
        n++;
        bad += is_value(s, line, false) || (delimiter == ':' && contains(line, "://"));
    }
    return bad * 2 >= n && bad > 0; /* the first line may be a name */
}

/* Whether c only seems to delimit: it stands within the values or URLs that most lines are. */
static bool only_seems(const sniff *s, const candidate *c) {
    return c->wary && (c->text[0] == ':' || c->text[0] == ' ') && times_or_urls(s, c->text[0]);
}

/* Whether c only stands in pairs, on several lines: then two of them delimit. */
static bool only_doubled(const sniff *s, uint8_t c) {
    size_t lines = 0;
    for (uint32_t i = s->from; i < s->to; i++) {
        const lf_span t = s->pieces[i].text;
        bool met = false;
        for (size_t at = 0, n = 0; at <= t.len; at++) {
            if (at < t.len && t.data[at] == c) {
                n++;
                continue;
            }
            /* The ends of a piece may have cut a pair. */
            if (n % 2 != 0 && at > n && at < t.len) return false;
            met |= n > 0;
            n = 0;
            if (at < t.len && t.data[at] != '\n') continue;
            lines += met;
            met = false;
        }
    }
    return lines >= 2;
}

/* The best delimiter; false: nothing splits the records alike. */
static bool find_delimiter(sniff *s, csv_dialect *out, look *look_out) {
    lf_plan *p = s->plan;
    const csv_option_score *best = NULL;
    look best_look = {0};
    bool decimal = commas_between_digits(s->pieces[s->from].text), sure = false;
    p->n_scores = 0;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const candidate *c = &candidates[i];
        if (!has(s, c->text)) continue;
        if (strcmp(c->text, "|") == 0 && only_doubled(s, '|')) continue;
        if (c->wary && sure) continue;
        if (only_seems(s, c)) continue;
        csv_dialect dia = s->base;
        set_delimiter(&dia, c->text);
        lf_csv_dialect_settle(&dia);
        look k = look_at(s, &dia);
        csv_option_score *o = &p->scores[p->n_scores++];
        *o = (csv_option_score){.text = c->text,
                                .score = k.score,
                                .records = k.records,
                                .alike = k.modal_count,
                                .width = k.modal_width,
                                .other_line = k.first_other,
                                .rejected = !convinces(c, &k)};
        if (o->rejected || !better(o, best, &k, &best_look, decimal)) continue;
        best = o;
        best_look = k;
        *out = dia;
        sure = k.modal_count * 10 >= k.records * 9;
    }
    *look_out = best_look;
    if (best != NULL) p->scores[best - p->scores].chosen = true;
    return best != NULL;
}

/* --- what mends the winner --- */

/* Takes `with` in place of `dia` where it reads the sample better. */
static bool mend(sniff *s, csv_dialect *dia, look *k, csv_dialect with, bool fewer_broken) {
    lf_csv_dialect_settle(&with);
    look w = look_at(s, &with);
    bool alike = (uint64_t)w.modal_count * k->records >= (uint64_t)k->modal_count * w.records;
    bool more = (uint64_t)w.modal_count * k->records > (uint64_t)k->modal_count * w.records;
    if (w.modal_width < 2 && k->modal_width >= 2) return false;
    if (!(more && w.broken <= k->broken) && !(fewer_broken && alike && w.broken < k->broken))
        return false;
    *dia = with;
    *k = w;
    return true;
}

/* Single quotes: some field opens with one, each that does closes, and double quotes do not quote.
 */
static void try_single_quotes(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    if (s->plan->quote_given || k->opens > k->broken || !has(s, "'")) return;
    with.quote = '\'';
    look w = look_at(s, &with);
    bool alike = (uint64_t)w.modal_count * k->records >= (uint64_t)k->modal_count * w.records;
    bool mends =
        (uint64_t)w.modal_count * k->records * 10 > (uint64_t)k->modal_count * w.records * 11 &&
        w.broken * 4 < w.opens;
    if (w.opens == 0 || w.modal_width < 2 || !(mends || (w.broken == 0 && alike))) return;
    *dia = with;
    *k = w;
}

static void try_escape(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    char quote[3] = {'\\', (char)dia->quote, 0}, delimiter[3] = {'\\', (char)dia->delimiter, 0};
    with.escape = '\\';
    if (s->plan->escape_given) return;
    if (!(dia->has_quote && has(s, quote)) && !has(s, delimiter)) return;
    (void)mend(s, dia, k, with, true);
}

/* A blank behind every delimiter belongs to it. */
static void try_blank_behind(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    if (dia->more_len > 0 || dia->delimiter == ' ' || dia->delimiter == '\t') return;
    with.more_len = 1;
    with.more[0] = ' ';
    lf_csv_dialect_settle(&with);
    look w = look_at(s, &with);
    bool tells = w.opens > k->opens || w.typed_columns > 0;
    bool same = w.modal_width == k->modal_width && w.modal_count == k->modal_count &&
                w.records == k->records && w.modal_count == w.records && w.records >= 2 && tells;
    bool more = (uint64_t)w.modal_count * k->records > (uint64_t)k->modal_count * w.records;
    if (w.modal_width < 2 || w.broken > k->broken || !(same || more)) return;
    /* Not where it would cut through quoted fields. */
    if (more && (w.modal_count * 10 < w.records * 9 || w.opens < k->opens)) return;
    *dia = with;
    *k = w;
}

/* Blanks before or behind the quotes of a field: where that reading leaves nothing broken. A blank
 * that was taken for part of the delimiter goes to the quotes then (`"a" , "b"`). */
static void try_padding(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    if (!dia->has_quote) return;
    if (dia->more_len > 0) {
        if (s->plan->delimiter_given || dia->more_len > 1 || dia->more[0] != ' ' || k->broken == 0)
            return;
        with.more_len = 0;
        with.more[0] = 0;
    }
    with.pad_quotes = true;
    lf_csv_dialect_settle(&with);
    look w = look_at(s, &with);
    bool alike = (uint64_t)w.modal_count * k->records >= (uint64_t)k->modal_count * w.records;
    bool more = w.opens > k->opens || (w.opens == k->opens && k->broken > 0);
    if (!more || w.broken > 0 || !alike || w.modal_width < 2) return;
    *dia = with;
    *k = w;
}

/* Lines that begin with # and are not as wide as the table. */
static void try_comments(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    if (s->plan->comment_given || k->comments == 0 || k->comments_modal * 4 >= k->comments) return;
    with.comment_len = 1;
    with.comment[0] = '#';
    lf_csv_dialect_settle(&with);
    look w = look_at(s, &with);
    bool alike = (uint64_t)w.modal_count * k->records >= (uint64_t)k->modal_count * w.records;
    if (!alike || w.modal_width < 2 || w.records == 0) return;
    *dia = with;
    *k = w;
}

/* Carriage returns that no line feed follows; *doubled: of them, those before CR LF. */
static size_t count_lone_cr(lf_span t, size_t *doubled) {
    const uint8_t *end = t.data + t.len;
    size_t n = 0;
    for (const uint8_t *p = t.data; (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++) {
        n += p + 1 < end && p[1] != '\n';
        *doubled += p + 2 < end && p[1] == '\r' && p[2] == '\n';
    }
    return n;
}

/* Carriage returns alone end records where no line feed does, or where that mends the records. */
static void find_line_ends(sniff *s) {
    s->lone_cr = count_lone_cr(s->text, &s->doubled_cr);
    if (s->plan->line_end_given) return;
    s->base.cr_ends = s->lone_cr > 0 && memchr(s->text.data, '\n', s->text.len) == NULL;
}

static bool try_mixed_ends(sniff *s, csv_dialect *dia, look *k) {
    csv_dialect with = *dia;
    if (s->plan->line_end_given || dia->cr_ends || s->lone_cr == 0) return false;
    with.cr_ends = true;
    if (s->doubled_cr * 2 < k->records || s->doubled_cr < s->lone_cr)
        return mend(s, dia, k, with, false);
    lf_csv_dialect_settle(&with);
    look w = look_at(s, &with);
    bool alike = (uint64_t)w.modal_count * k->records >= (uint64_t)k->modal_count * w.records;
    if (w.records < k->records || w.broken > k->broken || !alike) return false;
    *dia = with;
    *k = w;
    return true;
}

/* Of one column there is no width to judge by: a carriage return outside quotes is a line end, as
 * text that is to hold one would be quoted. */
static void try_lone_ends(sniff *s, csv_dialect *dia) {
    csv_dialect with = *dia;
    if (s->plan->line_end_given || dia->cr_ends || s->lone_cr == 0) return;
    with.cr_ends = true;
    lf_csv_dialect_settle(&with);
    look k = look_at(s, dia), w = look_at(s, &with);
    if (w.records > k.records && w.broken <= k.broken) *dia = with;
}

static void cut_sample(sniff *s) {
    /* The first records alone may be longer than the sample. */
    csv_dialect lines = {.delimiter = '\n', .cr_ends = s->base.cr_ends, .general = true};
    csv_record r;
    size_t at = 0;
    if (s->text.len <= SNIFF_BYTES) return;
    for (uint32_t n = 0; at < SNIFF_BYTES || n < 4; n++, at = r.next)
        if (!lf_csv_record_next(&lines, s->text, s->whole, at, &r)) break;
    if (at == 0 || at >= s->text.len) return;
    s->text.len = at;
    s->whole = false;
}

/* --- what stands behind the sample --- */

static void use_pieces(sniff *s, uint32_t from, uint32_t to) {
    s->from = from;
    s->to = to;
}

static void add_piece(sniff *s, lf_span text, bool whole) {
    if (text.len > 0 && s->n_pieces < PIECES_MAX)
        s->pieces[s->n_pieces++] = (piece){.text = text, .whole = whole, .inside = true};
}

/* The sample, the end of the head, and what the caller has of the rest. */
static void lay_out(sniff *s, lf_span head, bool whole, const lf_decode_opts *o) {
    s->pieces[s->n_pieces++] = (piece){.text = s->text, .whole = s->whole};
    use_pieces(s, 0, 1);
    if (head.len < s->text.len + SNIFF_BYTES) return;
    add_piece(s, (lf_span){head.data + head.len - SNIFF_BYTES, SNIFF_BYTES}, whole);
    for (uint32_t i = 0; i < o->n_samples && !whole; i++)
        add_piece(s, o->samples[i], i + 1 == o->n_samples);
}

static bool nearly_all(const look *k) {
    return (uint64_t)k->modal_count * 20 >= (uint64_t)k->records * 19;
}

/* Whether the records behind the sample need nothing but what the sample shows. */
static bool bears_out(const sniff *s, const look *far, const look *near, const csv_dialect *dia) {
    if (far->records == 0) return true;
    if (dia->delimiter == '\n' || far->modal_width != near->modal_width || !nearly_all(far))
        return false;
    bool comments = far->comments > 0 && dia->comment_len == 0 && !s->plan->comment_given;
    bool quotes = near->opens == 0 && dia->has_quote && dia->quote == '"' &&
                  !s->plan->quote_given && has(s, "'");
    return far->broken == 0 && !comments && !quotes;
}

/* What mends the records behind the sample and leaves those of the sample as they are. */
static void mend_far(sniff *s, csv_dialect *dia, look *near, look *far) {
    csv_dialect with = *dia;
    look k = *far;
    if (with.comment_len == 0 && has(s, "\n#")) try_comments(s, &with, &k);
    (void)try_mixed_ends(s, &with, &k);
    csv_dialect before = with;
    look unquoted = k;
    try_single_quotes(s, &with, &k);
    if (k.opens < FAR_RECORDS && with.quote != before.quote) {
        with = before;
        k = unquoted;
    }
    try_escape(s, &with, &k);
    try_padding(s, &with, &k);
    lf_csv_dialect_settle(&with);
    if (memcmp(&with, dia, sizeof with) == 0) return;
    use_pieces(s, 0, 1);
    look n = look_at(s, &with);
    use_pieces(s, 1, s->n_pieces);
    if (n.modal_width != near->modal_width || n.broken > near->broken ||
        (uint64_t)n.modal_count * near->records < (uint64_t)near->modal_count * n.records)
        return;
    s->plan->by_far |= (with.quote != dia->quote ? CSV_FAR_QUOTE : 0u) |
                       (with.escape != dia->escape ? CSV_FAR_ESCAPE : 0u) |
                       (with.comment_len != dia->comment_len ? CSV_FAR_COMMENT : 0u) |
                       (with.cr_ends != dia->cr_ends ? CSV_FAR_ENDS : 0u) |
                       (with.pad_quotes != dia->pad_quotes ? CSV_FAR_PADDING : 0u);
    *dia = with;
    *near = n;
    *far = k;
}

/* A sample that is no table, or one of some other delimiter, with a table behind it. */
static void search_far(sniff *s, csv_dialect *dia, look *near, look *far) {
    lf_plan *p = s->plan;
    csv_dialect found = *dia;
    look f = {0};
    csv_option_score kept[CSV_SCORES_MAX];
    const uint32_t n_kept = p->n_scores;
    bool none = dia->delimiter == '\n';
    if (p->delimiter_given || (!none && far->modal_count * 2 >= far->records)) return;
    memcpy(kept, p->scores, sizeof kept);
    if (find_delimiter(s, &found, &f) && nearly_all(&f) && f.records >= FAR_RECORDS &&
        (f.typed_columns > 0 || f.opens > 0)) {
        try_single_quotes(s, &found, &f);
        try_escape(s, &found, &f);
        lf_csv_dialect_settle(&found);
        *dia = found;
        *near = *far = f;
        p->by_far |= CSV_FAR_DELIMITER;
        p->far_width = f.modal_width;
        return;
    }
    memcpy(p->scores, kept, sizeof kept);
    p->n_scores = n_kept;
}

static void look_behind(sniff *s, csv_dialect *dia, look *near) {
    if (s->n_pieces < 2) return;
    use_pieces(s, 1, s->n_pieces);
    lf_csv_dialect_settle(dia);
    s->lone_cr = s->doubled_cr = 0;
    for (uint32_t i = s->from; i < s->to; i++)
        s->lone_cr += count_lone_cr(s->pieces[i].text, &s->doubled_cr);
    look far = look_at(s, dia);
    if (!bears_out(s, &far, near, dia)) {
        if (dia->delimiter != '\n') mend_far(s, dia, near, &far);
        for (uint32_t i = 1; i < 3 && i < s->n_pieces; i++) {
            if (dia->delimiter != '\n' && nearly_all(&far)) break;
            use_pieces(s, i, s->n_pieces); /* the end of the head may still be no table */
            if (i > 1) far = look_at(s, dia);
            search_far(s, dia, near, &far);
        }
        /* Narrow lines and then a table of the same delimiter. */
        if (dia->delimiter != '\n' && nearly_all(&far) && far.records >= FAR_RECORDS &&
            far.modal_width >= 4 && near->modal_width * 3 <= far.modal_width)
            s->plan->far_width = far.modal_width;
    }
    if (dia->delimiter != '\n') {
        s->plan->far_records = far.records;
        s->plan->far_alike = far.modal_count;
    }
    use_pieces(s, 0, 1);
}

/* Of delimiters that split the sample about as well the records behind it tell. */
static void settle_close(sniff *s, csv_dialect *dia, look *near) {
    lf_plan *p = s->plan;
    csv_option_score *best = NULL;
    for (uint32_t i = 0; i < p->n_scores; i++)
        if (p->scores[i].chosen) best = &p->scores[i];
    if (best == NULL || s->n_pieces < 2) return;
    double share = -1;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        csv_option_score *o = &p->scores[i];
        double near_o = (double)o->alike / (o->records + !o->records);
        double near_best = (double)best->alike / (best->records + !best->records);
        if (o == best || o->rejected || near_o < near_best - 0.02) continue;
        csv_dialect with = s->base;
        set_delimiter(&with, o->text);
        lf_csv_dialect_settle(&with);
        use_pieces(s, 1, s->n_pieces);
        look far = look_at(s, dia), other = look_at(s, &with);
        use_pieces(s, 0, 1);
        share = (double)far.modal_count / (far.records + !far.records);
        if (far.records < FAR_RECORDS || other.records < FAR_RECORDS ||
            (double)other.modal_count / other.records <= share + 0.02)
            continue;
        best->chosen = false;
        o->chosen = true;
        best = o;
        *dia = with;
        *near = look_at(s, dia);
        p->by_far |= CSV_FAR_DELIMITER;
    }
}

/* Where most lines begin with # the others tell the delimiter: `##contig=<ID=1,length=9>` says
 * nothing about the tabs of the table behind it. Where all do, those behind the sample tell. */
static void settle_comments(sniff *s, csv_dialect *dia, look *k) {
    lf_plan *p = s->plan;
    csv_dialect found = *dia;
    const csv_dialect base = s->base;
    look f = {0};
    csv_option_score kept[CSV_SCORES_MAX];
    const uint32_t n_kept = p->n_scores;
    const bool far = s->n_pieces > 1 && k->comments == k->records;
    if (dia->comment_len > 0 || k->comments * 2 < k->records) return;
    memcpy(kept, p->scores, sizeof kept);
    s->base.comment_len = 1;
    s->base.comment[0] = '#';
    if (far) use_pieces(s, 1, s->n_pieces);
    bool good = find_delimiter(s, &found, &f) && nearly_all(&f) &&
                f.records > (far ? FAR_RECORDS : 1u) &&
                (found.delimiter != dia->delimiter || found.more_len != dia->more_len);
    use_pieces(s, 0, 1);
    if (good) {
        *dia = found;
        *k = f;
        if (far) p->by_far |= CSV_FAR_DELIMITER | CSV_FAR_COMMENT;
        return;
    }
    s->base = base;
    memcpy(p->scores, kept, sizeof kept);
    p->n_scores = n_kept;
}

lf_rc lf_csv_sniff(lf_plan *p, csv_rows *rows, const lf_decode_opts *o, lf_span head, bool whole,
                   lf_error *err) {
    sniff s = {.plan = p,
               .text = head,
               .whole = whole,
               .base = p->dialect,
               .rows = rows,
               .isa = lf_csv_isa_get(p->isa),
               .err = err};
    if (head.len == 0) {
        if (!p->delimiter_given) p->dialect.delimiter = '\n';
        return LF_OK;
    }
    find_line_ends(&s);
    cut_sample(&s);
    lay_out(&s, head, whole, o);
    csv_dialect dia = s.base;
    look k = {0};
    bool comments = !p->comment_given && (head.data[0] == '#' || has(&s, "\n#"));
    if (p->delimiter_given) {
        lf_csv_dialect_settle(&dia);
        k = look_at(&s, &dia);
    } else if (!find_delimiter(&s, &dia, &k)) {
        bool found = false;
        if (comments) { /* it may be the comments that hide it */
            s.base.comment_len = 1;
            s.base.comment[0] = '#';
            found = find_delimiter(&s, &dia, &k);
        }
        if (!found && !p->line_end_given && !s.base.cr_ends && s.lone_cr > 0) {
            s.base.cr_ends = true; /* and line feeds within quotes only */
            found = find_delimiter(&s, &dia, &k);
            s.base.cr_ends = found;
        }
        if (!found) {
            dia = s.base;
            dia.comment_len = p->dialect.comment_len;
            dia.delimiter = '\n';
            try_lone_ends(&s, &dia);
        }
    } else if (comments) {
        settle_comments(&s, &dia, &k);
    }
    if (!p->delimiter_given) settle_close(&s, &dia, &k);
    if (dia.delimiter != '\n') {
        if (dia.comment_len == 0 && comments) try_comments(&s, &dia, &k);
        (void)try_mixed_ends(&s, &dia, &k);
        try_single_quotes(&s, &dia, &k);
        try_escape(&s, &dia, &k);
        if (!p->delimiter_given) try_blank_behind(&s, &dia, &k);
        try_padding(&s, &dia, &k);
    }
    look_behind(&s, &dia, &k);
    lf_csv_dialect_settle(&dia);
    p->dialect = dia;
    p->delimiter_votes = k.modal_count;
    return s.rc;
}
