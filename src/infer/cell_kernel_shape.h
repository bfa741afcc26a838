/* infer/cell_kernel_shape.h - byte shuffles that bring dates and timestamps into one shape.
 *
 * All cells of a tile have one layout, so one byte shuffle per load brings every cell into the
 * same shape whatever the order of its parts; it is then compared with the layout byte by byte
 * (x = bytes ^ pattern must be at most 9 where a digit stands, 0 where a separator does):
 *
 *     1996-03-13     ->  1 9 9 6 0 3 1 3 | - - 0 0 0 0 0 0    first 16 bytes of the cell
 *     10:00:05.250Z  ->  1 0 0 0 0 5 : : | . Z 0 0 0 2 5 0    last 16 bytes of the cell
 *
 * Multiply-adds make words [century, year of it, month, day] and [hours, minutes, seconds, 0] of
 * the left halves; the right half of the second load is the fraction. Days follow by shifts
 * alone, because the century is at hand: with c = years / 100 rounded up, the leap days before
 * 1 January are (y + 3) / 4 - c + (c + 3) / 4.
 * Longer cells (nanoseconds, fractions with an offset) take hours, minutes and seconds from a
 * load of their own, and fraction and zone from the last 16 bytes.
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: included by cell_kernel_time_*.c alone. */
#ifndef LF_INFER_CELL_KERNEL_SHAPE_H
#define LF_INFER_CELL_KERNEL_SHAPE_H
#include "infer/cell_kernel_cell.h"

/* One shuffle with its check. */
typedef struct cell_shape {
    uint8_t from[16], pattern[16], limit[16];
} cell_shape;

/* Where the bytes of a shape come from (0xFF: nowhere), and what they must be (0: a digit). */
typedef struct cell_places {
    uint8_t at[16], want[16];
} cell_places;

static inline cell_places cell_places_none(void) {
    cell_places p;
    memset(p.at, 0xFF, 16);
    memset(p.want, 0, 16);
    return p;
}

static inline void cell_place(cell_places *p, uint32_t slot, uint32_t at, uint8_t want) {
    p->at[slot] = (uint8_t)at;
    p->want[slot] = want;
}

static inline cell_shape cell_shape_of(const cell_places *p) {
    cell_shape s;
    for (uint32_t k = 0; k < 16; k++) {
        bool there = p->at[k] != 0xFF, digit = p->want[k] == 0;
        s.from[k] = p->at[k];
        s.limit[k] = there && digit ? 9 : 0;
        s.pattern[k] = !there ? 0 : digit ? '0' : p->want[k];
    }
    return s;
}

/* A date's eight digits YYYYMMDD and its separators. */
static inline cell_places cell_date_places(cell_date_layout l) {
    static const uint8_t places[3][10] = {
        [CELL_YMD] = {0, 1, 2, 3, 5, 6, 8, 9, 4, 7},
        [CELL_DMY] = {6, 7, 8, 9, 3, 4, 0, 1, 2, 5},
        [CELL_MDY] = {6, 7, 8, 9, 0, 1, 3, 4, 2, 5},
    };
    cell_places p = cell_places_none();
    memcpy(p.at, places[l.order], 10);
    p.want[8] = p.want[9] = l.separator;
    return p;
}

typedef struct cell_stamp_shapes {
    cell_shape date, clock, tail; /* tail: only of cells that take three loads */
    bool three;
} cell_stamp_shapes;

/* Zone, point and fraction from slot k on, the fraction right-aligned at the end. `first`: offset
 * in the cell of the 16 bytes. */
static inline void cell_tail_places(const cell_stamp_layout *l, uint32_t first, uint32_t k,
                                    cell_places *p) {
    uint32_t zone_at = l->len - l->zone_len, dot = l->time_at + 8;
    for (uint32_t z = 0; z < l->zone_len; z++)
        cell_place(p, k++, zone_at + z - first, l->zone[z]);
    if (l->frac_digits == 0) return;
    cell_place(p, k, dot - first, '.');
    for (uint32_t d = 0; d < l->frac_digits; d++)
        cell_place(p, 16 - l->frac_digits + d, dot + 1 + d - first, 0);
}

static inline void cell_stamp_shapes_of(const cell_stamp_layout *l, cell_stamp_shapes *s) {
    cell_places p = cell_date_places(l->date);
    cell_place(&p, 10, 10, l->separator);
    s->date = cell_shape_of(&p);
    /* Two loads do where the last 16 bytes hold the time of day from its first digit on. */
    s->three = l->len > l->time_at + 16;
    uint32_t first = s->three ? l->time_at : l->len - 16, clock = l->time_at - first;
    p = cell_places_none();
    for (uint32_t k = 0; k < (l->seconds ? 6u : 4u); k++)
        cell_place(&p, k, clock + k + k / 2, 0);
    cell_place(&p, 6, clock + 2, ':');
    if (l->seconds) cell_place(&p, 7, clock + 5, ':');
    if (!s->three) cell_tail_places(l, first, 8, &p);
    s->clock = cell_shape_of(&p);
    p = cell_places_none();
    if (s->three) cell_tail_places(l, l->len - 16, 0, &p);
    s->tail = cell_shape_of(&p);
}

/* 86400e6 = 10546875 << 13 and 86400e9 = 1318359375 << 16: the factors fit 32 bits. */
static inline uint32_t cell_day_factor(const cell_stamp_layout *l) {
    return l->narrow ? 1318359375 : 10546875;
}
static inline int cell_day_shift(const cell_stamp_layout *l) {
    return l->narrow ? 16 : 13;
}

/* The cells of `ask` have another length than a padded date. True: an unpadded date is among
 * them; *word_out gets those that are null by a word. */
static inline bool cell_ask_unpadded(const lf_cells *in, uint32_t r, uint32_t ask,
                                     cell_date_layout l, uint32_t *word_out) {
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(ask), len = in->len[r + k], forms;
        const uint8_t *p = in->base + in->start[r + k];
        int32_t v;
        if (cell_is_word(in, p, len))
            *word_out |= 1u << k;
        else if (cell_cell_date(p, len, l, &v, &forms))
            return true;
    }
    return false;
}

/* Those of `ask` that are null by a word. */
static inline uint64_t cell_ask_words(const lf_cells *in, uint32_t r, uint64_t ask) {
    uint64_t words = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(ask);
        if (cell_is_word(in, in->base + in->start[r + k], in->len[r + k])) words |= 1ull << k;
    }
    return words;
}

#endif
