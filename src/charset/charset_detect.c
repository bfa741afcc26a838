/* charset/charset_detect.c - what the first bytes prove, and what they make likely.
 *
 * Proof is a byte order mark, or zero bytes in the places where UTF-16 and UTF-32 have them in any
 * text with line ends, digits or Latin letters. Zero bytes alone prove nothing: text of single
 * bytes may hold some by mistake, and then in any place. So both readings are held against each
 * other, pair of bytes by pair: see is_utf16. A charset of one or two bytes is never proven: those
 * are only proposed, to a user who can look. */
#include "charset/charset_table.h"
#include "core/buf.h"
#include <string.h>

/* Control characters that text may hold. */
static bool plain_control(uint32_t c) {
    return c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0x1B;
}

static bool believable(uint32_t c) {
    if (c < 0x20) return plain_control(c);
    if (c >= 0xFDD0 && c <= 0xFDEF) return false;
    return c != 0x7F && (c & 0xFFFE) != 0xFFFE && c <= 0x10FFFF && !(c >= 0xD800 && c < 0xE000);
}

static uint32_t unit(const uint8_t *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* All of it reads as UTF-32, and most of it has the two upper bytes at zero, as no other text has.
 */
static bool is_utf32(lf_span h, bool whole, bool big) {
    size_t basic = 0;
    if (h.len < 8 || (whole && h.len % 4 != 0)) return false;
    for (size_t i = 0; i + 4 <= h.len; i += 4) {
        const uint32_t first = unit(h.data + i, big), second = unit(h.data + i + 2, big);
        if (!believable(big ? first << 16 | second : second << 16 | first)) return false;
        basic += (big ? first : second) == 0;
    }
    return basic > h.len / 8;
}

/* UTF-8, with some damage perhaps. */
static bool is_utf8(lf_span h) {
    size_t characters = 0, damage = 0;
    for (size_t i = 0; i < h.len;) {
        const size_t n = lf_utf8_len(h.data + i, h.len - i);
        characters += n > 1;
        damage += n == 0 && h.len - i >= 4; /* the last may be cut */
        i += n > 0 ? n : 1;
    }
    return damage <= characters;
}

/* No text of single bytes has it. */
static bool odd_byte(uint8_t b) {
    return (b < 0x20 && !plain_control(b)) || b == 0x7F;
}

typedef struct pair_count {
    size_t latin;       /* a character below U+0100: the upper byte is zero */
    size_t swapped;     /* it would be one in the other order of bytes */
    size_t apart;       /* two bytes that are each a character of their own */
    size_t lines;       /* line feeds of two bytes */
    size_t lines_apart; /* bytes that are a line feed if they are single */
    size_t odd;         /* no character of a text */
} pair_count;

/* Whether the pair at i begins a character of two pairs. */
static bool count_pair(lf_span h, size_t i, bool big, bool utf8, pair_count *p) {
    const uint32_t c = unit(h.data + i, big);
    const uint8_t up = (uint8_t)(c >> 8), low = (uint8_t)c;
    const bool kana = c >= 0x3041 && c < 0x3100; /* else a zero before each letter */
    if (c >= 0xD800 && c < 0xDC00 && i + 4 <= h.len) {
        const uint32_t next = unit(h.data + i + 2, big);
        p->odd += next < 0xDC00 || next >= 0xE000;
        return true;
    }
    p->latin += up == 0;
    p->swapped += low == 0;
    p->odd += !believable(c);
    p->lines += c == '\n';
    p->lines_apart += c != '\n' && (up == '\n' || low == '\n');
    p->apart +=
        up != 0 && !odd_byte(up) && !odd_byte(low) && !kana && (utf8 || (up < 0x80 && low < 0x80));
    return false;
}

/* Text in UTF-16, not text of single bytes with zeros in it. An eighth or more of the characters
 * are Latin letters, digits and line ends, and these are eight times as many as in the other order
 * of bytes; its line ends have two bytes. Where the bytes happen to be UTF-8, which of what is
 * written in alphabets is all that have no accents, one pair in sixteen may look like two
 * characters; elsewhere, among Chinese characters, one in four of many. */
static bool is_utf16(lf_span h, bool whole, bool big) {
    pair_count p = {0};
    const size_t n = h.len / 2;
    if (n < 4 || (whole && h.len % 2 != 0)) return false;
    const bool utf8 = is_utf8(h);
    for (size_t i = 0; i < n; i++)
        i += count_pair(h, 2 * i, big, utf8, &p);
    return p.latin * 8 >= n && p.latin >= 8 * p.swapped &&
           p.apart * (utf8 || n < 32 ? 16 : 4) <= n && p.odd * 64 <= n &&
           p.lines * 4 >= p.lines_apart;
}

const lf_charset *lf_charset_detect(lf_span h, bool whole, const char **how_out) {
    static const struct {
        const char *bytes, *name;
        size_t n;
    } marks[] = {{"\xFF\xFE\0\0", "utf-32le", 4},
                 {"\0\0\xFE\xFF", "utf-32be", 4},
                 {"\xFF\xFE", "utf-16le", 2},
                 {"\xFE\xFF", "utf-16be", 2},
                 {"\xEF\xBB\xBF", "utf-8", 3}};
    *how_out = "by its byte order mark";
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (h.len >= marks[i].n && memcmp(h.data, marks[i].bytes, marks[i].n) == 0)
            return lf_charset_find(marks[i].name);
    *how_out = "by the places of its zero bytes";
    if (h.len == 0 || memchr(h.data, 0, h.len) == NULL) return NULL;
    if (is_utf32(h, whole, false)) return lf_charset_find("utf-32le");
    if (is_utf32(h, whole, true)) return lf_charset_find("utf-32be");
    if (is_utf16(h, whole, false)) return lf_charset_find("utf-16le");
    if (is_utf16(h, whole, true)) return lf_charset_find("utf-16be");
    return NULL;
}

/* -- candidates --------------------------------------------------------------------------- */

typedef struct evidence {
    const char *name;
    double score; /* 0: not this one */
} evidence;

/* The part of the pairs that lies where the frequent characters of a language are. 0: some byte is
 * none of the charset. */
static double score_double(lf_span h, const lf_charset *c, uint8_t lead_from, uint8_t lead_to) {
    size_t pairs = 0, common = 0;
    for (size_t i = 0; i < h.len; i++) {
        const uint8_t b = h.data[i];
        if (b < 0x80) continue;
        if (b >= c->pairs->low && b <= c->pairs->high) continue;
        if (i + 1 == h.len) break; /* cut by the end of the head */
        if (lf_charset_pair(c->pairs, b, h.data[i + 1]) == 0) return 0;
        pairs++;
        common += b >= lead_from && b <= lead_to && (h.data[i + 1] >= 0x80 || lead_from < 0x90);
        i++;
    }
    return pairs ? (double)common / (double)pairs : 0;
}

static bool is_latin_letter(uint32_t c) {
    return (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7);
}

/* The part of the high bytes that are letters between Latin letters; 0: some byte is no character.
 */
static double score_latin(lf_span h, const lf_charset *c) {
    size_t high = 0, letters = 0;
    for (size_t i = 0; i < h.len; i++) {
        const uint8_t b = h.data[i];
        if (b < 0x80) continue;
        if (c->single[b - 0x80] == CHARSET_NONE) return 0;
        high++;
        const uint8_t before = i > 0 ? h.data[i - 1] | 0x20 : 0;
        const uint8_t after = i + 1 < h.len ? h.data[i + 1] | 0x20 : 0;
        const bool near = (before >= 'a' && before <= 'z') || (after >= 'a' && after <= 'z');
        letters += near && is_latin_letter(c->single[b - 0x80]);
    }
    return high ? 0.95 * (double)letters / (double)high : 0;
}

/* The part of the high bytes that are small Cyrillic letters beside high bytes: KOI8-R has capitals
 * where Windows has small letters. */
static double score_cyrillic(lf_span h, const lf_charset *c) {
    size_t high = 0, letters = 0;
    for (size_t i = 0; i < h.len; i++) {
        const uint8_t b = h.data[i];
        if (b < 0x80) continue;
        const uint16_t u = c->single[b - 0x80];
        if (u == CHARSET_NONE) return 0;
        high++;
        const bool near =
            (i > 0 && h.data[i - 1] >= 0x80) || (i + 1 < h.len && h.data[i + 1] >= 0x80);
        letters += near && u >= 0x430 && u <= 0x45F;
    }
    return high ? (double)letters / (double)high : 0;
}

size_t lf_charset_candidates(lf_span h, const char *out[LF_CHARSET_CANDIDATES]) {
    evidence all[] = {
        {"shift_jis", score_double(h, lf_charset_find("shift_jis"), 0x81, 0x97)},
        {"gb18030", score_double(h, lf_charset_find("gb18030"), 0xB0, 0xD7) * 0.95},
        {"big5", score_double(h, lf_charset_find("big5"), 0xA1, 0xC6) * 0.9},
        {"euc-kr", score_double(h, lf_charset_find("euc-kr"), 0xB0, 0xC8)},
        {"windows-1252", score_latin(h, lf_charset_find("windows-1252"))},
        {"windows-1250", score_latin(h, lf_charset_find("windows-1250"))},
        {"windows-1251", score_cyrillic(h, lf_charset_find("windows-1251"))},
        {"koi8-r", score_cyrillic(h, lf_charset_find("koi8-r"))},
    };
    const size_t n_all = sizeof all / sizeof all[0];
    size_t n = 0;
    while (n < LF_CHARSET_CANDIDATES) {
        evidence *best = NULL;
        for (size_t i = 0; i < n_all; i++)
            if (all[i].score >= 0.3 && (!best || all[i].score > best->score)) best = &all[i];
        if (best == NULL) break;
        out[n++] = best->name;
        best->score = 0;
    }
    return n;
}
