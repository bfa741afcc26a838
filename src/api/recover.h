/* api/recover.h - rejects that are tried again (--replay): how they are to be read.
 *
 * The table whose rejects they are tells it: its file metadata holds dialect, names and types
 * (flow/flow_replay.c). Without it a schema has to be given.
 * Owns: its strings (one arena) and schema. Threads: one at a time. Fails: LF_EUSAGE, LF_ESCHEMA,
 * LF_ENOT_FOUND, 1xx of a broken Parquet file. Life: open -> apply -> use -> reset (safe twice). */
#ifndef LF_API_RECOVER_H
#define LF_API_RECOVER_H
#include "api/settings.h"

typedef struct lf_recovery {
    bool active;
    const lf_alloc *alloc;
    lf_arena arena;
    lf_schema schema; /* of the table; valid if has_table */
    bool has_table;
    const char *head; /* a line of names for the text; set by apply where there is no table */
    uint32_t fields;
} lf_recovery;

/* Puts the table's options before the caller's in *o; those that the caller gives count. */
LF_NODISCARD lf_rc lf_recovery_open(lf_recovery *r, const char *const *in, size_t n_in,
                                    lf_convert_opts *o, lf_error *err);
/* The table's schema under the caller's types; its columns in its order. */
LF_NODISCARD lf_rc lf_recovery_apply(lf_recovery *r, lf_settings *s, lf_error *err);
void lf_recovery_reset(lf_recovery *r);

#endif
