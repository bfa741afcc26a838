/* Settings from options, and the layout that follows from them.
 *
 * Pages end at a row count or a byte count, whichever comes first, and both are looked at only at
 * fixed steps of rows within the row group, or at the value that fills the page, so that neither
 * batches nor threads can be seen in the file. Codecs with a long window (zstd, gzip, brotli) get
 * pages of about a megabyte of encoded bytes: a window pays only if the page is long. The others
 * get pages of 32,768 rows. With many columns or little memory, pages and the blocks on which
 * encodings are judged shrink together. */
#include "core/limits.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

static const char *option_of(const lf_encode_opts *o, const char *name) {
    const char *v = NULL;
    for (size_t i = 0; i < o->n_options; i++) {
        if (strcmp(o->options[i].name, name) == 0) v = o->options[i].value;
    }
    return v;
}

lf_rc lf_pqw_settings_read(const lf_encode_opts *o, pq_settings *out, lf_error *err) {
    *out = (pq_settings){.codec = LF_CODEC_SNAPPY, .encodings = PQ_ENC_DEFAULT};
    const char *v = option_of(o, "compression");
    LF_TRY(lf_codec_parse(v ? v : "snappy", &out->codec, &out->level, err));
    v = option_of(o, "encodings");
    if (v != NULL) {
        static const char *const names[] = {"plain", "default", "modern"};
        int i = 0;
        while (i < 3 && strcmp(v, names[i]) != 0) {
            i++;
        }
        if (i == 3)
            return lf_fail(err, LF_EUSAGE,
                           "--encodings takes plain, default or modern, not '%.40s'", v);
        out->encodings = (pq_encodings)i;
    }
    v = option_of(o, "data-page");
    if (v != NULL) {
        if (strcmp(v, "v1") != 0 && strcmp(v, "v2") != 0)
            return lf_fail(err, LF_EUSAGE, "--data-page takes v1 or v2, not '%.40s'", v);
        out->v2 = v[1] == '2';
    }
    return LF_OK;
}

static bool has_long_window(lf_codec c) {
    return c == LF_CODEC_ZSTD || c == LF_CODEC_GZIP || c == LF_CODEC_BROTLI;
}

