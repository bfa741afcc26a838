/* io/source_frames.c - the text of a compressed file that is made of independent pieces: BGZF, and
 * zstd in frames of known size. It can be read in many places at once.
 *
 *     file   | piece | piece | piece | piece | ...      an entry of the index where text has grown
 *     index  ^ (file, text, pieces before)   ^          by `spacing`; headers lie between
 *     readers        ^ at ............> each runs on in order, over as many pieces as it is asked
 *
 * The index grows as text is asked for, so that its headers are read shortly before the pieces
 * themselves; where it is full, every second entry goes and the spacing doubles. A zstd file is
 * gone over at opening, since frames of unknown size may follow those of known size; BGZF has an
 * end of its own, and is taken for whole when that stands there.
 *
 * A reader decompresses in order from the start of a piece, as the whole file would be, with the
 * same checks and messages. It is always one byte ahead of what it gave, and where that is the
 * first byte of a piece, the one before must have ended: so each piece is checked by whoever takes
 * its last byte. Whoever asks for text gets the reader that stands there; else a new one, or the
 * one that was idle for longest.
 *
 * What is no piece in a BGZF file (other members, padding, damage) is the tail. Readers that run
 * into it go on; whoever begins there reads from a temporary file that holds its text. */
#include "codec/frames.h"
#include "core/limits.h"
#include "io/io_stream.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define ENTRIES_MAX     (64u * 1024)
#define SPACING_MIN     LF_MIB
#define HEADERS_AT_OPEN (64u * 1024) /* of a zstd file; with more it is read in order */
#define PIECES_AT_OPEN  64u          /* of a BGZF file; few: its size is known then */
#define KEEP_BYTES      (64u * 1024) /* of a short read, to be read once more */
#define SKIP_BYTES      (16u * 1024)
#define READER_BYTES    (2 * LF_READ_BYTES + KEEP_BYTES + SKIP_BYTES) /* beside the window */

typedef struct place {
    uint64_t stored, text, pieces;
} place;

typedef struct part_source {
    lf_source base;
    lf_source *file;
    LF_ATOMIC(uint64_t) * stored_read; /* of all parts */
    const lf_alloc *alloc;
    const int *cancel; /* a tail may be long */
    uint64_t at;
} part_source;

typedef struct reader {
    struct reader *next;
    bool busy, ended;
    uint64_t used; /* when; for the choice of the idlest */
    lf_source *text;
    uint64_t at;            /* of the byte ahead, or the end */
    lf_frame_cursor pieces; /* behind the piece of the byte before */
    uint64_t pieces_text;   /* what the headers say that it has before that */
    uint8_t ahead;
    size_t kept_len; /* text right before `at` */
    uint8_t kept[KEEP_BYTES];
    uint8_t skipped[SKIP_BYTES];
} reader;

typedef struct frames_source {
    lf_source base;
    const lf_alloc *alloc;
    pthread_mutex_t mu;
    lf_frame_cursor cursor;
    uint64_t text_end; /* of the text before the cursor */
    bool complete;     /* no piece is at the cursor */
    place *entries;
    size_t n_entries, entries_cap;
    uint64_t spacing;
    lf_source *tail; /* NULL: not asked for yet */
    reader *readers;
    uint32_t n_readers;
    uint64_t clock;
    lf_source *in_order;
    uint64_t at; /* of read() */
} frames_source;

/* -- a part of the file ------------------------------------------------------------------- */

static lf_rc part_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    part_source *p = (part_source *)s;
    if (p->cancel != NULL && __atomic_load_n(p->cancel, __ATOMIC_RELAXED) != 0)
        return lf_fail(err, LF_ECANCELLED, "interrupted");
    LF_TRY(p->file->type->read_at(p->file, p->at, dst, n, got_out, err));
    p->at += *got_out;
    atomic_fetch_add_explicit(p->stored_read, *got_out, memory_order_relaxed);
    return LF_OK;
}

static void part_close(lf_source *s) {
    part_source *p = (part_source *)s;
    lf_mem_free(p->alloc, p, sizeof *p);
}

static const lf_source_type part_type = {.name = "part", .read = part_read, .close = part_close};

