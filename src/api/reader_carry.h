/* api/reader_carry.h - row groups of what filters leave of many units.
 *
 * What flow/flow_carry.h is for text: a unit of which few rows are kept would make a row group of
 * few rows. So a worker puts kept rows aside first; where they stay few they go, in the unit's
 * turn, to one group that such units share, which ends when it is full or a unit comes that has
 * groups of its own. What lands where follows from the rows alone.
 *
 * Owns: the shared group; an aside its rows. Threads: lf_reader_carry in turn, an aside one
 * worker's. Fails: as encoders. Life: zeroed but for the parts named -> use -> reset. */
#ifndef LF_API_READER_CARRY_H
#define LF_API_READER_CARRY_H
#include "array/batch.h"
#include "core/buf.h"
#include "core/encoder.h"
#include "core/limits.h"

typedef struct lf_reader_carry { /* zeroed but for the first four */
    const lf_encoder_type *type;
    lf_encoder *encoder;
    const lf_type *types;
    uint64_t bytes_max; /* of values, of the shared group */
    lf_group *group;
    uint64_t rows, bytes;
    uint64_t groups; /* that it became */
} lf_reader_carry;

typedef struct lf_reader_aside { /* zeroed but for the first two */
    const lf_alloc *alloc;
    uint64_t bytes_max;
    lf_buf parts; /* lf_rows[] */
    uint64_t rows, bytes;
} lf_reader_aside;

/* Of values of a unit, for groups of so many; more are worth a group. */
static inline uint64_t lf_reader_aside_max(uint64_t group_bytes) {
    const uint64_t part = group_bytes / 16;
    return part < 2 * LF_MIB ? part : 2 * LF_MIB;
}

/* Of a batch's values. */
uint64_t lf_reader_batch_bytes(const lf_batch *b);

/* Puts rows aside; *kept_out false: they are too many, and none was taken. */
LF_NODISCARD lf_rc lf_reader_aside_keep(lf_reader_aside *a, const lf_batch *b, bool *kept_out,
                                        lf_error *err);
/* Into a group that has begun; none is aside then. */
LF_NODISCARD lf_rc lf_reader_aside_write(lf_reader_aside *a, const lf_encoder_type *type,
                                         lf_group *g, lf_error *err);
void lf_reader_aside_drop(lf_reader_aside *a);
void lf_reader_aside_reset(lf_reader_aside *a); /* safe on a zeroed one */

/* In turn: what a unit put aside, if anything. */
LF_NODISCARD lf_rc lf_reader_carry_take(lf_reader_carry *c, lf_reader_aside *a, lf_error *err);
/* In turn: before groups of a unit's own, and at the end of all. */
LF_NODISCARD lf_rc lf_reader_carry_end(lf_reader_carry *c, lf_error *err);
void lf_reader_carry_reset(lf_reader_carry *c);

#endif
