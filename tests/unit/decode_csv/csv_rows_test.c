/* The records of a text that were read once are those that the machine reads one by one: the same
 * borders, fields, and counts of quotes, for every dialect, instruction set and cut. */
#include "core/alloc.h"
#include "core/limits.h"
#include "decode/csv/csv_rows.h"
#include "lf_test.h"
#include <stdlib.h>

static uint32_t seed = 5;
static uint32_t dice(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static const csv_dialect dialects[] = {
    {.delimiter = ',', .quote = '"', .has_quote = true},
    {.delimiter = ';', .quote = '\'', .has_quote = true},
    {.delimiter = ','},
    {.delimiter = '\n', .quote = '"', .has_quote = true},
    {.delimiter = ',', .quote = '"', .has_quote = true, .general = true, .escape = '\\'},
    {.delimiter = ',',
     .quote = '"',
     .has_quote = true,
     .general = true,
     .cr_ends = true,
     .comment_len = 1,
     .comment = "#"},
    {.delimiter = ',',
     .quote = '"',
     .has_quote = true,
     .general = true,
     .more_len = 1,
     .more = " ",
     .pad_quotes = true},
};

static bool same_record(const csv_record *a, const csv_record *b) {
    return LF_CHECK_EQ_U64(a->start, b->start) & LF_CHECK_EQ_U64(a->end, b->end) &
           LF_CHECK_EQ_U64(a->next, b->next) & LF_CHECK_EQ_U64(a->n_fields, b->n_fields) &
           LF_CHECK_EQ_I64(a->blank, b->blank) & LF_CHECK_EQ_I64(a->comment, b->comment) &
           LF_CHECK_EQ_I64(a->open, b->open);
}

/* `kept`: all records but those of a text that does not end are to be among the rows. */
static bool agree(csv_rows *k, const csv_isa *isa, const csv_dialect *dia, lf_span text, bool whole,
                  size_t from) {
    uint32_t want_ends[1024];
    uint64_t opens = 0, broken = 0;
    csv_record got, want;
    LF_CHECK_EQ_I64(lf_csv_rows_read(k, dia, isa, text, whole, from, NULL), LF_OK);
    for (size_t at = from;; at = want.next) {
        csv_machine m = {.state = CSV_AT_FIELD};
        bool more = lf_csv_record_next_with(&m, dia, text, whole, at, &want);
        if (!LF_CHECK_EQ_I64(lf_csv_rows_next(k, text.len, whole, at, &got), more)) return false;
        if (!more) break;
        if (!same_record(&got, &want)) return false;
        const uint32_t *ends = lf_csv_rows_fields(k, &got);
        if (!LF_CHECK(ends != NULL)) return false;
        lf_csv_record_fields(dia, text, &want, want_ends);
        if (!LF_CHECK_MEM(ends, want_ends, want.n_fields * sizeof *ends)) return false;
        if (want.blank) continue;
        opens += m.opens;
        broken += m.breaks + (want.open && m.breaks == 0);
    }
    return LF_CHECK_EQ_U64(k->opens, opens) & LF_CHECK_EQ_U64(k->broken, broken);
}

static void rows_are_those_of_the_machine(void) {
    static const char *const bytes[] = {"\",\nab", "\", \n\ra#", "a,\n", "aaaaaaaaaaaaaaa\",\n\r",
                                        "';\nab'", "\"\\,\na"};
    csv_rows k;
    lf_csv_rows_init(&k, lf_alloc_default());
    for (uint32_t i = 0; i < 40000; i++) {
        uint32_t n = 1 + dice(i % 10 == 0 ? 900 : 150);
        uint8_t *text = malloc(n); /* its end is the end of the memory */
        if (text == NULL) abort();
        const char *from = bytes[dice(6)];
        for (uint32_t c = 0; c < n; c++)
            text[c] = (uint8_t)from[dice((uint32_t)strlen(from))];
        const csv_dialect *dia = &dialects[dice(sizeof dialects / sizeof dialects[0])];
        const csv_isa *isa = lf_csv_isa_get(dice(2) == 0 ? LF_ISA_SCALAR : lf_isa_best());
        bool good = agree(&k, isa, dia, (lf_span){text, n}, dice(2) == 0, dice(4) ? 0 : dice(n));
        if (!good) printf("text %.*s\n", (int)n, (char *)text);
        free(text);
        if (!good) break;
    }
    lf_csv_rows_reset(&k);
    lf_csv_rows_reset(&k);
}

/* More fields and records than there is room for: the machine reads what is not kept. */
static void what_has_no_room_is_read_all_the_same(void) {
    static uint8_t text[1500 * 1000];
    for (uint32_t kind = 0; kind < 2; kind++) {
        csv_rows k;
        csv_record r;
        size_t n = 0, at = 0;
        lf_csv_rows_init(&k, lf_alloc_default());
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = kind == 0 ? '\n' : (uint8_t)(i % 10 == 9 ? '\n' : ',');
        LF_CHECK_EQ_I64(lf_csv_rows_read(&k, &dialects[0], lf_csv_isa_get(lf_isa_best()),
                                         (lf_span){text, sizeof text}, true, 0, NULL),
                        LF_OK);
        LF_CHECK(k.ends_cap * sizeof *k.ends + k.rows_cap * sizeof *k.rows < 8 * LF_MIB);
        for (; lf_csv_rows_next(&k, sizeof text, true, at, &r); at = r.next)
            n += r.n_fields;
        LF_CHECK_EQ_U64(at, sizeof text);
        LF_CHECK_EQ_U64(n, sizeof text);
        lf_csv_rows_reset(&k);
    }
}

int main(void) {
    LF_RUN(rows_are_those_of_the_machine);
    LF_RUN(what_has_no_room_is_read_all_the_same);
    LF_TEST_MAIN_END;
}
