/* charset/charset_table.c - the charsets and their names. */
#include "charset/charset_table.h"
#include "charset/charset_big5.h"
#include "charset/charset_cp949.h"
#include "charset/charset_gb18030.h"
#include "charset/charset_shift_jis.h"
#include "charset/charset_single.h"
#include <string.h>

/* Half-width katakana stand alone in Shift_JIS, the euro sign in GBK. */
static const charset_double shift_jis = {.table = table_shift_jis,
                                         .lead_first = 0x81,
                                         .lead_last = 0xFC,
                                         .trails = 188,
                                         .run_first = {0x40, 0x80},
                                         .run_last = {0x7E, 0xFC},
                                         .low = 0xA1,
                                         .high = 0xDF,
                                         .low_char = 0xFF61};
static const charset_double gb18030 = {.table = table_gb18030,
                                       .lead_first = 0x81,
                                       .lead_last = 0xFE,
                                       .trails = 190,
                                       .run_first = {0x40, 0x80},
                                       .run_last = {0x7E, 0xFE},
                                       .four_bytes = true,
                                       .low = 0x80,
                                       .high = 0x80,
                                       .low_char = 0x20AC};
static const charset_double big5 = {.table = table_big5,
                                    .lead_first = 0x81,
                                    .lead_last = 0xFE,
                                    .trails = 157,
                                    .run_first = {0x40, 0xA1},
                                    .run_last = {0x7E, 0xFE},
                                    .low = 0x100};
static const charset_double cp949 = {.table = table_cp949,
                                     .lead_first = 0x81,
                                     .lead_last = 0xFE,
                                     .trails = 178,
                                     .run_first = {0x41, 0x61, 0x81},
                                     .run_last = {0x5A, 0x7A, 0xFE},
                                     .low = 0x100};

const lf_charset lf_charset_table[] = {
    {"utf-8", "utf8 utf8sig", CHARSET_UTF8},
    {"utf-16", "utf16 unicode ucs2", CHARSET_UTF16},
    {"utf-16le", "utf16le ucs2le", CHARSET_UTF16},
    {"utf-16be", "utf16be ucs2be", CHARSET_UTF16, .big_endian = true},
    {"utf-32", "utf32 ucs4", CHARSET_UTF32},
    {"utf-32le", "utf32le ucs4le", CHARSET_UTF32},
    {"utf-32be", "utf32be ucs4be", CHARSET_UTF32, .big_endian = true},
#define ROW(shown, others, chars) {shown, others, CHARSET_SINGLE, .single = chars},
#define X(shown, others, chars)   ROW(shown, others, chars)
    LF_CHARSET_SINGLE(X)
#undef X
#undef ROW
        {"shift_jis", "sjis cp932 windows31j mskanji ms932", CHARSET_DOUBLE, .pairs = &shift_jis},
    {"gbk", "cp936 gb2312 ms936 euccn", CHARSET_DOUBLE, .pairs = &gb18030},
    {"gb18030", "gb180302000", CHARSET_DOUBLE, .pairs = &gb18030},
    {"big5", "cp950 ms950 bigfive", CHARSET_DOUBLE, .pairs = &big5},
    {"euc-kr", "cp949 uhc ms949 ksc5601 windows949", CHARSET_DOUBLE, .pairs = &cp949},
    {.name = NULL},
};

/* "Shift_JIS", "shift-jis" and "shiftjis" are one. Cut at n bytes. */
static void plain_name(const char *s, size_t len, char *out, size_t n) {
    size_t k = 0;
    for (size_t i = 0; i < len && k + 1 < n; i++) {
        if (s[i] == '-' || s[i] == '_' || s[i] == ' ' || s[i] == ':' || s[i] == '.') continue;
        out[k++] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    }
    out[k] = '\0';
}

const lf_charset *lf_charset_find(const char *name) {
    char want[40], own[40];
    plain_name(name, strlen(name), want, sizeof want);
    for (const lf_charset *c = lf_charset_table; c->name; c++) {
        plain_name(c->name, strlen(c->name), own, sizeof own);
        if (strcmp(own, want) == 0) return c;
        for (const char *p = c->aliases; *p;) {
            const size_t n = strcspn(p, " ");
            if (n == strlen(want) && memcmp(p, want, n) == 0) return c;
            p += n + strspn(p + n, " ");
        }
    }
    return NULL;
}

const char *lf_charset_name(const lf_charset *c) {
    return c->name;
}

bool lf_charset_is_utf8(const lf_charset *c) {
    return c->kind == CHARSET_UTF8;
}

const char *const *lf_charset_names(void) {
#define X(shown, others, chars) shown,
    static const char *const names[] = {LF_CHARSET_SINGLE(X) "utf-8",
                                        "utf-16",
                                        "utf-16le",
                                        "utf-16be",
                                        "utf-32",
                                        "utf-32le",
                                        "utf-32be",
                                        "shift_jis",
                                        "gbk",
                                        "gb18030",
                                        "gb2312",
                                        "big5",
                                        "euc-kr",
                                        "cp949",
                                        "latin1",
                                        "cp1250",
                                        "cp1251",
                                        "cp1252",
                                        "cp932",
                                        "cp936",
                                        "cp950",
                                        NULL};
#undef X
    return names;
}

uint32_t lf_charset_pair(const charset_double *d, uint8_t lead, uint8_t trail) {
    if (lead < d->lead_first || lead > d->lead_last) return 0;
    uint32_t before = 0;
    for (int i = 0; i < 3; i++) {
        if (trail < d->run_first[i] || d->run_last[i] == 0) return 0;
        if (trail <= d->run_last[i]) {
            const uint32_t at = (uint32_t)(lead - d->lead_first) * d->trails + before +
                                (uint32_t)(trail - d->run_first[i]);
            return d->table[at] == CHARSET_NONE ? 0 : d->table[at];
        }
        before += (uint32_t)(d->run_last[i] - d->run_first[i]) + 1;
    }
    return 0;
}

uint32_t lf_charset_four(const uint8_t *p) {
    const uint32_t at =
        (((uint32_t)(p[0] - 0x81) * 10 + (p[1] - 0x30u)) * 126 + (p[2] - 0x81u)) * 10 +
        (p[3] - 0x30u);
    const uint32_t planes = 189000; /* of 0x90308130, U+10000 */
    if (at >= planes) return at - planes > 0xFFFFF ? 0 : 0x10000 + (at - planes);
    if (at >= 39420) return 0;
    uint32_t low = 0, high = GB18030_RANGES;
    while (high - low > 1) {
        const uint32_t mid = (low + high) / 2;
        if (gb18030_ranges[mid][0] <= at)
            low = mid;
        else
            high = mid;
    }
    const uint32_t first = gb18030_ranges[low][1];
    return first == 0 ? 0 : first + (at - gb18030_ranges[low][0]);
}
