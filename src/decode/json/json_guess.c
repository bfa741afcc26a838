/* decode/json/json_guess.c - where a record starts in the middle of a text.
 *
 * Lines tell: no string holds a line feed. In the other forms a guess is the first place that
 * looks like the end of one record and the begin of the next, which flow proves: a bracket that
 * closes, what separates records, and a bracket that opens with the first key of the shape. */
#include "decode/json/json_internal.h"

/* Whether an object at p begins with the key that records begin with. */
static bool begins_record(const lf_plan *p, const uint8_t *t, size_t n) {
    const json_node *first = p->root->kind == JSON_OBJECT ? p->root->first : NULL;
    size_t at = lf_json_skip(t, 1, n);
    if (t[0] != '{') return t[0] == '[' && p->root->kind == JSON_LIST;
    if (first == NULL) return at < n && (t[at] == '"' || t[at] == '}');
    size_t len = first->name_len;
    return n - at > len + 2 && t[at] == '"' && memcmp(t + at + 1, first->name, len) == 0 &&
           t[at + 1 + len] == '"';
}

static bool guess_value(const lf_plan *p, lf_span head, size_t *start) {
    bool array = p->form == JSON_ARRAY;
    uint8_t close = p->root->kind == JSON_LIST ? ']' : '}';
    for (size_t i = 0; i < head.len; i++) {
        const uint8_t *b = memchr(head.data + i, close, head.len - i);
        if (b == NULL) return false;
        i = (size_t)(b - head.data);
        size_t next = lf_json_skip(head.data, i + 1, head.len);
        size_t from = array ? next + 1 : i + 1; /* behind what separates */
        if (next == head.len || (array && head.data[next] != ',')) continue;
        next = lf_json_skip(head.data, array ? next + 1 : next, head.len);
        if (next == head.len || from < 1) continue;
        if (begins_record(p, head.data + next, head.len - next)) {
            *start = from;
            return true;
        }
    }
    return false;
}

lf_rc lf_json_guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                    uint64_t *start_out, lf_error *err) {
    (void)err;
    (void)eof;
    size_t start = 0;
    *found_out = false;
    if (head.len == 0) return LF_OK;
    if (p->form == JSON_LINES) {
        const uint8_t *lf = memchr(head.data, '\n', head.len);
        *found_out = lf != NULL;
        if (lf != NULL) start = (size_t)(lf - head.data) + 1;
    } else {
        *found_out = guess_value(p, head, &start);
    }
    *start_out = near - 1 + start; /* head begins one byte before `near` */
    return LF_OK;
}
