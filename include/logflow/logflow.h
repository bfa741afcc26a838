/* logflow/logflow.h - the LogFlow C library: any data format into Parquet.
 *
 * Threads: every function is re-entrant; objects are used by one thread at a
 * time unless stated. The library installs no signal handler, writes nothing
 * to stdout or stderr, never exits, and keeps no global state.
 * Fails: every fallible call returns lf_rc and fills `err` (may be NULL). */
#ifndef LOGFLOW_LOGFLOW_H
#define LOGFLOW_LOGFLOW_H

#include <logflow/alloc.h>
#include <logflow/arrow.h>
#include <logflow/error.h>
#include <logflow/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* all that follows is the library's surface */
#endif

#define LOGFLOW_VERSION "0.1.0"

/* The version of the library that is linked, as "MAJOR.MINOR.PATCH". Static. */
const char *lf_version(void);

typedef enum lf_on_error {
    LF_ON_ERROR_QUARANTINE = 0,
    LF_ON_ERROR_STRICT,
    LF_ON_ERROR_PERMISSIVE
} lf_on_error;

/* A point of a running conversion. Counts only grow. */
typedef struct lf_progress {
    uint64_t bytes_read;  /* of the input as stored (compressed bytes where it is) */
    uint64_t bytes_total; /* 0 where unknown (pipes) */
    uint64_t rows;        /* good rows so far */
    uint64_t bytes_written;
    double elapsed_s;
} lf_progress;

/* Named option values, for what the fixed fields below do not cover; the same
 * names as the command line's without the dashes ("delimiter", "null"). A name
 * may repeat where the option may. Unknown names are LF_EUSAGE. */
typedef struct lf_option {
    const char *name, *value;
} lf_option;

typedef struct lf_convert_opts {
    size_t struct_size;       /* sizeof(lf_convert_opts) of the caller */
    const lf_option *options; /* n_options of them; borrowed for the call */
    size_t n_options;
    bool overwrite;        /* replace an existing output; never an input */
    const lf_alloc *alloc; /* NULL: malloc */
    void (*progress)(void *ctx, const lf_progress *p); /* any thread, about 10 times a second */
    void *progress_ctx;
    const int *cancel;         /* polled (atomically); non-zero ends the call within 100 ms, with
                                  LF_EDEADLINE where it is that, else with LF_ECANCELLED */
    const lf_plugins *plugins; /* formats and transforms beside our own; NULL: none */
} lf_convert_opts;

typedef struct lf_warning {
    char *text; /* one sentence */
} lf_warning;

enum { LF_SKIPPED_MAX = 20, LF_TABLES_SHOWN_MAX = 20 };

/* Lines next to each other that are no rows of the table. */
typedef struct lf_skipped {
    const char *what;               /* "preamble", "comment", "blank" or "footer"; static */
    uint64_t first_line, last_line; /* from 1 */
    uint32_t input;                 /* of the inputs of the output, from 0 */
} lf_skipped;

/* A table of a text that has several. */
typedef struct lf_table_place {
    uint64_t first_line, last_line; /* from 1; last_line 0: to the end of the text */
    bool converted;                 /* else it was left out */
} lf_table_place;
/* Rows of one input. */
typedef struct lf_report_file {
    char *path;
    uint64_t rows_in, rows_out, rows_rejected; /* the rest was filtered */
} lf_report_file;

/* What a conversion did. Filled on success and, as far as known, on failure; any string is NULL
 * where memory was too short for it.
 * Owns its strings; free with lf_report_reset. */
