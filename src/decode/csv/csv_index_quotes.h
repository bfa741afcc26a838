/* decode/csv/csv_index_quotes.h - quotes of a block of 64 bytes, on bit masks.
 *
 *   text       a , " x , y " , ...
 *   quote      0 0 1 0 0 0 1 0
 *   region     0 0 1 1 1 1 0 0     the prefix xor of the quotes, inverted where `inside` is all
 *                                  ones: a quote opens where it is set, closes where clear
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_INDEX_QUOTES_H
#define LF_DECODE_CSV_CSV_INDEX_QUOTES_H
#include "decode/csv/csv_index.h"

/* Where a block has which byte. */
typedef struct masks {
    uint64_t delimiter, newline, quote, cr;
} masks;

/* The state between blocks (see csv_index), in registers. */
typedef struct carries {
    uint64_t inside, prev, prev_quote, closed, closed_cr;
    uint64_t bad, escapes, opens, newlines;
} carries;

static inline carries carries_of(const csv_index *x) {
    return (carries){.inside = x->inside,
                     .prev = x->prev,
                     .prev_quote = x->prev_quote,
                     .closed = x->closed,
                     .closed_cr = x->closed_cr};
}

static inline void keep_carries(csv_index *x, const carries *c) {
    x->inside = c->inside;
    x->prev = c->prev;
    x->prev_quote = c->prev_quote;
    x->closed = c->closed;
    x->closed_cr = c->closed_cr;
    x->irregular |= c->bad != 0;
    x->escapes |= c->escapes != 0;
    x->opens += (uint32_t)c->opens;
    x->newlines += (uint32_t)c->newlines;
}

/* The delimiters and line feeds outside quotes. Only bits of `keep` are judged. */
static inline uint64_t resolve_quotes(carries *c, const masks *m, uint64_t region, uint64_t keep) {
    uint64_t q = m->quote, ends = m->delimiter | m->newline, any = q | ends;
    uint64_t opens = q & region, closes = q & ~region;
    uint64_t behind_any = any * 2 + c->prev, behind_close = closes * 2 + c->closed;
    uint64_t escapes = opens & (q * 2 + c->prev_quote);
    uint64_t close_cr = behind_close & m->cr;
    c->bad |= ((opens & ~behind_any) | (behind_close & ~(any | m->cr))) & keep;
    if (__builtin_expect((close_cr | c->closed_cr) != 0, 0)) {
        c->bad |= (close_cr * 2 + c->closed_cr) & ~m->newline & keep;
        c->closed_cr = close_cr >> 63;
    }
    c->escapes |= escapes;
    c->opens += (uint64_t)__builtin_popcountll(opens ^ escapes);
    c->newlines += (uint64_t)__builtin_popcountll(m->newline);
    c->inside = (uint64_t)((int64_t)region >> 63);
    c->prev = any >> 63;
    c->prev_quote = q >> 63;
    c->closed = closes >> 63;
    return ends & ~region & keep;
}

#endif
