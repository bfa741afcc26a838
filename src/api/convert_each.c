/* lf_convert_each: many conversions, those of small texts side by side.
 *
 * A text of less than a row group is work for one thread. Such inputs that follow each other are a
 * run: as many threads as memory and options allow take one each, and what has ended is handed to
 * the caller in the order of the inputs, at most WINDOW ahead of it. All else (large files, formats
 * that are not text, compressed ones, pipes) is converted alone, by all threads.
 *
 * Two things can fail because of the neighbours: a share of the memory limit may be too small for
 * an odd file, and a folder that one has made and removed again may have been another's. Both are
 * tried once more, alone. */
#include "api/convert_shared.h"
#include "api/settings.h"
#include "core/limits.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW      64u
#define SHARE_BYTES (32 * LF_MIB) /* what a conversion by one thread takes, at the most */
#define HEAD_BYTES  512u

typedef struct slot {
    bool ended;
    lf_rc rc;
    lf_report report;
    lf_error err;
} slot;

typedef struct each {
    const lf_input_list *list;
    const char *out;      /* a folder; NULL: beside each */
    lf_convert_opts opts; /* `progress` left out */
    const lf_convert_opts *given;
    const lf_convert_hooks *hooks;
    uint32_t at_once;     /* conversions of small texts */
    uint64_t small_bytes; /* of such a text, at the most */
    lf_rc first;          /* that failed */

    pthread_mutex_t lock;
    pthread_cond_t ended; /* a slot */
    pthread_cond_t room;  /* to take the next */
    /* Under the lock. */
    size_t next, until, told; /* of the inputs: the next to take, the end of the run, told of */
    uint32_t busy;
    bool pause;
    slot slots[WINDOW];
} each;

static int cancelled_by(const each *e) {
    return e->opts.cancel != NULL ? __atomic_load_n(e->opts.cancel, __ATOMIC_RELAXED) : 0;
}

static bool is_cancelled(const each *e) {
    return cancelled_by(e) != 0;
}

/* Text begins with characters and blanks alone; formats of bytes and compressed files do not. */
static bool begins_as_text(const char *path) {
    uint8_t head[HEAD_BYTES];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    const ssize_t n = read(fd, head, sizeof head);
    close(fd);
    for (ssize_t i = 0; i < n; i++)
        if (head[i] < 0x20 && (head[i] == 0 || memchr("\t\n\r\f", head[i], 4) == NULL))
            return false;
    return n > 0;
}

static bool is_small_text(const each *e, size_t i) {
    struct stat st;
    const char *path = e->list->paths[i];
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= e->small_bytes &&
           begins_as_text(path);
}

static void convert(const each *e, size_t i, const lf_convert_opts *opts, uint32_t shares,
                    slot *s) {
    const char *in = e->list->paths[i], *below = e->list->folders[i], *to = e->out;
    char into[PATH_MAX];
    if (to != NULL && *below != '\0') {
        const bool slash = *to != '\0' && to[strlen(to) - 1] == '/';
        (void)snprintf(into, sizeof into, "%s%s%s", to, slash ? "" : "/", below);
        to = into;
    }
    *s = (slot){.rc = LF_OK};
    s->rc = lf_convert_shared(&in, 1, to, opts, shares, &s->report, &s->err);
}

static void deliver(each *e, size_t i, slot *s) {
    if (e->hooks->done != NULL) e->hooks->done(e->hooks->ctx, i, s->rc, &s->report, &s->err);
    if (e->first == LF_OK) e->first = s->rc;
    lf_report_reset(&s->report);
}

static void convert_alone(each *e, size_t i) {
    slot s;
    if (e->hooks->begin != NULL) e->hooks->begin(e->hooks->ctx, i);
    convert(e, i, e->given, 1, &s);
    deliver(e, i, &s);
    e->told = i + 1;
}

