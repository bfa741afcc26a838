/* io/source_zip.c - a member of a zip archive as a source.
 *
 *     file [start, end)  ->  inflate (deflate, bzip2, xz, zstd)  ->  count and checksum
 *
 * The archive's directory says where members lie; an archive that cannot be sought (a pipe) is
 * spooled first. Length and CRC-32 of the text are verified at its end. */
#include "codec/codec.h"
#include "core/hash.h"
#include "io/io_stream.h"
#include "io/zip_directory.h"
#include <stdio.h>
#include <string.h>

typedef struct zip_source { /* both the stored bytes and the text */
    lf_source base;
    const lf_alloc *alloc;
    uint64_t at, end; /* stored: offsets in the file; text: bytes so far, bytes told */
    uint32_t crc, crc_told;
    bool done;
} zip_source;

static void zip_close(lf_source *s) {
    zip_source *z = (zip_source *)s;
    lf_source_close(s->under);
    lf_mem_strfree(z->alloc, s->path);
    lf_mem_free(z->alloc, z, sizeof *z);
}

static lf_rc zip_check(lf_source *s, lf_error *err) {
    return lf_source_check(s->under, err);
}

/* The member's bytes as they lie in the file. */
static lf_rc stored_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    zip_source *z = (zip_source *)s;
    *got_out = 0;
    if (n > z->end - z->at) n = (size_t)(z->end - z->at);
    if (n == 0) return LF_OK;
    LF_TRY(s->under->type->read_at(s->under, z->at, dst, n, got_out, err));
    z->at += *got_out;
    atomic_fetch_add_explicit(&s->stored_read, *got_out, memory_order_relaxed);
    return LF_OK;
}

/* The text is whole, or not: once at its end. */
static lf_rc text_end(zip_source *z, lf_error *err) {
    z->done = true;
    if (z->at == z->end && z->crc == z->crc_told) return LF_OK;
    if (lf_source_damage(z->base.under)) return LF_OK; /* told already */
    lf_error why = {0};
    if (z->at != z->end)
        (void)lf_fail(&why, LF_ECORRUPT, "the zip member has %llu bytes where %llu are told",
                      (unsigned long long)z->at, (unsigned long long)z->end);
    else
        (void)lf_fail(&why, LF_ECORRUPT, "the zip member's checksum is wrong");
    if (!z->base.keep_readable) {
        lf_error_set_file(&why, z->base.path);
        lf_error_merge(err, &why);
        return LF_ECORRUPT;
    }
    snprintf(z->base.damage, sizeof z->base.damage, "%.190s", why.message);
    return LF_OK;
}

static lf_rc text_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    zip_source *z = (zip_source *)s;
    s->under->cancel = s->cancel;
    LF_TRY(s->under->type->read(s->under, dst, n, got_out, err));
    atomic_store_explicit(&s->stored_read,
                          atomic_load_explicit(&s->under->stored_read, memory_order_relaxed),
                          memory_order_relaxed);
    if (*got_out == 0) return z->done || n == 0 ? LF_OK : text_end(z, err);
    z->at += *got_out;
    z->crc = lf_crc32(z->crc, dst, *got_out);
    return LF_OK;
}

static const lf_source_type stored_type = {"zip member", NULL, stored_read, zip_close, zip_check};
static const lf_source_type text_type = {"zip", NULL, text_read, zip_close, zip_check};

/* Puts a zip_source over *s, which is taken over on success alone. */
static lf_rc put_over(lf_source **s, const lf_source_type *type, const char *path, zip_source made,
                      const lf_alloc *a, lf_error *err) {
    zip_source *z = lf_mem_alloc(a, sizeof *z);
    if (z == NULL) return lf_fail_nomem(err, sizeof *z);
    *z = made;
    z->alloc = a;
    z->base.type = type;
    z->base.size_bytes = LF_SIZE_UNKNOWN;
    z->base.compression = "zip";
    z->base.path = lf_mem_strdup(a, path);
    if (z->base.path == NULL) {
        lf_mem_free(a, z, sizeof *z);
        return lf_fail_nomem(err, strlen(path));
    }
    z->base.under = *s;
    *s = &z->base;
    return LF_OK;
}

static const char *method_name(uint16_t method) {
    switch (method) {
    case 0:
        return "stored";
    case 8:
        return "deflate";
    case 12:
        return "bzip2";
    case 93:
        return "zstd";
    case 95:
        return "xz";
    default:
        return NULL;
    }
}

/* Where the member's bytes begin: behind its own header, whose lengths may differ. */
static lf_rc find_start(lf_source *file, const zip_entry *e, uint64_t base, uint64_t *start_out,
                        lf_error *err) {
    uint8_t h[30];
    size_t got = 0;
    LF_TRY(file->type->read_at(file, base + e->header_offset, h, sizeof h, &got, err));
    if (got < sizeof h || memcmp(h, "PK\x03\x04", 4) != 0)
        return lf_fail(err, LF_ECORRUPT,
                       "the zip archive is corrupt: no member where its "
                       "directory has one");
    *start_out = base + e->header_offset + 30 + (uint64_t)(h[26] | h[27] << 8) +
                 (uint64_t)(h[28] | h[29] << 8);
    if (*start_out + e->stored_bytes > file->size_bytes)
        return lf_fail(err, LF_ECORRUPT, "the zip archive ends in the middle");
    return LF_OK;
}

