/* Reading back what was written: groups that are still open, and committed ones. */
#include "encode/parquet/parquet_internal.h"

lf_rc lf_pqw_group_column_read(lf_group *g, uint32_t col, lf_column_iter **out, lf_error *err) {
    (void)g;
    *out = NULL;
    return lf_fail(err, LF_EUNSUPPORTED, "column %u cannot be read back yet", col + 1);
}

lf_rc lf_pqw_committed_read(lf_encoder *e, uint64_t group, uint32_t col, lf_column_iter **out,
                            lf_error *err) {
    (void)e;
    *out = NULL;
    return lf_fail(err, LF_EUNSUPPORTED, "column %u of row group %llu cannot be read back yet",
                   col + 1, (unsigned long long)group);
}
