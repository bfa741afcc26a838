/* UTF-8 validation without vectors: words of ASCII are skipped, sequences are checked one by one
 * against the table of well-formed byte sequences of the Unicode standard (table 3-7): no
 * overlong forms, no surrogates, nothing above U+10FFFF. */
#include "core/buf.h"
#include "infer/cell_kernel_cell.h"

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
            size_t used = lf_utf8_len(p + at, n - at);
            if (used == 0) return false;
            at += used;
        }
    }
    return true;
}
