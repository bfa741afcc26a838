/* Opening is all or nothing for the caller: close takes back what was opened. */
#include "api/inputs.h"
#include "api/peek.h"
#include "api/text_source.h"
#include "decode/parquet/parquet_format.h"
#include "io/io.h"
#include "registry/registry.h"
#include <string.h>

#define DETECT_BYTES 16384u

static lf_rc refuse(lf_error *err, const char *path, lf_rc rc) {
    lf_error_set_file(err, path);
    return rc;
}

/* Content decides; a name only where the content says nothing. */
static lf_rc detect(lf_inputs *in, const lf_settings *set, lf_span head, lf_error *err) {
    const char *path = in->sources[0]->path;
    if (set->from) {
        in->decoder = lf_registry_decoder(set->from);
        in->format = in->decoder->name;
        in->decided_by = "given";
        return LF_OK;
    }
    if (head.len >= 4 && memcmp(head.data, "PAR1", 4) == 0) {
        in->reader = &lf_parquet_format;
        in->format = in->reader->name;
        in->decided_by = "by its first bytes";
        return LF_OK;
    }
    in->decoder = lf_registry_detect(head, path);
    in->decided_by = "by its first bytes and its name";
    if (in->decoder) {
        in->format = in->decoder->name;
        return LF_OK;
    }
    return refuse(
        err, path,
        lf_fail(err, LF_EUNSUPPORTED, "the format of %s is not known; name it with --from", path));
}

lf_rc lf_inputs_open(lf_inputs *in, const lf_settings *set, const char *const *paths, size_t n,
                     lf_error *err) {
    uint8_t head[DETECT_BYTES];
    size_t got = 0;
    *in = (lf_inputs){.alloc = set->alloc, .n = n};
    in->sources = lf_mem_zalloc(in->alloc, n * sizeof *in->sources);
    if (in->sources == NULL) return lf_fail_nomem(err, n * sizeof *in->sources);
    for (size_t i = 0; i < n; i++) {
        lf_rc rc =
            lf_source_open_cancellable(paths[i], set->flow.cancel, in->alloc, &in->sources[i], err);
        if (rc != LF_OK) return refuse(err, paths[i], rc);
        lf_source_configure(in->sources[i], set->flow.memory_limit_bytes,
                            set->flow.on_error == LF_ON_ERROR_PERMISSIVE);
        rc = lf_text_source(&in->sources[i], set->decode.options, set->decode.n_options, in->alloc,
                            err);
        if (rc != LF_OK) return refuse(err, paths[i], rc);
    }
    const lf_rc peeked = lf_source_peek(&in->sources[0], in->alloc, head, sizeof head, &got, err);
    if (peeked != LF_OK) return refuse(err, in->sources[0]->path, peeked);
    const char *damage = lf_source_damage(in->sources[0]);
    if (got == 0 && damage != NULL)
        return refuse(err, in->sources[0]->path, lf_fail(err, LF_ECORRUPT, "%s", damage));
    if (got == 0)
        return refuse(err, in->sources[0]->path,
                      lf_fail(err, LF_EEMPTY_INPUT, "the input holds no bytes"));
    if (in->sources[0]->encoding == NULL)
        (void)lf_text_propose((lf_span){head, got}, in->proposal, sizeof in->proposal);
    return detect(in, set, (lf_span){head, got}, err);
}

void lf_inputs_close(lf_inputs *in) {
    for (size_t i = 0; in->sources && i < in->n; i++)
        lf_source_close(in->sources[i]);
    if (in->sources) lf_mem_free(in->alloc, in->sources, in->n * sizeof *in->sources);
    in->sources = NULL;
}
