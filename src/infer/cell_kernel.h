/* infer/cell_kernel.h - typed kernels over one column of one tile, one set per ISA.
 *
 * A kernel reads n cells (start[r], len[r]) of `base` and fills slot r of `values`. It is the
 * fast form of infer/parse.h: it may leave any cell it does not understand to the exact scalar
 * path by setting its bit in `odd`, but a value it does produce must equal the scalar's, and
 * its text must be what the tile's form prints. Every ISA gives the same values, nulls and forms;
 * `odd` may differ between ISAs only for cells whose scalar outcome is the same value and form.
 *
 * Domains (each may leave more to the scalar path; null words are looked at first, everywhere):
 *   int64      -?digits, up to 18 digits, no leading zero, no "-0"
 *   f64        -?digits[.digits], up to 18 digits of which at most 15 are significant, no leading
 *              zero but "0.", no negative zero, 0 or at least 1e-5: every value prints as written
 *              under FIXED where frac_digits_min == frac_digits_max, and under SHORTEST where
 *              trailing_zero is false
 *   boolean    true/false, TRUE/FALSE or True/False: the spelling of the tile's first bool
 *   date       padded (the fast form) or unpadded; a tile is unpadded if its first date that
 *              is not both (12/11/2026) is
 *   timestamp  padded date, blank or T, HH:MM, HH:MM:SS or HH:MM:SS.f{1,9}, then nothing (local),
 *              Z, +HH:MM, +HHMM or +HH (utc); all valid cells of a tile have the layout and the
 * offset of the first that reads; more than 6 digits of fraction only in ns time HH:MM:SS[.f{1,9}],
 * alike decimal64  -?digits.digits{scale}
 *
 * Cells may be read 32 bytes before and past their bytes (the decoder keeps a margin). The entries
 * of start and len past n may hold anything.
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_INFER_CELL_KERNEL_H
#define LF_INFER_CELL_KERNEL_H
#include "array/batch.h"
#include "core/cpu.h"

#define LF_NULL_WORDS_FAST 4

typedef struct lf_cells {
    const uint8_t *base;
    const uint32_t *start, *len; /* n each; readable to a multiple of 16 entries */
    uint32_t n;                  /* at most LF_TILE_ROWS_MAX */
    /* Null words of 1..8 bytes, little-endian bytes in the low end, with their lengths. A cell
     * equal to one of them is null; the kernel sets its null bit and its bit in word_null. */
    uint64_t null_word[LF_NULL_WORDS_FAST];
    uint8_t null_len[LF_NULL_WORDS_FAST];
    uint32_t n_null_words;
} lf_cells;

typedef struct lf_cell_kernel_out {
    void *values;    /* lf_type_slot_bytes a slot; room for n rounded up to 64 slots */
    uint64_t *valid; /* (n + 63) / 64 words, all written: bit set = value; clear = null or odd */
    uint64_t *odd;   /* likewise: the scalar path must decide the cell */
    uint32_t n_null; /* cells that are null (empty or a word) */
    uint32_t n_odd;
    uint32_t n_word_null; /* of n_null, by a null word */
    /* Over the cells with their valid bit set: */
    uint8_t int_digits_max;
    uint8_t frac_digits_min, frac_digits_max; /* doubles: digits after the point (0: no point) */
    bool trailing_zero; /* doubles: some value's fraction ends in 0, so the shortest form does not
                           give it back */
    bool form_is_told;  /* `form` is that of the values whatever the type (lf_tile_read); what their
                           digits show is told too */
    lf_form form; /* dates, timestamps, bools: the one form all valid cells have (others are odd) */
} lf_cell_kernel_out;

typedef void (*lf_cell_kernel_fn)(const lf_cells *in, lf_cell_kernel_out *out);
/* Dates and timestamps take the column's date format (one LF_DF_ bit) and the form to expect first;
 * all valid cells of a tile have the same form, that of its first readable cell. */
typedef void (*lf_cell_time_kernel_fn)(const lf_cells *in, uint32_t date_format, lf_type t,
                                       lf_cell_kernel_out *out);

typedef struct lf_cell_kernels {
    lf_cell_kernel_fn
        int64; /* canonical integers of up to 18 digits ('-' allowed, "-0" odd); the rest odd */
    lf_cell_kernel_fn f64; /* [-]digits[.digits], at most 15 significant digits, no leading zeros;
                          the rest odd ("-0.0" odd) */
    lf_cell_kernel_fn boolean; /* true/false in one spelling a tile */
    lf_cell_time_kernel_fn date;
    lf_cell_time_kernel_fn timestamp;
    lf_cell_time_kernel_fn time; /* HH:MM:SS[.f]; the date format is not looked at */
    /* decimal(p<=18, s): exactly s digits after the point, up to 18 digits in all; the rest odd */
    void (*decimal64)(const lf_cells *in, uint32_t scale, lf_cell_kernel_out *out);
    /* True when all n bytes are valid UTF-8. `n` may be large. */
    bool (*utf8)(const uint8_t *p, size_t n);
} lf_cell_kernels;

/* Static. Falls back to scalar where the set was not built for this processor family. */
const lf_cell_kernels *lf_cell_kernels_get(lf_isa isa);

#endif
