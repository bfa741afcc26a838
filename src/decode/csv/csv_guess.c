/* decode/csv/csv_guess.c - where a record starts in the middle of a text.
 *
 * Nobody can know without reading from the start; flow proves every guess. Both quote states
 * are tried at the first byte: under each, the first line feed outside quotes starts a record,
 * and the records from there on are counted that have the table's number of fields. The state
 * with the larger share wins, outside quotes where they tie. */
#include "decode/csv/csv_internal.h"
#include <string.h>

typedef struct hypothesis {
    bool found;
    size_t start;         /* in head */
    size_t records, good; /* good: two points a record, one where it reads oddly */
} hypothesis;

static hypothesis try_state(const csv_dialect *dia, uint32_t width, uint32_t physical, lf_span head,
                            bool eof, csv_state state) {
    hypothesis h = {0};
    csv_machine m = {.state = state, .open_at = SIZE_MAX};
    size_t n = 0, rows = 0;
    csv_reach in = {.text = head.data, .end = head.len, .last = eof, .one_record = true};
    m.in_record = true;
    h.start = lf_csv_machine_run(&m, dia, &in, NULL, &n, &rows);
    h.found = rows > 0;
    for (size_t at = h.start; h.found && at < head.len;) {
        m = (csv_machine){.state = CSV_AT_FIELD};
        n = rows = 0;
        in.at = at;
        size_t next = lf_csv_machine_run(&m, dia, &in, NULL, &n, &rows);
        if (rows == 0 && !eof) break;
        n += rows == 0;
        h.records++;
        bool fits = (n == physical || n == width || width == 0) && m.state != CSV_QUOTED;
        h.good += fits ? 2 - (size_t)m.irregular : 0;
        at = next;
    }
    return h;
}

bool lf_csv_guess_start(const csv_dialect *dia, uint32_t width, uint32_t physical, lf_span text,
                        bool eof, size_t *start_out) {
    hypothesis out = try_state(dia, width, physical, text, eof, CSV_PLAIN), best = out;
    if (dia->has_quote) {
        hypothesis in = try_state(dia, width, physical, text, eof, CSV_QUOTED);
        bool more = in.good * (out.records + 1) > out.good * (in.records + 1);
        if (in.found && (!out.found || more)) best = in;
    }
    *start_out = best.start;
    return best.found;
}

lf_rc lf_csv_guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                   uint64_t *start_out, lf_error *err) {
    (void)err;
    size_t start = 0;
    if (near >= p->base.body_end) { /* where the block before will end */
        *found_out = true;
        *start_out = p->base.body_end;
        return LF_OK;
    }
    *found_out = lf_csv_guess_start(&p->dialect, p->width, p->physical, head, eof, &start);
    *start_out = near - 1 + start; /* head begins one byte before `near` */
    return LF_OK;
}