static uint64_t clamp(uint64_t v, uint64_t lo, uint64_t hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

void lf_pqw_layout_make(uint64_t memory_limit_bytes, const pq_settings *s, uint32_t n_leaves,
                        pq_layout *out) {
    uint64_t limit = memory_limit_bytes ? memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES;
    uint64_t n = n_leaves ? n_leaves : 1;
    const bool wide = n >= PQ_WIDE_LEAVES;
    if (wide) limit /= 2; /* so that two workers fit */
    const uint64_t stage_min = wide ? PQ_PAGE_BYTES_MIN / 2 : PQ_PAGE_BYTES_MIN;
    const uint64_t stage = clamp(limit / 8 / n, stage_min, PQ_PAGE_BYTES_MAX);
    const bool long_pages = has_long_window(s->codec);
    const uint64_t page = long_pages ? limit / 4 / n : stage;
    out->dense = wide ? 1 : 0;
    out->stage_bytes = stage;
    out->page_bytes = (uint32_t)clamp(page, PQ_PAGE_BYTES_MIN, PQ_PAGE_BYTES_MAX);
    out->page_rows = long_pages ? PQ_PAGE_ROWS_LONG : PQ_PAGE_ROWS_SHORT;
    out->judge_rows = PQ_JUDGE_ROWS;
    if ((uint64_t)PQ_JUDGE_ROWS * 8 * n > limit / 4)
        out->judge_rows = (uint32_t)clamp(limit / 64 / n & ~255ull, 256, PQ_JUDGE_ROWS);
    out->step_rows = out->judge_rows < PQ_STEP_ROWS ? out->judge_rows : PQ_STEP_ROWS;
    out->dict_bytes = (uint32_t)clamp(stage * 2, 4 * stage_min, 1u << 20);
}

#define PQ_LEAF_BYTES_LEAST 3072u /* of wide tables, whatever they hold; measured */

typedef struct leaf_kinds {
    uint64_t staged_bytes, strings, nulls; /* staged: of a row */
} leaf_kinds;

static void count_by_kind(const lf_field *f, leaf_kinds *io) {
    if (lf_type_is_nested(f->type)) {
        for (uint32_t i = 0; i < f->n_children; i++) {
            count_by_kind(&f->children[i], io);
        }
        return;
    }
    const pq_kind kind = lf_pqw_kind_of(f->type);
    io->staged_bytes += kind == PQ_K_STR || kind == PQ_K_BOOL ? 2 : kind == PQ_K_I32 ? 4 : 8;
    if (f->type.id == LF_T_NULL)
        io->nulls++;
    else
        io->strings += kind == PQ_K_STR;
}

/* What a leaf of a wide table takes of each part: its cap, or what its share t of the text comes to
 * (measured; of strings with all values distinct). The blocks are small and grow side by side,
 * which leaves gaps: a sixth on top. */
static uint64_t wide_bytes(const pq_layout *l, const leaf_kinds *k, uint64_t n, uint64_t text) {
    const uint64_t t = text / n, dict = 3 * (uint64_t)l->dict_bytes / 2, page = l->page_bytes;
    const uint64_t staged = l->judge_rows + LF_PQ_DELTA_BLOCK;
    const uint64_t number = clamp(staged * 8, 0, t / 5 * 6) + clamp(dict / 3 * 2, 0, t / 5 * 6) +
                            clamp(page + page / 4, 0, t / 5 * 6);
    const uint64_t string =
        clamp(staged * 2, 0, t / 2) + clamp(dict, 0, 4 * t) + clamp(2 * page, 0, t / 2 * 3);
    const uint64_t all = (n - k->strings - k->nulls) * number + k->strings * string;
    return n * PQ_LEAF_BYTES_LEAST + all / 6 * 7;
}

/* The block that is judged and the page at hand of each leaf (of few columns not all are full at
 * once: 0.6 of both; all pages together are a part of the text), a dictionary with its tables for
 * every fourth string, and what the columns share. What is wrong with that for a file is made up by
 * pages that go to the temporary file sooner (parquet_store.c). */
uint64_t lf_pqw_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    pq_settings set;
    pq_layout l;
    if (lf_pqw_settings_read(o, &set, NULL) != LF_OK) return 0;
    const uint64_t n = lf_pqw_count_leaves(s);
    lf_pqw_layout_make(o->memory_limit_bytes, &set, (uint32_t)n, &l);
    const uint64_t text = o->group_text_bytes ? o->group_text_bytes : LF_GROUP_TEXT_MAX_BYTES;
    const uint64_t page = /* of numbers; those of strings are full long before their rows are */
        has_long_window(set.codec) ? l.page_bytes : clamp(l.page_bytes, 0, 300 * LF_KIB);
    leaf_kinds k = {0};
    for (uint32_t i = 0; i < s->n_fields; i++) {
        count_by_kind(&s->fields[i], &k);
    }
    if (l.dense)
        return wide_bytes(&l, &k, n, text) + 3 * LF_MIB / 2 +
               lf_compressor_memory_bytes(set.codec, set.level, l.page_bytes);
    const uint64_t staged = clamp(k.staged_bytes * l.judge_rows, 0, 4 * text);
    const uint64_t pages = clamp((n - k.strings) * page + k.strings * l.page_bytes, 0, text / 3);
    const uint64_t dicts = clamp((k.strings + k.nulls + 3) / 4 * 2 * l.dict_bytes, 0, text);
    const uint64_t fixed = n * sizeof(pq_column) +
                           lf_compressor_memory_bytes(set.codec, set.level, l.page_bytes) +
                           3 * (uint64_t)l.page_bytes / 2 + PQ_JUDGE_ROWS * 24ull;
    const uint64_t kept = spilled ? 0 : text / (set.codec == LF_CODEC_NONE ? 2 : 4);
    const uint64_t total =
        fixed + (staged + pages) / 5 * (n > 64 ? 6 : 3) + dicts + kept + 3 * LF_MIB / 2;
    return total;
}
