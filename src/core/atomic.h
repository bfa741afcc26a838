/* core/atomic.h - atomic members in headers that C++ reads too.
 * Owns: nothing. Threads: that is the point. Fails: never. Life: of the object it stands in. */
#ifndef LF_CORE_ATOMIC_H
#define LF_CORE_ATOMIC_H
#ifdef __cplusplus
#include <atomic>
#define LF_ATOMIC(type) std::atomic<type>
#else
#include <stdatomic.h>
#define LF_ATOMIC(type) _Atomic(type)
#endif
#endif
