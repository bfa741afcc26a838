/* decode/csv/csv_index_general.h - the index of general dialects, on bit masks of 64 bytes.
 *
 * What csv_index_quotes.h does for quotes, with more to tell on the same masks: delimiters of
 * several bytes, carriage returns that end records, escapes, blanks around quotes, comments.
 *
 *   text        a \ " , b : : \r # , \n        escape \, delimiter ::, comment #
 *   escaped     0 0 1 0 0 0 0 0  0 0 0         behind an odd run of escapes
 *   ends        0 0 0 0 0 1 0 1  0 0 1         the first byte of a delimiter; line ends
 *   hidden      0 0 0 0 0 0 0 0  1 1 0         a comment: its bytes are no structure
 *
 * It is right as long as every quote that opens stands first in its field (or behind blanks that
 * do, where blanks around quotes are dropped) or behind a quote, and every quote that closes stands
 * before a quote, or an end (or blanks before one). Anything else sets `irregular`.
 *
 * Included by the sets csv_index_*.c, behind what they define for 64 bytes at once: `chunk`,
 * load_chunk(p), equal_mask(chunk, byte), high_mask(chunk), append_ends(pos, bits, base),
 * inside_quotes(quotes, inside).
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_INDEX_GENERAL_H
#define LF_DECODE_CSV_CSV_INDEX_GENERAL_H
#include "decode/csv/csv_index.h"

/* Which bytes of a block are what, before quotes and escapes are looked at. */
typedef struct general_marks {
    uint64_t delimiter, lines, quote, escape, blank, comment, crlf; /* crlf: its first byte */
    uint64_t keep;                                                  /* the bytes that are judged */
} general_marks;

/* Bits reached from `from` by going on over bits of `over`, one by one; *carry: into and out of
 * the block. */
static inline uint64_t reach(uint64_t from, uint64_t over, uint64_t *carry) {
    uint64_t sum;
    from |= *carry;
    *carry = __builtin_add_overflow(from & over, over, &sum);
    return (sum ^ over) | from;
}

/* The bytes behind an odd number of escapes. */
static inline uint64_t escaped_bytes(uint64_t escape, uint64_t *carry) {
    if ((escape | *carry) == 0) return 0;
    const uint64_t even = 0x5555555555555555ull;
    escape &= ~*carry;
    uint64_t behind = escape << 1 | *carry, sum;
    uint64_t odd_starts = escape & ~even & ~behind;
    *carry = __builtin_add_overflow(odd_starts, escape, &sum);
    return (even ^ (sum << 1)) & behind;
}

/* Of the delimiters found, those that stand when the text is read from left to right: none begins
 * within another. */
static inline uint64_t apart(uint64_t delimiters, uint32_t more) {
    uint64_t near = 0;
    for (uint32_t i = 1; i <= more; i++)
        near |= delimiters << i;
    if ((delimiters & near) == 0) return delimiters;
    uint64_t left = delimiters, out = 0;
    while (left != 0) {
        uint64_t first = left & -left;
        out |= first;
        for (uint32_t i = 0; i <= more; i++)
            left &= ~(first << i);
    }
    return out;
}

/* The bytes of the next block that belong to this one's last delimiter. */
static inline uint64_t taken_behind(uint64_t delimiters, uint32_t more) {
    uint64_t last = delimiters >> 1 >> (63 - more);
    return last == 0 ? 0 : last | (last - 1);
}

/* A run of blanks longer than the machine goes over; counted in blocks, so that it may be said of a
 * shorter one, never not of a longer one. */
static inline bool blanks_too_long(csv_general_carry *g, uint64_t blank, uint64_t carried) {
    uint32_t low = blank == ~0ull ? 64 : (uint32_t)__builtin_ctzll(~blank);
    bool too_long = carried != 0 && g->blanks + low > CSV_PAD_MAX;
    g->blanks = low == 64 ? 64 : (uint32_t)__builtin_clzll(~blank);
    return too_long;
}

