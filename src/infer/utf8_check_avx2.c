/* UTF-8 validation, 32 bytes at a time; utf8_check_lookup.h says how. Blocks of ASCII are skipped
 * unless a sequence may reach into them. */
#include "infer/cell_kernel_avx2.h"
#include "infer/utf8_check_lookup.h"

typedef struct tables {
    __m256i first_high, first_low, second_high;
} tables;

CELL_INLINE __m256i spread(const uint8_t table[16]) {
    return _mm256_broadcastsi128_si256(cell_load16(table));
}

/* Not 0 where the bytes of v, which follow those of `before`, are no UTF-8. */
CELL_INLINE __m256i errors(const tables *t, __m256i v, __m256i before) {
    const __m256i low = _mm256_set1_epi8(0x0F);
    __m256i lanes = _mm256_permute2x128_si256(before, v, 0x21); /* each 16 bytes' predecessors */
    __m256i one = _mm256_alignr_epi8(v, lanes, 15);
    __m256i two = _mm256_alignr_epi8(v, lanes, 14), three = _mm256_alignr_epi8(v, lanes, 13);
    __m256i first_high = _mm256_and_si256(_mm256_srli_epi16(one, 4), low);
    __m256i second_high = _mm256_and_si256(_mm256_srli_epi16(v, 4), low);
    __m256i a = _mm256_shuffle_epi8(t->first_high, first_high);
    __m256i b = _mm256_shuffle_epi8(t->first_low, _mm256_and_si256(one, low));
    __m256i c = _mm256_shuffle_epi8(t->second_high, second_high);
    __m256i pairs = _mm256_and_si256(_mm256_and_si256(a, b), c);
    /* The top bit where a third or fourth byte must stand. */
    __m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8((char)(0xE0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(three, _mm256_set1_epi8((char)(0xF0 - 0x80)));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(must, pairs);
}

bool lf_utf8_check_avx2(const uint8_t *p, size_t n) {
    const tables t = {spread(cell_utf8_first_high), spread(cell_utf8_first_low),
                      spread(cell_utf8_second_high)};
    __m256i before = _mm256_setzero_si256(), wrong = before;
    uint8_t last[32] = {0};
    bool open = false; /* the last three bytes before may start a sequence */
    size_t at = 0;
    for (; n - at >= 32; at += 32) {
        __m256i v = cell_load32(p + at);
        uint32_t high = (uint32_t)_mm256_movemask_epi8(v);
        if (high || open) {
            wrong = _mm256_or_si256(wrong, errors(&t, v, before));
            before = v;
            open = high >> 29 != 0;
            continue;
        }
        before = _mm256_setzero_si256();
        while (n - at >= 160) { /* four blocks more, while they are ASCII */
            __m256i w = _mm256_or_si256(cell_load32(p + at + 32), cell_load32(p + at + 64));
            __m256i x = _mm256_or_si256(cell_load32(p + at + 96), cell_load32(p + at + 128));
            if (_mm256_movemask_epi8(_mm256_or_si256(w, x))) break;
            at += 128;
        }
    }
    memcpy(last, p + at, n - at);
    wrong = _mm256_or_si256(wrong, errors(&t, cell_load32(last), before));
    return _mm256_testz_si256(wrong, wrong);
}
