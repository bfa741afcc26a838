/* io/zip_directory.c - see zip_directory.h. APPNOTE.TXT of PKWARE, 4.3.
 *
 *     member member ... | PK12 entry ... | PK66 PK67 (zip64) | PK56 size offset comment
 *                         ^ directory                          ^ found from the end
 *
 * The directory is what counts, not the headers in front of members: those may lack sizes. */
#include "io/zip_directory.h"
#include "charset/charset.h"
#include "core/buf.h"
#include "core/limits.h"
#include <string.h>

#define END_BYTES           22u
#define END_SEARCH          (END_BYTES + 65535u) /* with the longest comment */
#define ENTRY_BYTES         46u
#define DIRECTORY_MAX_BYTES (16 * LF_MIB)

static uint32_t get16(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static uint32_t get32(const uint8_t *p) {
    return get16(p) | get16(p + 2) << 16;
}
static uint64_t get64(const uint8_t *p) {
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static lf_rc corrupt(lf_error *err, const char *why) {
    return lf_fail(err, LF_ECORRUPT, "the zip archive is corrupt: %s", why);
}

static lf_rc read_exact(lf_source *f, uint64_t at, void *dst, size_t n, lf_error *err) {
    size_t got = 0;
    LF_TRY(f->type->read_at(f, at, dst, n, &got, err));
    return got == n ? LF_OK : corrupt(err, "it ends in the middle");
}

typedef struct place { /* of the directory */
    uint64_t offset, bytes, end;
} place;

/* The record of zip64, where the plain one says "see there". */
static lf_rc find_large(lf_source *f, uint64_t end, place *p, lf_error *err) {
    uint8_t locator[20], record[56];
    if (end < sizeof locator) return LF_OK;
    LF_TRY(read_exact(f, end - sizeof locator, locator, sizeof locator, err));
    if (memcmp(locator, "PK\x06\x07", 4) != 0) return LF_OK;
    LF_TRY(read_exact(f, get64(locator + 8), record, sizeof record, err));
    if (memcmp(record, "PK\x06\x06", 4) != 0) return corrupt(err, "its zip64 record is missing");
    p->bytes = get64(record + 40);
    p->offset = get64(record + 48);
    p->end = get64(locator + 8);
    return LF_OK;
}

static lf_rc find_directory(lf_source *f, const lf_alloc *a, place *p, lf_error *err) {
    const uint64_t size = f->size_bytes;
    const size_t n = size < END_SEARCH ? (size_t)size : END_SEARCH;
    uint8_t *tail = lf_mem_alloc(a, END_SEARCH);
    if (tail == NULL) return lf_fail_nomem(err, END_SEARCH);
    lf_rc rc = read_exact(f, size - n, tail, n, err);
    bool found = false;
    for (size_t i = n; rc == LF_OK && !found && i-- > 0;) {
        const uint8_t *e = tail + i;
        if (n - i < END_BYTES || memcmp(e, "PK\x05\x06", 4) != 0) continue;
        if (i + END_BYTES + get16(e + 20) > n) continue;
        found = true;
        p->bytes = get32(e + 12);
        p->offset = get32(e + 16);
        p->end = size - n + i;
        if (get16(e + 4) != 0 && get16(e + 4) != 0xFFFF)
            rc = lf_fail(err, LF_EUNSUPPORTED, "a zip archive in several volumes is not read");
        else if (p->bytes == 0xFFFFFFFF || p->offset == 0xFFFFFFFF || get16(e + 10) == 0xFFFF)
            rc = find_large(f, p->end, p, err);
    }
    lf_mem_free(a, tail, END_SEARCH);
    if (rc == LF_OK && !found) rc = corrupt(err, "it has no directory at its end");
    return rc;
}

/* Sizes and offset that did not fit in 32 bits stand in the extra field 1, in this order. */
static bool take_large(zip_entry *e, const uint8_t *extra, size_t n) {
    uint64_t *wide[3] = {&e->text_bytes, &e->stored_bytes, &e->header_offset};
    for (size_t i = 0; i + 4 <= n;) {
        const uint32_t id = get16(extra + i), len = get16(extra + i + 2);
        const uint8_t *p = extra + i + 4;
        if (i + 4 + len > n) return true; /* some writers pad with less than a field */
        size_t at = 0;
        for (size_t k = 0; id == 1 && k < 3; k++) {
            if (*wide[k] != 0xFFFFFFFF) continue;
            if (at + 8 > len) return false;
            *wide[k] = get64(p + at);
            at += 8;
        }
        i += 4 + len;
    }
    return true;
}

/* Folders, what the Finder adds, and hidden files hold no data. */
static bool holds_data(const char *name, size_t n) {
    const char *slash = memrchr(name, '/', n);
    const char *base = slash ? slash + 1 : name;
    if (n == 0 || name[n - 1] == '/' || *base == '.') return false;
    return !(n >= 9 && memcmp(name, "__MACOSX/", 9) == 0);
}

static bool is_ascii(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((uint8_t)s[i] >= 0x80) return false;
    return true;
}

/* The name as UTF-8: as it is where it says so, else from the code page of DOS. */
static lf_rc take_name(const lf_alloc *a, const char *name, size_t n, bool utf8, char **out,
                       lf_error *err) {
    const char *from = utf8 || is_ascii(name, n) ? "utf-8" : "cp437";
    uint8_t text[4 * 1024];
    size_t used = 0, got = 0;
    lf_transcoder *t = NULL;
    if (n > 1024 || memchr(name, 0, n)) return corrupt(err, "a member's name is no name");
    LF_TRY(lf_transcoder_create(a, lf_charset_find(from), true, &t, err));
    lf_transcoder_run(t, (lf_span){(const uint8_t *)name, n}, true, &used, text, sizeof text - 1,
                      &got);
    lf_transcoder_destroy(t);
    text[got] = '\0';
    *out = lf_mem_strdup(a, (const char *)text);
    return *out ? LF_OK : lf_fail_nomem(err, got);
}

static lf_rc add_entry(zip_directory *d, const zip_entry *e, lf_error *err) {
    if (d->n == d->cap) {
        const size_t cap = d->cap ? d->cap * 2 : 8;
        zip_entry *more =
            lf_mem_realloc(d->alloc, d->entries, d->cap * sizeof *more, cap * sizeof *more);
        if (more == NULL) return lf_fail_nomem(err, cap * sizeof *more);
        d->entries = more;
        d->cap = cap;
    }
    d->entries[d->n++] = *e;
    return LF_OK;
}

/* One entry at p, of at most n bytes; how long it is. */
static lf_rc take_entry(zip_directory *d, const uint8_t *p, size_t n, size_t *len_out,
                        lf_error *err) {
    if (n < ENTRY_BYTES || memcmp(p, "PK\x01\x02", 4) != 0)
        return corrupt(err, "an entry of its directory is damaged");
    const size_t name_len = get16(p + 28), extra_len = get16(p + 30);
    *len_out = ENTRY_BYTES + name_len + extra_len + get16(p + 32);
    if (*len_out > n) return corrupt(err, "an entry of its directory is cut");
    const char *name = (const char *)p + ENTRY_BYTES;
    zip_entry e = {.flags = (uint16_t)get16(p + 8),
                   .method = (uint16_t)get16(p + 10),
                   .crc = get32(p + 16),
                   .stored_bytes = get32(p + 20),
                   .text_bytes = get32(p + 24),
                   .header_offset = get32(p + 42)};
    if (!take_large(&e, p + ENTRY_BYTES + name_len, extra_len))
        return corrupt(err, "the sizes of a member are missing");
    if (name_len == 19 && memcmp(name, "[Content_Types].xml", 19) == 0)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "this zip archive is an Office document (xlsx, docx), "
                       "which is not read: save the sheet as CSV");
    if (!holds_data(name, name_len)) return LF_OK;
    LF_TRY(take_name(d->alloc, name, name_len, (e.flags & 0x800) != 0, &e.name, err));
    const lf_rc rc = add_entry(d, &e, err);
    if (rc != LF_OK) lf_mem_strfree(d->alloc, e.name);
    return rc;
}

lf_rc lf_zip_directory_read(zip_directory *d, lf_source *file, const lf_alloc *a, lf_error *err) {
    place p = {0};
    *d = (zip_directory){.alloc = a};
    LF_TRY(find_directory(file, a, &p, err));
    if (p.bytes > p.end) return corrupt(err, "its directory is larger than it is");
    if (p.bytes > DIRECTORY_MAX_BYTES)
        return lf_fail(err, LF_EMEMORY_LIMIT, "the zip archive's directory is larger than 16 MiB");
    if (p.offset > p.end - p.bytes) return corrupt(err, "its directory lies behind its end");
    d->base = p.end - p.bytes - p.offset;
    const size_t n = (size_t)p.bytes;
    uint8_t *all = lf_mem_alloc(a, n + 1);
    if (all == NULL) return lf_fail_nomem(err, n);
    lf_rc rc = read_exact(file, p.end - p.bytes, all, n, err);
    for (size_t at = 0, len = 0; rc == LF_OK && at < n; at += len)
        rc = take_entry(d, all + at, n - at, &len, err);
    lf_mem_free(a, all, n + 1);
    if (rc != LF_OK) lf_zip_directory_reset(d);
    return rc;
}

void lf_zip_directory_reset(zip_directory *d) {
    for (size_t i = 0; i < d->n; i++)
        lf_mem_strfree(d->alloc, d->entries[i].name);
    if (d->entries) lf_mem_free(d->alloc, d->entries, d->cap * sizeof *d->entries);
    d->entries = NULL;
    d->n = d->cap = 0;
}
