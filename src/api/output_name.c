/* Naming of outputs (docs/cli.md, "Where the output goes"):
 *
 *   d/x.csv, d/x.csv.gz  ->  d/x.parquet     a compression suffix and a known suffix are cut
 *   d/x.2026             ->  d/x.2026.parquet   an unknown one is part of the name
 *   -o DIR/              ->  DIR/x.parquet
 *   d/x.parquet.rejects.jsonl  ->  d/x.replayed.parquet   with --replay
 *   -o FILE, -o -        ->  the union of all inputs
 *
 * All of it is settled and checked before the first byte is read, so that a run over many files
 * does not fail in the middle for a reason that was visible at the start. */
#include "api/output_name.h"
#include "api/nearest_file.h"
#include "io/io.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const compression_suffixes[] = {
    ".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".lz4", ".sz", ".zip", ".bgz", ".snappy", NULL};
/* Known beside those of the formats themselves. */
static const char *const input_suffixes[] = {".csv",  ".tsv", ".psv",     ".tab", ".txt", ".dat",
                                             ".data", ".log", ".parquet", ".pq",  NULL};

static size_t cut_suffix(const char *name, size_t n, const char *const *suffixes) {
    for (; *suffixes; suffixes++) {
        const size_t m = strlen(*suffixes);
        if (n > m && strncasecmp(name + n - m, *suffixes, m) == 0) return n - m;
    }
    return n;
}

size_t lf_input_stem_length(const char *name) {
    size_t n = cut_suffix(name, strlen(name), compression_suffixes), cut = n;
    for (const lf_decoder_type *const *d = lf_registry_decoders(); *d && cut == n; d++)
        cut = cut_suffix(name, n, (*d)->suffixes);
    return cut == n ? cut_suffix(name, n, input_suffixes) : cut;
}

/* By a suffix of a format, not by that of compression alone; logs are in too many formats. */
bool lf_input_name_is_known(const char *name) {
    static const char *const others[] = {".rejects.jsonl", ".log", ".dat", ".data", NULL};
    const size_t n = cut_suffix(name, strlen(name), compression_suffixes);
    if (cut_suffix(name, n, others) < n) return false;
    return lf_input_stem_length(name) < n;
}

static size_t stem_length(const lf_output_request *req, const char *name) {
    const size_t n = cut_suffix(name, strlen(name), compression_suffixes);
    const size_t cut = lf_plugins_cut_suffix(req->plugins, name, n);
    return cut < n ? cut : lf_input_stem_length(name);
}