typedef struct lf_report {
    uint64_t rows_in, rows_out, rows_rejected, rows_filtered; /* in = out + rejected + filtered */
    uint64_t rows_padded; /* short rows filled with nulls; part of rows_out and rows_filtered */
    uint64_t lines_blank, lines_comment, lines_preamble, lines_footer;
    uint64_t bytes_in, bytes_text, bytes_out; /* stored input, decoded text, output */
    uint64_t row_groups;
    uint32_t columns;
    uint32_t threads_requested, threads_used;
    uint32_t late_changes; /* columns whose type widened after the head */
    uint64_t peak_rss_bytes, memory_limit_bytes;
    double elapsed_s, cpu_s;
    char *input, *output, *rejects; /* paths; rejects NULL where none was written */
    char *format_in, *format_out;
    char *json;    /* the whole report as one JSON object, fixed keys */
    char *explain; /* text: what was decided from what evidence */
    char **warnings;
    size_t n_warnings;
    size_t n_inputs; /* `input` is the first of them */
    char *encoding;  /* of the input's text: "utf-8", "utf-16le", "windows-1252" ... */
    char **outputs;  /* all of them, where there are several: of as many inputs or tables */
    size_t n_outputs;
    lf_skipped skipped[LF_SKIPPED_MAX]; /* the first n_skipped places of skipped lines */
    uint32_t n_skipped;
    uint64_t n_skipped_more; /* places beyond those */
    lf_table_place tables[LF_TABLES_SHOWN_MAX];
    uint32_t n_tables; /* of the first input; 0: its format has but one; may exceed what is shown */
    lf_report_file *files; /* the first inputs of a union, at most 100; NULL: one input */
    size_t n_files;
} lf_report;

/* Converts `n_in` inputs ("-" is standard input) into `out`. An input that is no file by its name
 * may be a folder, a pattern ("data/2026-*.csv") or a list of inputs ("@list.txt"); see
 * lf_input_list_make.
 * `out` NULL: beside each input, the suffix replaced by the output format's. A folder (its name
 * ends with a slash, or it exists): one output each in it, folders below a named one mirrored. A
 * file: the union of all inputs by the names of their columns.
 * Nothing appears at `out` unless the whole conversion succeeded.
 * rep_out, err: may be NULL. Blocks; runs its own threads; may be called from
 * several threads at once. */
LF_NODISCARD lf_rc lf_convert(const char *const *in, size_t n_in, const char *out,
                              const lf_convert_opts *opts, lf_report *rep_out, lf_error *err);

/* The paths that inputs stand for. Owns its strings; free with lf_input_list_reset. */
typedef struct lf_input_list {
    const lf_alloc *alloc;
    char **paths;   /* n of them */
    char **folders; /* of each, below the folder or pattern that was named: "a/b/", or "" */
    size_t n, cap;
} lf_input_list;

/* Turns names of inputs into paths, in the order of the names. What exists under a name is meant by
 * it: a file (of a zip archive with several files: each of them), or a folder: the files of known
 * formats in it and in the folders below, by the bytes of their paths, without hidden ones, files
 * of rejects, and tables that stand beside the text they were made of (x.parquet beside x.csv).
 * Otherwise a name may be a pattern with * ? [...] and ** for any number of folders, which must
 * match a file, or @LIST, a file with a name a line (blank lines and those that begin with # are
 * passed by). Any other name stays as it is. alloc NULL: malloc. Reset after any outcome. */
LF_NODISCARD lf_rc lf_input_list_make(lf_input_list *out, const char *const *in, size_t n_in,
                                      const lf_alloc *alloc, lf_error *err);

void lf_input_list_reset(lf_input_list *list); /* safe on a zeroed record, and twice */

/* What lf_convert_each tells, on the caller's thread, in the order of the inputs. */
typedef struct lf_convert_hooks {
    void *ctx;
    /* Conversion i is next and runs by itself: opts->progress tells of it. May be NULL. */
    void (*begin)(void *ctx, size_t i);
    /* Conversion i has ended as lf_convert would have; the records are valid during the call. */
    void (*done)(void *ctx, size_t i, lf_rc rc, const lf_report *report, const lf_error *err);
} lf_convert_hooks;

/* Converts each input of the list to an output of its own, whether or not others fail: beside it
 * (`out` NULL), or into the folder `out`, where the list's folders are mirrored. Texts that are too
 * small for all threads to work on one are converted side by side, with the memory and the threads
 * that opts give to one conversion, into the same bytes as one by one; progress is told of the
 * others alone, and cpu_s of their reports is that of the process meanwhile.
 * Returns LF_OK, or the code of the first in order that failed; after `cancel` was set those that
 * had not begun are not told of. `err`: LF_EUSAGE, LF_ENO_MEMORY, before any began. Threads: as
 * lf_convert. */
