/* The list of formats. */
#include "lf_test.h"
#include "registry/registry.h"

static void every_record_is_complete(void) {
    lf_error err = {0};
    if (!LF_CHECK(lf_registry_check(&err) == LF_OK)) printf("  %s\n", err.message);
}

static void formats_are_found_by_name(void) {
    LF_CHECK(lf_registry_decoder("csv") != NULL);
    LF_CHECK(lf_registry_encoder("parquet") != NULL);
    LF_CHECK(lf_registry_encoder("null") != NULL);
    LF_CHECK(lf_registry_decoder("nothing") == NULL);
    LF_CHECK(lf_registry_encoder("") == NULL);
}

static void formats_are_detected_by_content_then_by_name(void) {
    const struct {
        const char *head, *path, *want;
    } rows[] = {{"a,b\n1,2\n3,4\n", "x.csv", "csv"},
                {"a,b\n1,2\n3,4\n", NULL, "csv"},
                {"a\n1\n", "x.csv", "csv"},
                {"a\n1\n", "x.CSV.gz", "csv"},
                {"", "x.csv", "csv"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const lf_span head = {(const uint8_t *)rows[i].head, strlen(rows[i].head)};
        const lf_decoder_type *d = lf_registry_detect(head, rows[i].path);
        LF_CHECK_STR(d ? d->name : NULL, rows[i].want);
    }
}

int main(void) {
    LF_RUN(every_record_is_complete);
    LF_RUN(formats_are_found_by_name);
    LF_RUN(formats_are_detected_by_content_then_by_name);
    LF_TEST_MAIN_END;
}
