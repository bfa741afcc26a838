/* array/schema_field.h - pieces of schema building, for those who build schemas.
 * Owns: fields own names, words and children. Threads: one at a time.
 * Fails: LF_ENO_MEMORY, LF_ESCHEMA. Life: fill -> take (moved) | reset. */
#ifndef LF_ARRAY_SCHEMA_FIELD_H
#define LF_ARRAY_SCHEMA_FIELD_H
#include "array/type.h"

/* null_words has room for one more than n_null_words, so that an empty list is not NULL. */
void lf_field_reset(lf_field *f, const lf_alloc *a); /* safe on a zeroed field */
/* Moves *child in; on failure the child stays the caller's. */
LF_NODISCARD lf_rc lf_field_child_add(lf_field *f, const lf_alloc *a, const lf_field *child,
                                      lf_error *err);
/* Moves *f in and zeroes it; on failure it stays the caller's. */
LF_NODISCARD lf_rc lf_schema_field_take(lf_schema *s, lf_field *f, lf_error *err);
/* A deep copy into *dst, which holds nothing; on failure it holds what was copied: reset it. */
LF_NODISCARD lf_rc lf_field_copy(lf_field *dst, const lf_field *src, const lf_alloc *a,
                                 lf_error *err);
/* Columns are known by their names: a later one of the same name gets _1, _2 ... behind it. */
LF_NODISCARD lf_rc lf_schema_names_settle(lf_schema *s, lf_error *err);
/* Up to the first NUL. NULL: no memory. */
char *lf_name_copy(const lf_alloc *a, const char *s, size_t n);

/* Nested type names: "list<int64>", "struct<a:int64,\"b c\":map<string,date>>". A name that is not
 * [A-Za-z_][A-Za-z0-9_]* stands in double quotes, a quote inside it is doubled. Fills the type and
 * children of `f`; on failure f may hold children: reset it. */
LF_NODISCARD lf_rc lf_field_type_parse(lf_field *f, const lf_alloc *a, const char *s, size_t n,
                                       lf_error *err);
LF_NODISCARD lf_rc lf_field_type_print(const lf_field *f, lf_buf *out, lf_error *err);

#endif
