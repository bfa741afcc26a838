/* Error records: first failure wins, texts are one printable line, marks point at the right byte.
 */
#include "core/error.h"
#include "lf_test.h"
#include <errno.h>

static void every_code_has_its_texts_and_status(void) {
    static const lf_rc all[] = {LF_OK,
#define ROW(name, number, exit, http, retry, text, hint) LF_E##name,
                                LF_RC_TABLE(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        LF_CHECK(strcmp(lf_rc_name(all[i]), "UNKNOWN") != 0);
        LF_CHECK(lf_rc_text(all[i])[0] != 0);
        LF_CHECK(lf_rc_class(all[i])[0] != 0);
        LF_CHECK(all[i] == LF_OK || lf_rc_hint(all[i])[0] != 0);
        int s = lf_rc_exit_status(all[i]);
        LF_CHECK((s >= 0 && s <= 5) || s == 130);
        LF_CHECK((s == 0) == (all[i] == LF_OK));
    }
    LF_CHECK_STR(lf_rc_name((lf_rc)12345), "UNKNOWN");
    LF_CHECK_EQ_I64(lf_rc_exit_status((lf_rc)12345), 5);
    LF_CHECK_EQ_I64(lf_rc_exit_status(LF_EROW_WIDTH), 1);
    LF_CHECK_STR(lf_rc_class(LF_EROW_WIDTH), "data");
    LF_CHECK_STR(lf_rc_class(LF_EDEADLINE), "limits");
    LF_CHECK_EQ_I64(lf_rc_http_status(LF_ENOT_FOUND), 404);
    LF_CHECK(lf_rc_retryable(LF_EREAD) && !lf_rc_retryable(LF_ECORRUPT));
}

static void the_first_failure_wins(void) {
    lf_error e = {0};
    LF_CHECK_EQ_I64(lf_fail(&e, LF_EREAD, "first %d", 1), LF_EREAD);
    LF_CHECK_EQ_I64(lf_fail(&e, LF_EWRITE, "second"), LF_EWRITE); /* the caller's own code */
    LF_CHECK_EQ_I64(e.rc, LF_EREAD);
    LF_CHECK_STR(e.message, "first 1");
    LF_CHECK(e.retryable);
    LF_CHECK_EQ_I64(lf_fail(NULL, LF_EREAD, "x"), LF_EREAD);
    lf_error a = {0}, b = {0};
    lf_fail(&b, LF_ECORRUPT, "b");
    lf_error_merge(&a, &b);
    LF_CHECK_STR(a.message, "b");
    lf_error c = {0};
    lf_fail(&c, LF_EREAD, "c");
    lf_error_merge(&a, &c);
    LF_CHECK_STR(a.message, "b");
    lf_error_merge(NULL, &c);
}

static void frames_come_from_the_inside_out(void) {
    lf_error e = {0};
    LF_CHECK_EQ_I64(lf_error_context(&e, LF_OK, "too early"), LF_OK);
    LF_CHECK_EQ_U64(e.n_frames, 0);
    lf_fail(&e, LF_EREAD, "x");
    for (int i = 0; i < 9; i++) {
        LF_CHECK_EQ_I64(lf_error_context(&e, LF_EREAD, "frame %d", i), LF_EREAD);
    }
    LF_CHECK_EQ_U64(e.n_frames, LF_ERROR_FRAMES);
    LF_CHECK_STR(e.frames[0], "frame 0");
    LF_CHECK_STR(e.frames[5], "frame 5");
}

static void messages_are_cut_on_a_character_and_hold_no_newline(void) {
    lf_error e = {0};
    char longer[600];
    for (size_t i = 0; i < sizeof longer - 1; i += 2) {
        memcpy(longer + i, "\xC3\xA9", 2);
    }
    longer[598] = 0;
    for (int shift = 0; shift < 3; shift++) {
        lf_error f = {0};
        lf_fail(&f, LF_EREAD, "%.*s%s", shift, "ab", longer);
        size_t n = strlen(f.message);
        LF_CHECK(n >= 250 && n < sizeof f.message);
        LF_CHECK_STR(f.message + n - 3, "...");
        LF_CHECK((uint8_t)f.message[n - 4] == 0xA9); /* a whole character before the dots */
    }
    lf_fail(&e, LF_EREAD, "a\nb\x1B[31mc");
    LF_CHECK_STR(e.message, "a?b?[31mc");
    lf_error_set_file(&e, longer);
    LF_CHECK(strncmp(e.file, "...", 3) == 0 && strlen(e.file) < sizeof e.file);
    LF_CHECK((uint8_t)e.file[3] == 0xC3);
    lf_error_set_file(&e, "other");
    LF_CHECK(strncmp(e.file, "...", 3) == 0); /* kept */
    lf_error_set_place(&e, 7, 9, 2, "price", 1234);
    LF_CHECK(e.has_position && e.row == 7 && e.line == 9 && e.column == 2 && e.byte_offset == 1234);
    LF_CHECK_STR(e.column_name, "price");
}

static void errno_becomes_a_code(void) {
    static const struct {
        int num;
        lf_rc want;
    } rows[] = {{ENOENT, LF_ENOT_FOUND},    {EACCES, LF_EPERMISSION}, {EROFS, LF_EPERMISSION},
                {EISDIR, LF_EIS_DIRECTORY}, {ENOSPC, LF_EDISK_FULL},  {EDQUOT, LF_EDISK_FULL},
                {EFBIG, LF_EDISK_FULL},     {ENOMEM, LF_ENO_MEMORY},  {EIO, LF_EREAD}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_error e = {0};
        LF_CHECK_EQ_I64(lf_fail_errno(&e, LF_EREAD, rows[i].num, "d/x.csv"), rows[i].want);
        LF_CHECK(strncmp(e.message, "d/x.csv: ", 9) == 0 && strlen(e.message) > 12);
    }
    lf_error e = {0};
    char longer[5000];
    memset(longer, 'p', sizeof longer);
    longer[4999] = 0;
    lf_fail_errno(&e, LF_EREAD, ENOENT, longer);
    LF_CHECK(strncmp(e.message, "...", 3) == 0 && strstr(e.message, "No such file"));
}

static void excerpts_show_the_marked_bytes(void) {
    static const struct {
        const char *raw;
        size_t mark, len;
        const char *want_mark;
    } rows[] = {
        {"1,abc,3", 2, 3, "abc"},
        {"1,a\tb,3", 2, 3, "a\\tb"},
        {"1,a\x01,3", 3, 1, "\\x01"},
        {"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "90"
         "123456789,BAD,x",
         101, 3, "BAD"},
        {"BAD,0123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
         "567890123456789",
         0, 3, "BAD"},
        {"0123456789012345678901234567890123456789,BAD,01234567890123456789012345678901234567890123"
         "45678901234567890",
         41, 3, "BAD"},
        {"x", 1, 0, ""},
        {"x", 9, 9, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_error e = {0};
        lf_error_set_excerpt(&e, (lf_span){(const uint8_t *)rows[i].raw, strlen(rows[i].raw)},
                             rows[i].mark, rows[i].len);
        size_t n = strlen(rows[i].want_mark);
        LF_CHECK(strlen(e.excerpt) < sizeof e.excerpt);
        LF_CHECK_EQ_U64(e.excerpt_mark_len, n);
        LF_CHECK(e.excerpt_mark + n <= strlen(e.excerpt));
        if (!LF_CHECK(memcmp(e.excerpt + e.excerpt_mark, rows[i].want_mark, n) == 0)) {
            printf("  row %zu: %s\n", i, e.excerpt);
        }
    }
    lf_error e = {0};
    static uint8_t many[3000];
    for (size_t i = 0; i < sizeof many; i += 3) {
        memcpy(many + i, "\xE2\x82\xAC", 3);
    }
    for (size_t cut = 0; cut < 300; cut++) { /* any window of multi-byte text stays printable */
        memset(&e, 0, sizeof e);
        lf_error_set_excerpt(&e, (lf_span){many, sizeof many - cut}, cut * 3, 3);
        size_t n = strlen(e.excerpt), whole = 0;
        for (size_t i = 0; i < n; i++) {
            whole += (uint8_t)e.excerpt[i] == 0xE2;
        }
        size_t dots = 0;
        for (size_t i = 0; i < n; i++) {
            dots += e.excerpt[i] == '.';
        }
        LF_CHECK_EQ_U64(whole * 3 + dots, n);
        LF_CHECK(memcmp(e.excerpt + e.excerpt_mark, "\xE2\x82\xAC", 3) == 0);
    }
}

static void texts_for_messages(void) {
    static const struct {
        const char *raw, *want;
        size_t cap;
    } rows[] = {
        {"", "", 4},
        {"many", "many", 5},
        {"many more", "m...", 5},
        {"a\x1b[31m", "a\\x1b[31m", 24},
        {"a\xC2\x9B"
         "b",
         "a\\xc2\\x9bb", 24},
        {"a\nb\tc\xE9", "a\\nb\\tc\\xe9", 24},
        {"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 10},
        {"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", "\xE2\x82\xAC...", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[32];
        const lf_span raw = {(const uint8_t *)rows[i].raw, strlen(rows[i].raw)};
        size_t cap = rows[i].cap;
        LF_CHECK(lf_error_text(out, cap, raw) == out);
        LF_CHECK_STR(out, rows[i].want);
    }
}

int main(void) {
    LF_RUN(every_code_has_its_texts_and_status);
    LF_RUN(the_first_failure_wins);
    LF_RUN(frames_come_from_the_inside_out);
    LF_RUN(messages_are_cut_on_a_character_and_hold_no_newline);
    LF_RUN(errno_becomes_a_code);
    LF_RUN(excerpts_show_the_marked_bytes);
    LF_RUN(texts_for_messages);
    LF_TEST_MAIN_END;
}
