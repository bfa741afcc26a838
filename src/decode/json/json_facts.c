#include "decode/json/json_facts.h"
#include "decode/json/json_internal.h"

void lf_json_facts_of(const lf_plan *p, lf_json_facts *out) {
    *out = (lf_json_facts){.lines = p->form == JSON_LINES,
                           .array = p->form == JSON_ARRAY,
                           .flatten = p->flatten,
                           .objects = p->root->kind == JSON_OBJECT};
}

bool lf_json_is_value(lf_span text) {
    json_found f;
    const size_t at = text.len > 0 ? lf_json_skip(text.data, 0, text.len) : 0;
    if (at == text.len) return false;
    if (lf_json_value(text.data + at, text.len - at, true, &f) != JSON_WHOLE) return false;
    return lf_json_skip(text.data, at + f.end, text.len) == text.len;
}
