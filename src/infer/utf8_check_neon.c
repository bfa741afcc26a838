/* UTF-8 validation with NEON, 16 bytes at a time; utf8_check_lookup.h says how. Blocks of ASCII are
 * skipped unless a sequence may reach into them. */
#include "infer/cell_kernel_cell.h"
#include "infer/utf8_check_lookup.h"
#include <arm_neon.h>

typedef struct tables {
    uint8x16_t first_high, first_low, second_high;
} tables;

/* Not 0 where the bytes of v, which follow those of `before`, are no UTF-8. */
CELL_INLINE uint8x16_t errors(const tables *t, uint8x16_t v, uint8x16_t before) {
    uint8x16_t one = vextq_u8(before, v, 15), two = vextq_u8(before, v, 14);
    uint8x16_t three = vextq_u8(before, v, 13);
    uint8x16_t a = vqtbl1q_u8(t->first_high, vshrq_n_u8(one, 4));
    uint8x16_t b = vqtbl1q_u8(t->first_low, vandq_u8(one, vdupq_n_u8(0x0F)));
    uint8x16_t c = vqtbl1q_u8(t->second_high, vshrq_n_u8(v, 4));
    uint8x16_t pairs = vandq_u8(vandq_u8(a, b), c);
    /* The top bit where a third or fourth byte must stand. */
    uint8x16_t third = vqsubq_u8(two, vdupq_n_u8(0xE0 - 0x80));
    uint8x16_t fourth = vqsubq_u8(three, vdupq_n_u8(0xF0 - 0x80));
    uint8x16_t must = vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(0x80));
    return veorq_u8(must, pairs);
}

bool lf_utf8_check_neon(const uint8_t *p, size_t n) {
    const tables t = {vld1q_u8(cell_utf8_first_high), vld1q_u8(cell_utf8_first_low),
                      vld1q_u8(cell_utf8_second_high)};
    uint8x16_t before = vdupq_n_u8(0), wrong = before;
    uint8_t last[16] = {0};
    size_t at = 0;
    bool open = false; /* the bytes before may start a sequence */
    for (; n - at >= 16; at += 16) {
        uint8x16_t v = vld1q_u8(p + at);
        bool high = vmaxvq_u8(v) >= 0x80;
        if (high || open) wrong = vorrq_u8(wrong, errors(&t, v, before));
        before = v;
        open = high;
    }
    memcpy(last, p + at, n - at);
    wrong = vorrq_u8(wrong, errors(&t, vld1q_u8(last), before));
    return vmaxvq_u8(wrong) == 0;
}