/* The ends of fields of a block, m without its comments; *rows: those that end records. */
static inline uint64_t general_ends(csv_index *x, const csv_dialect *dia, const general_marks *m,
                                    uint64_t region, uint64_t quote, uint64_t escaped,
                                    uint64_t *rows) {
    csv_general_carry *g = &x->general;
    const uint32_t more = dia->more_len;
    uint64_t opens = quote & region, closes = quote & ~region;
    uint64_t lines = m->lines & ~escaped & ~region;
    uint64_t delimiters = m->delimiter & ~escaped & ~region & ~g->taken;
    if (more > 0) delimiters = apart(delimiters, more);
    uint64_t starts = delimiters << 1 << more | lines << 1 | g->starts;
    uint64_t behind_close = closes << 1 | x->closed;
    uint64_t doubled = opens & behind_close;
    uint64_t may_open = starts, closed = behind_close, blank = 0;
    if (dia->pad_quotes) {
        blank = m->blank & ~escaped;
        uint64_t carried = g->pad_open | g->pad_close;
        x->irregular |= blanks_too_long(g, blank, carried);
        may_open = reach(may_open, blank, &g->pad_open);
        closed = reach(closed, blank, &g->pad_close);
    }
    uint64_t odd = (opens & ~doubled & ~may_open) |
                   (closed & ~(blank | delimiters | lines | m->crlf | doubled));
    x->irregular |= (odd & m->keep) != 0;
    x->escapes |= doubled != 0;
    x->opens += (uint32_t)__builtin_popcountll(opens ^ doubled);
    x->inside = (uint64_t)((int64_t)region >> 63);
    x->closed = closes >> 63;
    g->taken = taken_behind(delimiters, more);
    g->starts = delimiters >> (63 - more) | lines >> 63;
    g->row_start = lines >> 63;
    *rows = lines;
    return delimiters | lines;
}

/* Where comments begin, of the bits of `at`; verified. */
static inline uint64_t comment_starts(const csv_dialect *dia, const uint8_t *p, uint64_t at) {
    uint64_t out = 0;
    for (; at != 0; at &= at - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(at), k = 1;
        while (k < dia->comment_len && p[i + k] == dia->comment[k])
            k++;
        if (k == dia->comment_len) return 1ull << i;
    }
    return out;
}

/* The ends of a block where a line may be a comment: it is read again without each that is found.
 */
static inline uint64_t general_commented(csv_index *x, const csv_dialect *dia, const uint8_t *p,
                                         const general_marks *all, uint64_t *rows) {
    const csv_index before = *x;
    uint64_t hidden = 0, ends, first = all->lines & -all->lines;
    uint32_t found = 0;
    if (before.general.in_comment) hidden = first - 1; /* all where no line ends */
    for (;;) {
        general_marks m = *all;
        m.quote &= ~hidden;
        m.escape &= ~hidden;
        m.delimiter &= ~hidden;
        *x = before;
        uint64_t escaped = escaped_bytes(m.escape, &x->general.escaped);
        uint64_t quote = m.quote & ~escaped;
        uint64_t row_start = x->general.row_start;
        uint64_t region = inside_quotes(quote, x->inside);
        ends = general_ends(x, dia, &m, region, quote, escaped, rows);
        uint64_t at = (*rows << 1 | row_start) & m.comment & ~hidden & ~ends;
        if (at != 0) at = comment_starts(dia, p, at);
        if (at == 0) break;
        found++;
        uint64_t line = all->lines & ~(at - 1); /* the first end behind it */
        hidden |= (line & -line) - at;          /* where there is none: all behind it */
    }
    x->comments += found;
    x->general.in_comment = hidden >> 63;
    x->backslashes |= (all->escape & ~hidden) != 0;
    return ends;
}

static inline general_marks mark_block(const csv_dialect *dia, const uint8_t *p, chunk b,
                                       uint64_t keep, csv_index *x) {
    general_marks m = {.keep = keep};
    uint64_t lf = equal_mask(b, '\n') & keep, cr = equal_mask(b, '\r') & keep;
    m.lines = lf;
    if (cr != 0) {
        m.crlf = cr & equal_mask(load_chunk(p + 1), '\n');
        if (dia->cr_ends) m.lines |= cr & ~m.crlf;
        x->cr |= !dia->cr_ends || m.crlf != 0;
    }
    if (dia->delimiter != '\n') m.delimiter = equal_mask(b, dia->delimiter) & keep;
    for (uint32_t i = 0; i < dia->more_len && m.delimiter != 0; i++)
        m.delimiter &= equal_mask(load_chunk(p + 1 + i), dia->more[i]);
    if (dia->has_quote) m.quote = equal_mask(b, dia->quote) & keep;
    if (dia->escape != 0) m.escape = equal_mask(b, dia->escape) & keep;
    if (dia->pad_quotes) {
        m.blank = equal_mask(b, ' ') | equal_mask(b, '\t');
        m.blank &= ~equal_mask(b, dia->delimiter);
    }
    return m;
}

/* The blocks that begin with no quote open, up to the first with a quote, an escape or what may
 * begin a comment: most of most texts. How many; `crs` and `more` are constants of the caller. */
