/* The only list of formats. A new one is its folder, a line here and a line in src/CMakeLists.txt.
 */
#include "registry/registry.h"
#include "core/error.h"
#include "decode/arrow/arrow_reader.h"
#include "decode/csv/csv_decode.h"
#include "decode/json/json_decode.h"
#include "decode/parquet/parquet_format.h"
#include "encode/arrow/arrow_encode.h"
#include "encode/null/null_encode.h"
#include "encode/parquet/parquet_encode.h"
#include "encode/text/text_encode.h"
#include <string.h>
#include <strings.h>

static const lf_decoder_type *const decoders[] = {
    &lf_csv_decoder,
    &lf_json_decoder,
    NULL,
};

static const lf_reader_format *const readers[] = {
    &lf_parquet_format,
    &lf_arrow_format,
    NULL,
};

static const lf_encoder_type *const encoders[] = {
    &lf_parquet_encoder,
    &lf_csv_encoder,
    &lf_jsonl_encoder,
    &lf_arrow_encoder,
    &lf_arrows_encoder,
    &lf_null_encoder,
    NULL,
};

#define SNIFF_SURE 60 /* a sniff score from here on decides against the name */

const lf_decoder_type *const *lf_registry_decoders(void) {
    return decoders;
}

const lf_encoder_type *const *lf_registry_encoders(void) {
    return encoders;
}

const lf_decoder_type *lf_registry_decoder(const char *name) {
    for (size_t i = 0; decoders[i]; i++)
        if (strcmp(decoders[i]->name, name) == 0) return decoders[i];
    return NULL;
}

const lf_reader_format *lf_registry_reader(const char *name) {
    for (size_t i = 0; readers[i]; i++)
        if (strcmp(readers[i]->name, name) == 0) return readers[i];
    return NULL;
}

const lf_reader_format *lf_registry_detect_reader(lf_span head) {
    for (size_t i = 0; readers[i]; i++)
        if (readers[i]->sniff != NULL && readers[i]->sniff(head)) return readers[i];
    return NULL;
}

const lf_encoder_type *lf_registry_encoder(const char *name) {
    for (size_t i = 0; encoders[i]; i++)
        if (strcmp(encoders[i]->name, name) == 0) return encoders[i];
    return NULL;
}

static bool ends_with(const char *s, size_t n, const char *suffix) {
    const size_t m = strlen(suffix);
    return n > m && strncasecmp(s + n - m, suffix, m) == 0;
}

const lf_encoder_type *lf_registry_encoder_by_name(const char *path) {
    const size_t n = strlen(path);
    for (size_t i = 0; encoders[i]; i++)
        for (const char *const *s = encoders[i]->suffixes; *s; s++)
            if (ends_with(path, n, *s)) return encoders[i];
    return NULL;
}

static const lf_decoder_type *by_name(const char *path) {
    static const char *const compressed[] = {".gz",  ".gzip", ".zst", ".zstd", ".bz2",    ".xz",
                                             ".lz4", ".sz",   ".zip", ".bgz",  ".snappy", NULL};
    if (path == NULL) return NULL;
    size_t n = strlen(path);
    for (size_t i = 0; compressed[i]; i++) {
        if (!ends_with(path, n, compressed[i])) continue;
        n -= strlen(compressed[i]);
        break;
    }
    for (size_t i = 0; decoders[i]; i++)
        for (const char *const *s = decoders[i]->suffixes; *s; s++)
            if (ends_with(path, n, *s)) return decoders[i];
    return NULL;
}

int lf_registry_surety(lf_span head) {
    int best = lf_registry_detect_reader(head) != NULL ? 100 : 0;
    for (size_t i = 0; decoders[i]; i++) {
        const int score = decoders[i]->sniff(head);
        if (score > best) best = score;
    }
    return best;
}

const lf_decoder_type *lf_registry_detect(lf_span head, const char *path) {
    const lf_decoder_type *best = NULL;
    int best_score = 0;
    for (size_t i = 0; decoders[i]; i++) {
        const int score = decoders[i]->sniff(head);
        if (score > best_score) best_score = score, best = decoders[i];
    }
    if (best_score >= SNIFF_SURE) return best;
    const lf_decoder_type *named = by_name(path);
    return named ? named : best;
}

static lf_rc check_decoder(const lf_decoder_type *d, lf_error *err) {
    if (d->name == NULL || d->suffixes == NULL || d->sniff == NULL || d->plan == NULL ||
        d->explain == NULL || d->plan_destroy == NULL || d->guess == NULL || d->create == NULL ||
        d->begin == NULL || d->next == NULL || d->block_end == NULL || d->destroy == NULL)
        return lf_fail(err, LF_EINTERNAL, "decoder '%s' lacks a hook", d->name ? d->name : "?");
    return LF_OK;
}

static lf_rc check_encoder(const lf_encoder_type *e, lf_error *err) {
    if (e->name == NULL || e->suffixes == NULL || e->check == NULL || e->worker_bytes == NULL ||
        e->open == NULL || e->group_create == NULL || e->group_begin == NULL ||
        e->group_write == NULL || e->group_seal == NULL || e->group_bytes == NULL ||
        e->group_commit == NULL || e->group_store == NULL || e->group_destroy == NULL ||
        e->finish == NULL || e->close == NULL)
        return lf_fail(err, LF_EINTERNAL, "encoder '%s' lacks a hook", e->name ? e->name : "?");
    if ((e->flags & LF_ENCODER_TYPES_FIRST) != 0) return LF_OK;
    if (e->group_column_write == NULL || e->group_column_read == NULL ||
        e->group_column_replace == NULL || e->committed_groups == NULL ||
        e->committed_types == NULL || e->committed_read == NULL || e->group_column_copy == NULL)
        return lf_fail(err, LF_EINTERNAL, "encoder '%s' lacks a hook of late changes", e->name);
    return LF_OK;
}

lf_rc lf_registry_check(lf_error *err) {
    for (size_t i = 0; decoders[i]; i++) {
        LF_TRY(check_decoder(decoders[i], err));
        if (lf_registry_decoder(decoders[i]->name) != decoders[i])
            return lf_fail(err, LF_EINTERNAL, "two decoders are named '%s'", decoders[i]->name);
    }
    for (size_t i = 0; encoders[i]; i++) {
        LF_TRY(check_encoder(encoders[i], err));
        if (lf_registry_encoder(encoders[i]->name) != encoders[i])
            return lf_fail(err, LF_EINTERNAL, "two encoders are named '%s'", encoders[i]->name);
    }
    return LF_OK;
}
