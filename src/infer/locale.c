/* Names are kept in lower case and compared byte by byte after folding; a word counts only whole,
 * so that "Marine" is no March. Letters beyond ASCII fold where one bit parts the cases (Latin-1).
 */
#include "infer/locale.h"
#include <string.h>
#include <strings.h>

enum { EN, DE, FR, ES, IT, NL, PT, SV, DA, NB, FI, PL, N_LANGUAGES };

typedef struct month_names {
    const char *full[12], *brief[12];
    const char *other[3]; /* "3sept": more short names, read but not printed */
} month_names;

static const month_names languages[N_LANGUAGES] = {
    [EN] = {{"january", "february", "march", "april", "may", "june", "july", "august", "september",
             "october", "november", "december"},
            {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
            {"9sept"}},
    [DE] = {{"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september",
             "oktober", "november", "dezember"},
            {"jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"},
            {"3mrz", "9sept", "1jänner"}},
    [FR] = {{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
             "octobre", "novembre", "décembre"},
            {"janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov",
             "déc"},
            {"1jan", "2fév", "8aout"}},
    [ES] = {{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
             "octubre", "noviembre", "diciembre"},
            {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
            {"9sept", "9setiembre"}},
    [IT] = {{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
             "settembre", "ottobre", "novembre", "dicembre"},
            {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
            {NULL}},
    [NL] = {{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus",
             "september", "oktober", "november", "december"},
            {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
            {NULL}},
    [PT] = {{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto",
             "setembro", "outubro", "novembro", "dezembro"},
            {"jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"},
            {NULL}},
    [SV] = {{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
             "oktober", "november", "december"},
            {"jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
            {"9sept"}},
    [DA] = {{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
             "oktober", "november", "december"},
            {"jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
            {"9sept"}},
    [NB] = {{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september",
             "oktober", "november", "desember"},
            {"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"},
            {"9sept"}},
    [FI] = {{"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta",
             "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"},
            {"tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka",
             "marras", "joulu"},
            {NULL}},
    [PL] = {{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
             "września", "października", "listopada", "grudnia"},
            {"sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"},
            {NULL}},
};

static const lf_locale locales[] = {
    {"en", EN, LF_ORDER_NONE, '.', ','},         {"en-US", EN, LF_ORDER_MONTH_FIRST, '.', ','},
    {"en-GB", EN, LF_ORDER_DAY_FIRST, '.', ','}, {"de", DE, LF_ORDER_DAY_FIRST, ',', '.'},
    {"fr", FR, LF_ORDER_DAY_FIRST, ',', ' '},    {"es", ES, LF_ORDER_DAY_FIRST, ',', '.'},
    {"it", IT, LF_ORDER_DAY_FIRST, ',', '.'},    {"nl", NL, LF_ORDER_DAY_FIRST, ',', '.'},
    {"pt", PT, LF_ORDER_DAY_FIRST, ',', '.'},    {"sv", SV, LF_ORDER_DAY_FIRST, ',', ' '},
    {"da", DA, LF_ORDER_DAY_FIRST, ',', '.'},    {"nb", NB, LF_ORDER_DAY_FIRST, ',', ' '},
    {"fi", FI, LF_ORDER_DAY_FIRST, ',', ' '},    {"pl", PL, LF_ORDER_DAY_FIRST, ',', ' '},
};

const char *lf_locale_list(void) {
    return "en|en-US|en-GB|de|fr|es|it|nl|pt|sv|da|nb|fi|pl";
}

static bool same_name(const char *name, size_t n, const char *known) {
    if (strlen(known) != n) return false;
    for (size_t i = 0; i < n; i++)
        if ((name[i] == '_' ? '-' : name[i] | 32) != (known[i] == '-' ? '-' : known[i] | 32))
            return false;
    return true;
}

const lf_locale *lf_locale_find(const char *name) {
    size_t n = strcspn(name, ".@"), language = strcspn(name, "-_.@");
    const lf_locale *found = NULL;
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        if (same_name(name, n, locales[i].name)) return &locales[i];
        if (same_name(name, language, locales[i].name)) found = &locales[i];
    }
    return found;
}

/* ---- words ---- */

static bool is_upper(const uint8_t *p, const uint8_t *begin) {
    if (*p >= 'A' && *p <= 'Z') return true;
    return p > begin && p[-1] == 0xC3 && *p >= 0x80 && *p <= 0x9E;
}

static bool is_lower(const uint8_t *p, const uint8_t *begin) {
    if (*p >= 'a' && *p <= 'z') return true;
    return p > begin && p[-1] == 0xC3 && *p >= 0xA0;
}

/* Letters at the front of t, folded. 0: none, or more than any name has. */
static uint32_t fold_word(lf_span t, char out[LF_MONTH_NAME_MAX], uint32_t *spelling) {
    uint32_t n = 0, uppers = 0, lowers = 0;
    bool first_upper = false;
    for (; n < t.len; n++) {
        const uint8_t *p = t.data + n;
        bool up = is_upper(p, t.data), low = is_lower(p, t.data);
        if (!up && !low && *p < 0x80) break;
        if (n == LF_MONTH_NAME_MAX) return 0;
        if (n == 0) first_upper = up;
        uppers += up;
        lowers += low;
        out[n] = (char)(up ? *p | 0x20 : *p);
    }
    *spelling = uppers == 0                  ? LF_CASE_LOWER
                : lowers == 0                ? LF_CASE_UPPER
                : uppers == 1 && first_upper ? LF_CASE_TITLE
                                             : LF_CASE_OTHER;
    return n;
}

static bool is_word(const char *word, uint32_t n, const char *name) {
    return name != NULL && word[0] == name[0] && strlen(name) == n && memcmp(word, name, n) == 0;
}

static bool find_month(const month_names *l, const char *word, uint32_t n, lf_month_word *out) {
    for (uint8_t m = 0; m < 12; m++) {
        out->is_full = is_word(word, n, l->full[m]);
        out->is_short = is_word(word, n, l->brief[m]);
        out->month = m + 1;
        if (out->is_full || out->is_short) return true;
    }
    for (uint32_t i = 0; i < 3 && l->other[i] != NULL; i++) {
        out->month = (uint8_t)(l->other[i][0] - '0');
        if (is_word(word, n, l->other[i] + 1)) return true;
    }
    return false;
}

uint32_t lf_month_read(lf_span t, uint8_t names, lf_month_word *out) {
    char word[LF_MONTH_NAME_MAX];
    uint32_t spelling, n = fold_word(t, word, &spelling);
    *out = (lf_month_word){.names = EN};
    if (n < 3) return 0;
    bool found = false;
    if (names != EN && names < N_LANGUAGES) {
        found = find_month(&languages[names], word, n, out);
        out->names = names;
    }
    if (!found) {
        found = find_month(&languages[EN], word, n, out);
        out->names = EN;
    }
    if (!found) return 0;
    out->spelling = (uint8_t)spelling;
    out->dot = n < t.len && t.data[n] == '.';
    return n + out->dot;
}

static uint32_t put_word(const char *name, uint32_t spelling, char *out) {
    uint32_t n = (uint32_t)strlen(name);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t b = (uint8_t)name[i];
        bool letter = (b >= 'a' && b <= 'z') || (i > 0 && (uint8_t)name[i - 1] == 0xC3);
        bool up = letter && (spelling == LF_CASE_UPPER || (spelling == LF_CASE_TITLE && i == 0));
        out[i] = (char)(up ? b & ~0x20 : b);
    }
    return n;
}

uint32_t lf_month_print(uint8_t names, uint32_t month, bool full, uint32_t spelling, char *out) {
    const month_names *l = &languages[names < N_LANGUAGES ? names : EN];
    return put_word(full ? l->full[month - 1] : l->brief[month - 1], spelling, out);
}

static const char *const weekdays[7] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};

uint32_t lf_weekday_read(lf_span t, uint32_t *day_out, bool *full_out, uint32_t *spelling_out) {
    char word[LF_MONTH_NAME_MAX];
    uint32_t n = fold_word(t, word, spelling_out);
    for (uint32_t d = 0; n >= 3 && d < 7; d++) {
        bool full = is_word(word, n, weekdays[d]);
        if (!full && (n != 3 || memcmp(word, weekdays[d], 3) != 0)) continue;
        *day_out = d;
        *full_out = full;
        return n;
    }
    return 0;
}

uint32_t lf_weekday_print(uint32_t day, bool full, uint32_t spelling, char *out) {
    char name[10];
    uint32_t n = full ? (uint32_t)strlen(weekdays[day]) : 3;
    memcpy(name, weekdays[day], n);
    name[n] = 0;
    return put_word(name, spelling, out);
}