/* The text of one member over *s, the archive. */
static lf_rc open_member(lf_source **s, const zip_entry *e, uint64_t base, const char *path,
                         const lf_alloc *a, lf_error *err) {
    uint64_t start = 0;
    const char *method = method_name(e->method);
    if (e->flags & 1 || e->method == 99)
        return lf_fail(err, LF_EUNSUPPORTED, "%.120s is encrypted: unpack it with its password",
                       e->name);
    if (method == NULL)
        return lf_fail(err, LF_EUNSUPPORTED, "%.120s is packed by a method (%u) that is not read",
                       e->name, e->method);
    LF_TRY(find_start(*s, e, base, &start, err));
    LF_TRY(put_over(s, &stored_type, path,
                    (zip_source){.at = start,
                                 .end = start + e->stored_bytes,
                                 .base.stored_bytes = e->stored_bytes},
                    a, err));
    if (e->method != 0) {
        lf_source *stored = *s;
        *s = NULL; /* taken over, also on failure */
        LF_TRY(
            lf_source_inflate_at(stored, method, (lf_inflate_place){.stored = start}, a, s, err));
    }
    return put_over(s, &text_type, path,
                    (zip_source){.end = e->text_bytes,
                                 .crc_told = e->crc,
                                 .base.stored_bytes = e->stored_bytes},
                    a, err);
}

static lf_rc choose(const zip_directory *d, const char *member, const zip_entry **out,
                    lf_error *err) {
    if (d->n == 0) return lf_fail(err, LF_EEMPTY_INPUT, "the zip archive holds no files");
    if (member == NULL && d->n == 1) {
        *out = &d->entries[0];
        return LF_OK;
    }
    if (member == NULL)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "the zip archive holds %zu files; name one, as in data.zip/%.100s", d->n,
                       d->entries[0].name);
    for (size_t i = 0; i < d->n; i++) {
        if (strcmp(d->entries[i].name, member) != 0) continue;
        *out = &d->entries[i];
        return LF_OK;
    }
    return lf_fail(err, LF_ENOT_FOUND, "the zip archive holds no file %.120s", member);
}

static lf_rc spool(lf_source **s, const lf_alloc *a, lf_error *err) {
    lf_source *file = NULL;
    LF_TRY(lf_source_spool(*s, NULL, a, &file, err));
    lf_source_close(*s);
    *s = file;
    return LF_OK;
}

lf_rc lf_source_zip(lf_source *archive, const char *member, const lf_alloc *a, lf_source **out,
                    lf_error *err) {
    zip_directory d = {0};
    const zip_entry *e = NULL;
    lf_source *s = archive;
    lf_rc rc = LF_OK;
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", s->path, member ? "/" : "", member ? member : "");
    if (s->type->read_at == NULL) LF_GO(spool(&s, a, err));
    LF_GO(lf_zip_directory_read(&d, s, a, err));
    LF_GO(choose(&d, member, &e, err));
    LF_GO(open_member(&s, e, d.base, path, a, err));
    *out = s;
    s = NULL;
out:
    lf_zip_directory_reset(&d);
    lf_source_close(s);
    return rc;
}

lf_rc lf_zip_member_paths(lf_source *archive, const lf_alloc *a, char ***paths_out, size_t *n_out,
                          lf_error *err) {
    zip_directory d;
    LF_TRY(lf_zip_directory_read(&d, archive, a, err));
    lf_rc rc = LF_OK;
    const size_t n = d.n, zip_len = strlen(archive->path);
    char **paths = n > 1 ? lf_mem_zalloc(a, n * sizeof *paths) : NULL;
    if (n > 1 && paths == NULL) rc = lf_fail_nomem(err, n * sizeof *paths);
    for (size_t i = 0; paths && rc == LF_OK && i < n; i++) {
        const size_t name_len = strlen(d.entries[i].name);
        paths[i] = lf_mem_alloc(a, zip_len + 1 + name_len + 1);
        if (paths[i] == NULL) {
            rc = lf_fail_nomem(err, zip_len + name_len);
            break;
        }
        memcpy(paths[i], archive->path, zip_len);
        paths[i][zip_len] = '/';
        memcpy(paths[i] + zip_len + 1, d.entries[i].name, name_len + 1);
    }
    lf_zip_directory_reset(&d);
    if (rc == LF_OK) {
        *paths_out = paths;
        *n_out = paths ? n : 0;
    } else {
        lf_path_members_free(a, paths, n);
    }
    return rc;
}
