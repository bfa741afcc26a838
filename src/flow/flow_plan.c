/* flow/flow_plan.c - what fits in the memory limit.
 *
 * The layout (row-group size) follows from options and limit alone; threads never change it. A
 * group is 0.64 of the limit in text, rounded down to a power of two and at most 128 MB: 64 MiB at
 * the default 100 MiB. Encoded, a group is a fraction of its text, so that a worker needs some
 * 10-25 MB; what does not fit costs workers, then finished pages are spilled. Wide tables get
 * smaller groups where their columns would not fit, and are refused where even those do not. */
#include "core/limits.h"
#include "flow/job.h"

#define BASE_BYTES          (7 * LF_MIB) /* program, libraries, stacks */
#define WORKER_BASE_BYTES   (2 * LF_MIB) /* read window, tiles, traces */
#define NESTED_WORKER_BYTES (2 * LF_MIB) /* trees of cells, levels */
#define POOL_MIN_BYTES      (2 * LF_MIB)
#define RESERVE_BYTES       (2 * LF_MIB)     /* what grows in small steps beside finished pages */
#define UNSEEN_WORKER_BYTES (3 * LF_MIB / 4) /* stack, gaps of its heap; beyond two: measured */

/* Tables of this many columns and more are planned by what their columns take. */
#define WIDE_COLUMNS         256u
#define WIDE_MARGIN_COLUMNS  700u /* beyond: the margin is whole */
#define WIDE_CELLS_MIN_BYTES 512u /* text of a column in a row group: less is not worth a chunk */
#define WIDE_BASE_BYTES      (5 * LF_MIB) /* BASE_BYTES, closer */
#define COLUMN_BYTES         1536u        /* schema, plan, types; measured */
#define COLUMN_WORKER_BYTES  2560u        /* decoder, trace, evidence; measured */

static uint64_t pow2_floor(uint64_t v) {
    uint64_t p = 1;
    while (p * 2 <= v)
        p *= 2;
    return p;
}

/* What may be planned with. The need of a wide table is the sum of thousands of small blocks,
 * nearly all of which is then used, so that what the allocator, the stacks and the program's own
 * pages take more on another machine has no other place: up to a twelfth is left to that. */
static uint64_t plannable(const flow_job *j, uint64_t limit) {
    uint64_t n = j->n_columns < WIDE_COLUMNS ? 0 : j->n_columns - WIDE_COLUMNS;
    if (n > WIDE_MARGIN_COLUMNS) n = WIDE_MARGIN_COLUMNS;
    return limit - limit / 12 * n / WIDE_MARGIN_COLUMNS;
}

/* What `workers` take with groups of `text` bytes; wide tables only: others always fit. */
static uint64_t need_of(flow_job *j, uint64_t limit, uint64_t text, uint32_t workers) {
    j->encode_opts.memory_limit_bytes = limit;
    j->encode_opts.group_text_bytes = text;
    const uint64_t one = WORKER_BASE_BYTES + j->n_columns * (uint64_t)COLUMN_WORKER_BYTES +
                         j->spec->encoder->worker_bytes(&j->encode_opts, &j->schema, true);
    return WIDE_BASE_BYTES + j->n_columns * (uint64_t)COLUMN_BYTES + workers * one;
}

static uint64_t group_max(uint64_t limit) {
    uint64_t text = pow2_floor(limit / 100 * 64);
    return text < LF_GROUP_TEXT_MAX_BYTES ? text : LF_GROUP_TEXT_MAX_BYTES;
}

/* Groups of up to a quarter of the size, where two workers fit with those and do not with larger
 * ones: asked for or not, as the layout does not know of threads. */
static uint64_t share_group(flow_job *j, uint64_t limit, uint64_t text, uint64_t least) {
    uint64_t smaller = text;
    while (smaller > text / 4 && smaller > least &&
           need_of(j, limit, smaller, 2) > plannable(j, limit))
        smaller /= 2;
    return need_of(j, limit, smaller, 2) > plannable(j, limit) ? text : smaller;
}

