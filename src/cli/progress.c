/* A bar appears only after a moment, so that short runs print nothing but their report; the rate is
 * smoothed over a few seconds, so that the time left does not jump. */
#include "cli/progress.h"
#include <string.h>

#define BAR_AFTER_S   0.4
#define BAR_EVERY_S   0.1
#define PLAIN_AFTER_S 2.0
#define PLAIN_EVERY_S 5.0
#define JSON_EVERY_S  0.5

lf_progress_mode lf_cli_progress_mode(const char *word, bool quiet, const lf_terminal *t) {
    if (quiet) return LF_PROGRESS_NONE;
    if (word == NULL || strcmp(word, "auto") == 0)
        return t->is_tty ? LF_PROGRESS_BAR : LF_PROGRESS_PLAIN;
    if (strcmp(word, "bar") == 0) return LF_PROGRESS_BAR;
    if (strcmp(word, "plain") == 0) return LF_PROGRESS_PLAIN;
    return strcmp(word, "json") == 0 ? LF_PROGRESS_JSON : LF_PROGRESS_NONE;
}

void lf_cli_progress_begin(lf_progress_view *v, lf_progress_mode mode, const char *name) {
    *v = (lf_progress_view){
        .mode = mode, .term = lf_terminal_of(stderr), .name = name, .busy = ATOMIC_FLAG_INIT};
    const char *slash = strrchr(name, '/');
    if (slash && slash[1]) v->name = slash + 1;
    if (strcmp(name, "-") == 0) v->name = "standard input";
}

static void update_rate(lf_progress_view *v, const lf_progress *p) {
    const double dt = p->elapsed_s - v->rate_s;
    if (dt < 0.05) return;
    const double now = (double)(p->bytes_read - v->rate_bytes) / dt;
    const double weight = v->rate == 0 ? 1 : dt / (dt + 2.0);
    v->rate += (now - v->rate) * weight;
    v->rate_s = p->elapsed_s;
    v->rate_bytes = p->bytes_read;
}

static double share_of(const lf_progress *p) {
    if (p->bytes_total == 0) return 0;
    const double s = (double)p->bytes_read / (double)p->bytes_total;
    return s > 1 ? 1 : s;
}

/* Below 0: not known. */
static double seconds_left(const lf_progress_view *v, const lf_progress *p) {
    if (p->bytes_total == 0 || v->rate <= 0) return -1;
    const uint64_t rest = p->bytes_total > p->bytes_read ? p->bytes_total - p->bytes_read : 0;
    return (double)rest / v->rate;
}

static void print_clock(double s, char *buf, size_t cap) {
    const unsigned long n = (unsigned long)(s + 0.999);
    if (n >= 3600)
        snprintf(buf, cap, "%lu:%02lu:%02lu", n / 3600, n / 60 % 60, n % 60);
    else
        snprintf(buf, cap, "%lu:%02lu", n / 60, n % 60);
}

static void draw_cells(const lf_progress_view *v, double share, unsigned width) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const unsigned fine = (unsigned)(share * width * 8);
    const unsigned full = fine / 8, rest = fine % 8;
    if (v->term.color) fputs("\033[36m", stderr);
    for (unsigned i = 0; i < full; i++)
        fputs(v->term.unicode ? "█" : "#", stderr);
    unsigned drawn = full;
    if (v->term.unicode && rest) fputs(eighths[rest], stderr), drawn++;
    if (v->term.color) fputs("\033[0;2m", stderr);
    for (; drawn < width; drawn++)
        fputs(v->term.unicode ? "░" : ".", stderr);
    if (v->term.color) fputs("\033[0m", stderr);
}

