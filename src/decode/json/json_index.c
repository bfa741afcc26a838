/* decode/json/json_index.c - the index without vectors, and the choice among the sets. */
#include "decode/json/json_index_bits.h"

static uint64_t prefix_xor(uint64_t v) {
    for (uint32_t s = 1; s < 64; s *= 2)
        v ^= v << s;
    return v;
}

/* What a byte is, by table: 1 quote, 2 backslash, 4 op, 8 line feed, 16 control, 32 blank. */
static uint8_t class_of(uint8_t b) {
    switch (b) {
    case '"':
        return 1;
    case '\\':
        return 2;
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
        return 4;
    case '\n':
        return 8 | 16 | 32;
    case '\r':
    case '\t':
        return 16 | 32;
    default:
        return b < 0x20 ? 16 : 0;
    }
}

static json_masks masks_of(const uint8_t *p, uint32_t n, uint64_t *high) {
    json_masks m = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint64_t c = class_of(p[i]);
        m.quote |= (c & 1) << i;
        m.backslash |= (c >> 1 & 1) << i;
        m.op |= (c >> 2 & 1) << i;
        m.newline |= (c >> 3 & 1) << i;
        m.control |= (c >> 4 & 1) << i;
        m.blank |= (c >> 5 & 1) << i;
        *high |= p[i] & 0x80u;
    }
    return m;
}

void lf_json_index_scalar(const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                          uint32_t *pos, uint64_t *escapes, json_index *x) {
    uint64_t high = 0;
    for (uint32_t i = from; i < to; i += 64) {
        json_masks m = masks_of(text + i, to - i < 64 ? to - i : 64, &high);
        escapes[i >> 12] |= (uint64_t)(m.backslash != 0) << (i >> 6 & 63);
        uint64_t bits = json_resolve(&m, lines, prefix_xor, x);
        for (; bits != 0; bits &= bits - 1)
            pos[x->n++] = i + (uint32_t)__builtin_ctzll(bits);
    }
    x->in_string = x->inside != 0;
    x->high |= high != 0;
}

json_index_fn lf_json_index_get(lf_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case LF_ISA_AVX512:
        return lf_json_index_avx512;
    case LF_ISA_AVX2:
        return lf_json_index_avx2;
#elif defined(__aarch64__)
    case LF_ISA_NEON:
        return lf_json_index_neon;
#endif
    default:
        return lf_json_index_scalar;
    }
}