LF_NODISCARD lf_rc lf_convert_each(const lf_input_list *list, const char *out,
                                   const lf_convert_opts *opts, const lf_convert_hooks *hooks,
                                   lf_error *err);

/* Everything that lf_convert refuses before it reads: options, names, outputs that exist, inputs
 * that cannot be opened. Reads and writes nothing. */
LF_NODISCARD lf_rc lf_convert_check(const char *const *in, size_t n_in, const char *out,
                                    const lf_convert_opts *opts, lf_error *err);

/* Opens `n_in` inputs ("-" is standard input) of the same columns as one stream of Arrow record
 * batches (struct arrays of one child a column), in the inputs' order.
 *
 * The types are those of all rows: a file is read once for them before this returns (`cancel` of
 * opts ends that within 100 ms), what can be read only once is kept in the temporary folder; no
 * batch is ever followed by one of another type. A batch holds the rows of --row-group-size bytes
 * of input (8 MiB where not given); as many as the threads make are kept ready. Bad rows are dealt
 * with as the options say; where no `rejects` file is named they are counted alone, and too many
 * of them make the last get_next fail.
 *
 * out: on LF_OK owns the stream; its release ends all work, from any thread. The arrays are
 * independent of it and of each other, and are freed by opts->alloc, which must outlive them
 * (those that a plugin made, as it frees them). opts->plugins must outlive the stream.
 * The stream's callbacks may be called from one thread at a time. opts is copied. */
LF_NODISCARD lf_rc lf_open_stream(const char *const *in, size_t n_in, const lf_convert_opts *opts,
                                  struct ArrowArrayStream *out, lf_error *err);

/* Why get_next failed, with its place; LF_OK and an empty record where it did not. `stream` is one
 * that lf_open_stream made, not yet released. */
lf_rc lf_stream_error(const struct ArrowArrayStream *stream, lf_error *out);

/* What was read, once get_next has said that nothing follows (or failed). Free with
 * lf_report_reset. LF_EUSAGE before. */
LF_NODISCARD lf_rc lf_stream_report(const struct ArrowArrayStream *stream, lf_report *rep_out,
                                    lf_error *err);

void lf_report_reset(lf_report *rep); /* safe on a zeroed record, and twice */

/* Receives a part of a text that is being written. Returns 0, or non-zero to stop. */
typedef int (*lf_write_fn)(void *ctx, const char *bytes, size_t n);

typedef struct lf_inspect_opts {
    size_t struct_size;
    bool as_json;     /* one JSON object instead of text */
    bool schema_only; /* the schema JSON that --schema takes */
    uint64_t rows;    /* how many rows to show; 0: none */
    uint32_t width;   /* of the terminal, in columns; 0: 80 */
    const lf_option *options;
    size_t n_options;
    const lf_alloc *alloc;
    bool chunks;               /* Parquet: every column chunk of every row group */
    const lf_plugins *plugins; /* formats beside our own; NULL: none */
} lf_inspect_opts;

/* Describes one file (Parquet; CSV) through `write`. */
LF_NODISCARD lf_rc lf_inspect(const char *path, const lf_inspect_opts *opts, lf_write_fn write,
                              void *ctx, lf_error *err);

/* Where two files differ. */
typedef enum lf_verify_kind {
    LF_VERIFY_CELL = 0,    /* a cell has another value */
    LF_VERIFY_ROW_MISSING, /* a row of the input is not in the output */
    LF_VERIFY_ROW_EXTRA,   /* a row of the output is not in the input */
    LF_VERIFY_ROW_WIDTH,   /* a row of the input has more fields than the table, not empty */
    LF_VERIFY_COLUMN,      /* a column is missing, or named otherwise */
    LF_VERIFY_LEDGER       /* the side file of bad rows does not fit the input */
} lf_verify_kind;

typedef struct lf_verify_difference {
    lf_verify_kind kind;
    uint64_t row;         /* of the input, from 1, bad rows counted; 0: none */
    uint64_t row_out;     /* of the output, from 1; 0: none */
    uint64_t line;        /* of the input, from 1; 0: the input has no lines */
    uint64_t byte_offset; /* of the row in the input's text; UINT64_MAX: unknown */
    char *column;         /* by its name in the input, with the path to a nested value ("a.b[2]");
                             NULL: the whole row */
    char *in, *out;       /* what both hold, cut at 256 bytes; NULL: null, or nothing */
} lf_verify_difference;

