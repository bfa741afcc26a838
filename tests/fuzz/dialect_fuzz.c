/* The plan of a CSV decoder: dialect, names, types, from any head, under any options. */
#include "array/type.h"
#include "fuzz/fuzz.h"
#include "infer/evidence.h"
#include "registry/registry.h"

static const char *const delimiters[] = {NULL, ",", ";", "tab", "|", " ", "x", "\""};
static const char *const headers[] = {NULL, "yes", "no"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_option options[2];
    lf_decode_opts o = {.struct_size = sizeof o,
                        .alloc = &f.alloc.alloc,
                        .isa = f.o[0] & 1 ? lf_isa_best() : LF_ISA_SCALAR,
                        .options = options,
                        .record_max_bytes = f.o[1] ? f.o[1] : 1 << 20,
                        .all_strings = f.o[0] & 2,
                        .decimal = f.o[0] & 4};
    if (delimiters[f.o[2] % 8] != NULL)
        options[o.n_options++] = (lf_option){"delimiter", delimiters[f.o[2] % 8]};
    if (headers[f.o[3] % 3] != NULL)
        options[o.n_options++] = (lf_option){"header", headers[f.o[3] % 3]};
    const char *words[] = {"NA", ""};
    if (f.o[0] & 8) o.null_words = words, o.n_null_words = 2;
    const lf_decoder_type *t = lf_registry_decoder("csv");
    FUZZ_CHECK(t != NULL);
    /* Decoders may read a margin on both sides. */
    uint8_t *block = malloc(f.body.len + 2 * LF_OVERREAD_BYTES);
    if (block == NULL) abort();
    memset(block, f.o[4], f.body.len + 2 * LF_OVERREAD_BYTES);
    if (f.body.len > 0) memcpy(block + LF_OVERREAD_BYTES, f.body.data, f.body.len);
    lf_span head = {block + LF_OVERREAD_BYTES, f.body.len};
    int score = t->sniff(head);
    FUZZ_CHECK(score >= 0 && score <= 100);
    lf_plan *plan = NULL;
    lf_error err = {0};
    lf_rc rc = t->plan(&o, head, !(f.o[0] & 16), &plan, &err);
    FUZZ_CHECK(rc == err.rc && (rc == LF_OK) == (plan != NULL));
    if (rc == LF_OK) {
        const lf_plan_base *p = (const lf_plan_base *)(const void *)plan;
        FUZZ_CHECK(p->schema->n_fields > 0 && p->body_offset <= head.len);
        for (uint32_t i = 0; i < p->schema->n_fields; i++) {
            char name[64];
            FUZZ_CHECK(p->schema->fields[i].name != NULL);
            FUZZ_CHECK(lf_type_print(p->schema->fields[i].type, name, sizeof name)[0] != '\0');
        }
        lf_buf text;
        lf_buf_init(&text, &f.alloc.alloc, 0);
        rc = t->explain(plan, &text, &err);
        FUZZ_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY);
        lf_buf_reset(&text);
        bool found = false;
        uint64_t start = 0;
        if (head.len > 1 && t->guess(plan, head, true, 1, &found, &start, NULL) == LF_OK && found)
            FUZZ_CHECK(start >= 1 && start <= head.len + 1);
    }
    t->plan_destroy(plan);
    free(block);
    fuzz_close(&f);
    return 0;
}
