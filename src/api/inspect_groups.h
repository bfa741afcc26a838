/* api/inspect_groups.h - row groups and column chunks of a Parquet file, as text and as JSON.
 * Owns: nothing beyond a call. Threads: one at a time. Fails: LF_ECORRUPT, LF_ENO_MEMORY, LF_EREAD.
 */
#ifndef LF_API_INSPECT_GROUPS_H
#define LF_API_INSPECT_GROUPS_H
#include "api/inspect_internal.h"
#include "api/inspect_stats.h"

typedef struct lf_inspect_groups {
    lf_inspection *x;
    lf_source *source;
    lf_parquet_reader *reader;
    const lf_inspect_leaf *leaves; /* their paths and types */
} lf_inspect_groups;

/* Row groups (the first few), page index, Bloom filters, order. */
LF_NODISCARD lf_rc lf_inspect_groups_text(const lf_inspect_groups *g);
/* A table of the column chunks of each row group. */
LF_NODISCARD lf_rc lf_inspect_chunks_text(const lf_inspect_groups *g);
/* "groups":[...] with all column chunks. */
LF_NODISCARD lf_rc lf_inspect_groups_json(const lf_inspect_groups *g);
/* "dict,plain": encodings of values by their bits, in the order of their numbers. Levels' RLE is
 * named only for booleans, whose values it holds. */
LF_NODISCARD lf_rc lf_inspect_encodings(uint32_t bits, const lf_pq_leaf *leaf, lf_buf *out,
                                        lf_error *err);

#endif
