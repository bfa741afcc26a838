#include "api/foreign_format.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define EXPORT   "export it as CSV or Parquet with a program that reads it"
#define UNPACK   "unpack it first"
#define NO_TABLE "it holds no table"

typedef struct entry {
    lf_foreign format;
    const char *magic; /* NULL: text, see below */
    uint8_t len, at;
} entry;

static const entry entries[] = {
    {{"an Avro file", "export it with `duckdb -c \"copy (from read_avro('IN')) to 'OUT.parquet'\"`",
      ".avro"},
     "Obj\x01",
     4,
     0},
    {{"an ORC file", "read it with pyarrow.orc and write Parquet or Arrow", ".orc"},
     "ORC\x00",
     3,
     0},
    {{"an Excel workbook", "save the sheet as CSV", ".xls .xlsx .xlsm .xlsb .ods"},
     "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
     8,
     0},
    {{"an SQLite database",
      "pipe a table: `sqlite3 -header -csv IN 'select * from T' | logflow convert - -o OUT`",
      ".sqlite .sqlite3 .db"},
     "SQLite format 3",
     16,
     0},
    {{"a DuckDB database", "pipe a table: `duckdb -csv IN -c 'from T' | logflow convert - -o OUT`",
      ".duckdb"},
     "DUCK",
     4,
     8},
    {{"an HDF5 file", EXPORT, ".h5 .hdf5"}, "\x89HDF\r\n\x1a\n", 8, 0},
    {{"a NumPy array", EXPORT, ".npy .npz"}, "\x93NUMPY", 6, 0},
    {{"a file of R", EXPORT, ".rds .rdata"}, "RDX", 3, 0},
    {{"a file of SAS, SPSS or Stata", EXPORT, ".sas7bdat .xpt .sav .dta"}, "$FL2@(#)", 8, 0},
    {{"a pickle of Python", EXPORT, ".pkl .pickle"}, "\x80\x04\x95", 3, 0},
    {{"a Feather file of version 1", "write it anew with pyarrow.feather (version 2)", ""},
     "FEA1",
     4,
     0},
    {{"a PDF document", NO_TABLE " that could be read", ".pdf"}, "%PDF-", 5, 0},
    {{"a picture", NO_TABLE, ".png .jpg .jpeg .gif"}, "\x89PNG\r\n\x1a\n", 8, 0},
    {{"a picture", NO_TABLE, ""}, "\xff\xd8\xff", 3, 0},
    {{"a 7-Zip archive", UNPACK, ".7z"}, "7z\xbc\xaf\x27\x1c", 6, 0},
    {{"a RAR archive", UNPACK, ".rar"}, "Rar!\x1a\x07", 6, 0},
    {{"a program", NO_TABLE, ".exe .so .dll"},
     "\x7f"
     "ELF",
     4,
     0},
    {{"an XML document", "turn its rows into CSV or JSON first", ".xml .xes"}, NULL, 0, 0},
    {{"an HTML page", "it may be the error page of a server: look into it", ".html .htm"},
     NULL,
     0,
     1},
    {{"a pointer of Git LFS, not the file itself", "fetch it with `git lfs pull`", ""}, NULL, 0, 2},
};
#define N_ENTRIES (sizeof entries / sizeof *entries)
#define TAR_AT    257u

static bool begins(lf_span s, const char *word) {
    const size_t n = strlen(word);
    return s.len >= n && strncasecmp((const char *)s.data, word, n) == 0;
}

/* XML, HTML and pointers are text, which a CSV could be too, but for how they begin. */
static bool is_text_of(lf_span head, unsigned kind) {
    const size_t bom = begins(head, "\xef\xbb\xbf") ? 3 : 0;
    lf_span s = {head.data + bom, head.len - bom};
    while (s.len > 0 && memchr(" \t\r\n", *s.data, 4) != NULL)
        s = (lf_span){s.data + 1, s.len - 1};
    switch (kind) {
    case 0:
        return begins(s, "<?xml ") || begins(s, "<log ");
    case 1:
        return begins(s, "<!doctype html") || begins(s, "<html>") || begins(s, "<html ");
    default:
        return begins(s, "version https://git-lfs.github.com/spec/");
    }
}

/* Short marks may be the first letters of a text. */
static bool is_binary(lf_span head) {
    return memchr(head.data, 0, head.len < 512 ? head.len : 512) != NULL;
}

const lf_foreign *lf_foreign_content(lf_span head) {
    static const lf_foreign tar = {"a tar archive",
                                   UNPACK ", or pipe a member: `tar -xOf IN MEMBER`", ".tar"};
    const bool binary = is_binary(head);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        const entry *e = &entries[i];
        const bool found = e->magic == NULL
                               ? is_text_of(head, e->at)
                               : (binary || e->len >= 6) && head.len >= (size_t)e->at + e->len &&
                                     memcmp(head.data + e->at, e->magic, e->len) == 0;
        if (found) return &e->format;
    }
    const bool is_tar = head.len > TAR_AT + 5 && memcmp(head.data + TAR_AT, "ustar", 5) == 0;
    return is_tar ? &tar : NULL;
}

const lf_foreign *lf_foreign_name(const char *path) {
    const char *dot = strrchr(path, '.');
    if (dot == NULL || strchr(dot, '/') != NULL) return NULL;
    const size_t n = strlen(dot);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        for (const char *s = entries[i].format.suffixes; *s != '\0';) {
            const size_t k = strcspn(s, " ");
            if (k == n && strncasecmp(s, dot, n) == 0) return &entries[i].format;
            s += k + strspn(s + k, " ");
        }
    }
    return NULL;
}
