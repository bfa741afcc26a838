/* UTF-8 validation without vectors: words of ASCII are skipped, sequences are checked one by one
 * against the table of well-formed byte sequences of the Unicode standard (table 3-7): no
 * overlong forms, no surrogates, nothing above U+10FFFF. */
#include "infer/cell_kernel_cell.h"

/* Length of the well-formed sequence at p, of `left` bytes, that starts above 0x7F; 0: none. */
static size_t sequence(const uint8_t *p, size_t left) {
    uint8_t lead = p[0], low = 0x80, high = 0xBF;
    size_t n = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC2 || lead > 0xF4 || left < n) return 0;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t k = 2; k < n; k++)
        if ((p[k] & 0xC0) != 0x80) return 0;
    return n;
}

bool lf_utf8_check_scalar(const uint8_t *p, size_t n) {
    size_t at = 0;
    while (at < n) {
        if (n - at >= 32 && ((cell_load8(p + at) | cell_load8(p + at + 8) |
                              cell_load8(p + at + 16) | cell_load8(p + at + 24)) &
                             0x8080808080808080ull) == 0) {
            at += 32;
        } else if (n - at >= 8 && (cell_load8(p + at) & 0x8080808080808080ull) == 0) {
            at += 8;
        } else if (p[at] < 0x80) {
            at++;
        } else {
            size_t used = sequence(p + at, n - at);
            if (used == 0) return false;
            at += used;
        }
    }
    return true;
}
