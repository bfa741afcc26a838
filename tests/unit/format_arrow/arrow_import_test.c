/* Arrays of the C data interface as batches: every layout, with offsets, without and with nulls, in
 * pieces of any size; and schemas and arrays that do not hold. Buffers are as long as they must be,
 * so that a sanitizer sees a read too many. */
#include "format/arrow/arrow_import.h"
#include "lf_test.h"
#include <stdlib.h>

#define ROWS 70 /* more than a word of validity */
#define LEAD 5  /* slots before the offset */

typedef struct array {
    struct ArrowSchema s;
    struct ArrowArray a;
    struct ArrowSchema *s_children[4];
    struct ArrowArray *a_children[4];
    const void *buffers[4];
} array;

static void s_release(struct ArrowSchema *s) {
    s->release = NULL;
}

static void a_release(struct ArrowArray *a) {
    a->release = NULL;
}

static void init(array *x, const char *format, const char *name, int64_t rows, int64_t offset,
                 int64_t n_buffers) {
    *x = (array){0};
    x->s = (struct ArrowSchema){.format = format,
                                .name = name,
                                .flags = ARROW_FLAG_NULLABLE,
                                .children = x->s_children,
                                .release = s_release};
    x->a = (struct ArrowArray){.length = rows,
                               .offset = offset,
                               .n_buffers = n_buffers,
                               .buffers = x->buffers,
                               .children = x->a_children,
                               .release = a_release};
}

static void add(array *x, array *child) {
    x->s_children[x->s.n_children++] = &child->s;
    x->a_children[x->a.n_children++] = &child->a;
}

static void *bytes(const void *from, size_t n) {
    void *p = malloc(n > 0 ? n : 1);
    memcpy(p, from, n);
    return p;
}

static bool is_null(int64_t slot) {
    return slot % 7 == 3;
}

/* One bit a slot, as many bytes as slots need. */
static void *validity(int64_t slots) {
    uint8_t *p = calloc(1, (size_t)(slots + 7) / 8);
    for (int64_t i = 0; i < slots; i++)
        if (!is_null(i)) p[i / 8] |= (uint8_t)(1u << (i % 8));
    return p;
}

static void drop(array *x) {
    for (int i = 0; i < 4; i++)
        free((void *)(uintptr_t)x->buffers[i]);
}

/* A table of one column. */
static lf_rc open_one(array *top, array *x, int64_t rows, lf_arrow_import **im, lf_error *err) {
    init(top, "+s", "", rows, 0, 1);
    add(top, x);
    *im = NULL;
    LF_TRY(lf_arrow_import_open(&top->s, lf_alloc_default(), im, err));
    return lf_arrow_import_begin(*im, &top->a, err);
}

/* ---- values ---- */

static double half(int64_t i) {
    return (double)(i % 2048) / 8;
}

static uint16_t half_bits(double v) { /* 0, and normal numbers up to 255 in eighths */
    if (v == 0) return 0;
    int e = 15;
    while (v >= 2)
        v /= 2, e++;
    while (v < 1)
        v *= 2, e--;
    return (uint16_t)(e << 10 | (int)((v - 1) * 1024));
}

typedef struct flat {
    const char *format;
    int width;                    /* bytes of a slot; 0: bits */
    int64_t (*put)(int64_t slot); /* bits of the slot */
    int64_t factor;               /* what comes out of a slot's number */
    uint8_t type;
} flat;

static int64_t number(int64_t i) {
    return i * 3 - 50;
}
static int64_t natural(int64_t i) {
    return i * 2;
}
static int64_t bit(int64_t i) {
    return i % 3 == 0;
}
static int64_t f16(int64_t i) {
    return half_bits(half(i));
}
static int64_t f32(int64_t i) {
    const float v = (float)half(i);
    uint32_t b;
    memcpy(&b, &v, 4);
    return b;
}
static int64_t f64(int64_t i) {
    const double v = half(i);
    int64_t b;
    memcpy(&b, &v, 8);
    return b;
}
static int64_t day_ms(int64_t i) {
    return number(i) * 86400000;
}

