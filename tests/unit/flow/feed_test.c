/* Feeds: the same text, whoever reads it and however the stream is cut. */
#include "core/limits.h"
#include "flow/feed.h"
#include "io/io.h"
#include "lf_test.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct text_source {
    lf_source base;
    const uint8_t *data;
    size_t len, at, step; /* step: most bytes a read gives */
    size_t fail_at;       /* read fails once `at` reaches this */
} text_source;

static lf_rc text_read(lf_source *s, void *dst, size_t n, size_t *got, lf_error *err) {
    text_source *t = (text_source *)s;
    if (t->at >= t->fail_at) return lf_fail(err, LF_EREAD, "the device failed");
    n = n < t->step ? n : t->step;
    n = n < t->len - t->at ? n : t->len - t->at;
    memcpy(dst, t->data + t->at, n);
    t->at += n;
    *got = n;
    return LF_OK;
}

static lf_rc text_read_at(lf_source *s, uint64_t off, void *dst, size_t n, size_t *got,
                          lf_error *err) {
    (void)err;
    text_source *t = (text_source *)s;
    n = n < t->step ? n : t->step;
    n = off >= t->len ? 0 : n < t->len - off ? n : t->len - off;
    memcpy(dst, t->data + off, n);
    *got = n;
    return LF_OK;
}

static const lf_source_type stream_type = {"stream", NULL, text_read, NULL};
static const lf_source_type file_type = {"file", text_read_at, text_read, NULL};

#define TEXT_BYTES  (3 * 1024 * 1024 + 12345u)
#define BLOCK_BYTES (1024 * 1024u)
static uint8_t text[TEXT_BYTES];
static bool stopped;

static text_source make(bool stream, size_t step) {
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (uint8_t)(i * 2654435761u >> 13);
    text_source t = {.data = text, .len = TEXT_BYTES, .step = step, .fail_at = SIZE_MAX};
    t.base.type = stream ? &stream_type : &file_type;
    t.base.size_bytes = stream ? LF_SIZE_UNKNOWN : TEXT_BYTES;
    return t;
}

static lf_rc open_temp(void *ctx, lf_sink **out, lf_error *err) {
    (void)ctx;
    return lf_sink_open_temp(NULL, lf_alloc_default(), out, err);
}

/* One block read to its end and a little beyond, checked against the text. */
static bool read_block(lf_feed *f, uint64_t k, size_t extra) {
    uint8_t buf[70000];
    uint64_t at = k * BLOCK_BYTES, end = at + BLOCK_BYTES + extra;
    while (at < end) {
        size_t got = 0;
        if (lf_feed_read(f, k, at, buf, sizeof buf, NULL, &got, NULL) != LF_OK) return false;
        if (got == 0) return at == TEXT_BYTES;
        if (memcmp(buf, text + at, got) != 0) return false;
        at += got;
    }
    return true;
}

static void reads_blocks_in_order_from(bool stream, size_t step) {
    text_source t = make(stream, step);
    lf_feed *f = NULL;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 300000, NULL, &stopped, &f, NULL) ==
             LF_OK);
    bool whole = true;
    LF_CHECK(lf_feed_head(f, &whole).len == 300000 && !whole);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 0, open_temp, NULL, NULL) == LF_OK);
    for (uint64_t k = 0;; k++) {
        bool exists = false;
        LF_CHECK(lf_feed_block_exists(f, k, &exists, NULL) == LF_OK);
        LF_CHECK(exists == (k * BLOCK_BYTES < TEXT_BYTES));
        if (!exists) break;
        lf_feed_proven(f, k);
        LF_CHECK(read_block(f, k, 1000));
    }
    lf_feed_destroy(f);
}

static void one_worker_reads_all(void) {
    reads_blocks_in_order_from(false, SIZE_MAX);
    reads_blocks_in_order_from(true, SIZE_MAX);
    reads_blocks_in_order_from(true, 7919);
    reads_blocks_in_order_from(false, 4097);
}

static void a_block_can_be_read_twice_before_its_proof(void) {
    text_source t = make(true, SIZE_MAX);
    lf_feed *f = NULL;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 1000, NULL, &stopped, &f, NULL) == LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 4 * BLOCK_BYTES, open_temp, NULL, NULL) == LF_OK);
    uint8_t last = 0, two[2];
    size_t got = 0;
    LF_CHECK(read_block(f, 1, 0)); /* a guess, while block 0 is still to be read */
    lf_feed_rewind(f, 1);
    LF_CHECK(read_block(f, 0, 0));
    lf_feed_proven(f, 1);
    LF_CHECK(lf_feed_peek(f, BLOCK_BYTES - 1, &last, 1, &got, NULL) == LF_OK && got == 1);
    LF_CHECK_EQ_I64(last, text[BLOCK_BYTES - 1]);
    LF_CHECK(lf_feed_peek(f, BLOCK_BYTES, two, 2, &got, NULL) == LF_OK);
    LF_CHECK(read_block(f, 1, 0));
    lf_feed_destroy(f);
}

typedef struct reader {
    lf_feed *feed;
    uint64_t k;
    bool good;
} reader;

static void *read_thread(void *arg) {
    reader *r = arg;
    bool exists = false;
    r->good = lf_feed_block_exists(r->feed, r->k, &exists, NULL) == LF_OK && exists &&
              read_block(r->feed, r->k, 50);
    return NULL;
}

