/* The report: adding up, JSON with fixed keys, freeing. */
#include "api/report.h"
#include "core/alloc.h"
#include "lf_test.h"

static void json_has_the_same_keys_after_success_and_failure(void) {
    static const char *const keys[] = {
        "\"logflow\":",     "\"status\":",     "\"input\":",        "\"output\":",
        "\"rejects\":",     "\"format_in\":",  "\"format_out\":",   "\"encoding\":",
        "\"rows\":",        "\"lines\":",      "\"bytes\":",        "\"ratio\":",
        "\"columns\":",     "\"row_groups\":", "\"late_changes\":", "\"threads\":",
        "\"memory\":",      "\"time\":",       "\"warnings\":",     "\"error\":",
        "\"outputs\":",     "\"skipped\":",    "\"skipped_more\":", "\"tables\":",
        "\"tables_found\":"};
    const lf_error failure = {.rc = LF_EROW_WIDTH,
                              .has_position = true,
                              .row = 7,
                              .line = LF_NO_POSITION,
                              .message = "has \"5\" fields"};
    for (int failed = 0; failed < 2; failed++) {
        lf_report r = {.rows_in = 3, .rows_out = 3};
        LF_CHECK(lf_report_set(&r.input, "a \"b\".csv", NULL) == LF_OK);
        LF_CHECK(lf_report_fill_json(&r, failed ? &failure : NULL, NULL) == LF_OK);
        LF_REQUIRE(r.json != NULL);
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (!LF_CHECK(strstr(r.json, keys[i]) != NULL)) printf("  %s\n", keys[i]);
        LF_CHECK(strstr(r.json, failed ? "\"status\":\"failed\"" : "\"status\":\"done\"") != NULL);
        LF_CHECK(strstr(r.json, "a \\\"b\\\".csv") != NULL);
        if (failed) LF_CHECK(strstr(r.json, "\"row\":7,\"line\":null") != NULL);
        lf_report_reset(&r);
        lf_report_reset(&r);
    }
}

static void reports_add_up(void) {
    lf_report sum = {0};
    for (unsigned i = 1; i <= 2; i++) {
        lf_report one = {.rows_in = i, .rows_out = i, .peak_rss_bytes = 10 * i, .elapsed_s = 1};
        LF_CHECK(lf_report_set(&one.explain, i == 1 ? "one\n" : "two\n", NULL) == LF_OK);
        LF_CHECK(lf_report_warn(&one, "careful", NULL) == LF_OK);
        LF_CHECK(lf_report_add(&sum, &one, NULL) == LF_OK);
        LF_CHECK(one.explain == NULL && one.n_warnings == 0);
    }
    LF_CHECK_EQ_U64(sum.rows_in, 3);
    LF_CHECK_EQ_U64(sum.peak_rss_bytes, 20);
    LF_CHECK_EQ_U64(sum.n_warnings, 2);
    LF_CHECK_STR(sum.explain, "one\ntwo\n");
    lf_report_reset(&sum);
}

static void texts_of_another_allocator_are_adopted(void) {
    lf_budget budget;
    lf_budget_init(&budget, lf_alloc_default(), 0);
    const lf_alloc *a = &budget.alloc;
    lf_report r = {.n_warnings = 1};
    r.explain = lf_mem_strdup(a, "why");
    r.warnings = lf_mem_alloc(a, sizeof *r.warnings);
    LF_REQUIRE(r.explain && r.warnings);
    r.warnings[0] = lf_mem_strdup(a, "careful");
    LF_CHECK(lf_report_adopt(&r, a, NULL) == LF_OK);
    LF_CHECK_EQ_U64(budget.used_bytes, 0);
    LF_CHECK_STR(r.explain, "why");
    LF_CHECK_STR(r.warnings[0], "careful");
    lf_report_reset(&r);
}

int main(void) {
    LF_RUN(json_has_the_same_keys_after_success_and_failure);
    LF_RUN(reports_add_up);
    LF_RUN(texts_of_another_allocator_are_adopted);
    LF_TEST_MAIN_END;
}
