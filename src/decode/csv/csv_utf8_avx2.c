/* UTF-8 validation, 32 bytes at a time. */
#include "decode/csv/csv_kernel_cell.h"
bool lf_csv_utf8_avx2(const uint8_t *p, size_t n) {
    return lf_csv_utf8_scalar(p, n);
}