static const flat flats[] = {
    {"b", 0, bit, 1, LF_T_BOOL},
    {"c", 1, number, 1, LF_T_INT64},
    {"C", 1, natural, 1, LF_T_INT64},
    {"s", 2, number, 1, LF_T_INT64},
    {"S", 2, natural, 1, LF_T_INT64},
    {"i", 4, number, 1, LF_T_INT64},
    {"I", 4, natural, 1, LF_T_INT64},
    {"l", 8, number, 1, LF_T_INT64},
    {"L", 8, natural, 1, LF_T_UINT64},
    {"e", 2, f16, 0, LF_T_DOUBLE},
    {"f", 4, f32, 0, LF_T_DOUBLE},
    {"g", 8, f64, 0, LF_T_DOUBLE},
    {"d:9,2,32", 4, number, 1, LF_T_DECIMAL},
    {"d:15,3,64", 8, number, 1, LF_T_DECIMAL},
    {"d:18,3", 16, number, 1, LF_T_DECIMAL},
    {"d:38,3,256", 32, number, 1, LF_T_DECIMAL},
    {"tdD", 4, number, 1, LF_T_DATE},
    {"tdm", 8, day_ms, 1, LF_T_DATE},
    {"tts", 4, natural, 1000000, LF_T_TIME},
    {"ttm", 4, natural, 1000, LF_T_TIME},
    {"ttu", 8, natural, 1, LF_T_TIME},
    {"ttn", 8, natural, 1, LF_T_TIME},
    {"tss:", 8, number, 1000000, LF_T_TIMESTAMP},
    {"tsm:UTC", 8, number, 1000, LF_T_TIMESTAMP},
    {"tsu:", 8, number, 1, LF_T_TIMESTAMP},
    {"tsn:Europe/Paris", 8, number, 1, LF_T_TIMESTAMP},
};

static void *slots_of(const flat *f, int64_t n) {
    const size_t size = f->width == 0 ? (size_t)(n + 7) / 8 : (size_t)n * (size_t)f->width;
    uint8_t *p = calloc(1, size);
    for (int64_t i = 0; i < n; i++) {
        const int64_t v = f->put(i);
        if (f->width == 0 && v) p[i / 8] |= (uint8_t)(1u << (i % 8));
        for (int k = 0; k < f->width; k++)
            p[i * f->width + k] = k < 8 ? (uint8_t)((uint64_t)v >> (8 * k)) : v < 0 ? 0xff : 0;
    }
    return p;
}

static void check_flat(const flat *f, const lf_column *c, uint32_t r, int64_t slot) {
    int64_t got = 0;
    if (f->type == LF_T_DOUBLE) {
        LF_CHECK_EQ_F64(((const double *)c->values)[r], half(slot));
        return;
    }
    const uint32_t width = lf_type_slot_bytes(c->type);
    memcpy(&got, (const uint8_t *)c->values + (size_t)r * width, width < 8 ? width : 8);
    if (f->type == LF_T_DATE) got = (int32_t)got;
    int64_t want = strcmp(f->format, "tdm") == 0 ? number(slot) : f->put(slot) * f->factor;
    if (f->width == 1) want = f->put == number ? (int8_t)want : (uint8_t)want;
    LF_CHECK_EQ_I64(got, want);
}

