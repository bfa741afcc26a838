/* allocator INPUT OUTPUT.parquet [LIMIT] - an allocator of the program's own: it counts what the
 * library takes, refuses what would pass LIMIT bytes, and finds that all of it came back.
 *
 * Sizes are handed back on realloc and free, so that no headers are needed. The functions are
 * called from several threads at once.
 *
 *     cc allocator.c $(pkg-config --cflags --libs logflow) -o allocator
 *     ./allocator sales.csv sales.parquet 50000000 */
#include <logflow/logflow.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct counting {
    atomic_size_t used, peak;
    size_t limit; /* 0: none */
} counting;

static int take(counting *c, size_t n) {
    size_t used = atomic_fetch_add(&c->used, n) + n;
    if (c->limit != 0 && used > c->limit) {
        atomic_fetch_sub(&c->used, n);
        return 0;
    }
    size_t peak = atomic_load(&c->peak);
    while (used > peak && !atomic_compare_exchange_weak(&c->peak, &peak, used)) {
    }
    return 1;
}

static void *count_alloc(void *ctx, size_t size) {
    counting *c = ctx;
    if (!take(c, size)) return NULL;
    void *p = malloc(size ? size : 1);
    if (p == NULL) atomic_fetch_sub(&c->used, size);
    return p;
}

static void *count_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    counting *c = ctx;
    if (new_size > old_size && !take(c, new_size - old_size)) return NULL;
    void *q = realloc(p, new_size ? new_size : 1);
    if (q == NULL && new_size > old_size) atomic_fetch_sub(&c->used, new_size - old_size);
    if (q != NULL && new_size < old_size) atomic_fetch_sub(&c->used, old_size - new_size);
    return q;
}

static void count_free(void *ctx, void *p, size_t size) {
    counting *c = ctx;
    if (p == NULL) return;
    free(p);
    atomic_fetch_sub(&c->used, size);
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: allocator INPUT OUTPUT.parquet [LIMIT]\n");
        return 2;
    }
    counting count = {.limit = argc == 4 ? strtoull(argv[3], NULL, 10) : 0};
    const lf_alloc alloc = {count_alloc, count_realloc, count_free, &count};
    const char *inputs[] = {argv[1]};
    const lf_convert_opts opts = {.struct_size = sizeof opts, .overwrite = true, .alloc = &alloc};
    lf_report report = {0};
    lf_error err = {0};
    lf_rc rc = lf_convert(inputs, 1, argv[2], &opts, &report, &err);
    if (rc != LF_OK)
        fprintf(stderr, "%s: %s\n", lf_rc_name(rc), err.message);
    else
        printf("%llu rows\n", (unsigned long long)report.rows_out);
    lf_report_reset(&report); /* its strings are not the allocator's */
    size_t left = atomic_load(&count.used);
    printf("%zu bytes were never given back\n", left);
    fprintf(stderr, "at most %zu bytes at once\n", atomic_load(&count.peak));
    return left ? 1 : lf_rc_exit_status(rc);
}
