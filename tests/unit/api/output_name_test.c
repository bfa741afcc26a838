/* Where outputs go, and what is refused before anything is read. */
#include "api/output_name.h"
#include "lf_test.h"
#include "registry/registry.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_file(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_CREAT | O_WRONLY, 0666);
    if (fd >= 0) (void)(write(fd, "a\n1\n", 4) + close(fd));
}

static const char *in_folder(const char *name, char *buf, size_t cap) {
    snprintf(buf, cap, "%s/%s", folder, name);
    return buf;
}

static lf_output_request request(const char *const *in, size_t n, const char *out) {
    return (lf_output_request){.struct_size = sizeof(lf_output_request),
                               .alloc = lf_alloc_default(),
                               .in = in,
                               .n_in = n,
                               .out = out,
                               .keep_rejects = true,
                               .encoder = lf_registry_encoder("parquet")};
}

static void suffixes_are_replaced(void) {
    const struct {
        const char *in, *out, *want;
    } rows[] = {{"d/x.csv", NULL, "d/x.parquet"},
                {"x.csv", NULL, "x.parquet"},
                {"x.CSV", NULL, "x.parquet"},
                {"d/x.csv.gz", NULL, "d/x.parquet"},
                {"d/x.tsv.zst", NULL, "d/x.parquet"},
                {"d/x.txt", NULL, "d/x.parquet"},
                {"d/x", NULL, "d/x.parquet"},
                {"d/x.2026", NULL, "d/x.2026.parquet"},
                {"d.csv/x", NULL, "d.csv/x.parquet"},
                {".csv", NULL, ".csv.parquet"},
                {"-", NULL, "-"},
                {"d/x.csv", "out/", "out/x.parquet"},
                {"-", "out/", "out/stdin.parquet"},
                {"d/x.csv", "y", "y"},
                {"d/x.csv", "-", "-"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_outputs o;
        const lf_output_request req = request(&rows[i].in, 1, rows[i].out);
        LF_CHECK(lf_outputs_plan(&o, &req, NULL) == LF_OK);
        LF_CHECK_EQ_U64(o.n, 1);
        LF_CHECK_STR(o.items[0].path, rows[i].want);
        lf_outputs_reset(&o);
        lf_outputs_reset(&o);
    }
}

static void rejects_lie_beside_the_output_or_by_the_input(void) {
    const struct {
        const char *in, *out, *want;
    } rows[] = {{"d/x.csv", NULL, "d/x.parquet.rejects.jsonl"},
                {"d/x.csv", "y.parquet", "y.parquet.rejects.jsonl"},
                {"d/x.csv", "-", "x.csv.rejects.jsonl"},
                {"-", "-", "stdin.rejects.jsonl"},
                {"d/x.csv", "/dev/null", "x.csv.rejects.jsonl"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_outputs o;
        const lf_output_request req = request(&rows[i].in, 1, rows[i].out);
        LF_CHECK(lf_outputs_plan(&o, &req, NULL) == LF_OK);
        LF_CHECK_STR(o.items[0].rejects, rows[i].want);
        lf_outputs_reset(&o);
    }
}

static void many_inputs_get_one_output_each_or_their_union(void) {
    const char *in[] = {"a.csv", "d/b.csv"};
    lf_outputs o;
    lf_output_request req = request(in, 2, NULL);
    LF_CHECK(lf_outputs_plan(&o, &req, NULL) == LF_OK);
    LF_CHECK_EQ_U64(o.n, 2);
    LF_CHECK_STR(o.items[1].path, "d/b.parquet");
    LF_CHECK_EQ_U64(o.items[1].first, 1);
    lf_outputs_reset(&o);
    req = request(in, 2, "c.parquet");
    LF_CHECK(lf_outputs_plan(&o, &req, NULL) == LF_OK);
    LF_CHECK_EQ_U64(o.n, 1);
    LF_CHECK_EQ_U64(o.items[0].count, 2);
    lf_outputs_reset(&o);
    req = request(in, 2, NULL);
    req.rejects = "bad.jsonl";
    LF_CHECK(lf_outputs_plan(&o, &req, NULL) == LF_EUSAGE);
    lf_outputs_reset(&o);
}

static lf_rc check(const char *const *in, size_t n, const char *out, bool overwrite) {
    lf_outputs o;
    lf_output_request req = request(in, n, out);
    req.overwrite = overwrite;
    lf_rc rc = lf_outputs_plan(&o, &req, NULL);
    if (rc == LF_OK) rc = lf_outputs_check(&o, &req, NULL);
    lf_outputs_reset(&o);
    return rc;
}

static void existing_outputs_and_inputs_are_refused(void) {
    char a[128], b[128], link_path[128], hard[128], none[128], rejects[128], clash[128];
    make_file("a.csv"), make_file("b.parquet"), make_file("c.parquet.rejects.jsonl");
    const char *in[] = {in_folder("a.csv", a, sizeof a)};
    in_folder("b.parquet", b, sizeof b);
    in_folder("none.parquet", none, sizeof none);
    in_folder("c.parquet", rejects, sizeof rejects);
    LF_CHECK(symlink(a, in_folder("s.parquet", link_path, sizeof link_path)) == 0);
    LF_CHECK(link(a, in_folder("h.parquet", hard, sizeof hard)) == 0);
    LF_CHECK_EQ_I64(check(in, 1, none, false), LF_OK);
    LF_CHECK_EQ_I64(check(in, 1, b, false), LF_EOUTPUT_EXISTS);
    LF_CHECK_EQ_I64(check(in, 1, b, true), LF_OK);
    LF_CHECK_EQ_I64(check(in, 1, a, true), LF_EOUTPUT_IS_INPUT);
    LF_CHECK_EQ_I64(check(in, 1, link_path, true), LF_EOUTPUT_IS_INPUT);
    LF_CHECK_EQ_I64(check(in, 1, hard, true), LF_EOUTPUT_IS_INPUT);
    LF_CHECK_EQ_I64(check(in, 1, rejects, false), LF_OK); /* its output is gone */
    LF_CHECK_EQ_I64(check(in, 1, "/dev/null", false), LF_OK);
    LF_CHECK_EQ_I64(check(in, 1, "", false), LF_EUSAGE);
    const char *twice[] = {in_folder("a.csv", a, sizeof a),
                           in_folder("a.tsv", clash, sizeof clash)};
    make_file("a.tsv");
    LF_CHECK_EQ_I64(check(twice, 2, NULL, false), LF_EUSAGE);
    const char *stdins[] = {"-", "-"};
    LF_CHECK_EQ_I64(check(stdins, 2, none, false), LF_EUSAGE);
}

static void bad_inputs_are_refused(void) {
    char path[128], out[128];
    in_folder("out.parquet", out, sizeof out);
    const char *missing = in_folder("missing.csv", path, sizeof path);
    LF_CHECK_EQ_I64(check(&missing, 1, out, false), LF_ENOT_FOUND);
    const char *dir = folder;
    LF_CHECK_EQ_I64(check(&dir, 1, out, false), LF_EIS_DIRECTORY);
}

int main(void) {
    snprintf(folder, sizeof folder, "%s/lf_output_name_XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(folder) == NULL) return 1;
    LF_RUN(suffixes_are_replaced);
    LF_RUN(rejects_lie_beside_the_output_or_by_the_input);
    LF_RUN(many_inputs_get_one_output_each_or_their_union);
    LF_RUN(existing_outputs_and_inputs_are_refused);
    LF_RUN(bad_inputs_are_refused);
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    if (system(command) != 0) printf("%s remains\n", folder);
    LF_TEST_MAIN_END;
}
