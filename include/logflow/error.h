/* logflow/error.h - return codes and the error record of every LogFlow call.
 *
 * Owns: nothing; an lf_error belongs to the caller and never allocates.
 * Threads: plain data. Fails: never.
 * Life: zero-initialise (`lf_error err = {0};`), pass to a call, read after a
 * return other than LF_OK. The first failure wins: a record that already
 * holds a code is not overwritten, only given more context frames. */
#ifndef LOGFLOW_ERROR_H
#define LOGFLOW_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* all that follows is the library's surface */
#endif

#if defined(__GNUC__) || defined(__clang__)
#define LF_NODISCARD    __attribute__((warn_unused_result))
#define LF_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define LF_NODISCARD
#define LF_PRINTF(f, a)
#endif

/* The only list of codes. Columns: name, number, exit status, HTTP status,
 * retryable, what happened, what to do next.
 * 0xx usage, 1xx input data, 2xx output encoding, 3xx files and devices,
 * 7xx limits, 9xx internal. Numbers are stable across releases. */
#define LF_RC_TABLE(X)                                                                             \
    X(USAGE, 1, 2, 400, 0, "the command line is wrong", "see `logflow COMMAND --help`")            \
    X(CONFIG, 2, 2, 400, 0, "a configuration value is wrong",                                      \
      "correct the value that the message names")                                                  \
    X(OUTPUT_EXISTS, 3, 2, 409, 0, "the output exists already",                                    \
      "name another output with -o, or add --force to replace it")                                 \
    X(OUTPUT_IS_INPUT, 4, 2, 409, 0, "the output is the input",                                    \
      "name another output with -o; an input is never overwritten")                                \
    X(SCHEMA, 5, 2, 400, 0, "the given schema does not fit",                                       \
      "compare it with `logflow inspect FILE --schema`")                                           \
    X(UNSUPPORTED, 6, 2, 415, 0, "this format or feature is not supported",                        \
      "see `logflow convert --help` for what is supported")                                        \
    X(EMPTY_INPUT, 101, 1, 422, 0, "the input holds no bytes",                                     \
      "check that whatever writes the file has finished")                                          \
    X(BAD_ROW, 102, 1, 422, 0, "a row is damaged",                                                 \
      "mend the row, or use --on-error quarantine to set it aside")                                \
    X(ROW_WIDTH, 103, 1, 422, 0, "a row has the wrong number of fields",                           \
      "mend the row, or use --on-error quarantine to set it aside")                                \
    X(QUOTE_OPEN, 104, 1, 422, 0, "a quote opens and never closes",                                \
      "close the quote, or give another --quote")                                                  \
    X(BAD_UTF8, 105, 1, 422, 0, "the text is not valid UTF-8",                                     \
      "give the encoding the file was written in, or mend the bytes")                              \
    X(TYPE_MISFIT, 106, 1, 422, 0, "a value does not fit the type that was asked for",             \
      "choose a wider type with --type, or leave it to be detected")                               \
    X(TOO_MANY_BAD, 107, 1, 422, 0, "too many rows are bad",                                       \
      "check dialect and encoding with `logflow inspect`, or raise --max-bad")                     \
    X(RECORD_TOO_BIG, 108, 1, 413, 0, "a record is larger than the memory limit allows",           \
      "raise --memory-limit to the value that the message names")                                  \
    X(CORRUPT, 109, 1, 422, 0, "the input is truncated or corrupt",                                \
      "fetch or write the file again")                                                             \
    X(NO_GOOD_ROW, 110, 1, 422, 0, "not one row is good",                                          \
      "check dialect and encoding with `logflow inspect`")                                         \
    X(TYPE_CHANGED, 111, 1, 422, 0, "a column's type changed after its schema was handed out",     \
      "open with spool enabled, or give the wider type")                                           \
    X(JSON, 112, 1, 422, 0, "the text is not JSON",                                                \
      "mend it at the place that is named; in JSON lines only the line is bad")                    \
    X(ENCODE, 201, 5, 500, 0, "the output could not be encoded", "report this with the input")     \
    X(OPEN, 301, 3, 404, 0, "the file cannot be opened", "check the path and its permissions")     \
    X(NOT_FOUND, 302, 3, 404, 0, "no such file", "check the path for a typing error")              \
    X(PERMISSION, 303, 3, 403, 0, "permission denied", "check who may read or write the path")     \
    X(IS_DIRECTORY, 304, 3, 400, 0, "the path is a directory", "name the files inside it")         \
    X(READ, 305, 3, 502, 1, "reading failed", "check the device, then try again")                  \
    X(WRITE, 306, 3, 502, 1, "writing failed", "check the device, then try again")                 \
    X(CHANGED, 307, 3, 409, 1, "the input changed while it was read",                              \
      "try again once nothing writes to it")                                                       \
    X(NO_MEMORY, 701, 4, 507, 1, "memory ran out", "free memory or lower --threads")               \
    X(MEMORY_LIMIT, 702, 4, 507, 0, "the memory limit is too low for this input",                  \
      "raise --memory-limit to the value that the message names")                                  \
    X(DISK_FULL, 703, 4, 507, 1, "no space is left on the device",                                 \
      "free space, or write elsewhere with -o")                                                    \
    X(DEADLINE, 704, 4, 504, 1, "the time limit has passed", "raise the time limit")               \
    X(INTERNAL, 901, 5, 500, 0, "an internal check failed",                                        \
      "this is a fault of LogFlow: report it with the command line")                               \
    X(CANCELLED, 902, 130, 499, 1, "interrupted", "run it again")

typedef enum lf_rc {
    LF_OK = 0,
#define LF_RC_ENUM(name, number, exit, http, retry, text, hint) LF_E##name = number,
    LF_RC_TABLE(LF_RC_ENUM)
#undef LF_RC_ENUM
} lf_rc;

#define LF_ERROR_FRAMES 6
#define LF_NO_POSITION  UINT64_MAX

/* One error. Positions are LF_NO_POSITION (UINT64_MAX) where unknown... a
 * zero-initialised record means "no error", so `has_position` says which
 * fields count. */
typedef struct lf_error {
    lf_rc rc;
    bool retryable;
    bool has_position;
    uint64_t byte_offset; /* of the record or cell, from 0, in the decompressed bytes */
    uint64_t row;         /* data row, from 1; LF_NO_POSITION if unknown */
    uint64_t line;        /* physical line, from 1; LF_NO_POSITION if unknown */
    uint32_t column;      /* column, from 1; 0 if none */
    char file[256];       /* input as the caller named it, cut at the front with "..." */
    char column_name[64];
    char message[256];                       /* one sentence, no newline, no full stop */
    char excerpt[96];                        /* offending bytes, printable form; may be empty */
    uint32_t excerpt_mark, excerpt_mark_len; /* where in excerpt the mark goes */
    uint32_t n_frames;
    char frames[LF_ERROR_FRAMES][96]; /* context, innermost first */
} lf_error;

/* All answer for any value, also an unknown one. Static strings. */
const char *lf_rc_name(lf_rc rc);  /* "ROW_WIDTH" */
const char *lf_rc_class(lf_rc rc); /* "usage", "data", "encoding", "files", "limits", "internal" */
const char *lf_rc_text(lf_rc rc);  /* what happened */
const char *lf_rc_hint(lf_rc rc);  /* what to do next */
int lf_rc_exit_status(lf_rc rc);   /* 0 1 2 3 4 5 130 */
int lf_rc_http_status(lf_rc rc);
bool lf_rc_retryable(lf_rc rc);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
