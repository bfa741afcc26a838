/* The option table and the checking of values. */
#include "api/options.h"
#include "lf_test.h"
#include <ctype.h>

static void table_is_complete_and_consistent(void) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++) {
        LF_CHECK(o->type && o->help && o->group && o->commands);
        LF_CHECK(strcmp(o->type, "flag") == 0 || o->values != NULL);
        if (!LF_CHECK(strlen(o->help) <= 90)) printf("  %s\n", o->name);
        if (o->dflt && strcmp(o->type, "string") != 0) {
            if (!LF_CHECK(lf_option_check(o, o->dflt, NULL) == LF_OK)) printf("  %s\n", o->name);
        }
        for (const lf_option_info *p = lf_option_table(); p != o; p++)
            if (strcmp(p->name, o->name) == 0) LF_CHECK(strcmp(p->commands, o->commands) != 0);
    }
}

static void environment_name_follows_the_option_name(void) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++) {
        if (o->env == NULL || o->hidden) continue;
        char want[64] = "LOGFLOW_";
        size_t k = 8;
        for (const char *p = o->name; *p; p++)
            want[k++] = *p == '-' ? '_' : (char)toupper(*p);
        want[k] = '\0';
        LF_CHECK_STR(o->env, want);
    }
}

static void sizes_are_read_with_their_units(void) {
    const struct {
        const char *text;
        uint64_t bytes; /* UINT64_MAX: refused */
    } rows[] = {{"0", 0},
                {"1", 1},
                {"100000", 100000},
                {"12B", 12},
                {"4KB", 4000},
                {"4KiB", 4096},
                {"40MiB", 40ull << 20},
                {"40mib", 40ull << 20},
                {"1.5GiB", 3ull << 29},
                {"2 GB", 2000000000},
                {"", UINT64_MAX},
                {"MB", UINT64_MAX},
                {"-1MB", UINT64_MAX},
                {"12XB", UINT64_MAX},
                {"12 MB 3", UINT64_MAX},
                {"1e300GB", UINT64_MAX},
                {"inf", UINT64_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t got = UINT64_MAX;
        const lf_rc rc = lf_size_parse(rows[i].text, &got, NULL);
        if (!LF_CHECK_EQ_U64(rc == LF_OK ? got : UINT64_MAX, rows[i].bytes))
            printf("  '%s'\n", rows[i].text);
    }
}

static void amounts_are_counts_or_shares(void) {
    const struct {
        const char *text;
        bool good;
        uint64_t count;
        double share;
    } rows[] = {{"0", true, 0, 0},
                {"20", true, 20, 0},
                {"0.5%", true, UINT64_MAX, 0.005},
                {"100%", true, UINT64_MAX, 1},
                {"0%", true, 0, 0},
                {"101%", false, 0, 0},
                {"1.5", false, 0, 0},
                {"", false, 0, 0},
                {"-1", false, 0, 0},
                {"5 rows", false, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t count;
        double share;
        const bool good = lf_amount_parse(rows[i].text, &count, &share, NULL) == LF_OK;
        if (!LF_CHECK(good == rows[i].good)) printf("  '%s'\n", rows[i].text);
        if (!good) continue;
        LF_CHECK_EQ_U64(count, rows[i].count);
        LF_CHECK(share > rows[i].share - 1e-12 && share < rows[i].share + 1e-12);
    }
}

static void values_are_checked_by_type(void) {
    const struct {
        const char *name, *value;
        bool good;
    } rows[] = {{"threads", "1", true},
                {"threads", "0", false},
                {"threads", "257", false},
                {"threads", "two", false},
                {"threads", "1.5", false},
                {"threads", "", false},
                {"memory-limit", "16MiB", true},
                {"memory-limit", "15MiB", false},
                {"compression", "zstd:3", true},
                {"compression", "zstandard", false},
                {"on-error", "strict", true},
                {"on-error", "stric", false},
                {"on-error", "strict|permissive", false},
                {"force", "yes", true},
                {"force", "maybe", false},
                {"type", "a=int64", true},
                {"type", "a=b=int64", true},
                {"type", "a=decimal(12,2)", true},
                {"type", "a=integer64", false},
                {"type", "int64", false},
                {"type", "=int64", false},
                {"delimiter", ";", true},
                {"delimiter", "tab", true},
                {"quote", "'", true},
                {"quote", "x", false},
                {"max-bad", "1%", true},
                {"schema", "", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_error err = {0};
        const lf_option_info *o = lf_option_find(rows[i].name, "convert");
        LF_REQUIRE(o != NULL);
        const lf_rc rc = lf_option_check(o, rows[i].value, &err);
        if (!LF_CHECK((rc == LF_OK) == rows[i].good))
            printf("  --%s '%s'\n", rows[i].name, rows[i].value);
        if (rc != LF_OK) LF_CHECK(rc == LF_EUSAGE && strstr(err.message, rows[i].name));
    }
}

static void unknown_options_are_answered_with_the_nearest(void) {
    const struct {
        const char *name, *near;
    } rows[] = {{"thread", "threads"},           {"compresion", "compression"},
                {"memorylimit", "memory-limit"}, {"nulls", "null"},
                {"coloumns", "columns"},         {"output", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_error err = {0};
        const lf_option o = {rows[i].name, "1"};
        LF_CHECK(lf_options_check(&o, 1, "convert", &err) == LF_EUSAGE);
        if (rows[i].near && !LF_CHECK(strstr(err.message, rows[i].near) != NULL))
            printf("  %s: %s\n", rows[i].name, err.message);
    }
}

static void nearest_word_is_near_or_none(void) {
    static const char *const words[] = {"convert", "inspect", "version", "help", NULL};
    const struct {
        const char *word, *near;
    } rows[] = {{"convrt", "convert"},
                {"cnovert", "convert"},
                {"inspekt", "inspect"},
                {"hepl", "help"},
                {"versoin", "version"},
                {"xyzzy", NULL},
                {"", NULL},
                {"conv", "convert"},
                {"q", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        LF_CHECK_STR(lf_nearest(rows[i].word, words), rows[i].near);
}

static void the_last_value_wins(void) {
    const lf_option o[] = {{"threads", "2"},
                           {"decimal", "yes"},
                           {"threads", "5"},
                           {"decimal", "no"},
                           {"all-strings", NULL}};
    LF_CHECK_EQ_U64(lf_options_number(o, 5, "threads", 1), 5);
    LF_CHECK(!lf_options_flag(o, 5, "decimal"));
    LF_CHECK(lf_options_flag(o, 5, "all-strings"));
    LF_CHECK_EQ_U64(lf_options_size(o, 5, "memory-limit", 7), 7);
    LF_CHECK_STR(lf_options_text(o, 5, "null", "none"), "none");
}

int main(void) {
    LF_RUN(table_is_complete_and_consistent);
    LF_RUN(environment_name_follows_the_option_name);
    LF_RUN(sizes_are_read_with_their_units);
    LF_RUN(amounts_are_counts_or_shares);
    LF_RUN(values_are_checked_by_type);
    LF_RUN(unknown_options_are_answered_with_the_nearest);
    LF_RUN(nearest_word_is_near_or_none);
    LF_RUN(the_last_value_wins);
    LF_TEST_MAIN_END;
}
