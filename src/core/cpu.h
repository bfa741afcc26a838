/* core/cpu.h - which instruction sets this machine has and which one is used.
 * Owns: nothing. Threads: safe. Fails: lf_isa_select on an unknown or missing one. */
#ifndef LF_CORE_CPU_H
#define LF_CORE_CPU_H
#include "core/error.h"

typedef enum lf_isa { LF_ISA_SCALAR, LF_ISA_NEON, LF_ISA_AVX2, LF_ISA_AVX512 } lf_isa;

/* avx512 means F, BW, DQ, VL, VBMI, VBMI2 and BMI2; avx2 means AVX2, BMI1/2, PCLMUL. */
lf_isa lf_isa_best(void);
/* `name` NULL or "" gives the best one; LF_EUSAGE names what is available. LF_SIMD is read
 * by the caller (api), never here. */
LF_NODISCARD lf_rc lf_isa_select(const char *name, lf_isa *out, lf_error *err);
const char *lf_isa_name(lf_isa isa);
uint32_t lf_cpu_count(void); /* usable by this process (affinity, cgroup), at least 1 */

#endif
