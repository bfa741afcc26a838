/* What of an array can be held against its type before a value is read: counts of buffers and
 * children, lengths, and offsets. Indices of dictionaries, views and UTF-8 are looked at with the
 * values. */
#include "format/arrow/arrow_import_internal.h"

lf_rc lf_arrow_bad(const lf_arrow_node *n, lf_error *err, const char *what) {
    return lf_fail(err, LF_ECORRUPT, "the Arrow array of column '%.60s' %s",
                   n->field ? n->field->name : "", what);
}

static int64_t buffers_of(const lf_arrow_node *n) {
    switch (n->kind) {
    case LF_ARROW_NULL:
        return 0;
    case LF_ARROW_STRUCT:
    case LF_ARROW_FIXED_LIST:
        return 1;
    case LF_ARROW_TEXT:
    case LF_ARROW_LARGE_TEXT:
    case LF_ARROW_TEXT_VIEW:
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
        return 3; /* views of text: at least */
    default:
        return 2;
    }
}

static bool is_wide(const lf_arrow_node *n) {
    return n->kind == LF_ARROW_LARGE_TEXT || n->kind == LF_ARROW_LARGE_LIST ||
           n->kind == LF_ARROW_LARGE_LIST_VIEW;
}

static int64_t item(const void *buffer, bool wide, int64_t i) {
    return wide ? ((const int64_t *)buffer)[i] : ((const int32_t *)buffer)[i];
}

/* Offsets never fall and begin at 0 or later; what they reach to comes out. */
static lf_rc check_offsets(const lf_arrow_node *n, const struct ArrowArray *a, int64_t count,
                           int64_t *most_out, lf_error *err) {
    const bool wide = is_wide(n);
    *most_out = 0;
    if (count == 0) return LF_OK;
    if (a->buffers[1] == NULL) return lf_arrow_bad(n, err, "has no offsets");
    int64_t last = item(a->buffers[1], wide, a->offset);
    if (last < 0) return lf_arrow_bad(n, err, "has an offset below zero");
    for (int64_t i = 1; i <= count; i++) {
        const int64_t next = item(a->buffers[1], wide, a->offset + i);
        if (next < last) return lf_arrow_bad(n, err, "has offsets that fall");
        last = next;
    }
    *most_out = last;
    return LF_OK;
}

static lf_rc check_views(const lf_arrow_node *n, const struct ArrowArray *a, int64_t count,
                         int64_t *most_out, lf_error *err) {
    const bool wide = is_wide(n);
    *most_out = 0;
    if (count == 0) return LF_OK;
    if (a->buffers[1] == NULL || a->buffers[2] == NULL)
        return lf_arrow_bad(n, err, "has no offsets or no sizes");
    for (int64_t i = a->offset; i < a->offset + count; i++) {
        const int64_t at = item(a->buffers[1], wide, i), size = item(a->buffers[2], wide, i);
        if (at < 0 || size < 0 || at > INT64_MAX - size)
            return lf_arrow_bad(n, err, "has an offset or a size below zero");
        if (at + size > *most_out) *most_out = at + size;
    }
    return LF_OK;
}