/* The text from `from` on, in order. */
static lf_rc open_text(frames_source *f, place from, lf_source **out, lf_error *err) {
    part_source *p = lf_mem_zalloc(f->alloc, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    *p = (part_source){.file = f->base.under,
                       .stored_read = &f->base.stored_read,
                       .alloc = f->alloc,
                       .cancel = f->base.cancel,
                       .at = from.stored};
    p->base = (lf_source){.type = &part_type, .path = f->base.path};
    p->base.size_bytes = LF_SIZE_UNKNOWN;
    p->base.stored_bytes = f->base.stored_bytes;
    const lf_inflate_place at = {from.stored, from.text, from.pieces};
    LF_TRY(lf_source_inflate_at(&p->base, f->base.compression, at, f->alloc, out, err));
    (*out)->cancel = f->base.cancel;
    (*out)->memory_max = f->base.memory_max;
    (*out)->keep_readable = f->base.keep_readable;
    return LF_OK;
}

/* -- the index ---------------------------------------------------------------------------- */

static lf_rc add_entry(frames_source *f, place p, lf_error *err) {
    if (f->n_entries == f->entries_cap && f->entries_cap < ENTRIES_MAX) {
        const size_t cap = f->entries_cap ? 2 * f->entries_cap : 64;
        place *e =
            lf_mem_realloc(f->alloc, f->entries, f->entries_cap * sizeof *e, cap * sizeof *e);
        if (e == NULL) return lf_fail_nomem(err, cap * sizeof *e);
        f->entries = e;
        f->entries_cap = cap;
        atomic_store_explicit(&f->base.memory_bytes, cap * sizeof *e, memory_order_relaxed);
    }
    if (f->n_entries == f->entries_cap) {
        f->n_entries /= 2;
        for (size_t i = 0; i < f->n_entries; i++)
            f->entries[i] = f->entries[2 * i];
        f->spacing *= 2;
    }
    f->entries[f->n_entries++] = p;
    return LF_OK;
}

/* One piece more. */
static lf_rc extend(frames_source *f, uint64_t headers_max, lf_frame *piece_out, lf_error *err) {
    const place at = {f->cursor.at, f->text_end, f->cursor.pieces};
    if (f->n_entries == 0 || at.text - f->entries[f->n_entries - 1].text >= f->spacing)
        LF_TRY(add_entry(f, at, err));
    LF_TRY(lf_frame_next(&f->cursor, headers_max, piece_out, err));
    f->text_end += piece_out->text_bytes;
    f->complete = piece_out->stored_bytes == 0;
    return LF_OK;
}

/* Where to begin for the text at `offset`, which lies in a piece; with mu held. */
static lf_rc find_piece(frames_source *f, uint64_t offset, place *out, lf_error *err) {
    size_t low = 0, high = f->n_entries;
    while (high - low > 1) {
        const size_t mid = low + (high - low) / 2;
        if (f->entries[mid].text <= offset)
            low = mid;
        else
            high = mid;
    }
    lf_frame_cursor c = {.stored = f->base.under,
                         .bgzf = f->cursor.bgzf,
                         .at = f->entries[low].stored,
                         .pieces = f->entries[low].pieces};
    for (uint64_t text = f->entries[low].text;;) {
        lf_frame piece;
        *out = (place){c.at, text, c.pieces};
        LF_TRY(lf_frame_next(&c, UINT64_MAX, &piece, err));
        text += piece.text_bytes;
        if (piece.stored_bytes == 0) /* they were there before */
            return lf_fail(err, LF_ECHANGED, "%s was written to while it was read", f->base.path);
        if (text > offset) return LF_OK;
    }
}

static lf_rc open_tail(frames_source *f, lf_error *err) {
    lf_source *text = NULL;
    const place at = {f->cursor.at, f->text_end, f->cursor.pieces};
    LF_TRY(open_text(f, at, &text, err));
    const lf_rc rc = lf_source_spool(text, NULL, f->alloc, &f->tail, err);
    lf_source_close(text);
    return rc;
}

/* -- readers ------------------------------------------------------------------------------ */

static void close_text(reader *r) {
    lf_source_close(r->text);
    r->text = NULL;
    r->kept_len = 0;
}

static lf_rc look_ahead(reader *r, lf_error *err) {
    size_t got = 0;
    LF_TRY(r->text->type->read(r->text, &r->ahead, 1, &got, err));
    r->ended = got == 0;
    return LF_OK;
}

/* Text that goes on where its headers end it is damaged, as a later checksum would tell. */
static lf_rc check_end(reader *r, lf_error *err) {
    lf_frame piece = {.stored_bytes = 1};
    while (r->pieces_text < r->at && piece.stored_bytes > 0) {
        LF_TRY(lf_frame_next(&r->pieces, UINT64_MAX, &piece, err));
        r->pieces_text += piece.text_bytes;
    }
    if (r->pieces_text != r->at || r->ended) return LF_OK;
    if (lf_source_inflate_members(r->text) >= r->pieces.pieces) return LF_OK;
    return lf_fail(err, LF_ECORRUPT,
                   "the %s data is corrupt in member %llu: wrong length (at byte %llu of the file, "
                   "byte %llu of its text)",
                   r->text->compression, (unsigned long long)r->pieces.pieces,
                   (unsigned long long)r->pieces.at, (unsigned long long)r->at);
}

static lf_rc reader_run(reader *r, uint8_t *dst, size_t n, size_t *got_out, lf_error *err) {
    size_t got = 0, more = 1;
    if (r->ended || n == 0) return LF_OK;
    dst[got++] = r->ahead;
    for (; got < n && more > 0; got += more)
        LF_TRY(r->text->type->read(r->text, dst + got, n - got, &more, err));
    r->at += got;
    *got_out = got;
    LF_TRY(look_ahead(r, err));
    return check_end(r, err);
}

static lf_rc reader_open(frames_source *f, reader *r, place from, lf_error *err) {
    close_text(r);
    r->at = r->pieces_text = from.text;
    r->pieces = (lf_frame_cursor){
        .stored = f->base.under, .bgzf = f->cursor.bgzf, .at = from.stored, .pieces = from.pieces};
    LF_TRY(open_text(f, from, &r->text, err));
    return look_ahead(r, err);
}

static lf_rc reader_skip_to(reader *r, uint64_t offset, lf_error *err) {
    while (r->at < offset && !r->ended) {
        const uint64_t left = offset - r->at;
        size_t got = 0;
        LF_TRY(reader_run(r, r->skipped, left < SKIP_BYTES ? (size_t)left : SKIP_BYTES, &got, err));
    }
    return LF_OK;
}

/* Text at `offset`, which is kept, ahead, or a little further. */
static lf_rc reader_read(reader *r, uint64_t offset, uint8_t *dst, size_t n, size_t *got_out,
                         lf_error *err) {
    size_t again = 0, got = 0;
    if (offset < r->at) {
        again = (size_t)(r->at - offset) < n ? (size_t)(r->at - offset) : n;
        memcpy(dst, r->kept + r->kept_len - (r->at - offset), again);
    }
    LF_TRY(reader_run(r, dst + again, n - again, &got, err));
    if (got > 0) r->kept_len = 0;
    if (got > 0 && again + got <= KEEP_BYTES) {
        memcpy(r->kept, dst, again + got);
        r->kept_len = again + got;
    }
    *got_out = again + got;
    return LF_OK;
}

static bool stands_at(const reader *r, uint64_t offset) {
    return r->text != NULL && !r->busy && offset <= r->at && r->at - offset <= r->kept_len;
}

static lf_rc take_reader(frames_source *f, uint64_t offset, reader **out, lf_error *err) {
    reader *best = NULL;
    for (reader *r = f->readers; r != NULL; r = r->next) {
        if (r->busy) continue;
        if (best == NULL || r->used < best->used) best = r;
        if (!stands_at(r, offset)) continue;
        best = r;
        break;
    }
    const uint32_t max = atomic_load_explicit(&f->base.readers_max, memory_order_relaxed);
    if (best == NULL || (!stands_at(best, offset) && f->n_readers < max)) {
        best = lf_mem_zalloc(f->alloc, sizeof *best);
        if (best == NULL) return lf_fail_nomem(err, sizeof *best);
        best->next = f->readers;
        f->readers = best;
        f->n_readers++;
    }
    *out = best;
    return LF_OK;
}

/* The reader for `offset`, busy, and where it must begin if it does not stand there; NULL: the
 * text is in the tail, or has ended. With mu held. */
static lf_rc choose(frames_source *f, uint64_t offset, reader **out, bool *open_out,
                    place *from_out, lf_error *err) {
    lf_frame piece;
    *out = NULL;
    *open_out = false;
    LF_TRY(take_reader(f, offset, out, err));
    if (!stands_at(*out, offset)) {
        while (!f->complete && f->text_end <= offset)
            LF_TRY(extend(f, UINT64_MAX, &piece, err));
        if (offset >= f->text_end) {
            if (f->cursor.at < f->base.under->size_bytes && f->tail == NULL)
                LF_TRY(open_tail(f, err));
            *out = NULL;
            return LF_OK;
        }
        *open_out = true;
        LF_TRY(find_piece(f, offset, from_out, err));
    }
    (*out)->busy = true;
    (*out)->used = ++f->clock;
    return LF_OK;
}

static lf_rc frames_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                            lf_error *err) {
    frames_source *f = (frames_source *)s;
    reader *r = NULL;
    bool open = false;
    place from = {0};
    *got_out = 0;
    pthread_mutex_lock(&f->mu);
    lf_rc rc = choose(f, offset, &r, &open, &from, err);
    lf_source *tail = f->tail;
    pthread_mutex_unlock(&f->mu);
    if (rc != LF_OK) return rc;
    if (r == NULL && tail == NULL) return LF_OK;
    if (r == NULL) return tail->type->read_at(tail, offset - f->text_end, dst, n, got_out, err);
    if (open) rc = reader_open(f, r, from, err);
    if (open && rc == LF_OK) rc = reader_skip_to(r, offset, err);
    if (rc == LF_OK) rc = reader_read(r, offset, dst, n, got_out, err);
    pthread_mutex_lock(&f->mu);
    if (rc != LF_OK) close_text(r);
    r->busy = false;
    pthread_mutex_unlock(&f->mu);
    return rc;
}