static void every_flat_type_comes_with_offsets_and_nulls(void) {
    for (size_t k = 0; k < sizeof flats / sizeof *flats; k++) {
        const flat *f = &flats[k];
        for (int how = 0; how < 12; how++) { /* offset, nulls, rows at a time */
            const int64_t offset = how % 2 ? LEAD : 0, slots = ROWS + offset;
            const bool nulls = how / 2 % 2;
            const uint32_t step = (const uint32_t[]){1, 13, 8192}[how / 4];
            array x, top;
            lf_arrow_import *im;
            lf_error err = {0};
            init(&x, f->format, f->format, ROWS, offset, 2);
            x.buffers[0] = nulls ? validity(slots) : NULL;
            x.a.null_count = nulls ? -1 : 0;
            x.buffers[1] = slots_of(f, slots);
            const lf_rc rc = open_one(&top, &x, ROWS, &im, &err);
            LF_CHECK_STR(err.message, "");
            if (!LF_CHECK_EQ_I64(rc, LF_OK)) return;
            LF_CHECK_EQ_U64(lf_arrow_import_schema(im)->fields[0].type.id, f->type);
            int64_t row = 0;
            for (lf_batch b = {.n_rows = 1}; b.n_rows > 0; row += b.n_rows) {
                if (!LF_CHECK_EQ_I64(lf_arrow_import_next(im, step, &b, &err), LF_OK)) return;
                for (uint32_t r = 0; r < b.n_rows; r++) {
                    const int64_t slot = row + r + offset;
                    const bool valid = lf_column_is_valid(&b.columns[0], r);
                    LF_CHECK_EQ_U64(valid, !(nulls && is_null(slot)));
                    if (valid) check_flat(f, &b.columns[0], r, slot);
                }
            }
            LF_CHECK_EQ_I64(row, ROWS);
            lf_arrow_import_close(im);
            drop(&x);
        }
    }
}

/* ---- texts ---- */

static void check_texts(array *x, int64_t rows, const char *const *want) {
    array top;
    lf_arrow_import *im;
    lf_error err = {0};
    lf_batch b;
    const lf_rc rc = open_one(&top, x, rows, &im, &err);
    LF_CHECK_STR(err.message, "");
    if (!LF_CHECK_EQ_I64(rc, LF_OK)) return;
    if (!LF_CHECK_EQ_I64(lf_arrow_import_next(im, 8192, &b, &err), LF_OK)) return;
    LF_CHECK_EQ_I64(b.n_rows, rows);
    for (uint32_t r = 0; r < b.n_rows; r++) {
        const lf_column *c = &b.columns[0];
        LF_CHECK_EQ_U64(lf_column_is_valid(c, r), want[r] != NULL);
        if (want[r] == NULL) continue;
        LF_CHECK_EQ_U64(c->len[r], strlen(want[r]));
        LF_CHECK_MEM(c->bytes + c->start[r], want[r], c->len[r]);
    }
    lf_arrow_import_close(im);
}

static const char *const words[] = {"b", NULL, "", "a text of more than twelve bytes"};

static void texts_of_every_layout_come_with_an_offset(void) {
    static const char data[] = "xxbyya text of more than twelve bytes";
    const int32_t at32[] = {0, 2, 3, 5, 5, 37};
    const int64_t at64[] = {0, 2, 3, 5, 5, 37};
    const uint8_t valid = 0x1b; /* slots 0, 1, 3, 4 */
    array x;
    for (int k = 0; k < 4; k++) {
        const bool large = k % 2;
        init(&x, (const char *const[]){"u", "U", "z", "Z"}[k], "t", 4, 1, 3);
        x.a.null_count = 1;
        x.buffers[0] = bytes(&valid, 1);
        x.buffers[1] = large ? bytes(at64, sizeof at64) : bytes(at32, sizeof at32);
        x.buffers[2] = bytes(data, 37);
        check_texts(&x, 4, words);
        drop(&x);
    }
    uint8_t views[5 * 16] = {0};
    const int64_t sizes = 37;
    const int32_t lens[] = {3, 1, 9, 0, 32}, place[] = {0, 5};
    for (int i = 0; i < 5; i++)
        memcpy(views + 16 * i, &lens[i], 4);
    memcpy(views + 16 + 4, "b", 1);
    memcpy(views + 64 + 4, "a te", 4);
    memcpy(views + 64 + 8, place, 8);
    for (int k = 0; k < 2; k++) {
        init(&x, k ? "vz" : "vu", "t", 4, 1, 4);
        x.a.null_count = 1;
        x.buffers[0] = bytes(&valid, 1);
        x.buffers[1] = bytes(views, sizeof views);
        x.buffers[2] = bytes(data, 37);
        x.buffers[3] = bytes(&sizes, 8);
        check_texts(&x, 4, words);
        drop(&x);
    }
    init(&x, "w:3", "t", 2, 1, 2);
    x.buffers[1] = bytes("abcdefghi", 9);
    check_texts(&x, 2, (const char *const[]){"def", "ghi"});
    drop(&x);
    init(&x, "w:0", "t", 2, 0, 2); /* needs no values at all */
    check_texts(&x, 2, (const char *const[]){"", ""});
    drop(&x);
}

