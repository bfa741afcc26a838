/* UTF-8 validation, 64 bytes at a time; utf8_check_lookup.h says how. Blocks of ASCII are skipped
 * unless a sequence may reach into them. */
#include "infer/cell_kernel_avx512.h"
#include "infer/utf8_check_lookup.h"
#if defined(__AVX512VBMI2__)

typedef struct tables {
    __m512i first_high, first_low, second_high;
} tables;

CELL_INLINE __m512i spread(const uint8_t table[16]) {
    return _mm512_broadcast_i32x4(cell_load16(table));
}

/* Not 0 where the bytes of v, which follow those of `before`, are no UTF-8. */
CELL_INLINE __m512i errors(const tables *t, __m512i v, __m512i before) {
    const __m512i low = _mm512_set1_epi8(0x0F);
    __m512i lanes = _mm512_alignr_epi64(v, before, 6); /* each 16 bytes' predecessors */
    __m512i one = _mm512_alignr_epi8(v, lanes, 15);
    __m512i two = _mm512_alignr_epi8(v, lanes, 14), three = _mm512_alignr_epi8(v, lanes, 13);
    __m512i first_high = _mm512_and_si512(_mm512_srli_epi16(one, 4), low);
    __m512i second_high = _mm512_and_si512(_mm512_srli_epi16(v, 4), low);
    __m512i a = _mm512_shuffle_epi8(t->first_high, first_high);
    __m512i b = _mm512_shuffle_epi8(t->first_low, _mm512_and_si512(one, low));
    __m512i c = _mm512_shuffle_epi8(t->second_high, second_high);
    __m512i pairs = _mm512_ternarylogic_epi64(a, b, c, 0x80); /* a & b & c */
    /* The top bit where a third or fourth byte must stand. */
    __m512i third = _mm512_subs_epu8(two, _mm512_set1_epi8((char)(0xE0 - 0x80)));
    __m512i fourth = _mm512_subs_epu8(three, _mm512_set1_epi8((char)(0xF0 - 0x80)));
    __m512i must = _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)0x80));
    return _mm512_xor_si512(must, pairs);
}

bool lf_utf8_check_avx512(const uint8_t *p, size_t n) {
    const tables t = {spread(cell_utf8_first_high), spread(cell_utf8_first_low),
                      spread(cell_utf8_second_high)};
    __m512i before = _mm512_setzero_si512(), wrong = before;
    bool open = false; /* the last three bytes before may start a sequence */
    size_t at = 0;
    for (; n - at >= 64; at += 64) {
        __m512i v = _mm512_loadu_si512(p + at);
        uint64_t high = _mm512_movepi8_mask(v);
        if (high || open) {
            wrong = _mm512_or_si512(wrong, errors(&t, v, before));
            before = v;
            open = high >> 61 != 0;
        } else if (n - at >= 256) { /* three blocks more, while they are ASCII */
            __m512i x = _mm512_loadu_si512(p + at + 64), y = _mm512_loadu_si512(p + at + 128);
            __m512i z = _mm512_loadu_si512(p + at + 192);
            if (_mm512_movepi8_mask(_mm512_ternarylogic_epi64(x, y, z, 0xFE)) == 0) at += 192;
            before = _mm512_setzero_si512();
        } else {
            before = _mm512_setzero_si512();
        }
    }
    __mmask64 rest = _bzhi_u64(~0ull, (uint32_t)(n - at));
    __m512i v = _mm512_maskz_loadu_epi8(rest, p + at);
    wrong = _mm512_or_si512(wrong, errors(&t, v, before));
    return _mm512_test_epi8_mask(wrong, wrong) == 0;
}

#endif
