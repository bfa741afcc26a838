/* flow/flow_plan.c - what fits in the memory limit.
 *
 * The layout (row-group size) follows from options and limit alone; threads never change it. A
 * group is 0.64 of the limit in text, rounded down to a power of two and at most 128 MB: 64 MiB at
 * the default 100 MiB. Encoded, a group is a fraction of its text, so that a worker needs some
 * 10-25 MB; what does not fit costs workers, then finished pages are spilled. */
#include "core/limits.h"
#include "flow/job.h"

#define BASE_BYTES        (7 * LF_MIB) /* program, libraries, stacks */
#define WORKER_BASE_BYTES (2 * LF_MIB) /* read window, tiles, traces */
#define POOL_MIN_BYTES    (2 * LF_MIB)
#define RESERVE_BYTES     (2 * LF_MIB) /* what grows in small steps beside finished pages */

static uint64_t pow2_floor(uint64_t v) {
    uint64_t p = 1;
    while (p * 2 <= v)
        p *= 2;
    return p;
}

lf_rc lf_flow_plan_layout(flow_job *j, lf_error *err) {
    const lf_flow_spec *s = j->spec;
    uint64_t limit = s->memory_limit_bytes;
    if (limit == 0) {
        limit = LF_MEMORY_DEFAULT_BYTES;
        if (j->n_columns > LF_WIDE_COLUMNS)
            limit += (j->n_columns - LF_WIDE_COLUMNS) * LF_WIDE_COLUMN_BYTES;
    }
    if (limit < LF_MEMORY_FLOOR_BYTES)
        return lf_fail(err, LF_EUSAGE, "--memory-limit is below the floor of 16 MiB");
    j->report->memory_limit_bytes = limit;
    uint64_t text = s->group_text_bytes;
    if (text == 0) text = pow2_floor(limit / 100 * 64);
    if (text > LF_GROUP_TEXT_MAX_BYTES && s->group_text_bytes == 0) text = LF_GROUP_TEXT_MAX_BYTES;
    j->group_text_bytes = text;
    j->record_max_bytes = limit / 4;
    j->encode_opts.budget = &j->budget;
    uint64_t keep = limit - BASE_BYTES - RESERVE_BYTES - limit / 16;
    uint64_t window = lf_source_memory_bytes(j->inputs[0].source); /* a decompressor's */
    j->encode_opts.keep_below_bytes = keep - (window < keep ? window : keep);
    j->encode_opts.memory_limit_bytes = limit;
    j->encode_opts.group_text_bytes = text;
    return LF_OK;
}

/* Bytes for chunks of a stream that were read ahead. */
static uint64_t pool_for(const flow_job *j, uint64_t left) {
    uint64_t want = j->group_text_bytes + 4 * LF_READ_BYTES; /* a whole block: all workers busy */
    uint64_t least = POOL_MIN_BYTES;
    if (want > left) want = left;
    return want < least ? least : want;
}

lf_rc lf_flow_plan_workers(flow_job *j, lf_error *err) {
    (void)err;
    const lf_flow_spec *s = j->spec;
    uint64_t limit = j->report->memory_limit_bytes;
    uint64_t base = BASE_BYTES + lf_source_memory_bytes(j->inputs[0].source); /* its window */
    uint64_t left = limit > base ? limit - base : 0;
    bool stream = !lf_feed_seekable(j->inputs[0].feed);
    uint64_t per = WORKER_BASE_BYTES;
    if (!j->typing_only) per += s->encoder->worker_bytes(&j->encode_opts, &j->schema, true);
    uint32_t n = s->threads < 1 ? 1 : s->threads;
    if (n > LF_THREADS_MAX) n = LF_THREADS_MAX;
    if (s->limit_rows != UINT64_MAX) n = 1; /* the rows before must be known */
    uint64_t blocks = UINT64_MAX;
    if (!stream && j->n_inputs == 1)
        blocks = j->inputs[0].source->size_bytes / j->group_text_bytes + 1;
    if (n > blocks) n = (uint32_t)blocks;
    /* A stream wants half of the memory for text that waits, as only that keeps many workers busy;
     * two workers are worth having with less, as one can decompress while the other decodes. */
    uint64_t for_workers = stream && n > 1 ? left - pool_for(j, left / 2) : left;
    uint64_t fit = for_workers / per;
    if (stream && n > 1 && fit < 2 && left >= 2 * per + 2 * POOL_MIN_BYTES) fit = 2;
    j->report->threads_requested = s->threads;
    if (fit < 1) fit = 1;
    j->n_workers = n < fit ? n : (uint32_t)fit;
    uint64_t used = per * j->n_workers;
    j->pool_bytes = stream ? pool_for(j, left > used ? left - used : 0) : 0;
    j->report->threads_used = j->n_workers;
    return LF_OK;
}
