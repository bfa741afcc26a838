/* decode/csv/csv_index.c - the scalar set, and the choice of one.
 *
 * The scalar index is the machine without its look ahead. Irregular tiles and general dialects are
 * read by the machine itself (lf_csv_index_exact). */
#include "decode/csv/csv_index.h"
#include "decode/csv/csv_index_sets.h"
#include <string.h>

void lf_csv_index_start(csv_index *x) {
    uint32_t *pos = x->pos;
    memset(x, 0, sizeof *x);
    x->pos = pos;
    x->prev = x->general.starts = x->general.row_start = 1; /* the first byte may open quotes */
    x->machine.state = CSV_AT_FIELD;
}

static void note_machine(csv_index *x) {
    x->opens = x->machine.opens;
    x->escapes = x->machine.escapes;
    x->irregular = x->machine.irregular;
    x->comments = x->machine.comments;
    x->inside = x->machine.state == CSV_QUOTED ? ~0ull : 0;
}

static void note_bytes(csv_index *x, const uint8_t *p, size_t n) {
    uint8_t high = 0;
    bool cr = false;
    uint32_t newlines = 0;
    for (size_t i = 0; i < n; i++) {
        high |= p[i];
        cr |= p[i] == '\r';
        newlines += p[i] == '\n';
    }
    x->high |= high > 127;
    x->newlines += newlines;
    x->cr |= cr;
}

static void index_range(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                        size_t n) {
    size_t n_pos = x->n, rows = x->rows;
    /* Offsets are the tile's, so the machine is given the tile's first byte. */
    csv_reach in = {.text = p - base, .at = base, .end = base + n};
    lf_csv_machine_plain(&x->machine, dia, &in, x->pos, &n_pos, &rows);
    x->n = (uint32_t)n_pos;
    x->rows = (uint32_t)rows;
    note_machine(x);
    note_bytes(x, p, n);
}

uint32_t lf_csv_index_exact(csv_index *x, const csv_dialect *dia, const uint8_t *text,
                            uint32_t from, uint32_t to, bool last) {
    size_t n_pos = x->n, rows = x->rows;
    csv_reach in = {.text = text, .at = from, .end = to, .last = last};
    uint32_t stop = (uint32_t)lf_csv_machine_run(&x->machine, dia, &in, x->pos, &n_pos, &rows);
    x->n = (uint32_t)n_pos;
    x->rows = (uint32_t)rows;
    note_machine(x);
    if (stop > from) note_bytes(x, text + from, stop - from); /* a rewound run may stop before */
    x->irregular |= dia->general;
    return stop;
}

/* A delimiter that holds a quote or an escape means something else where those are text. */
bool lf_csv_is_indexed(const csv_dialect *dia) {
    if (dia->escape != 0 && (dia->escape == dia->delimiter || dia->escape == dia->quote))
        return false;
    for (uint32_t i = 0; i < dia->more_len; i++)
        if ((dia->has_quote && dia->more[i] == dia->quote) ||
            (dia->escape != 0 && dia->more[i] == dia->escape))
            return false;
    return !dia->has_quote || dia->quote != dia->delimiter;
}

static void index_scalar(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                         uint32_t n_blocks) {
    index_range(x, dia, p, base, (size_t)n_blocks * 64);
}

static void index_tail_scalar(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                              uint32_t n) {
    index_range(x, dia, p, base, n);
}

void lf_csv_locate_scalar(const uint32_t *pos, uint32_t n_fields, uint32_t n_rows, uint32_t gap,
                          uint32_t *const *start, uint32_t *const *len) {
    uint32_t padded = (n_rows + 15) & ~15u;
    for (uint32_t r = 0; r < padded; r++) {
        const uint32_t *row = pos + (size_t)(r < n_rows ? r : n_rows - 1) * n_fields;
        for (uint32_t c = 0; c < n_fields; c++) {
            if (start[c] == NULL) continue;
            uint32_t s = row[(ptrdiff_t)c - 1] + (c == 0 ? 1 : gap);
            start[c][r] = s;
            len[c][r] = row[c] - s;
        }
    }
}

uint32_t lf_csv_unquote_scalar(const uint8_t *text, uint8_t quote, uint32_t *start, uint32_t *len,
                               uint32_t n, uint64_t *quoted) {
    uint32_t found = 0;
    for (uint32_t w = 0; w * 64 < n; w++)
        quoted[w] = 0;
    for (uint32_t r = 0; r < n; r++) {
        if (len[r] == 0 || text[start[r]] != quote) continue;
        start[r] += 1;
        len[r] -= 2;
        quoted[r >> 6] |= 1ull << (r & 63);
        found++;
    }
    return found;
}

uint32_t lf_csv_nonzero_scalar(const uint32_t *len, uint32_t n, uint64_t *bits) {
    uint32_t zeros = 0;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        uint32_t m = n - w * 64 < 64 ? n - w * 64 : 64;
        for (uint32_t i = 0; i < m; i++)
            b |= (uint64_t)(len[w * 64 + i] != 0) << i;
        bits[w] = b;
        zeros += m - (uint32_t)__builtin_popcountll(b);
    }
    return zeros;
}

uint64_t lf_csv_count_scalar(const uint8_t *p, size_t n, uint8_t byte) {
    uint64_t c = 0;
    for (size_t i = 0; i < n; i++)
        c += p[i] == byte;
    return c;
}

uint32_t lf_csv_equal_scalar(const uint8_t *text, const uint32_t *start, const uint32_t *len,
                             uint32_t n, uint64_t word, uint32_t word_len, uint64_t *bits) {
    uint32_t found = 0;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        uint32_t m = n - w * 64 < 64 ? n - w * 64 : 64;
        for (uint32_t i = 0; i < m; i++) {
            uint32_t r = w * 64 + i;
            if (len[r] == word_len && memcmp(text + start[r], &word, word_len) == 0) b |= 1ull << i;
        }
        bits[w] = b;
        found += (uint32_t)__builtin_popcountll(b);
    }
    return found;
}

const csv_isa lf_csv_isa_scalar = {
    .name = "scalar",
    .index = index_scalar,
    .index_tail = index_tail_scalar,
    .locate = lf_csv_locate_scalar,
    .unquote = lf_csv_unquote_scalar,
    .nonzero = lf_csv_nonzero_scalar,
    .count = lf_csv_count_scalar,
    .equal = lf_csv_equal_scalar,
};

const csv_isa *lf_csv_isa_get(lf_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case LF_ISA_AVX512:
        return &lf_csv_isa_avx512;
    case LF_ISA_AVX2:
        return &lf_csv_isa_avx2;
#elif defined(__aarch64__)
    case LF_ISA_NEON:
        return &lf_csv_isa_neon;
#endif
    default:
        return &lf_csv_isa_scalar;
    }
}