static void dictionaries_of_texts_with_offsets_on_both_sides(void) {
    const int32_t at[] = {0, 1, 2, 34};
    const int8_t index[] = {9, 1, 0, 0, 1};
    const uint8_t valid = 0x17; /* the fourth of five is null */
    array x, d;
    init(&x, "c", "t", 4, 1, 2);
    init(&d, "u", NULL, 2, 1, 3);
    d.buffers[1] = bytes(at, sizeof at);
    d.buffers[2] = bytes("?ba text of more than twelve bytes", 34);
    x.s.dictionary = &d.s;
    x.a.dictionary = &d.a;
    x.a.null_count = 1;
    x.buffers[0] = bytes(&valid, 1);
    x.buffers[1] = bytes(index, 5);
    check_texts(&x, 4, (const char *const[]){words[3], "b", NULL, words[3]});
    ((int8_t *)(uintptr_t)x.buffers[1])[2] = 2; /* no such value */
    array top;
    lf_arrow_import *im;
    lf_error err = {0};
    lf_batch b;
    LF_CHECK_EQ_I64(open_one(&top, &x, 4, &im, &err), LF_OK);
    LF_CHECK_EQ_I64(lf_arrow_import_next(im, 8, &b, &err), LF_ECORRUPT);
    LF_CHECK(strstr(err.message, "'t'") != NULL);
    lf_arrow_import_close(im);
    drop(&x), drop(&d);
}

/* ---- nested ---- */

static void lists_and_structs_with_offsets_all_the_way_down(void) {
    const int32_t at[] = {0, 2, 2, 3, 6}, value[] = {-1, 10, 11, 12, 13, 14, 15};
    const uint8_t valid = 0x0d; /* the second of four lists is null */
    array list, item, row, top;
    lf_arrow_import *im;
    lf_error err = {0};
    lf_batch b;
    init(&row, "+s", "r", 3, 1, 1);
    init(&list, "+l", "l", 4, 0, 2);
    init(&item, "i", "item", 6, 1, 2);
    item.buffers[1] = bytes(value, sizeof value);
    list.buffers[0] = bytes(&valid, 1);
    list.buffers[1] = bytes(at, sizeof at);
    list.a.null_count = -1;
    add(&list, &item);
    add(&row, &list);
    LF_CHECK_EQ_I64(open_one(&top, &row, 3, &im, &err), LF_OK);
    LF_CHECK_STR(err.message, "");
    LF_CHECK_EQ_I64(lf_arrow_import_next(im, 8192, &b, &err), LF_OK);
    if (!LF_CHECK_EQ_U64(b.n_rows, 3)) return;
    const lf_column *l = &b.columns[0].children[0];
    LF_CHECK_EQ_U64(l->null_count, 1);
    LF_CHECK(!lf_column_is_valid(l, 0));
    const uint32_t want[] = {0, 0, 1, 4};
    LF_CHECK_MEM(l->offsets, want, sizeof want);
    for (uint32_t i = 0; i < 4; i++)
        LF_CHECK_EQ_I64(((const int64_t *)l->children[0].values)[i], 12 + (int64_t)i);
    lf_arrow_import_close(im);
    drop(&row), drop(&list), drop(&item);
}

/* ---- what does not hold ---- */