static char *join3(const lf_alloc *a, const char *x, size_t nx, const char *y, size_t ny,
                   const char *z) {
    const size_t nz = strlen(z);
    char *s = lf_mem_alloc(a, nx + ny + nz + 1);
    if (s == NULL) return NULL;
    memcpy(s, x, nx);
    memcpy(s + nx, y, ny);
    memcpy(s + nx + ny, z, nz + 1);
    return s;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_stdio(const char *path) {
    return strcmp(path, "-") == 0;
}

/* A pipe or a device is written to, never replaced. */
bool lf_output_is_stream(const char *path) {
    struct stat st;
    return strcmp(path, "-") == 0 ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* "x.parquet.rejects.jsonl": "x.replayed". */
static char *replayed_stem(const lf_output_request *req, const char *base) {
    static const char *const rejects[] = {".rejects.jsonl", NULL};
    const char *const *own = req->encoder->suffixes;
    const size_t n = cut_suffix(base, cut_suffix(base, strlen(base), rejects), own);
    return join3(req->alloc, base, n, ".replayed", 9, "");
}

/* A member of an archive is named as if it lay beside the archive, its folders a part of the name.
 */
static lf_rc name_member(const lf_output_request *req, const char *in, size_t zip_len,
                         const char *folder, char **out, lf_error *err) {
    const char *suffix = req->encoder->suffixes[0] ? req->encoder->suffixes[0] : "";
    const char *slash = memrchr(in, '/', zip_len);
    const size_t dir = folder ? strlen(folder) : slash ? (size_t)(slash + 1 - in) : 0;
    char *name = lf_mem_strdup(req->alloc, in + zip_len + 1);
    if (name == NULL) return lf_fail_nomem(err, strlen(in));
    for (char *p = name; *p; p++)
        if (*p == '/') *p = '_';
    *out = join3(req->alloc, folder ? folder : in, dir, name, stem_length(req, name), suffix);
    lf_mem_strfree(req->alloc, name);
    return *out ? LF_OK : lf_fail_nomem(err, strlen(in));
}

/* `folder` NULL: beside the input. */
static lf_rc name_one(const lf_output_request *req, const char *in, const char *folder, char **out,
                      lf_error *err) {
    const char *suffix = req->encoder->suffixes[0] ? req->encoder->suffixes[0] : "";
    if (is_stdio(in)) {
        if (folder == NULL)
            *out = lf_mem_strdup(req->alloc, "-");
        else
            *out = join3(req->alloc, folder, strlen(folder), "stdin", 5, suffix);
    } else {
        size_t zip_len = 0;
        if (lf_path_archive(in, &zip_len)) return name_member(req, in, zip_len, folder, out, err);
        const char *base = base_name(in);
        const size_t dir = folder ? strlen(folder) : (size_t)(base - in);
        char *stem = req->replay ? replayed_stem(req, base) : NULL;
        if (req->replay && stem == NULL) return lf_fail_nomem(err, strlen(in));
        const size_t n = stem ? strlen(stem) : stem_length(req, base);
        *out = join3(req->alloc, folder ? folder : in, dir, stem ? stem : base, n, suffix);
        if (stem) lf_mem_strfree(req->alloc, stem);
    }
    return *out ? LF_OK : lf_fail_nomem(err, strlen(in));
}

static lf_rc name_rejects(const lf_output_request *req, lf_output *o, lf_error *err) {
    if (!req->keep_rejects) return LF_OK;
    static const char suffix[] = ".rejects.jsonl";
    if (req->rejects) {
        o->rejects = lf_mem_strdup(req->alloc, req->rejects);
    } else if (!lf_output_is_stream(o->path)) {
        o->rejects = join3(req->alloc, o->path, strlen(o->path), "", 0, suffix);
    } else {
        /* Rows must not be lost because the table goes to a pipe: by the input's name. */
        const char *in = is_stdio(req->in[o->first]) ? "stdin" : base_name(req->in[o->first]);
        o->rejects = join3(req->alloc, in, strlen(in), "", 0, suffix);
    }
    return o->rejects ? LF_OK : lf_fail_nomem(err, sizeof suffix);
}

static lf_rc plan_union(lf_outputs *o, const lf_output_request *req, lf_error *err) {
    o->items[0].path = lf_mem_strdup(req->alloc, req->out);
    if (o->items[0].path == NULL) return lf_fail_nomem(err, strlen(req->out));
    o->items[0].count = req->n_in;
    o->n = 1;
    return name_rejects(req, &o->items[0], err);
}

static lf_rc plan_each(lf_outputs *o, const lf_output_request *req, const char *folder,
                       lf_error *err) {
    for (size_t i = 0; i < req->n_in; i++) {
        lf_output *item = &o->items[o->n++];
        item->first = i, item->count = 1;
        const char *below = folder && req->folders ? req->folders[i] : "";
        char *into = NULL; /* folders below the one that was named are mirrored */
        if (*below) {
            into = join3(req->alloc, folder, strlen(folder), below, strlen(below), "");
            if (into == NULL) return lf_fail_nomem(err, strlen(below));
        }
        const lf_rc rc = name_one(req, req->in[i], into ? into : folder, &item->path, err);
        item->mirrored = into != NULL;
        if (into) lf_mem_strfree(req->alloc, into);
        if (rc != LF_OK) return rc;
        LF_TRY(name_rejects(req, item, err));
    }
    return LF_OK;
}

lf_rc lf_outputs_plan(lf_outputs *o, const lf_output_request *req, lf_error *err) {
    *o = (lf_outputs){.alloc = req->alloc};
    o->items = lf_mem_zalloc(req->alloc, req->n_in * sizeof *o->items);
    if (o->items == NULL) return lf_fail_nomem(err, req->n_in * sizeof *o->items);
    o->cap = req->n_in;
    const char *out = req->out;
    lf_rc rc;
    if (out == NULL) {
        rc = plan_each(o, req, NULL, err);
    } else if (out[0] == '\0') {
        rc = lf_fail(err, LF_EUSAGE, "the name of the output is empty");
    } else if (!is_stdio(out) && (out[strlen(out) - 1] == '/' || lf_path_is_dir(out))) {
        const char *slash = out[strlen(out) - 1] == '/' ? "" : "/";
        char *folder = join3(req->alloc, out, strlen(out), "", 0, slash);
        rc = folder ? plan_each(o, req, folder, err) : lf_fail_nomem(err, strlen(out));
        if (rc == LF_OK && !lf_path_is_dir(folder))
            o->folder = folder;
        else
            lf_mem_strfree(req->alloc, folder);
    } else {
        rc = plan_union(o, req, err);
    }
    if (rc == LF_OK && req->rejects && o->n > 1)
        rc = lf_fail(err, LF_EUSAGE, "one file of rejects cannot serve %zu outputs", o->n);
    return rc;
}

static lf_rc check_input(const char *path, lf_error *err) {
    struct stat st;
    if (is_stdio(path)) return LF_OK;
    lf_rc rc = LF_OK;
    size_t zip_len = 0;
    if (lf_path_archive(path, &zip_len)) return LF_OK; /* its directory is looked at when opened */
    if (stat(path, &st) != 0)
        rc = lf_fail_errno(err, LF_EOPEN, errno, path);
    else if (S_ISDIR(st.st_mode))
        rc = lf_fail(err, LF_EIS_DIRECTORY, "%s: is a directory", path);
    else if (access(path, R_OK) != 0)
        rc = lf_fail_errno(err, LF_EOPEN, errno, path);
    if (rc != LF_OK) lf_error_set_file(err, path);
    lf_error_suggest_file(err, path);
    return rc;
}

/* ---- outputs that are inputs, or meet ---- */

typedef struct file_id {
    dev_t dev;
    ino_t ino;
    size_t input;
} file_id;

typedef struct checks {
    const lf_output_request *req;
    file_id *inputs; /* sorted */
    size_t n_inputs;
} checks;

static int by_id(const void *a, const void *b) {
    const file_id *x = a, *y = b;
    if (x->dev != y->dev) return x->dev < y->dev ? -1 : 1;
    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* A member of an archive is the archive. */
static bool id_of(const char *path, file_id *out) {
    size_t zip_len = 0;
    char zip[4096];
    struct stat st;
    if (is_stdio(path)) return false;
    if (lf_path_archive(path, &zip_len) && zip_len < sizeof zip) {
        memcpy(zip, path, zip_len);
        zip[zip_len] = '\0';
        path = zip;
    }
    if (stat(path, &st) != 0) return false;
    *out = (file_id){.dev = st.st_dev, .ino = st.st_ino};
    return true;
}

static void identify(checks *c) {
    for (size_t i = 0; i < c->req->n_in; i++) {
        if (!id_of(c->req->in[i], &c->inputs[c->n_inputs])) continue;
        c->inputs[c->n_inputs++].input = i;
    }
    qsort(c->inputs, c->n_inputs, sizeof *c->inputs, by_id);
}

static lf_rc check_target(const char *path, bool replace, const checks *c, lf_error *err) {
    file_id id;
    if (lf_output_is_stream(path)) return LF_OK;
    const file_id *same = NULL;
    if (c->n_inputs > 0 && id_of(path, &id))
        same = bsearch(&id, c->inputs, c->n_inputs, sizeof id, by_id);
    if (same)
        return lf_fail(err, LF_EOUTPUT_IS_INPUT, "%s is the input %s", path,
                       c->req->in[same->input]);
    if (!replace && lf_path_exists(path))
        return lf_fail(err, LF_EOUTPUT_EXISTS, "%s exists already", path);
    if (lf_path_is_dir(path)) return lf_fail(err, LF_EIS_DIRECTORY, "%s: is a directory", path);
    return LF_OK;
}

static int by_output(const void *a, const void *b) {
    const lf_output *const *x = a, *const *y = b;
    const int c = strcmp((*x)->path, (*y)->path);
    return c ? c : (*x)->first < (*y)->first ? -1 : 1;
}

static lf_rc check_twice(const lf_outputs *o, const lf_output_request *req, lf_error *err) {
    size_t stdins = 0;
    for (size_t i = 0; i < req->n_in; i++)
        stdins += is_stdio(req->in[i]);
    if (stdins > 1) return lf_fail(err, LF_EUSAGE, "standard input can be read only once");
    const size_t bytes = o->n * sizeof(lf_output *);
    const lf_output **sorted = lf_mem_alloc(o->alloc, bytes);
    if (sorted == NULL) return lf_fail_nomem(err, bytes);
    for (size_t i = 0; i < o->n; i++)
        sorted[i] = &o->items[i];
    qsort(sorted, o->n, sizeof *sorted, by_output);
    lf_rc rc = LF_OK;
    for (size_t i = 1; i < o->n && rc == LF_OK; i++)
        if (strcmp(sorted[i - 1]->path, sorted[i]->path) == 0)
            rc = lf_fail(err, LF_EUSAGE, "%s and %s would both become %s",
                         req->in[sorted[i - 1]->first], req->in[sorted[i]->first], sorted[i]->path);
    lf_mem_free(o->alloc, sorted, bytes);
    return rc;
}

static lf_rc check_targets(const lf_outputs *o, const checks *c, lf_error *err) {
    const bool overwrite = c->req->overwrite;
    for (size_t i = 0; i < o->n; i++) {
        const lf_output *item = &o->items[i];
        if (c->req->out == NULL && is_stdio(item->path) && isatty(STDOUT_FILENO))
            return lf_fail(err, LF_EUSAGE,
                           "standard output is a terminal; name an output with -o FILE");
        LF_TRY(check_target(item->path, overwrite, c, err));
        /* What lies there without its output is of an earlier conversion: replaced if need be. */
        const bool replace = overwrite || c->req->rejects == NULL;
        if (item->rejects) LF_TRY(check_target(item->rejects, replace, c, err));
    }
    return LF_OK;
}

static lf_rc check_outputs(const lf_outputs *o, const lf_output_request *req, lf_error *err) {
    checks c = {.req = req};
    c.inputs = lf_mem_alloc(req->alloc, req->n_in * sizeof *c.inputs + 1);
    if (c.inputs == NULL) return lf_fail_nomem(err, req->n_in * sizeof *c.inputs);
    identify(&c);
    const lf_rc rc = check_targets(o, &c, err);
    lf_mem_free(req->alloc, c.inputs, req->n_in * sizeof *c.inputs + 1);
    return rc;
}

lf_rc lf_outputs_check(const lf_outputs *o, const lf_output_request *req, lf_error *err) {
    for (size_t i = 0; i < req->n_in; i++)
        LF_TRY(check_input(req->in[i], err));
    LF_TRY(check_twice(o, req, err));
    return check_outputs(o, req, err);
}

/* "d/x.parquet": "d/x.2.parquet". */
static char *numbered(const lf_alloc *a, const char *path, uint32_t k) {
    const char *base = base_name(path), *dot = strrchr(base, '.');
    const size_t n = dot != NULL && dot > base ? (size_t)(dot - path) : strlen(path);
    char number[16];
    const int m = snprintf(number, sizeof number, ".%u", k);
    return join3(a, path, n, number, (size_t)m, path + n);
}

lf_rc lf_output_of_table(const lf_output_request *req, const lf_output *first, uint32_t k,
                         lf_output *out, lf_error *err) {
    *out = (lf_output){.first = first->first, .count = first->count};
    out->path = numbered(req->alloc, first->path, k);
    if (out->path == NULL) return lf_fail_nomem(err, strlen(first->path));
    if (req->rejects == NULL) {
        LF_TRY(name_rejects(req, out, err));
    } else if (first->rejects != NULL) {
        out->rejects = numbered(req->alloc, first->rejects, k);
        if (out->rejects == NULL) return lf_fail_nomem(err, strlen(first->rejects));
    }
    const lf_outputs one = {.items = out, .n = 1, .alloc = req->alloc};
    return check_outputs(&one, req, err);
}

void lf_output_reset(lf_output *o, const lf_alloc *a) {
    if (o->path) lf_mem_strfree(a, o->path);
    if (o->rejects) lf_mem_strfree(a, o->rejects);
    *o = (lf_output){0};
}

void lf_outputs_reset(lf_outputs *o) {
    if (o->alloc == NULL) return;
    for (size_t i = 0; i < o->n; i++) {
        if (o->items[i].path) lf_mem_strfree(o->alloc, o->items[i].path);
        if (o->items[i].rejects) lf_mem_strfree(o->alloc, o->items[i].rejects);
    }
    if (o->folder) lf_mem_strfree(o->alloc, o->folder);
    lf_mem_free(o->alloc, o->items, o->cap * sizeof *o->items);
    *o = (lf_outputs){0};
}
