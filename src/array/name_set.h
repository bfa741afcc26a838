/* array/name_set.h - whether a name is there already: names of columns, made unique or not.
 *
 * Owns: its table; the names are borrowed and must outlive it. Threads: one at a time.
 * Fails: LF_ENO_MEMORY, in init alone. Life: init -> has/add -> reset (safe on a zeroed one). */
#ifndef LF_ARRAY_NAME_SET_H
#define LF_ARRAY_NAME_SET_H
#include "core/alloc.h"
#include "core/error.h"
#include "core/span.h"

typedef struct lf_name_set {
    const lf_alloc *alloc;
    lf_span *slots; /* open addressing; data NULL: free */
    size_t cap;
} lf_name_set;

/* For up to n names. */
LF_NODISCARD lf_rc lf_name_set_init(lf_name_set *s, const lf_alloc *a, size_t n, lf_error *err);
bool lf_name_set_has(const lf_name_set *s, lf_span name);
/* name.data is not NULL. */
void lf_name_set_add(lf_name_set *s, lf_span name);
void lf_name_set_reset(lf_name_set *s);

#endif
