/* Finds, fetches, verifies and unpacks one page after the other.
 *
 * Sizes come from the page header and are not trusted: the stored size must fit into the rest of
 * the chunk, and the unpacked size into what the codec could make of it, before memory is taken. */
#include "core/hash.h"
#include "format/parquet/pq_page_read_priv.h"
#include <string.h>

#define HEAD_BYTES 1024u

static uint64_t chunk_rest(const lf_pq_chunk_reader *r) {
    return r->spec.chunk_bytes - r->at;
}

/* ---- header ---- */

/* Makes `n` bytes at r->at available in *out (in memory: all that there are). */
static lf_rc window(lf_pq_chunk_reader *r, size_t n, lf_span *out, lf_error *err) {
    if (r->spec.fetch == NULL) {
        *out = (lf_span){.data = r->spec.bytes.data + r->at, .len = (size_t)chunk_rest(r)};
        return LF_OK;
    }
    lf_buf_clear(&r->head);
    LF_TRY(lf_buf_reserve(&r->head, n, err));
    LF_TRY(r->spec.fetch(r->spec.fetch_ctx, r->spec.fetch_base + r->at, r->head.data, n, err));
    r->head.len = n;
    *out = (lf_span){.data = r->head.data, .len = n};
    return LF_OK;
}

static lf_rc read_header(lf_pq_chunk_reader *r, lf_pq_page_header *h, lf_span *rest_out,
                         lf_error *err) {
    uint64_t most = chunk_rest(r);
    if (most > LF_PQ_HEADER_BYTES_MAX) most = LF_PQ_HEADER_BYTES_MAX;
    for (size_t n = HEAD_BYTES;; n *= 4) {
        lf_span in;
        size_t used;
        bool more;
        if (n > most) n = (size_t)most;
        LF_TRY(window(r, n, &in, err));
        LF_TRY(lf_pq_parse_page_header(in, h, &used, &more, err));
        if (!more) {
            r->at += used;
            *rest_out = (lf_span){.data = in.data + used, .len = in.len - used};
            return LF_OK;
        }
        if (n == most || r->spec.fetch == NULL) {
            return lf_fail(err, LF_ECORRUPT, "the page header does not end");
        }
    }
}

/* ---- body ---- */

/* The most bytes that `n` stored bytes can become. */
static uint64_t unpacked_most(int32_t codec, uint64_t n) {
    switch (codec) {
    case LF_PQ_UNCOMPRESSED:
        return n;
    case LF_PQ_SNAPPY:
        return n * 22 + 64; /* 64 bytes from a copy of 3 */
    case LF_PQ_LZ4:
    case LF_PQ_LZ4_RAW:
        return n * 255 + 64;
    case LF_PQ_GZIP:
        return n * 1040 + 64;
    case LF_PQ_ZSTD:
        return n * (1u << 16) + (1u << 17); /* 128 KiB from a run block of 4 */
    default:
        return UINT64_MAX;
    }
}

static lf_rc check_sizes(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_error *err) {
    uint64_t cap = r->spec.page_bytes_max != 0 ? r->spec.page_bytes_max : LF_PQ_PAGE_BYTES_MAX;
    uint64_t stored = (uint32_t)h->compressed_size, plain = (uint32_t)h->uncompressed_size;
    if (stored > chunk_rest(r)) {
        return lf_fail(err, LF_ECORRUPT, "it says %llu bytes, but the column chunk ends after %llu",
                       (unsigned long long)stored, (unsigned long long)chunk_rest(r));
    }
    if (plain > unpacked_most(r->spec.codec, stored)) {
        return lf_fail(err, LF_ECORRUPT, "%llu stored bytes cannot become %llu",
                       (unsigned long long)stored, (unsigned long long)plain);
    }
    if (plain > cap || stored > cap) {
        return lf_fail(err, LF_EMEMORY_LIMIT, "it has %llu bytes, over the limit of %llu",
                       (unsigned long long)(plain > stored ? plain : stored),
                       (unsigned long long)cap);
    }
    return LF_OK;
}