typedef struct lf_verify_opts {
    size_t struct_size;
    const lf_option *options; /* how the input is read, as for lf_convert */
    size_t n_options;
    uint64_t differences; /* how many are kept with their place; 0: 10 */
    bool null_is_empty;   /* null and empty text are equal (of writers that know no null text) */
    const lf_alloc *alloc;
    const int *cancel;         /* polled (atomically); non-zero ends the call within 100 ms */
    const lf_plugins *plugins; /* formats beside our own; NULL: none */
} lf_verify_opts;

/* What a comparison found. Owns its strings; free with lf_verify_report_reset. */
typedef struct lf_verify_report {
    bool equal;                             /* same rows, same order, same names */
    bool other_order;                       /* not equal, but the same rows in another order */
    uint64_t rows_in, rows_out, rows_equal; /* rows_in: those that OUT should hold */
    uint64_t rows_rejected;                 /* found in the side file, and in the input */
    uint64_t rows_padded, rows_filtered, lines_blank;
    uint64_t rows_missing, rows_extra, rows_different;
    uint64_t cells, cells_different;
    uint64_t n_differences; /* all of them; the first are in `differences` */
    uint32_t columns;
    uint64_t checksum_in, checksum_out; /* of the rows in their order */
    uint64_t checksum_any_order_in, checksum_any_order_out;
    uint64_t bytes_in, bytes_out; /* bytes_in: of the text, where the input is text */
    double elapsed_s;
    char *format_in;
    char *rejects; /* the side file that was read; NULL: none */
    char *json;    /* the whole report as one JSON object, fixed keys */
    lf_verify_difference *differences;
    size_t kept_differences;
    char **notes; /* one sentence each: what is unlike without being a difference */
    size_t n_notes;
    char *format_out;
} lf_verify_report;

/* Compares every cell of `in` with `out`, both of any format that is read, by any writer: whether
 * the text has, under the column's type, the value that was stored; nested values level by level.
 * The types of an `out` of text (CSV, JSON lines) are those that a conversion would find. Rows that
 * stand in `out`.rejects.jsonl must not be in `out`. The option "to" names the format of `out`.
 * Memory is bounded. LF_OK whether or not they are equal: see `equal`.
 * Blocks; may use a second thread; may be called from several threads at once. */
LF_NODISCARD lf_rc lf_verify(const char *in, const char *out, const lf_verify_opts *opts,
                             lf_verify_report *rep_out, lf_error *err);

void lf_verify_report_reset(lf_verify_report *rep); /* safe on a zeroed record, and twice */

/* One option that lf_convert takes, for help pages and bindings. */
typedef struct lf_option_info {
    const char *name; /* "memory-limit" */
    const char *type; /* "size", "string", "flag", "integer", "choice", "file" */
    const char
        *values;       /* for choice: "quarantine|strict|permissive"; else a placeholder ("SIZE") */
    const char *dflt;  /* as text; NULL: none */
    const char *help;  /* one line */
    const char *group; /* heading on help pages */
    bool repeatable;
    char short_name;        /* 'o' for -o; 0: none */
    const char *env;        /* "LOGFLOW_MEMORY_LIMIT"; NULL: not from the environment */
    const char *config_key; /* "engine.memory_limit"; NULL: not from a configuration */
    const char *commands;   /* which take it: "convert inspect" */
    const char *unit;       /* "bytes", "rows"; NULL: none */
    uint64_t min, max;      /* of numbers and sizes; max 0: none */
    bool library;           /* lf_convert takes it in `options`; else it is the command line's */
    bool hidden;            /* left out of help pages */
} lf_option_info;

/* The table of all options; static, ends with a NULL name. A name may stand twice for different
 * commands. */
const lf_option_info *lf_option_table(void);

/* Checks one value of an option as lf_convert would. */
LF_NODISCARD lf_rc lf_option_check(const lf_option_info *info, const char *value, lf_error *err);

/* The word of a NULL-terminated list that a mistyped one most likely meant; NULL: none is near. */
const char *lf_nearest(const char *word, const char *const *words);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
