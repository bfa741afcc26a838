/* api/inspect_stats.h - what all row groups of a Parquet file say about its leaves.
 *
 * Owns: the records and the texts of their bounds. Threads: one at a time.
 * Fails: LF_ECORRUPT, LF_ENO_MEMORY. Life: load -> use -> free (all by one arena). */
#ifndef LF_API_INSPECT_STATS_H
#define LF_API_INSPECT_STATS_H
#include "decode/parquet/parquet_reader.h"
#include "infer/print.h"

typedef struct lf_inspect_bound {
    bool known, exact;
    lf_value value; /* fixed-size types */
    char *text;     /* strings, cut */
    uint32_t len, cap;
} lf_inspect_bound;

typedef struct lf_inspect_leaf {
    const char *path; /* "a.b[]" */
    lf_pq_leaf leaf;
    bool nulls_known, bounds_off; /* bounds_off: some chunk has no bounds */
    uint64_t nulls, stored_bytes, plain_bytes;
    uint32_t encodings, codecs; /* bits; encodings: of values, levels and dictionaries */
    uint32_t data_encodings;    /* of data pages alone, where the file tells; else as above */
    lf_inspect_bound min, max;
} lf_inspect_leaf;

LF_NODISCARD lf_rc lf_inspect_leaves(lf_parquet_reader *r, lf_arena *arena, lf_inspect_leaf **out,
                                     lf_error *err);
/* The bound as text ("" where unknown); `out` has room for LF_PRINT_MAX and the text. */
LF_NODISCARD lf_rc lf_inspect_bound_text(const lf_inspect_leaf *l, const lf_inspect_bound *b,
                                         bool iso, lf_buf *out, lf_error *err);
/* Of data pages alone, where the file tells; else all. Bits. */
uint32_t lf_inspect_data_encodings(const lf_pq_column_meta *m);

#endif
