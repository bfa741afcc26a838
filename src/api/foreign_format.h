/* api/foreign_format.h - formats that are told and not read, so that their files are named and not
 * taken for text.
 * Owns: nothing. Threads: static data. Fails: NULL where nothing fits. */
#ifndef LF_API_FOREIGN_FORMAT_H
#define LF_API_FOREIGN_FORMAT_H
#include "core/span.h"

typedef struct lf_foreign {
    const char *what;     /* "an Avro file" */
    const char *advice;   /* how its data gets here, as the end of a sentence */
    const char *suffixes; /* ".avro", blanks between several */
} lf_foreign;

/* By the first bytes. */
const lf_foreign *lf_foreign_content(lf_span head);
/* By the suffix of a file's name. */
const lf_foreign *lf_foreign_name(const char *path);

#endif