static void schemas_that_do_not_hold_are_refused(void) {
    static const char *const formats[] = {
        "",    "?",     "d:",   "d:x", "d:5", "d:0,0", "d:39,1", "d:5,9", "d:5,2,7",   "w:", "w:-1",
        "w:x", "ts",    "tsx:", "td",  "tt",  "+w:",   "+w:-3",  "+w:x",  "+l",        "+L", "+m",
        "+vl", "+ud:0", "+r",   "tiD", "tin", "uu",    "ll",     "+sx",   "d:76,2,256"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        array x, top;
        lf_arrow_import *im;
        lf_error err = {0};
        init(&x, formats[i], "strange", 0, 0, 2);
        const lf_rc rc = open_one(&top, &x, 0, &im, &err);
        if (!LF_CHECK(rc == LF_ECORRUPT || rc == LF_EUNSUPPORTED)) printf("%s\n", formats[i]);
        LF_CHECK(strstr(err.message, "strange") != NULL);
        lf_arrow_import_close(im);
    }
    lf_arrow_import *im = NULL;
    lf_error err = {0};
    array top, x;
    init(&top, "l", "", 0, 0, 1); /* no struct */
    LF_CHECK_EQ_I64(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err), LF_ECORRUPT);
    init(&top, "+s", "", 0, 0, 1);
    init(&x, "l", "x", 0, 0, 2);
    add(&top, &x);
    x.s.format = NULL;
    LF_CHECK(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err) != LF_OK);
    x.s.format = "l";
    x.s.release = NULL;
    LF_CHECK(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err) != LF_OK);
    x.s.release = s_release;
    top.s_children[0] = NULL;
    LF_CHECK(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err) != LF_OK);
    top.s.children = NULL;
    LF_CHECK(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err) != LF_OK);
    top.s.n_children = -1;
    LF_CHECK(lf_arrow_import_open(&top.s, lf_alloc_default(), &im, &err) != LF_OK);
}

static void maps_without_entries_are_refused(void) {
    for (int k = 0; k < 5; k++) {
        array top, map, entry, key, value;
        lf_arrow_import *im;
        lf_error err = {0};
        init(&map, "+m", "strange", 0, 0, 2);
        init(&entry, "+s", "entries", 0, 0, 1);
        init(&key, "u", "key", 0, 0, 3);
        init(&value, "l", "value", 0, 0, 2);
        add(&entry, &key), add(&entry, &value), add(&map, &entry);
        if (k == 1) map.s.children = NULL;
        if (k == 2) entry.s.children = NULL;
        if (k == 3) entry.s.format = NULL;
        if (k == 4) entry.s.n_children = 1;
        const lf_rc rc = open_one(&top, &map, 0, &im, &err);
        LF_CHECK_EQ_I64(rc, k == 0 ? LF_OK : LF_ECORRUPT);
        if (k > 0) LF_CHECK(strstr(err.message, "strange") != NULL);
        lf_arrow_import_close(im);
    }
}

typedef struct list_table {
    array top, list, item, text;
} list_table;

static void table_make(list_table *t) {
    const int32_t at[] = {0, 1, 3}, value[] = {1, 2, 3};
    init(&t->top, "+s", "", 2, 0, 1);
    init(&t->list, "+l", "l", 2, 0, 2);
    init(&t->item, "i", "item", 3, 0, 2);
    init(&t->text, "u", "s", 2, 0, 3);
    t->item.buffers[1] = bytes(value, sizeof value);
    t->list.buffers[1] = bytes(at, sizeof at);
    t->text.buffers[1] = bytes(at, sizeof at);
    t->text.buffers[2] = bytes("abc", 3);
    add(&t->list, &t->item);
    add(&t->top, &t->list);
    add(&t->top, &t->text);
}

static int32_t *ends(array *x) {
    return (int32_t *)(uintptr_t)x->buffers[1];
}

static void no_buffers(array *x) {
    free((void *)(uintptr_t)x->buffers[1]);
    x->buffers[1] = NULL;
}

