/* io/fault.h - allocators, sources and sinks that fail on the n-th call, for the fault tests.
 *
 * Owns: wrappers own what they wrap. Threads: as what they wrap; counters are atomic.
 * Fails: on purpose, with the code of the real failure. Life: open -> use -> close (which closes
 * what is wrapped). `fail_at` counts from 1; 0 never fails, which serves to count the calls. */
#ifndef LF_IO_FAULT_H
#define LF_IO_FAULT_H
#include "core/alloc.h"
#include "core/atomic.h"
#include "core/sink.h"
#include "core/source.h"

/* Counts calls; tells which are to fail. */
typedef struct lf_fault {
    LF_ATOMIC(uint64_t) calls;
    uint64_t fail_at;
    bool from_then_on; /* later calls fail too, as on a full disk */
} lf_fault;
bool lf_fault_hit(lf_fault *f);

/* alloc and growing realloc count as calls; shrinking and free never fail. */
typedef struct lf_fault_alloc {
    lf_alloc alloc; /* hand this on */
    const lf_alloc *parent;
    lf_fault fault;
    LF_ATOMIC(int64_t) live_blocks, live_bytes; /* 0 in the end, or something leaked */
} lf_fault_alloc;
void lf_fault_alloc_init(lf_fault_alloc *f, const lf_alloc *parent, uint64_t fail_at);

/* Reads fail with LF_EREAD. `short_reads`: every read yields at most `short_bytes` (0: no cut). */
LF_NODISCARD lf_rc lf_fault_source(lf_source *inner, uint64_t fail_at, size_t short_bytes,
                                   lf_source **out, lf_error *err);
lf_fault *lf_fault_source_counter(lf_source *s);

typedef enum lf_fault_ops {
    LF_FAULT_WRITE = 1, /* write_at and copy_from: LF_EDISK_FULL, and every later one too */
    LF_FAULT_READ = 2,  /* read_at: LF_EREAD */
    LF_FAULT_COMMIT = 4 /* commit: LF_EWRITE, before anything is published */
} lf_fault_ops;
/* `ops`: which calls count and may fail. */
LF_NODISCARD lf_rc lf_fault_sink(lf_sink *inner, unsigned ops, uint64_t fail_at, lf_sink **out,
                                 lf_error *err);
lf_fault *lf_fault_sink_counter(lf_sink *s);

#endif