/* Stored bytes [0, n) of the page at r->at into dst; some are in `rest` already. */
static lf_rc fetch_body(lf_pq_chunk_reader *r, lf_span rest, uint8_t *dst, size_t n,
                        lf_error *err) {
    size_t have = rest.len < n ? rest.len : n;
    if (have > 0) memcpy(dst, rest.data, have);
    if (have == n) return LF_OK;
    return r->spec.fetch(r->spec.fetch_ctx, r->spec.fetch_base + r->at + have, dst + have, n - have,
                         err);
}

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The deprecated LZ4: Hadoop's frames (two big-endian sizes, then blocks), or a plain block. */
static lf_rc unpack_hadoop_lz4(lf_span in, uint8_t *dst, size_t n, bool *framed_out,
                               lf_error *err) {
    size_t at = 0, done = 0;
    *framed_out = false;
    while (in.len - at >= 8 && done < n) {
        uint32_t plain = be32(in.data + at), stored = be32(in.data + at + 4);
        at += 8;
        if (stored > in.len - at || plain > n - done) return LF_OK;
        lf_span part = {.data = in.data + at, .len = stored};
        if (lf_decompress_block(LF_CODEC_LZ4_RAW, part, dst + done, plain, NULL) != LF_OK) {
            return LF_OK;
        }
        at += stored;
        done += plain;
    }
    *framed_out = at == in.len && done == n;
    (void)err;
    return LF_OK;
}

static lf_rc unpack(int32_t codec, lf_span in, uint8_t *dst, size_t n, lf_error *err) {
    lf_codec c;
    if (n == 0) return LF_OK;
    if (codec == LF_PQ_LZ4) {
        bool framed;
        LF_TRY(unpack_hadoop_lz4(in, dst, n, &framed, err));
        if (framed) return LF_OK;
        return lf_decompress_block(LF_CODEC_LZ4_RAW, in, dst, n, err);
    }
    if (!lf_pq_codec_from(codec, &c)) {
        return lf_fail(err, LF_EUNSUPPORTED, "codec %s cannot be read", lf_pq_codec_name(codec));
    }
    return lf_decompress_block(c, in, dst, n, err);
}

static lf_rc check_crc(const lf_pq_page_header *h, const uint8_t *p, lf_error *err) {
    if (!h->has_crc || h->crc == 0) return LF_OK; /* 0: some writers mean none by it */
    uint32_t crc = lf_crc32(0, p, (size_t)h->compressed_size);
    if (crc == h->crc) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "its checksum is %08x, but should be %08x", (unsigned)crc,
                   (unsigned)h->crc);
}

/* Reads the body into *mem, unpacked, with the margin behind it. `plain_front`: bytes at the
 * front that are never compressed (levels of V2). */
static lf_rc load_body(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_span rest,
                       size_t plain_front, bool compressed, uint8_t **mem, size_t *mem_bytes,
                       lf_span *out, lf_error *err) {
    size_t stored = (size_t)h->compressed_size;
    size_t plain = compressed ? (size_t)h->uncompressed_size : stored;
    size_t need = plain + LF_OVERREAD_BYTES;
    lf_rc rc = LF_OK;
    if (*mem_bytes < need) {
        lf_mem_free(r->spec.alloc, *mem, *mem_bytes);
        *mem_bytes = 0;
        *mem = lf_mem_alloc(r->spec.alloc, need);
        if (*mem == NULL) return lf_fail_nomem(err, need);
        *mem_bytes = need;
    }
    memset(*mem + plain, 0, LF_OVERREAD_BYTES);
    *out = (lf_span){.data = *mem, .len = plain};
    if (!compressed) {
        LF_TRY(fetch_body(r, rest, *mem, stored, err));
        return check_crc(h, *mem, err);
    }
    uint8_t *packed = (uint8_t *)rest.data; /* only read from */
    if (rest.len < stored) packed = lf_mem_alloc(r->spec.alloc, stored);
    if (packed == NULL) return lf_fail_nomem(err, stored);
    if (rest.len < stored) LF_GO(fetch_body(r, rest, packed, stored, err));
    LF_GO(check_crc(h, packed, err));
    if (plain_front > 0) memcpy(*mem, packed, plain_front);
    lf_span in = {.data = packed + plain_front, .len = stored - plain_front};
    rc = unpack(r->spec.codec, in, *mem + plain_front, plain - plain_front, err);
out:
    if (packed != rest.data) lf_mem_free(r->spec.alloc, packed, stored);
    return rc;
}

/* ---- dictionary page ---- */

