/* core/error.h - filling and passing on lf_error (the record itself is public).
 *
 * Owns: nothing. Threads: the record belongs to one thread. Fails: never.
 * Life: every helper accepts err == NULL and keeps the first failure. */
#ifndef LF_CORE_ERROR_H
#define LF_CORE_ERROR_H
#include "core/span.h"
#include <logflow/error.h>

/* Sets rc and message unless err already holds a failure. Returns rc. */
lf_rc lf_fail(lf_error *err, lf_rc rc, const char *fmt, ...) LF_PRINTF(3, 4);
/* The same from errno: picks NOT_FOUND, PERMISSION, IS_DIRECTORY, DISK_FULL, NO_MEMORY
 * or `otherwise`; message "path: strerror". */
lf_rc lf_fail_errno(lf_error *err, lf_rc otherwise, int errnum, const char *path);
lf_rc lf_fail_nomem(lf_error *err, size_t bytes);
/* Adds a context frame ("row group 3"). Returns rc, so that it ends a function. */
lf_rc lf_error_context(lf_error *err, lf_rc rc, const char *fmt, ...) LF_PRINTF(3, 4);
void lf_error_set_file(lf_error *err, const char *path); /* kept if already set */
/* Place of the failure; LF_NO_POSITION / 0 where unknown. */
void lf_error_set_place(lf_error *err, uint64_t row, uint64_t line, uint32_t column,
                        const char *column_name, uint64_t byte_offset);
/* Stores up to 80 printable bytes of `raw` around [mark, mark + mark_len). */
void lf_error_set_excerpt(lf_error *err, lf_span raw, size_t mark, size_t mark_len);
/* `raw` for a message: printable, whole characters, "..." where it does not fit. Returns out. */
const char *lf_error_text(char *out, size_t cap, lf_span raw);
/* Copies src into dst if dst holds no failure yet. */
void lf_error_merge(lf_error *dst, const lf_error *src);

#define LF_TRY(call)                                                                               \
    do {                                                                                           \
        lf_rc lf_try_rc_ = (call);                                                                 \
        if (lf_try_rc_ != LF_OK) return lf_try_rc_;                                                \
    } while (0)
#define LF_TRY_CTX(call, err, ...)                                                                 \
    do {                                                                                           \
        lf_rc lf_try_rc_ = (call);                                                                 \
        if (lf_try_rc_ != LF_OK) return lf_error_context((err), lf_try_rc_, __VA_ARGS__);          \
    } while (0)
/* For functions with one `out:` label and a local `rc`. */
#define LF_GO(call)                                                                                \
    do {                                                                                           \
        rc = (call);                                                                               \
        if (rc != LF_OK) goto out;                                                                 \
    } while (0)

#endif