static void *work(void *arg) {
    each *e = arg;
    pthread_mutex_lock(&e->lock);
    while (e->next < e->until && !is_cancelled(e)) {
        if (e->pause || e->next >= e->told + WINDOW) {
            pthread_cond_wait(&e->room, &e->lock);
            continue;
        }
        const size_t i = e->next++;
        e->busy++;
        pthread_mutex_unlock(&e->lock);
        slot done;
        convert(e, i, &e->opts, e->at_once, &done);
        done.ended = true;
        pthread_mutex_lock(&e->lock);
        e->busy--;
        e->slots[i % WINDOW] = done;
        pthread_cond_signal(&e->ended);
    }
    pthread_cond_signal(&e->ended); /* cancelled, maybe */
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

static bool may_be_the_neighbours(lf_rc rc) {
    const int status = rc == LF_OK ? 0 : lf_rc_exit_status(rc);
    return status == 3 || status == 4 || status == 5;
}

/* With the lock held: what did not succeed among others is tried without them. */
static void again_alone(each *e, size_t i, slot *s) {
    e->pause = true;
    while (e->busy > 0)
        pthread_cond_wait(&e->ended, &e->lock);
    pthread_mutex_unlock(&e->lock);
    lf_report_reset(&s->report);
    convert(e, i, &e->opts, 1, s);
    pthread_mutex_lock(&e->lock);
    e->pause = false;
}

/* Tells of [e->told, until) as they end; a cancelled run ends with what had begun. */
static void tell(each *e) {
    pthread_mutex_lock(&e->lock);
    while (e->told < e->until) {
        const size_t i = e->told;
        slot *s = &e->slots[i % WINDOW];
        while (!s->ended && !(is_cancelled(e) && e->busy == 0 && i >= e->next))
            pthread_cond_wait(&e->ended, &e->lock);
        if (!s->ended) break;
        if (may_be_the_neighbours(s->rc) && !is_cancelled(e)) again_alone(e, i, s);
        pthread_mutex_unlock(&e->lock);
        deliver(e, i, s);
        pthread_mutex_lock(&e->lock);
        *s = (slot){.ended = false};
        e->told = i + 1;
        pthread_cond_broadcast(&e->room);
    }
    pthread_mutex_unlock(&e->lock);
}

/* Inputs [first, until), side by side. */
static void convert_run(each *e, size_t first, size_t until) {
    pthread_t threads[LF_THREADS_MAX];
    uint32_t n = 0;
    e->next = first;
    e->until = until;
    while (n < e->at_once && n < until - first && pthread_create(&threads[n], NULL, work, e) == 0)
        n++;
    if (n > 0)
        tell(e);
    else
        while (e->told < until && !is_cancelled(e))
            convert_alone(e, e->told);
    pthread_mutex_lock(&e->lock);
    e->until = e->next; /* the last ones wait for room that will not come */
    pthread_cond_broadcast(&e->room);
    pthread_mutex_unlock(&e->lock);
    while (n > 0)
        pthread_join(threads[--n], NULL);
}

static void convert_in_order(each *e) {
    for (size_t i = 0; i < e->list->n && !is_cancelled(e);) {
        size_t until = i;
        while (until < e->list->n && e->at_once > 1 && is_small_text(e, until))
            until++;
        if (until - i > 1) {
            convert_run(e, i, until);
            i = until;
        } else {
            convert_alone(e, i++);
        }
    }
}

/* How many at once, and of what size. */
static lf_rc plan(each *e, lf_error *err) {
    lf_settings set = {0};
    e->at_once = 1;
    if (e->list->n < 2) return LF_OK; /* it judges its options itself, --replay's among them */
    lf_rc rc = lf_settings_load(&set, &e->opts, err);
    const uint64_t limit =
        set.flow.memory_limit_bytes != 0 ? set.flow.memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES;
    const uint64_t fit = limit / SHARE_BYTES;
    e->at_once = set.flow.threads < fit ? set.flow.threads : (uint32_t)fit;
    if (e->at_once > LF_THREADS_MAX) e->at_once = LF_THREADS_MAX;
    e->small_bytes = limit / 2; /* beyond, there are two row groups */
    lf_settings_reset(&set);
    return rc;
}

lf_rc lf_convert_each(const lf_input_list *list, const char *out, const lf_convert_opts *opts,
                      const lf_convert_hooks *hooks, lf_error *err) {
    static const lf_convert_hooks none = {0};
    lf_convert_opts copy;
    LF_TRY(lf_convert_opts_copy(&copy, opts, err));
    const lf_alloc *a = copy.alloc != NULL ? copy.alloc : lf_alloc_default();
    each *e = lf_mem_zalloc(a, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->list = list;
    e->out = out;
    e->opts = copy;
    e->opts.progress = NULL;
    e->given = opts;
    e->hooks = hooks != NULL ? hooks : &none;
    lf_rc rc = plan(e, err);
    if (rc == LF_OK) {
        pthread_mutex_init(&e->lock, NULL);
        pthread_cond_init(&e->ended, NULL);
        pthread_cond_init(&e->room, NULL);
        convert_in_order(e);
        rc = e->first;
        if (rc == LF_OK && e->told < list->n)
            rc = lf_fail(err, cancelled_by(e) == LF_EDEADLINE ? LF_EDEADLINE : LF_ECANCELLED,
                         "%zu of %zu inputs were not begun", list->n - e->told, list->n);
        pthread_cond_destroy(&e->room);
        pthread_cond_destroy(&e->ended);
        pthread_mutex_destroy(&e->lock);
    }
    lf_mem_free(a, e, sizeof *e);
    return rc;
}