static inline uint32_t quiet_blocks(csv_index *x, const csv_dialect *dia, const uint8_t *p,
                                    uint32_t base, uint32_t n_blocks, const bool crs,
                                    const uint32_t more) {
    csv_general_carry *g = &x->general;
    uint32_t *pos = x->pos + x->n, i = 0;
    uint64_t rows = 0, high = 0, cr_seen = 0, taken = g->taken, delimiters = 0, lines = 0;
    for (; i < n_blocks; i++, p += 64) {
        chunk b = load_chunk(p);
        uint64_t stop = dia->has_quote ? equal_mask(b, dia->quote) : 0;
        if (dia->escape != 0) stop |= equal_mask(b, dia->escape);
        if (dia->comment_len != 0) stop |= equal_mask(b, dia->comment[0]);
        if (stop != 0) break;
        lines = equal_mask(b, '\n');
        uint64_t cr = equal_mask(b, '\r');
        if (crs && cr != 0) {
            uint64_t crlf = cr & equal_mask(load_chunk(p + 1), '\n');
            lines |= cr & ~crlf;
            cr = crlf;
        }
        cr_seen |= cr;
        delimiters = dia->delimiter == '\n' ? 0 : equal_mask(b, dia->delimiter);
        if (more > 0 && delimiters != 0) {
            for (uint32_t k = 0; k < more; k++)
                delimiters &= equal_mask(load_chunk(p + 1 + k), dia->more[k]);
            delimiters = apart(delimiters & ~taken, more);
        }
        if (more > 0) taken = taken_behind(delimiters, more);
        high |= high_mask(b);
        rows += (uint64_t)__builtin_popcountll(lines);
        pos = append_ends(pos, delimiters | lines, base + i * 64);
    }
    if (i == 0) return 0;
    g->taken = taken;
    g->starts = delimiters >> (63 - more) | lines >> 63;
    g->row_start = lines >> 63;
    x->closed = 0;
    x->n = (uint32_t)(pos - x->pos);
    x->rows += (uint32_t)rows;
    x->newlines += (uint32_t)rows;
    x->cr |= cr_seen != 0;
    x->high |= high != 0;
    return i;
}

static inline uint32_t quiet_start(csv_index *x, const csv_dialect *dia, const uint8_t *p,
                                   uint32_t base, uint32_t n_blocks) {
    const csv_general_carry *g = &x->general;
    if ((x->inside | x->closed | g->escaped) != 0 || g->in_comment || dia->pad_quotes) return 0;
    if (dia->more_len > 0)
        return quiet_blocks(x, dia, p, base, n_blocks, dia->cr_ends, dia->more_len);
    if (dia->cr_ends) return quiet_blocks(x, dia, p, base, n_blocks, true, 0);
    return quiet_blocks(x, dia, p, base, n_blocks, false, 0);
}

static inline void any_block(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                             uint64_t keep) {
    chunk b = load_chunk(p);
    general_marks m = mark_block(dia, p, b, keep, x);
    uint64_t rows, ends;
    if (dia->comment_len > 0) m.comment = equal_mask(b, dia->comment[0]) & keep;
    if (m.comment != 0 || x->general.in_comment) {
        ends = general_commented(x, dia, p, &m, &rows);
    } else {
        uint64_t escaped = escaped_bytes(m.escape, &x->general.escaped);
        uint64_t quote = m.quote & ~escaped;
        x->backslashes |= m.escape != 0;
        ends = general_ends(x, dia, &m, inside_quotes(quote, x->inside), quote, escaped, &rows);
    }
    x->high |= (high_mask(b) & keep) != 0;
    x->newlines += (uint32_t)__builtin_popcountll(m.lines);
    x->rows += (uint32_t)__builtin_popcountll(rows);
    x->n = (uint32_t)(append_ends(x->pos + x->n, ends, base) - x->pos);
}

/* As csv_isa says of `general`. */
static void index_general(csv_index *out, const csv_dialect *dialect, const uint8_t *p,
                          uint32_t base, uint32_t n_blocks, uint64_t last_keep) {
    const csv_dialect dia = *dialect; /* which no store to pos can change */
    csv_index x = *out;
    const uint32_t whole = n_blocks - (last_keep != ~0ull);
    for (uint32_t i = 0; i < n_blocks; i++) {
        i += quiet_start(&x, &dia, p + (size_t)i * 64, base + i * 64, whole > i ? whole - i : 0);
        if (i == n_blocks) break;
        any_block(&x, &dia, p + (size_t)i * 64, base + i * 64,
                  i + 1 == n_blocks ? last_keep : ~0ull);
    }
    *out = x;
}

#endif
