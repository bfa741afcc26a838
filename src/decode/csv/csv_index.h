/* decode/csv/csv_index.h - the structural index of a tile and other byte work, one set per ISA.
 *
 * Owns: a csv_index's positions belong to its user. Threads: pure. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_INDEX_H
#define LF_DECODE_CSV_CSV_INDEX_H
#include "core/cpu.h"
#include "decode/csv/csv_machine.h"

#define CSV_INDEX_LEAD  16u  /* entries before pos[0]; pos[-1] is the offset before the text */
#define CSV_INDEX_SLACK 144u /* entries an index step may write past those it reports */
#define CSV_LOOK_BYTES  8u   /* behind a block of a general dialect, which are looked at with it */

/* What a block of a general dialect leaves to the next one (csv_index_general.h). Masks count from
 * the next block's first byte. */
typedef struct csv_general_carry {
    uint64_t starts;              /* where fields start */
    uint64_t row_start;           /* likewise records */
    uint64_t taken;               /* bytes of the block's last delimiter */
    uint64_t escaped;             /* bit 0: the next byte is */
    uint64_t pad_open, pad_close; /* bit 0: all since a field's start, or since its quotes closed,
                                     is blank */
    uint32_t blanks;              /* the block ended with */
    bool in_comment;
} csv_general_carry;

/* Where the delimiters and line feeds outside quotes are. The carries hold the state between
 * blocks of 64 bytes: quotes are resolved by parity, which is right as long as every quote that
 * opens stands first in its field or behind a quote, and every quote that closes stands
 * before a quote, delimiter, line feed or CR LF. Anything else sets `irregular`, and the text
 * must be read by csv_machine. */
typedef struct csv_index {
    uint32_t *pos;     /* ends of fields, ascending */
    uint32_t n;        /* entries in pos */
    uint32_t rows;     /* of them, line feeds */
    uint32_t newlines; /* line feeds, those inside quotes too */
    uint32_t opens;    /* fields that began with a quote */
    uint64_t inside;   /* all ones: the next byte is inside quotes */
    uint64_t prev;     /* bit 0: the byte before is a delimiter, line feed or quote */
    uint64_t prev_quote, closed, closed_cr; /* bit 0: what the byte before was */
    bool irregular, escapes, high, cr;      /* met so far; high: a byte above 127 */
    bool backslashes;                       /* likewise: the dialect's escape */
    uint32_t comments;                      /* lines that are none of the table */
    csv_general_carry general;
    csv_machine machine; /* of the scalar form */
} csv_index;

void lf_csv_index_start(csv_index *x); /* at the first byte of a record; keeps pos */
/* Indexes text[from, to) by the exact machine, for any dialect; `last`: the text ends at `to`.
 * Where bytes behind `to` decide it stops before; returns where. */
uint32_t lf_csv_index_exact(csv_index *x, const csv_dialect *dia, const uint8_t *text,
                            uint32_t from, uint32_t to, bool last);

/* Whether the masks of csv_index_general.h tell the dialect's bytes apart. */
bool lf_csv_is_indexed(const csv_dialect *dia);

typedef struct csv_isa {
    const char *name;
    /* Indexes n_blocks * 64 bytes at p, whose offset is `base`. */
    void (*index)(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                  uint32_t n_blocks);
    /* Likewise the first n (1..63) bytes of the 64 readable ones at p. */
    void (*index_tail)(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                       uint32_t n);
    /* Indexes n_blocks * 64 bytes at p for a dialect that lf_csv_is_indexed, of the last block only
     * the bytes of last_keep. CSV_LOOK_BYTES behind them are readable, and the text's or zero.
     * NULL: the set has none; the machine reads them. */
    void (*general)(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                    uint32_t n_blocks, uint64_t last_keep);
    /* Turns row-wise ends of fields into columns: field c of row r is start[c][r], len[c][r], for
     * all c with start[c] set. pos[-1] must be one before the first row. Entries up to the next
     * multiple of 16 rows are filled with the last row's. `gap`: the bytes of a delimiter. */
    void (*locate)(const uint32_t *pos, uint32_t n_fields, uint32_t n_rows, uint32_t gap,
                   uint32_t *const *start, uint32_t *const *len);
    /* From here on, start and len are readable to a multiple of 16 entries.
     * Cuts the quotes off cells that begin with one (and end with one); sets their bits in
     * `quoted` (all words of n are written). Returns how many. */
    uint32_t (*unquote)(const uint8_t *text, uint8_t quote, uint32_t *start, uint32_t *len,
                        uint32_t n, uint64_t *quoted);
    /* Bit r: len[r] is not 0. All words of n are written. Returns the number of zeros. */
    uint32_t (*nonzero)(const uint32_t *len, uint32_t n, uint64_t *bits);
    uint64_t (*count)(const uint8_t *p, size_t n, uint8_t byte);
    /* Bit r: cell r is `word` (its 1..8 bytes in the low end). All words of n are written.
     * Returns how many are. */
    uint32_t (*equal)(const uint8_t *text, const uint32_t *start, const uint32_t *len, uint32_t n,
                      uint64_t word, uint32_t word_len, uint64_t *bits);
} csv_isa;

const csv_isa *lf_csv_isa_get(lf_isa isa); /* static; the best built one at or below `isa` */

#endif
