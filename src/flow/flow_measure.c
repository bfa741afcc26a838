/* flow/flow_measure.c - see flow_measure.h. The ruler only goes forward; what lies behind it is
 * found by the difference. */
#include "flow/flow_measure.h"
#include <string.h>

lf_rc lf_flow_measure_begin(flow_measure *m, const char *encoding, uint64_t start,
                            const lf_alloc *a, lf_error *err) {
    const lf_charset *from = encoding != NULL ? lf_charset_find(encoding) : NULL;
    lf_ruler *ruler = m->ruler;
    if (ruler != NULL && from != NULL && lf_ruler_charset(ruler) != from) {
        lf_ruler_destroy(ruler);
        ruler = NULL;
    }
    *m = (flow_measure){.ruler = ruler, .at = start, .start = start};
    if (from == NULL || lf_charset_is_utf8(from)) return LF_OK;
    if (ruler == NULL) LF_TRY(lf_ruler_create(a, from, &m->ruler, err));
    lf_ruler_start(m->ruler, 0);
    m->on = true;
    return LF_OK;
}

/* Of what is at hand, from `offset` up to where the ruler is. */
static uint64_t behind(flow_measure *m, uint64_t offset) {
    const uint64_t total = lf_ruler_total(m->ruler);
    lf_ruler_start(m->ruler, 0);
    lf_ruler_add(m->ruler, (lf_span){m->text + (offset - m->text_at), (size_t)(m->at - offset)});
    const uint64_t n = lf_ruler_total(m->ruler);
    lf_ruler_start(m->ruler, total);
    return n;
}

uint64_t lf_flow_measure_at(flow_measure *m, uint64_t offset) {
    if (!m->on) return offset;
    if (m->torn && offset == m->torn_at) return m->torn_place;
    if (offset < m->at && offset >= m->text_at) return lf_ruler_total(m->ruler) - behind(m, offset);
    uint64_t end = m->text_at + m->text_len;
    if (end > offset) end = offset;
    if (end > m->at && m->at >= m->text_at) {
        lf_ruler_add(m->ruler, (lf_span){m->text + (m->at - m->text_at), (size_t)(end - m->at)});
        m->at = end;
    }
    return lf_ruler_total(m->ruler);
}

void lf_flow_measure_see(flow_measure *m, const uint8_t *text, uint64_t offset, size_t len) {
    m->text = text;
    m->text_at = offset;
    m->text_len = len;
}

void lf_flow_measure_torn(flow_measure *m, const uint8_t *piece) {
    if (!m->on || (piece != NULL && m->torn)) return;
    if (piece != NULL) {
        m->torn_at = m->text_at + (uint64_t)(piece - m->text);
        m->torn_place = lf_flow_measure_at(m, m->torn_at);
    }
    m->torn = piece != NULL;
}

void lf_flow_measure_back(flow_measure *m, uint64_t offset) {
    if (!m->on) return;
    if (offset < m->at) {
        lf_ruler_start(m->ruler, lf_flow_measure_at(m, offset));
        m->at = offset;
    }
    m->torn = false;
}

void lf_flow_measure_reset(flow_measure *m) {
    lf_ruler_destroy(m->ruler);
    *m = (flow_measure){0};
}