/* -- the source --------------------------------------------------------------------------- */

static lf_rc frames_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    frames_source *f = (frames_source *)s;
    if (s->type->read_at != NULL) {
        LF_TRY(frames_read_at(s, f->at, dst, n, got_out, err));
        f->at += *got_out;
        return LF_OK;
    }
    *got_out = 0;
    if (f->in_order == NULL) LF_TRY(open_text(f, (place){0}, &f->in_order, err));
    const lf_rc rc = f->in_order->type->read(f->in_order, dst, n, got_out, err);
    memcpy(s->damage, f->in_order->damage, sizeof s->damage);
    atomic_store_explicit(&s->memory_bytes, atomic_load(&f->in_order->memory_bytes),
                          memory_order_relaxed);
    return rc;
}

static void frames_free(frames_source *f) {
    for (reader *r = f->readers, *next; r != NULL; r = next) {
        next = r->next;
        close_text(r);
        lf_mem_free(f->alloc, r, sizeof *r);
    }
    lf_source_close(f->in_order);
    lf_source_close(f->tail);
    if (f->entries) lf_mem_free(f->alloc, f->entries, f->entries_cap * sizeof *f->entries);
    if (f->base.path) lf_mem_strfree(f->alloc, f->base.path);
    pthread_mutex_destroy(&f->mu);
    lf_mem_free(f->alloc, f, sizeof *f);
}