static lf_rc load_dictionary(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_span rest,
                             lf_error *err) {
    lf_span in;
    uint32_t n = (uint32_t)h->num_values;
    if (r->has_dict) return lf_fail(err, LF_ECORRUPT, "it is a second dictionary");
    if (h->encoding != LF_PQ_PLAIN && h->encoding != LF_PQ_PLAIN_DICTIONARY) {
        return lf_fail(err, LF_ECORRUPT, "a dictionary has encoding %d", (int)h->encoding);
    }
    LF_TRY(load_body(r, h, rest, 0, r->spec.codec != LF_PQ_UNCOMPRESSED, &r->dict_body,
                     &r->dict_bytes, &in, err));
    r->dict = (lf_pq_dictionary){.bytes = in, .n = n};
    r->has_dict = true;
    const lf_pq_schema_element *e = &r->spec.leaf.element;
    static const uint8_t widths[] = {0, 4, 8, 12, 4, 8, 4, 0};
    uint64_t least = e->type == LF_PQ_FIXED ? (uint64_t)(uint32_t)e->type_length : widths[e->type];
    if (e->type == LF_PQ_BOOLEAN || n * least > in.len) {
        return lf_fail(err, LF_ECORRUPT, "the dictionary says %u values, but has %zu bytes",
                       (unsigned)n, in.len);
    }
    if (e->type != LF_PQ_BYTE_ARRAY || n == 0) return LF_OK;
    size_t bytes = (size_t)n * 2 * sizeof(uint32_t), used;
    r->dict_views = lf_mem_alloc(r->spec.alloc, bytes);
    if (r->dict_views == NULL) return lf_fail_nomem(err, bytes);
    r->dict.start = r->dict_views;
    r->dict.len = r->dict_views + n;
    if (!lf_pq_plain_views(in, r->dict_views, r->dict_views + n, n, &used)) {
        return lf_fail(err, LF_ECORRUPT, "the dictionary's values end too early");
    }
    return LF_OK;
}

/* ---- data pages ---- */

/* How many of the page's n entries have a value. */
static bool count_values(const lf_pq_levels *levels, uint32_t n, uint32_t *out) {
    lf_pq_levels walk = *levels;
    uint64_t bits[16];
    uint16_t part[1024];
    *out = walk.max == 0 ? n : 0;
    if (walk.max == 0) return true;
    for (uint32_t done = 0, ones, k; done < n; done += k) {
        k = n - done < 1024 ? n - done : 1024;
        if (walk.max == 1) {
            if (!lf_pq_levels_get_bits(&walk, bits, k, &ones)) return false;
            *out += ones;
            continue;
        }
        if (!lf_pq_levels_get(&walk, part, k)) return false;
        for (uint32_t i = 0; i < k; i++) {
            *out += part[i] == walk.max;
        }
    }
    return true;
}

static lf_rc start_values(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_span in,
                          lf_error *err) {
    uint32_t n_values, n = (uint32_t)h->num_values;
    if (!count_values(&r->def, n, &n_values)) {
        return lf_fail(err, LF_ECORRUPT, "its definition levels are damaged");
    }
    LF_TRY(lf_pq_values_init(&r->values, &r->spec.leaf.element, h->encoding, in, n_values,
                             r->has_dict ? &r->dict : NULL, &r->scratch, &r->previous, err));
    if (h->encoding >= 0 && h->encoding < 31) r->encodings |= 1u << h->encoding;
    r->page_left = n;
    return LF_OK;
}

static lf_rc load_v1(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_span rest,
                     lf_error *err) {
    lf_span in;
    const lf_pq_leaf *leaf = &r->spec.leaf;
    uint32_t n = (uint32_t)h->num_values;
    LF_TRY(load_body(r, h, rest, 0, r->spec.codec != LF_PQ_UNCOMPRESSED, &r->body, &r->body_bytes,
                     &in, err));
    if (n == 0) return LF_OK;
    if (!lf_pq_levels_init_v1(&r->rep, h->rep_encoding, leaf->max_rep, &in, n) ||
        !lf_pq_levels_init_v1(&r->def, h->def_encoding, leaf->max_def, &in, n)) {
        return lf_fail(err, LF_ECORRUPT, "its levels do not fit");
    }
    r->rep.low_first = r->def.low_first = r->spec.levels_low_first;
    return start_values(r, h, in, err);
}