static void draw_bar(lf_progress_view *v, const lf_progress *p) {
    char tail[128], rate[32], done[32], clock[32] = "";
    const double left = seconds_left(v, p);
    lf_print_bytes((uint64_t)v->rate, rate, sizeof rate);
    lf_print_bytes(p->bytes_read, done, sizeof done);
    if (left >= 0) print_clock(left, clock, sizeof clock);
    if (p->bytes_total)
        snprintf(tail, sizeof tail, " %3.0f %%  %s/s  %s left", share_of(p) * 100, rate, clock);
    else
        snprintf(tail, sizeof tail, " %s  %s/s", done, rate);
    const unsigned width = v->term.width > 200 ? 200 : v->term.width;
    unsigned name = (unsigned)lf_text_width(v->name, strlen(v->name));
    fputs("\r", stderr);
    if (name + 2 + strlen(tail) + 8 < width) {
        lf_put_text(stderr, v->name, strlen(v->name));
        fputs("  ", stderr);
        name += 2;
    } else {
        name = 0;
    }
    const unsigned used = name + (unsigned)strlen(tail) + 1;
    if (p->bytes_total && used + 4 < width) {
        unsigned cells = width - used;
        draw_cells(v, share_of(p), cells > 40 ? 40 : cells);
    }
    fprintf(stderr, "%s\033[K", tail);
    (void)fflush(stderr);
    v->shown = true;
}

static void print_plain(const lf_progress_view *v, const lf_progress *p) {
    char done[32], total[32], rate[32], rows[32], clock[32];
    const double left = seconds_left(v, p);
    lf_print_bytes(p->bytes_read, done, sizeof done);
    lf_print_bytes((uint64_t)v->rate, rate, sizeof rate);
    lf_print_count(p->rows, rows, sizeof rows);
    lf_put_text(stderr, v->name, strlen(v->name));
    if (p->bytes_total && left >= 0) {
        print_clock(left, clock, sizeof clock);
        lf_print_bytes(p->bytes_total, total, sizeof total);
        fprintf(stderr, ": %.0f %% (%s of %s), %s rows, %s/s, %s left\n", share_of(p) * 100, done,
                total, rows, rate, clock);
    } else {
        fprintf(stderr, ": %s, %s rows, %s/s\n", done, rows, rate);
    }
}

static void print_json(const lf_progress_view *v, const lf_progress *p) {
    const double left = seconds_left(v, p);
    fprintf(stderr,
            "{\"event\":\"progress\",\"bytes_read\":%llu,\"bytes_total\":%llu,\"rows\":%llu,"
            "\"bytes_written\":%llu,\"elapsed_s\":%.3f,\"bytes_per_s\":%.0f,\"eta_s\":",
            (unsigned long long)p->bytes_read, (unsigned long long)p->bytes_total,
            (unsigned long long)p->rows, (unsigned long long)p->bytes_written, p->elapsed_s,
            v->rate);
    if (left >= 0)
        fprintf(stderr, "%.1f}\n", left);
    else
        fputs("null}\n", stderr);
}

static bool due(lf_progress_view *v, double now, double first, double every) {
    if (now < first || (v->last_s > 0 && now - v->last_s < every)) return false;
    v->last_s = now;
    return true;
}

void lf_cli_progress_tick(void *view, const lf_progress *p) {
    lf_progress_view *v = view;
    if (v->mode == LF_PROGRESS_NONE || atomic_flag_test_and_set(&v->busy)) return;
    update_rate(v, p);
    if (v->mode == LF_PROGRESS_BAR && due(v, p->elapsed_s, BAR_AFTER_S, BAR_EVERY_S))
        draw_bar(v, p);
    if (v->mode == LF_PROGRESS_PLAIN && due(v, p->elapsed_s, PLAIN_AFTER_S, PLAIN_EVERY_S))
        print_plain(v, p);
    if (v->mode == LF_PROGRESS_JSON && due(v, p->elapsed_s, JSON_EVERY_S, JSON_EVERY_S))
        print_json(v, p);
    atomic_flag_clear(&v->busy);
}

void lf_cli_progress_end(lf_progress_view *v) {
    if (v->shown) fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    v->shown = false;
}
