/* The command line: words, a line each, of any command; what it takes, the library must judge. */
#include "cli/cli.h"
#include "fuzz/fuzz.h"

#define WORDS_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const commands[] = {"convert", "inspect", "help", "version"};
    static FILE *null;
    fuzz_in f;
    fuzz_open(&f, data, size);
    if (null == NULL) {
        null = fopen("/dev/null", "w");
        if (null == NULL) abort();
    }
    FILE *was = stderr, *was_out = stdout;
    stderr = null;
    stdout = null;
    char *words[WORDS_MAX + 1];
    int n = 0;
    for (size_t at = 0; at < f.body.len && n < WORDS_MAX;) {
        size_t len = 0;
        while (at + len < f.body.len && f.body.data[at + len] != '\n')
            len++;
        words[n] = malloc(len + 1);
        if (words[n] == NULL) abort();
        memcpy(words[n], f.body.data + at, len);
        words[n++][len] = '\0';
        at += len + 1;
    }
    words[n] = NULL;
    char *moved[WORDS_MAX + 1];
    memcpy(moved, words, sizeof moved);
    static lf_cli_args args;
    int status = lf_cli_parse(&args, commands[f.o[0] & 3], n, moved);
    FUZZ_CHECK(status == 0 || status == LF_CLI_EXIT_USAGE || status == LF_CLI_EXIT_IO);
    if (status == 0 && !args.help && (f.o[0] & 3) == 0) {
        const lf_convert_opts o = {.struct_size = sizeof o,
                                   .options = args.options,
                                   .n_options = args.n_options,
                                   .alloc = &f.alloc.alloc};
        const char *in[] = {"/nonexistent/in.csv"};
        lf_error err = {0};
        lf_rc rc = lf_convert_check(in, 1, "/nonexistent/out.parquet", &o, &err);
        FUZZ_CHECK(rc != LF_OK && rc == err.rc && err.message[0] != '\0');
        FUZZ_CHECK(rc != LF_EINTERNAL);
        lf_cli_error(&err);
    }
    stderr = was;
    stdout = was_out;
    for (int i = 0; i < n; i++)
        free(words[i]);
    fuzz_close(&f);
    return 0;
}