static void frames_close(lf_source *s) {
    lf_source_close(s->under);
    frames_free((frames_source *)s);
}

static lf_rc frames_check(lf_source *s, lf_error *err) {
    return lf_source_check(s->under, err);
}

static const lf_source_type in_order_types[] = {
    {.name = "gzip", .read = frames_read, .close = frames_close, .check = frames_check},
    {.name = "zstd", .read = frames_read, .close = frames_close, .check = frames_check}};
static const lf_source_type types[] = {{.name = "gzip",
                                        .read_at = frames_read_at,
                                        .read = frames_read,
                                        .close = frames_close,
                                        .check = frames_check,
                                        .in_order = &in_order_types[0]},
                                       {.name = "zstd",
                                        .read_at = frames_read_at,
                                        .read = frames_read,
                                        .close = frames_close,
                                        .check = frames_check,
                                        .in_order = &in_order_types[1]}};

/* The first pieces, or all of them. *worth_out: there are several, and what must be known is. */
static lf_rc survey(frames_source *f, bool *worth_out, lf_error *err) {
    uint32_t with_text = 0;
    size_t window = 0;
    for (uint64_t i = 0; !f->complete && !(f->cursor.bgzf && i == PIECES_AT_OPEN); i++) {
        lf_frame piece = {0};
        LF_TRY(extend(f, HEADERS_AT_OPEN, &piece, err));
        with_text += piece.text_bytes > 0;
        if (piece.window_bytes > window) window = piece.window_bytes;
    }
    const bool all = f->complete && f->cursor.at == f->base.under->size_bytes;
    if (all) f->base.size_bytes = f->text_end;
    f->base.reader_bytes = READER_BYTES + window;
    *worth_out = with_text > 1 && (all || f->cursor.bgzf);
    return LF_OK;
}

lf_rc lf_source_frames(lf_source *stored, const char *compression, const lf_alloc *a,
                       lf_source **out, lf_error *err) {
    *out = NULL;
    const bool gzip = strcmp(compression, "gzip") == 0;
    bool worth = gzip || strcmp(compression, "zstd") == 0;
    frames_source *f = worth ? lf_mem_zalloc(a, sizeof *f) : NULL;
    if (!worth) return LF_OK;
    if (f == NULL) return lf_fail_nomem(err, sizeof *f);
    f->base = (lf_source){.type = &types[gzip ? 0 : 1],
                          .size_bytes = LF_SIZE_UNKNOWN,
                          .stored_bytes = stored->stored_bytes,
                          .compression = types[gzip ? 0 : 1].name,
                          .under = stored};
    f->alloc = a;
    f->spacing = SPACING_MIN;
    pthread_mutex_init(&f->mu, NULL);
    f->base.path = lf_mem_strdup(a, stored->path);
    lf_rc rc = f->base.path ? LF_OK : lf_fail_nomem(err, strlen(stored->path) + 1);
    if (rc == LF_OK) rc = lf_frame_cursor_init(&f->cursor, stored, compression, &worth, err);
    if (rc == LF_OK && worth) rc = survey(f, &worth, err);
    if (rc == LF_OK && worth)
        *out = &f->base;
    else
        frames_free(f); /* stored stays the caller's */
    return rc;
}
