/* Two passes: a vote on the form over the first values, then all cells. */
#include "infer/tile.h"
#include "infer/cell_kernel_cell.h"
#include "infer/reading.h"

#define VOTERS 96u
#define VOTED  24u

static bool is_read(const lf_cells *in, uint32_t r, lf_type t, const lf_parse_ctx *c,
                    lf_reading *x) {
    uint32_t word;
    lf_span text = {in->base + in->start[r], in->len[r]};
    return lf_parse_null(text, false, c, &word) == LF_NULL_NO && lf_read(t, text, c, x);
}

static bool same_form(lf_form a, lf_form b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

/* False: none of the first cells has a form. */
static bool vote(const lf_cells *in, lf_type t, const lf_parse_ctx *c, lf_form *out) {
    lf_form forms[VOTED];
    uint32_t votes[VOTED], n = 0, voters = 0, best = 0;
    for (uint32_t r = 0; r < in->n && voters < VOTERS; r++) {
        lf_reading x;
        if (in->len[r] == 0 || cell_is_word(in, in->base + in->start[r], in->len[r])) continue;
        if (!is_read(in, r, t, c, &x)) continue;
        voters++;
        for (uint32_t i = 0; i < x.n_forms; i++) {
            uint32_t k = 0;
            while (k < n && !same_form(forms[k], x.forms[i]))
                k++;
            if (k == VOTED) continue;
            if (k == n) {
                forms[n] = x.forms[i];
                votes[n++] = 0;
            }
            votes[k]++;
        }
    }
    for (uint32_t k = 1; k < n; k++)
        if (votes[k] > votes[best]) best = k;
    if (n > 0) *out = forms[best];
    return n > 0;
}

static bool has_form(const lf_reading *x, lf_form f) {
    for (uint32_t i = 0; i < x->n_forms; i++)
        if (same_form(x->forms[i], f)) return true;
    return x->any_form;
}

void lf_tile_read(const lf_cells *in, lf_type t, const lf_parse_ctx *c, lf_evidence *e,
                  lf_cell_kernel_out *out) {
    uint32_t slot = lf_type_slot_bytes(t);
    lf_form form = {0};
    bool any = vote(in, t, c, &form);
    uint64_t valid = 0, odd = 0, word = 0;
    cell_out_begin(out);
    out->form = form;
    out->form_is_told = true;
    for (uint32_t r = 0; r < in->n; r++) {
        const uint64_t bit = 1ull << (r & 63);
        const uint8_t *p = in->base + in->start[r];
        lf_reading x = {.value = {.dec = {0, 0}}};
        if (in->len[r] > 0 && cell_is_word(in, p, in->len[r])) {
            word |= bit;
        } else if (in->len[r] > 0) {
            bool read = any && is_read(in, r, t, c, &x) && has_form(&x, form);
            valid |= read ? bit : 0;
            odd |= read ? 0 : bit;
            if (read && e != NULL) lf_evidence_add(e, (lf_span){p, in->len[r]}, false, c);
        }
        lf_value_store(out->values, slot, r, x.value);
        if ((r & 63) != 63 && r + 1 != in->n) continue;
        cell_out_rows(out, in->n, r & ~63u, valid, odd, word);
        valid = odd = word = 0;
    }
}
