/* infer/shape.h - what nested input has shown: a tree of evidence, and the columns that follow.
 *
 * A shape is what all values at one place of the input were: nothing but nulls, scalars (with
 * their evidence), lists, objects. The root is an object whose members are the columns. Like
 * evidence, shapes are joined, and the columns follow from the join alone:
 *
 *     nulls alone            null (written as text)
 *     scalars                lf_evidence_type
 *     lists                  list<what the elements are>
 *     objects                struct<members in the order in which they were first seen>;
 *                            over LF_MAP_KEYS members, or LF_MAP_NESTED_KEYS that are no scalars:
 *                            map<string, join of all members>
 *     more than one of these JSON text
 *
 * Members are matched by name. Joining is associative and idempotent, and commutative but for the
 * order of members: who joins in the order of the input gets the order of the input.
 *
 * JSON text is canonical, so that values that came before are the same as those that came after
 * (lf_json_* of infer/json_text.h): no blanks, members by the bytes of their names, members that
 * are null left out (a struct does not know them from missing ones), the last of members of one
 * name, scalars as written (numbers digit for digit, strings with the fewest escapes). Maps are
 * ordered and cleaned the same way.
 *
 * Owns: nodes and names, by the allocator that every call is given (one a tree). Threads: plain
 * data. Fails: LF_ENO_MEMORY, LF_ESCHEMA (too many columns). Life: zeroed -> use -> reset. */
#ifndef LF_INFER_SHAPE_H
#define LF_INFER_SHAPE_H
#include "infer/evidence.h"

enum {
    LF_SHAPE_SCALAR = 1u << 0,
    LF_SHAPE_LIST = 1u << 1,
    LF_SHAPE_OBJECT = 1u << 2,
    LF_SHAPE_MAP = 1u << 3,  /* with OBJECT: too many keys; children[0] is what the values are */
    LF_SHAPE_TEXT = 1u << 4, /* JSON text whatever was seen (nested too deep, or asked for) */
    LF_SHAPE_ROOT = 1u << 5, /* never a map */
};

typedef struct lf_shape lf_shape;
struct lf_shape {
    char *name; /* owned; of members; NUL-terminated */
    uint32_t name_len, name_hash;
    uint32_t seen;      /* LF_SHAPE_ bits; 0: nulls alone */
    lf_evidence scalar; /* of SCALAR; see lf_shape_scalar */
    lf_shape *children; /* owned; of OBJECT: members; of LIST: one, what the elements are */
    uint32_t n_children, cap_children;
    const lf_field *given; /* borrowed: the type was asked for and holds whatever is seen; the
                              input's values are read as it, or are bad */
};

/* True where the type is JSON text, so that what is below it no longer matters. */
bool lf_shape_is_text(const lf_shape *s);
/* The member of that name, looked for at `hint` first; -1: none. */
int64_t lf_shape_find(const lf_shape *s, const char *name, size_t n, uint32_t hint);
/* The same, added where it is missing (the node becomes an object). Pointers to members move. Of a
 * map *index_out is 0, what all values are; text has no members (lf_shape_is_text: look first). */
LF_NODISCARD lf_rc lf_shape_member(lf_shape *s, const lf_alloc *a, const char *name, size_t n,
                                   uint32_t hint, uint32_t *index_out, lf_error *err);
/* The evidence of scalars at this place, to be added to. */
lf_evidence *lf_shape_scalar(lf_shape *s);
/* What the elements of a list are (the node becomes a list); NULL: it is text now. */
LF_NODISCARD lf_rc lf_shape_element(lf_shape *s, const lf_alloc *a, lf_shape **out, lf_error *err);
/* Makes a map of an object that has too many members, once it is known what they are. */
LF_NODISCARD lf_rc lf_shape_settle_map(lf_shape *s, const lf_alloc *a, lf_error *err);
LF_NODISCARD lf_rc lf_shape_join(lf_shape *into, const lf_alloc *a, const lf_shape *other,
                                 lf_error *err);
void lf_shape_reset(lf_shape *s, const lf_alloc *a);
/* The columns of a root, all nullable; `out` is replaced. `decimal`: as in lf_evidence_type. */
LF_NODISCARD lf_rc lf_shape_schema(const lf_shape *root, bool decimal, lf_schema *out,
                                   lf_error *err);
/* A root of flat columns, for formats with rows of cells: names and evidence of n columns;
 * fixed[i]: fields[i] is given. */
LF_NODISCARD lf_rc lf_shape_of_columns(lf_shape *root, const lf_alloc *a, const lf_field *fields,
                                       const lf_evidence *evidence, const bool *fixed, uint32_t n,
                                       lf_error *err);

#endif