static void two_workers_share_a_small_pool(void) {
    text_source t = make(true, 100000);
    lf_feed *f = NULL;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 500000, NULL, &stopped, &f, NULL) ==
             LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 0, open_temp, NULL, NULL) ==
             LF_OK); /* the smallest pool */
    for (uint64_t k = 0; k < 3; k += 2) {
        reader a = {f, k, false}, b = {f, k + 1, false};
        pthread_t ta, tb;
        pthread_create(&ta, NULL, read_thread, &a);
        pthread_create(&tb, NULL, read_thread, &b);
        pthread_join(ta, NULL);
        lf_feed_proven(f, k + 1); /* as the commit of block k does */
        pthread_join(tb, NULL);
        lf_feed_proven(f, k + 2);
        LF_CHECK(a.good);
        LF_CHECK(b.good);
    }
    lf_feed_destroy(f);
}

static void the_proven_block_reads_far_beyond_a_small_pool(void) {
    text_source t = make(true, 100000);
    lf_feed *f = NULL;
    uint8_t last = 0;
    size_t got = 0;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 500000, NULL, &stopped, &f, NULL) ==
             LF_OK);
    LF_CHECK(lf_feed_start(f, 128 * 1024, 0, open_temp, NULL, NULL) == LF_OK);
    /* Block 0 has a record that goes on to the end; the blocks behind may still be wanted. */
    LF_CHECK(read_block(f, 0, TEXT_BYTES));
    LF_CHECK(read_block(f, 1, 0));
    LF_CHECK(lf_feed_peek(f, 128 * 1024 - 1, &last, 1, &got, NULL) == LF_OK && got == 1);
    LF_CHECK_EQ_I64(last, text[128 * 1024 - 1]);
    lf_feed_proven(f, 1);
    LF_CHECK(read_block(f, 1, TEXT_BYTES));
    lf_feed_destroy(f);
}

static void held_text_can_be_read_again(void) {
    text_source t = make(true, 100000);
    lf_feed *f = NULL;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 1000, NULL, &stopped, &f, NULL) == LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 0, open_temp, NULL, NULL) == LF_OK);
    uint8_t buf[70000];
    size_t got = 0, at = 0;
    for (; at < 600000; at += got)
        LF_CHECK(lf_feed_read(f, 0, at, buf, sizeof buf, NULL, &got, NULL) == LF_OK);
    LF_CHECK(lf_feed_hold(f, 500001, text + 500001, at - 500001, NULL) == LF_OK);
    for (; at < TEXT_BYTES; at += got)
        LF_CHECK(lf_feed_read(f, 0, at, buf, sizeof buf, NULL, &got, NULL) == LF_OK && got > 0);
    for (at = 500001; at < TEXT_BYTES; at += got) {
        LF_CHECK(lf_feed_read(f, 0, at, buf, sizeof buf, NULL, &got, NULL) == LF_OK);
        if (!LF_CHECK(got > 0 && memcmp(buf, text + at, got) == 0)) break;
    }
    lf_feed_release(f);
    lf_feed_proven(f, 1);
    LF_CHECK(read_block(f, 1, 0));
    lf_feed_destroy(f);
}

static void a_failing_device_ends_every_wait(void) {
    text_source t = make(true, 100000);
    t.fail_at = 2 * BLOCK_BYTES;
    lf_feed *f = NULL;
    lf_error err = {0};
    bool exists;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 1000, NULL, &stopped, &f, NULL) == LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 4 * BLOCK_BYTES, open_temp, NULL, NULL) == LF_OK);
    LF_CHECK(lf_feed_block_exists(f, 3, &exists, &err) == LF_EREAD);
    LF_CHECK_STR(err.message, "the device failed");
    lf_feed_destroy(f);
}

static void cancelling_ends_every_wait(void) {
    text_source t = make(true, 100000);
    int cancel = 1;
    lf_feed *f = NULL;
    bool exists;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 1000, &cancel, &stopped, &f, NULL) ==
             LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 0, open_temp, NULL, NULL) == LF_OK);
    LF_CHECK(lf_feed_block_exists(f, 3, &exists, NULL) == LF_ECANCELLED);
    lf_feed_destroy(f);
}

static void a_file_that_shrank_is_an_error(void) {
    text_source t = make(false, SIZE_MAX);
    lf_feed *f = NULL;
    uint8_t buf[100];
    size_t got;
    LF_CHECK(lf_feed_create(&t.base, lf_alloc_default(), 1000, NULL, &stopped, &f, NULL) == LF_OK);
    LF_CHECK(lf_feed_start(f, BLOCK_BYTES, 0, open_temp, NULL, NULL) == LF_OK);
    t.len = 2000;
    LF_CHECK(lf_feed_read(f, 0, 1990, buf, sizeof buf, NULL, &got, NULL) == LF_ECHANGED);
    lf_feed_destroy(f);
}

int main(void) {
    LF_RUN(one_worker_reads_all);
    LF_RUN(a_block_can_be_read_twice_before_its_proof);
    LF_RUN(two_workers_share_a_small_pool);
    LF_RUN(the_proven_block_reads_far_beyond_a_small_pool);
    LF_RUN(held_text_can_be_read_again);
    LF_RUN(a_failing_device_ends_every_wait);
    LF_RUN(cancelling_ends_every_wait);
    LF_RUN(a_file_that_shrank_is_an_error);
    LF_TEST_MAIN_END;
}
