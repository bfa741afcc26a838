#include "filter/rows.h"
#include "filter/select.h"
#include "lf_test.h"

/* list<int64>, struct<int64> and text of 5 rows; rows 1, 3, 4 are taken. */
static const uint32_t rows[] = {1, 3, 4};

/* `chosen`, then all of `b`, as one batch of 8 rows. */
static void rows_put_together(const lf_batch *b, const lf_batch *chosen, lf_arena *arena) {
    lf_rows r = {0};
    lf_batch out;
    LF_REQUIRE(lf_rows_add(&r, lf_alloc_default(), chosen, NULL) == LF_OK);
    LF_REQUIRE(lf_rows_add(&r, lf_alloc_default(), b, NULL) == LF_OK);
    LF_REQUIRE(lf_rows_view(&r, arena, &out, NULL) == LF_OK);
    LF_CHECK_EQ_U64(out.n_rows, 8);
    const lf_column *list = &out.columns[0], *e = &list->children[0];
    static const uint32_t offsets[] = {0, 0, 1, 3, 5, 5, 8, 9, 11};
    LF_CHECK_MEM(list->offsets, offsets, sizeof offsets);
    LF_CHECK(list->null_count == 2 && list->validity[0] == 0xEE);
    const int64_t *v = e->values;
    LF_CHECK(list->n_child_rows == 11 && v[2] == 41 && v[3] == 10 && v[10] == 41);
    const int64_t *x = out.columns[1].children[0].values;
    LF_CHECK(x[2] == 5 && x[3] == 1 && x[7] == 5 && out.columns[1].children[0].null_count == 1);
    const lf_column *t = &out.columns[2];
    LF_CHECK_MEM(t->bytes, "bdeabcde", 8);
    LF_CHECK(t->start[4] == 4 && t->len[7] == 1 && t->validity == NULL && t->n_exc == 0);
    lf_rows_reset(&r);
}

static void nested_values_and_exceptions_come_along(void) {
    static const uint32_t offsets[] = {0, 2, 2, 5, 6, 8};
    static const int64_t elements[8] = {10, 11, 20, 21, 22, 30, 40, 41}, inner[5] = {1, 2, 3, 4, 5};
    static const uint64_t element_valid = 0xDF, list_valid = 0x1D, inner_valid = 0x1B;
    static const uint32_t start[5] = {0, 1, 2, 3, 4}, len[5] = {1, 1, 1, 1, 1};
    static const lf_exception top[] = {{0, 7, 1}, {3, 8, 1}}, below[] = {{1, 0, 1}, {5, 1, 1}};
    const lf_type i64 = {.id = LF_T_INT64};
    const lf_column element = {.type = i64,
                               .null_count = 1,
                               .validity = &element_valid,
                               .values = elements,
                               .exc = below,
                               .n_exc = 2};
    const lf_column member = {
        .type = i64, .null_count = 1, .validity = &inner_valid, .values = inner};
    const lf_column columns[3] = {
        {.type = {.id = LF_T_LIST},
         .null_count = 1,
         .validity = &list_valid,
         .offsets = offsets,
         .children = &element,
         .n_children = 1,
         .n_child_rows = 8},
        {.type = {.id = LF_T_STRUCT}, .children = &member, .n_children = 1, .n_child_rows = 5},
        {.type = {.id = LF_T_STRING},
         .bytes = (const uint8_t *)"abcde",
         .start = start,
         .len = len,
         .exc = top,
         .n_exc = 2}};
    const lf_batch b = {.n_rows = 5, .n_columns = 3, .columns = columns};
    lf_arena arena;
    lf_batch out;
    lf_arena_init(&arena, NULL, 0);
    LF_REQUIRE(lf_select_rows(&b, rows, 3, 3, &arena, &out, NULL) == LF_OK);
    LF_CHECK_EQ_U64(out.n_rows, 3);
    const lf_column *list = &out.columns[0], *e = &list->children[0];
    LF_CHECK(list->null_count == 1 && list->validity[0] == 6);
    LF_CHECK(list->offsets[1] == 0 && list->offsets[2] == 1 && list->offsets[3] == 3);
    const int64_t *v = e->values;
    LF_CHECK(list->n_child_rows == 3 && v[1] == 40 && v[2] == 41);
    LF_CHECK(e->null_count == 1 && e->validity[0] == 6);
    /* of the values that are not null 40 was number 5, and is number 0 */
    LF_CHECK(e->n_exc == 1 && e->exc[0].row == 0 && e->exc[0].start == 1);
    const lf_column *m = &out.columns[1].children[0];
    const int64_t *x = m->values;
    LF_CHECK(x[0] == 2 && x[1] == 4 && x[2] == 5 && m->validity == NULL && m->null_count == 0);
    const lf_column *t = &out.columns[2];
    LF_CHECK(t->start[0] == 1 && t->start[2] == 4);
    LF_CHECK(t->n_exc == 1 && t->exc[0].row == 1 && t->exc[0].start == 8);
    rows_put_together(&b, &out, &arena);
    LF_CHECK(lf_select_rows(&b, rows, 0, 1, &arena, &out, NULL) == LF_OK);
    LF_CHECK(out.n_rows == 0 && out.n_columns == 1);
    lf_arena_reset(&arena);
}

int main(void) {
    LF_RUN(nested_values_and_exceptions_come_along);
    LF_TEST_MAIN_END;
}