static lf_rc check_shape(const lf_arrow_node *n, const struct ArrowArray *a, int64_t need,
                         lf_error *err) {
    const int64_t most = INT64_MAX / 64;
    const bool views = n->kind == LF_ARROW_TEXT_VIEW, dictionary = n->kind == LF_ARROW_DICTIONARY;
    const int64_t buffers = buffers_of(n), children = n->kind == LF_ARROW_MAP ? 1
                                                      : dictionary            ? 0
                                                                              : n->n_children;
    if (a->length < 0 || a->offset < 0 || a->length > most || a->offset > most)
        return lf_arrow_bad(n, err, "has no possible length or offset");
    if (a->length < need) return lf_arrow_bad(n, err, "is shorter than the rows that it is for");
    if (views ? a->n_buffers < buffers : a->n_buffers != buffers)
        return lf_arrow_bad(n, err, "has another number of buffers than its type");
    if (a->n_children != children || (a->dictionary != NULL) != dictionary)
        return lf_arrow_bad(n, err, "has other children than its type");
    if (buffers > 0 && a->buffers == NULL) return lf_arrow_bad(n, err, "has no buffers");
    if (children > 0 && a->children == NULL) return lf_arrow_bad(n, err, "has no children");
    if (a->null_count < -1 || a->null_count > a->length)
        return lf_arrow_bad(n, err, "has no possible number of nulls");
    if (buffers > 0 && a->null_count > 0 && a->buffers[0] == NULL)
        return lf_arrow_bad(n, err, "has nulls and no validity");
    return LF_OK;
}

static lf_rc check_child(const lf_arrow_node *n, const struct ArrowArray *a, int64_t need,
                         lf_error *err) {
    if (a == NULL || a->release == NULL) return lf_arrow_bad(n, err, "is missing");
    return lf_arrow_check(n, a, need, err);
}

static lf_rc check_map(const lf_arrow_node *n, const struct ArrowArray *a, int64_t need,
                       lf_error *err) {
    const struct ArrowArray *e = a->children[0];
    int64_t most;
    LF_TRY(check_offsets(n, a, need, &most, err));
    if (e == NULL || e->release == NULL || e->n_children != 2 || e->children == NULL ||
        e->length < most || e->offset < 0 || e->offset > INT64_MAX / 64)
        return lf_arrow_bad(n, err, "has entries that are missing or too few");
    for (int i = 0; i < 2; i++)
        LF_TRY(check_child(&n->children[i], e->children[i], e->offset + most, err));
    return LF_OK;
}

lf_rc lf_arrow_check(const lf_arrow_node *n, const struct ArrowArray *a, int64_t need,
                     lf_error *err) {
    int64_t most = 0;
    LF_TRY(check_shape(n, a, need, err));
    switch (n->kind) {
    case LF_ARROW_NULL:
        return LF_OK;
    case LF_ARROW_STRUCT:
        for (uint32_t i = 0; i < n->n_children; i++)
            LF_TRY(check_child(&n->children[i], a->children[i], a->offset + need, err));
        return LF_OK;
    case LF_ARROW_MAP:
        return check_map(n, a, need, err);
    case LF_ARROW_LIST:
    case LF_ARROW_LARGE_LIST:
        LF_TRY(check_offsets(n, a, need, &most, err));
        return check_child(&n->children[0], a->children[0], most, err);
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
        LF_TRY(check_views(n, a, need, &most, err));
        return check_child(&n->children[0], a->children[0], most, err);
    case LF_ARROW_FIXED_LIST:
        if (n->width > 0 && a->offset + need > INT64_MAX / 64 / n->width)
            return lf_arrow_bad(n, err, "has no possible length");
        return check_child(&n->children[0], a->children[0], (a->offset + need) * n->width, err);
    case LF_ARROW_TEXT:
    case LF_ARROW_LARGE_TEXT:
        LF_TRY(check_offsets(n, a, need, &most, err));
        return most > 0 && a->buffers[2] == NULL ? lf_arrow_bad(n, err, "has no bytes") : LF_OK;
    case LF_ARROW_DICTIONARY:
        if (need > 0 && a->buffers[1] == NULL) return lf_arrow_bad(n, err, "has no indices");
        if (a->dictionary->release == NULL || a->dictionary->length < 0)
            return lf_arrow_bad(n, err, "has no dictionary");
        return lf_arrow_check(&n->children[0], a->dictionary, a->dictionary->length, err);
    default:
        if (need > 0 && a->buffers[1] == NULL && (n->width > 0 || n->kind != LF_ARROW_FIXED_BYTES))
            return lf_arrow_bad(n, err, "has no values");
        return LF_OK;
    }
}