/* Each case breaks one thing; the rest holds. */
static bool spoil(list_table *t, int which) {
    switch (which) {
    case 0:
        t->top.a.length = -1;
        return true;
    case 1:
        t->top.a.offset = -1;
        return true;
    case 2:
        t->top.a.length = INT64_MAX;
        return true;
    case 3:
        t->top.a.n_children = 1;
        return true;
    case 4:
        t->top.a.children = NULL;
        return true;
    case 5:
        t->top.a_children[1] = NULL;
        return true;
    case 6:
        t->text.a.release = NULL;
        return true;
    case 7:
        t->top.a.length = 3;
        return true; /* more than its columns */
    case 8:
        t->list.a.length = 1;
        return true;
    case 9:
        t->list.a.offset = INT64_MAX / 2;
        return true;
    case 10:
        t->list.a.n_buffers = 3;
        return true;
    case 11:
        t->list.a.buffers = NULL;
        return true;
    case 12:
        t->list.a.n_children = 0;
        return true;
    case 13:
        t->list.a.children = NULL;
        return true;
    case 14:
        t->list.a_children[0] = NULL;
        return true;
    case 15:
        t->list.a.null_count = 3;
        return true;
    case 16:
        t->list.a.null_count = 1;
        return true; /* and no validity */
    case 17:
        t->list.a.null_count = -2;
        return true;
    case 18:
        ends(&t->list)[1] = 4;
        return true; /* falls behind it */
    case 19:
        ends(&t->list)[0] = -1;
        return true;
    case 20:
        ends(&t->list)[2] = 4;
        return true; /* more than the child has */
    case 21:
        no_buffers(&t->list);
        return true;
    case 22:
        t->item.a.length = 2;
        return true;
    case 23:
        no_buffers(&t->item);
        return true;
    case 24:
        ends(&t->text)[2] = 0;
        return true;
    case 25:
        no_buffers(&t->text);
        return true;
    case 26:
        free((void *)(uintptr_t)t->text.buffers[2]);
        t->text.buffers[2] = NULL;
        return true;
    case 27:
        t->text.a.dictionary = &t->item.a;
        return true;
    case 28:
        t->top.a.dictionary = &t->item.a;
        return true;
    case 29:
        ((char *)(uintptr_t)t->text.buffers[2])[1] = (char)0xff;
        return true; /* no UTF-8 */
    default:
        return false;
    }
}

static void arrays_that_do_not_hold_are_refused(void) {
    for (int which = -1;; which++) {
        list_table t;
        lf_arrow_import *im = NULL;
        lf_error err = {0};
        lf_batch b;
        table_make(&t);
        LF_CHECK_EQ_I64(lf_arrow_import_open(&t.top.s, lf_alloc_default(), &im, &err), LF_OK);
        const bool spoiled = spoil(&t, which);
        lf_rc rc = lf_arrow_import_begin(im, &t.top.a, &err);
        if (rc == LF_OK) rc = lf_arrow_import_next(im, 8192, &b, &err);
        const bool good = spoiled ? rc == LF_ECORRUPT || rc == LF_EBAD_UTF8 : rc == LF_OK;
        if (!LF_CHECK(good)) printf("case %d: %d %s\n", which, rc, err.message);
        lf_arrow_import_close(im);
        drop(&t.list), drop(&t.item), drop(&t.text);
        if (which >= 0 && !spoiled) return;
    }
}

int main(void) {
    LF_RUN(every_flat_type_comes_with_offsets_and_nulls);
    LF_RUN(texts_of_every_layout_come_with_an_offset);
    LF_RUN(dictionaries_of_texts_with_offsets_on_both_sides);
    LF_RUN(lists_and_structs_with_offsets_all_the_way_down);
    LF_RUN(schemas_that_do_not_hold_are_refused);
    LF_RUN(maps_without_entries_are_refused);
    LF_RUN(arrays_that_do_not_hold_are_refused);
    LF_TEST_MAIN_END;
}
