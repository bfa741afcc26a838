/* Arrays of the C data interface, made by the fuzzer: any tree of types, buffers as long as they
 * must be with any bytes in them, and now and then a record that does not hold. */
#include "core/limits.h"
#include "format/arrow/arrow_import.h"
#include "fuzz/fuzz.h"

#define NODES_MAX 24
#define SLOTS_MAX 40
#define DEPTH_MAX 4

typedef struct fuzz_node {
    struct ArrowSchema s;
    struct ArrowArray a;
    struct ArrowSchema *s_children[3];
    struct ArrowArray *a_children[3];
    const void *buffers[4];
} fuzz_node;

typedef struct maker {
    const uint8_t *p;
    size_t n;
    fuzz_node nodes[NODES_MAX];
    uint32_t n_nodes;
} maker;

typedef struct kind {
    const char *format;
    uint8_t bits, n_buffers; /* of the second buffer: bits a slot */
} kind;

static const kind kinds[] = {
    {"n", 0, 0},     {"b", 1, 2},         {"c", 8, 2},       {"C", 8, 2},
    {"s", 16, 2},    {"S", 16, 2},        {"i", 32, 2},      {"I", 32, 2},
    {"l", 64, 2},    {"L", 64, 2},        {"e", 16, 2},      {"f", 32, 2},
    {"g", 64, 2},    {"d:9,2,32", 32, 2}, {"d:5,1", 128, 2}, {"d:38,0,256", 0, 2},
    {"tdD", 32, 2},  {"tdm", 64, 2},      {"tts", 32, 2},    {"ttn", 64, 2},
    {"tsm:", 64, 2}, {"tsn:UTC", 64, 2},  {"w:3", 24, 2},    {"u", 32, 3},
    {"Z", 64, 3},    {"vu", 128, 4},      {"+l", 32, 2},     {"+L", 64, 2},
    {"+w:2", 0, 1},  {"+vl", 32, 3},      {"+s", 0, 1},      {"+m", 32, 2},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static uint8_t take(maker *m) {
    if (m->n == 0) return 0;
    m->n--;
    return *m->p++;
}

static void s_release(struct ArrowSchema *s) {
    s->release = NULL;
}

static void a_release(struct ArrowArray *a) {
    a->release = NULL;
}

static void *filled(maker *m, size_t n) {
    uint8_t *p = malloc(n > 0 ? n : 1);
    for (size_t i = 0; i < n; i++)
        p[i] = take(m);
    return p;
}

/* Offsets that mostly hold: they rise by little, from slot to slot, to `most` at the most. One may
 * be below zero or fall, never lie behind the buffer, as the last one may be any that is told to
 * be. */
static void *offsets(maker *m, int64_t slots, bool wide, int64_t most) {
    uint8_t *p = malloc((size_t)(slots + 1) * (wide ? 8 : 4));
    int64_t at = 0;
    for (int64_t i = 0; i <= slots; i++) {
        const int64_t v = at;
        memcpy(p + i * (wide ? 8 : 4), &v, wide ? 8 : 4);
        at += take(m) % 4;
        if (at > most) at = most;
    }
    const size_t size = wide ? 8 : 4;
    if (take(m) == 255) {
        uint8_t *one = p + take(m) % (size_t)(slots + 1) * size;
        if (take(m) % 2)
            one[size - 1] = 0xff;
        else
            memset(one, 0, size);
    }
    return p;
}

static fuzz_node *make(maker *m, int64_t least, uint32_t depth);

static void adopt(fuzz_node *x, fuzz_node *child) {
    x->s_children[x->s.n_children++] = &child->s;
    x->a_children[x->a.n_children++] = &child->a;
}

static void buffers(maker *m, fuzz_node *x, const kind *k, int64_t slots) {
    static const int64_t text = 3 * SLOTS_MAX;
    const bool wide = k->bits == 64;
    x->a.n_buffers = k->n_buffers;
    if (k->n_buffers > 0 && take(m) % 2) x->buffers[0] = filled(m, (size_t)(slots + 7) / 8);
    x->a.null_count = x->buffers[0] != NULL ? -1 : 0;
    if (strcmp(k->format, "d:38,0,256") == 0) x->buffers[1] = filled(m, (size_t)slots * 32);
    if (k->bits == 0) return;
    if (k->n_buffers == 3 && k->format[0] != '+') {
        x->buffers[1] = offsets(m, slots, wide, text);
        x->buffers[2] = filled(m, (size_t)text);
    } else if (k->format[0] == '+') {
        x->buffers[1] = offsets(m, slots, wide, SLOTS_MAX / 2);
        if (k->n_buffers == 3) x->buffers[2] = filled(m, (size_t)slots * 4);
    } else {
        x->buffers[1] = filled(m, ((size_t)slots * k->bits + 7) / 8);
    }
    if (k->format[0] != 'v') return;
    x->buffers[2] = filled(m, (size_t)text);
    x->buffers[3] = malloc(sizeof text);
    memcpy((void *)(uintptr_t)x->buffers[3], &text, sizeof text);
}

/* One that does not hold, in a way that can be told. Lengths only shrink: what a buffer holds is
 * not a part of the interface. */
static void spoil(maker *m, fuzz_node *x) {
    switch (take(m) % 12) {
    case 0:
        x->a.length = -1;
        break;
    case 1:
        x->a.offset = -3;
        break;
    case 2:
        x->a.length /= 2;
        break;
    case 3:
        x->a.n_buffers = 1;
        break;
    case 4:
        x->a.buffers = NULL;
        break;
    case 5:
        x->a.n_children = take(m) % 2;
        break;
    case 6:
        x->a.children = NULL;
        break;
    case 7:
        x->a.null_count = x->a.length + 1;
        break;
    case 8:
        x->s.children = NULL;
        break;
    case 9:
        x->s.format = take(m) % 2 ? NULL : "?";
        break;
    case 10:
        x->a.release = NULL;
        break;
    default:
        x->s.flags = 0;
    }
}

static fuzz_node *make(maker *m, int64_t least, uint32_t depth) {
    fuzz_node *x = &m->nodes[m->n_nodes++];
    const bool leaf = depth >= DEPTH_MAX || m->n_nodes + 4 > NODES_MAX;
    const kind *k = &kinds[take(m) % (leaf ? KINDS - 6 : KINDS)];
    const int64_t offset = take(m) % 4, slots = least + offset;
    x->s = (struct ArrowSchema){.format = k->format,
                                .name = "c",
                                .flags = ARROW_FLAG_NULLABLE,
                                .children = x->s_children,
                                .release = s_release};
    x->a = (struct ArrowArray){.length = least,
                               .offset = offset,
                               .buffers = x->buffers,
                               .children = x->a_children,
                               .release = a_release};
    buffers(m, x, k, slots);
    if (strcmp(k->format, "+s") == 0) {
        adopt(x, make(m, slots, depth + 1));
        if (take(m) % 2 && m->n_nodes + 4 < NODES_MAX) adopt(x, make(m, slots, depth + 1));
    } else if (strcmp(k->format, "+m") == 0) {
        fuzz_node *e = &m->nodes[m->n_nodes++];
        e->s = x->s, e->a = x->a;
        e->s.format = "+s", e->s.n_children = e->a.n_children = 0;
        e->s.children = e->s_children, e->a.children = e->a_children, e->a.buffers = e->buffers;
        e->a.length = SLOTS_MAX, e->a.offset = take(m) % 3;
        e->a.n_buffers = 1, e->a.null_count = 0;
        adopt(e, make(m, SLOTS_MAX + e->a.offset, depth + 2));
        if (m->n_nodes < NODES_MAX) adopt(e, make(m, SLOTS_MAX + e->a.offset, DEPTH_MAX));
        adopt(x, e);
    } else if (k->format[0] == '+') {
        adopt(x, make(m, k->format[1] == 'w' ? slots * 2 : SLOTS_MAX, depth + 1));
    } else if (k->bits == 8 && least < 100 && !leaf && take(m) % 3 == 0) {
        fuzz_node *d = make(m, take(m), depth + 1);
        x->s.dictionary = &d->s;
        x->a.dictionary = &d->a;
    }
    if (take(m) == 77) spoil(m, x);
    return x;
}

static void touch(const lf_column *c, uint32_t n, uint64_t *sum) {
    const uint32_t slot = lf_type_slot_bytes(c->type);
    uint32_t nulls = 0;
    for (uint32_t r = 0; r < n; r++) {
        const bool valid = lf_column_is_valid(c, r);
        nulls += !valid;
        if (c->offsets != NULL) FUZZ_CHECK(c->offsets[r] <= c->offsets[r + 1]);
        if (!valid) continue;
        if (c->type.id == LF_T_STRING)
            for (uint32_t i = 0; i < c->len[r]; i++)
                *sum += c->bytes[c->start[r] + i];
        for (uint32_t i = 0; i < slot && c->values != NULL; i++)
            *sum += ((const uint8_t *)c->values)[(size_t)r * slot + i];
    }
    FUZZ_CHECK(nulls == c->null_count);
    if (c->offsets != NULL && n > 0) FUZZ_CHECK(c->offsets[n] == c->n_child_rows);
    for (uint32_t i = 0; i < c->n_children; i++)
        touch(&c->children[i], c->n_child_rows, sum);
}

/* o[0]: rows; o[1]: rows at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static maker m;
    fuzz_in f;
    fuzz_open(&f, data, size);
    m = (maker){.p = f.body.data, .n = f.body.len};
    const int64_t rows = f.o[0] % SLOTS_MAX;
    fuzz_node *top = &m.nodes[m.n_nodes++];
    top->s = (struct ArrowSchema){
        .format = "+s", .name = "", .children = top->s_children, .release = s_release};
    top->a = (struct ArrowArray){.length = rows,
                                 .n_buffers = 1,
                                 .buffers = top->buffers,
                                 .children = top->a_children,
                                 .release = a_release};
    adopt(top, make(&m, rows, 0));
    lf_arrow_import *im = NULL;
    lf_error err = {0};
    uint64_t sum = 0;
    /* A few bytes can stand for 4 GiB of text in one row: the readers of files ask before they take
     * it, here the allocator says no. */
    lf_budget budget;
    lf_budget_init(&budget, &f.alloc.alloc, 512 * LF_MIB);
    lf_rc rc = lf_arrow_import_open(&top->s, &budget.alloc, &im, &err);
    if (rc == LF_OK) rc = lf_arrow_import_begin(im, &top->a, &err);
    for (lf_batch b = {.n_rows = 1}; rc == LF_OK && b.n_rows > 0;) {
        rc = lf_arrow_import_next(im, f.o[1] ? f.o[1] : LF_TILE_ROWS_MAX, &b, &err);
        if (rc == LF_OK && b.n_rows > 0) touch(&b.columns[0], b.n_rows, &sum);
    }
    FUZZ_CHECK(rc == err.rc);
    lf_arrow_import_close(im);
    for (uint32_t i = 0; i < m.n_nodes; i++)
        for (int k = 0; k < 4; k++)
            free((void *)(uintptr_t)m.nodes[i].buffers[k]);
    fuzz_close(&f);
    return 0;
}
