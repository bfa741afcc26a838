/* Schema JSON and type names: what is read is written so that it reads the same. */
#include "array/type.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_schema s, again;
    lf_buf text, text_again;
    lf_error err = {0};
    lf_buf_init(&text, &f.alloc.alloc, 0);
    lf_buf_init(&text_again, &f.alloc.alloc, 0);
    lf_rc rc = lf_schema_from_json(&s, &f.alloc.alloc, f.body, &err);
    FUZZ_CHECK(rc == err.rc && (rc == LF_OK || rc == LF_ESCHEMA || rc == LF_ENO_MEMORY));
    if (rc == LF_OK) {
        rc = lf_schema_to_json(&s, &text, &err);
        FUZZ_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY);
        if (rc == LF_OK) {
            lf_span json = {text.data, text.len};
            rc = lf_schema_from_json(&again, &f.alloc.alloc, json, &err);
            if (rc != LF_OK && rc != LF_ENO_MEMORY)
                fprintf(stderr, "%s\n%.*s\n", err.message, (int)text.len, (char *)text.data);
            FUZZ_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY);
            if (rc == LF_OK) {
                rc = lf_schema_to_json(&again, &text_again, &err);
                FUZZ_CHECK(rc == LF_ENO_MEMORY ||
                           (rc == LF_OK && text.len == text_again.len &&
                            memcmp(text.data, text_again.data, text.len) == 0));
                lf_schema_reset(&again);
            }
        }
        lf_schema_reset(&s);
    }
    lf_type t;
    if (lf_type_parse((const char *)f.body.data, f.body.len, &t, NULL) == LF_OK) {
        char name[64];
        lf_type back;
        lf_type_print(t, name, sizeof name);
        FUZZ_CHECK(lf_type_parse(name, strlen(name), &back, NULL) == LF_OK);
        FUZZ_CHECK(lf_type_equal(t, back));
    }
    lf_buf_reset(&text);
    lf_buf_reset(&text_again);
    fuzz_close(&f);
    return 0;
}