/* Text of a row group. Of many columns each takes memory that a smaller group makes less. */
static lf_rc choose_group(flow_job *j, uint64_t limit, uint64_t *text_out, lf_error *err) {
    uint64_t text = group_max(limit),
             least = pow2_floor((uint64_t)j->n_columns * WIDE_CELLS_MIN_BYTES);
    if (least < LF_MIB) least = LF_MIB;
    if (j->n_columns >= WIDE_COLUMNS) {
        while (text > least && need_of(j, limit, text, 1) > plannable(j, limit))
            text /= 2;
        if (need_of(j, limit, text, 1) > plannable(j, limit)) {
            uint64_t enough = limit;
            while (need_of(j, enough, least, 1) > plannable(j, enough))
                enough += LF_MIB;
            return lf_fail(err, LF_EMEMORY_LIMIT,
                           "%u columns do not fit in %llu MiB; --memory-limit %lluMiB is enough",
                           j->n_columns, (unsigned long long)(limit / LF_MIB),
                           (unsigned long long)(enough / LF_MIB));
        }
        text = share_group(j, limit, text, least);
        j->encode_opts.memory_limit_bytes = limit;
    }
    *text_out = text;
    return LF_OK;
}

/* Of one that reads in order, or of those that will read in several places. */
static uint64_t decompressors_bytes(const flow_job *j) {
    const lf_source *s = j->inputs[0].source;
    const uint64_t readers = j->spec->threads < 4 ? j->spec->threads : 4;
    return lf_source_memory_bytes(s) + s->reader_bytes * readers;
}

/* Of the limit. The layout follows from the whole of it, so that it is the same with any number of
 * flows at once; what is kept in memory from this. */
static uint64_t own_bytes(const flow_job *j) {
    return j->report->memory_limit_bytes / (j->spec->shares > 1 ? j->spec->shares : 1);
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
    j->record_max_bytes = limit / 4;
    j->encode_opts.budget = &j->budget;
    j->encode_opts.memory_limit_bytes = limit;
    uint64_t text = s->group_text_bytes;
    if (text == 0) LF_TRY(choose_group(j, limit, &text, err));
    if ((s->encoder->flags & LF_ENCODER_NO_LAYOUT) != 0 && text > limit / 32)
        text = pow2_floor(limit / 32);
    j->group_text_bytes = j->encode_opts.group_text_bytes = text;
    const uint64_t own = own_bytes(j);
    const uint64_t fixed = BASE_BYTES + RESERVE_BYTES + own / 16;
    uint64_t keep = own > fixed ? own - fixed : 0;
    uint64_t window = decompressors_bytes(j);
    keep -= window < keep ? window : keep;
    /* Thousands of small blocks that grow side by side leave gaps. */
    j->keep_bytes = j->n_columns < WIDE_COLUMNS ? keep : keep / 4 * 3;
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
    bool wide = j->n_columns >= WIDE_COLUMNS;
    uint64_t base = (wide ? WIDE_BASE_BYTES : BASE_BYTES) + j->source_memory;
    if (wide) base += j->n_columns * (uint64_t)COLUMN_BYTES;
    const uint64_t most = plannable(j, own_bytes(j));
    uint64_t left = most > base ? most - base : 0;
    bool stream = j->any_stream;
    uint64_t per = WORKER_BASE_BYTES + (wide ? j->n_columns * (uint64_t)COLUMN_WORKER_BYTES : 0);
    per += j->inputs[0].source->reader_bytes;
    const lf_plan_base *base_plan = (const lf_plan_base *)j->inputs[0].plan;
    if (base_plan != NULL && base_plan->shape != NULL) per += NESTED_WORKER_BYTES;
    if (!j->typing_only) per += s->encoder->worker_bytes(&j->encode_opts, &j->schema, true);
    if (!j->typing_only && j->filtering && j->types_final) /* flow_carry.h */
        left -= per < left / 2 ? per : left / 2;
    uint32_t n = s->threads < 1 ? 1 : s->threads;
    if (n > LF_THREADS_MAX) n = LF_THREADS_MAX;
    if (s->limit_rows != UINT64_MAX) n = 1; /* the rows before must be known */
    uint64_t blocks = UINT64_MAX;
    if (!stream && j->n_inputs == 1 && j->inputs[0].source->size_bytes != LF_SIZE_UNKNOWN)
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
    atomic_store(&j->inputs[0].source->readers_max, j->n_workers + 1); /* several: in order */
    const uint64_t unseen = j->n_workers > 2 ? (j->n_workers - 2) * UNSEEN_WORKER_BYTES : 0;
    j->encode_opts.keep_below_bytes = j->keep_bytes - (unseen < j->keep_bytes ? unseen : 0);
    uint64_t used = per * j->n_workers;
    j->pool_bytes = stream ? pool_for(j, left > used ? left - used : 0) : 0;
    j->report->threads_used = j->n_workers;

    return LF_OK;
}