static lf_rc load_v2(lf_pq_chunk_reader *r, const lf_pq_page_header *h, lf_span rest,
                     lf_error *err) {
    lf_span in;
    /* Arrow before 3.0 compressed pages and said that they are not: then their sizes differ. */
    bool compressed = (h->is_compressed || h->compressed_size != h->uncompressed_size) &&
                      r->spec.codec != LF_PQ_UNCOMPRESSED;
    int32_t plain = compressed ? h->uncompressed_size : h->compressed_size;
    if (h->def_bytes < 0 || h->rep_bytes < 0 || h->def_bytes > h->compressed_size ||
        h->rep_bytes > h->compressed_size - h->def_bytes || h->def_bytes > plain ||
        h->rep_bytes > plain - h->def_bytes) {
        return lf_fail(err, LF_ECORRUPT, "its levels do not fit");
    }
    size_t front = (size_t)h->def_bytes + (size_t)h->rep_bytes;
    if ((size_t)h->compressed_size == front) compressed = false; /* no values at all */
    LF_TRY(load_body(r, h, rest, front, compressed, &r->body, &r->body_bytes, &in, err));
    if (h->num_values == 0) return LF_OK;
    lf_span rep = {.data = in.data, .len = (size_t)h->rep_bytes};
    lf_span def = {.data = in.data + h->rep_bytes, .len = (size_t)h->def_bytes};
    if (!lf_pq_levels_init_v2(&r->rep, r->spec.leaf.max_rep, rep) ||
        !lf_pq_levels_init_v2(&r->def, r->spec.leaf.max_def, def)) {
        return lf_fail(err, LF_ECORRUPT, "its levels do not fit");
    }
    return start_values(r, h, (lf_span){.data = in.data + front, .len = in.len - front}, err);
}

/* `skip`: data pages of at most that many rows are passed over, and their rows taken off it. */
static lf_rc load_one(lf_pq_chunk_reader *r, uint64_t *skip, lf_error *err) {
    lf_pq_page_header h;
    lf_span rest;
    LF_TRY(read_header(r, &h, &rest, err));
    LF_TRY(check_sizes(r, &h, err));
    const bool data = h.type == LF_PQ_DATA_PAGE || h.type == LF_PQ_DATA_PAGE_V2;
    const uint64_t rows = (uint32_t)h.num_values;
    if (data && skip != NULL && rows <= *skip && rows <= r->values_left) {
        r->at += (uint32_t)h.compressed_size;
        if (r->values_left != UINT64_MAX) r->values_left -= rows;
        *skip -= rows;
        return LF_OK;
    }
    switch (h.type) {
    case LF_PQ_DICTIONARY_PAGE:
        LF_TRY(load_dictionary(r, &h, rest, err));
        break;
    case LF_PQ_DATA_PAGE:
        LF_TRY(load_v1(r, &h, rest, err));
        break;
    case LF_PQ_DATA_PAGE_V2:
        LF_TRY(load_v2(r, &h, rest, err));
        break;
    default:
        break; /* index pages, and what later versions add */
    }
    r->at += (uint32_t)h.compressed_size;
    if (r->page_left > r->values_left) {
        return lf_fail(err, LF_ECORRUPT, "it has more values than its column chunk");
    }
    if (r->values_left != UINT64_MAX) r->values_left -= r->page_left;
    return LF_OK;
}

static lf_rc next_page(lf_pq_chunk_reader *r, uint64_t *skip, lf_error *err) {
    if (r->at >= r->spec.chunk_bytes) {
        if (r->values_left == UINT64_MAX) {
            r->values_left = 0;
            return LF_OK;
        }
        return lf_fail(err, LF_ECORRUPT, "the column chunk ends %llu values too early",
                       (unsigned long long)r->values_left);
    }
    r->page_number++;
    r->page_at = r->at;
    const lf_rc rc = load_one(r, skip, err);
    if (rc == LF_OK) return LF_OK;
    r->page_left = 0;
    r->values_left = 0; /* nothing more comes after a failure */
    return lf_error_context(err, rc, "page %u, at byte %llu of the column chunk",
                            (unsigned)r->page_number, (unsigned long long)r->page_at);
}

lf_rc lf_pq_page_load(lf_pq_chunk_reader *r, lf_error *err) {
    while (r->page_left == 0 && r->values_left > 0) {
        LF_TRY(next_page(r, NULL, err));
    }
    return LF_OK;
}

lf_rc lf_pq_pages_skip(lf_pq_chunk_reader *r, uint64_t *n, lf_error *err) {
    while (r->page_left == 0 && r->values_left > 0 && *n > 0) {
        LF_TRY(next_page(r, n, err));
    }
    return LF_OK;
}
