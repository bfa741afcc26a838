/* logflow/plugin.h - decoders, sinks and transforms from outside, over the Arrow C data interface.
 *
 * A decoder turns the bytes of an input into record batches, a transform turns batches into
 * batches, a sink takes batches to wherever they go. A program registers its own with
 * lf_register_...; a shared library exports them in one table, which `lf_plugins_load` finds (see
 * examples/plugins/samples.c, docs/plugins.md).
 *
 * Callbacks return 0, or an errno value and the reason in `why`, which is zeroed before the call.
 * Batches are struct arrays of one child a column (`length` rows). Strings given to a callback are
 * valid until it returns, except where it says more.
 * Owns: records that are registered stay the caller's and must outlive the lf_plugins.
 * Threads: the callbacks of one conversion are called by one thread at a time, not always the same
 * one and not always the caller's; several conversions call the same record at the same time.
 * Fails: a failed callback ends the conversion; the error names the plugin. A callback must not
 * throw, longjmp or exit. */
#ifndef LOGFLOW_PLUGIN_H
#define LOGFLOW_PLUGIN_H

#include <logflow/alloc.h>
#include <logflow/arrow.h>
#include <logflow/error.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* all that follows is the library's surface */
#endif

#define LOGFLOW_PLUGIN_ABI 1u /* of all records below; a library of another one is refused */

/* Why a callback failed: one sentence, without the plugin's name. */
typedef struct lf_plugin_message {
    char text[256];
} lf_plugin_message;

/* What a decoder reads. LogFlow's; valid until the decoder's stream has been released. */
typedef struct lf_plugin_input lf_plugin_input;
struct lf_plugin_input {
    size_t struct_size;
    const char *path;    /* as the user named it; "-" is standard input */
    const char *options; /* what stands behind the name in --from NAME:OPTIONS; "" */
    /* Up to n of the next bytes, decompressed, into `to`: how many, 0 at the end, -1 where reading
     * failed (return EIO then: LogFlow knows why). */
    int64_t (*read)(lf_plugin_input *in, void *to, size_t n);
};

typedef struct lf_decoder_desc lf_decoder_desc;
struct lf_decoder_desc {
    size_t struct_size;          /* sizeof(lf_decoder_desc) */
    const char *name;            /* for --from: a-z, 0-9, _ and -, at most 31, a letter first */
    const char *const *suffixes; /* of file names, with the dot; ends with NULL; NULL: none */
    void *ctx;                   /* the plugin's own */
    /* Whether these first bytes (decompressed, at most 16 KiB) are of this format: 0 no, 100
     * surely; from 60 on it is chosen where no other format is surer. NULL: the suffix alone
     * decides. */
    int (*sniff)(const lf_decoder_desc *self, const void *head, size_t n);
    /* Begins to read. The stream, which LogFlow releases, gives batches of any size; types that
     * LogFlow has not (duration, interval, union, run-end encoded) are refused by column. */
    int (*open)(const lf_decoder_desc *self, lf_plugin_input *in, struct ArrowArrayStream *out,
                lf_plugin_message *why);
};

/* Where a sink writes. LogFlow's; valid until the sink has been closed. */
typedef struct lf_plugin_output lf_plugin_output;
struct lf_plugin_output {
    size_t struct_size;
    const char *path;    /* as the user named it, or made of the input's; "-" is standard output */
    const char *options; /* what stands behind the name in --to NAME:OPTIONS; "" */
    /* Appends to the output file, which appears at `path` once `finish` has succeeded and never in
     * part. 0, or an errno value (return it: LogFlow knows why). */
    int (*write)(lf_plugin_output *out, const void *bytes, size_t n);
};

enum {
    /* The sink stores elsewhere (a table, a service) and never calls `write`: no file is made, and
     * `path` is only a name. */
    LF_SINK_ELSEWHERE = 1
};

typedef struct lf_sink_desc lf_sink_desc;
struct lf_sink_desc {
    size_t struct_size;
    const char *name;            /* for --to */
    const char *const *suffixes; /* the first is that of outputs; ends with NULL; NULL: none */
    void *ctx;
    uint32_t flags; /* LF_SINK_... */
    /* The schema is LogFlow's. *state_out is handed to the calls below. */
    int (*open)(const lf_sink_desc *self, lf_plugin_output *out, const struct ArrowSchema *schema,
                void **state_out, lf_plugin_message *why);
    /* The next batch, in the input's order; the sink owns it and releases it, at once or later. */
    int (*write)(void *state, struct ArrowArray *batch, lf_plugin_message *why);
    int (*finish)(void *state, lf_plugin_message *why); /* all rows have come: make it last */
    void (*close)(void *state); /* always, last; without finish before it, undo what was done */
};

typedef struct lf_transform_desc lf_transform_desc;
struct lf_transform_desc {
    size_t struct_size;
    const char *name; /* for --transform */
    void *ctx;
    /* Says what comes out of what comes in: fills `out`, which LogFlow releases; left zeroed, the
     * columns stay the same. Both are structs of the columns.
     * options: what stands behind the name in --transform NAME:OPTIONS; "". */
    int (*open)(const lf_transform_desc *self, const struct ArrowSchema *in, const char *options,
                struct ArrowSchema *out, void **state_out, lf_plugin_message *why);
    /* The transform owns `in` (which it releases, or moves into *out). *out is zeroed; left so, no
     * rows come of this batch. Rows may become fewer (they count as filtered) or more. */
    int (*apply)(void *state, struct ArrowArray *in, struct ArrowArray *out,
                 lf_plugin_message *why);
    /* No batch follows: what was held back (sums, sorted rows), asked for until *out is left
     * zeroed. NULL: nothing is held back. */
    int (*finish)(void *state, struct ArrowArray *out, lf_plugin_message *why);
    void (*close)(void *state); /* always, last */
};

/* What a shared library holds. It exports one function,
 *     const lf_plugin *logflow_plugin(void);
 * (LF_PLUGIN_EXPORT). The table is static; lists end with NULL, NULL is an empty one. */
typedef struct lf_plugin {
    uint32_t abi; /* LOGFLOW_PLUGIN_ABI */
    const char *name, *version;
    const lf_decoder_desc *const *decoders;
    const lf_sink_desc *const *sinks;
    const lf_transform_desc *const *transforms;
} lf_plugin;

#ifdef __GNUC__
#define LF_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define LF_PLUGIN_EXPORT
#endif

/* A set of decoders, sinks and transforms, for lf_convert_opts.plugins. Made and filled by one
 * thread, then read by any number of conversions; must outlive them and their streams. */
typedef struct lf_plugins lf_plugins;

/* alloc NULL: malloc; it must outlive the set. NULL: no memory. */
LF_NODISCARD lf_plugins *lf_plugins_new(const lf_alloc *alloc);
/* NULL is legal. Libraries stay mapped until the process ends: batches may be theirs. */
void lf_plugins_free(lf_plugins *p);

/* Adds one record. LF_EUSAGE: it lacks something, or its name is taken. */
LF_NODISCARD lf_rc lf_register_decoder(lf_plugins *p, const lf_decoder_desc *d, lf_error *err);
LF_NODISCARD lf_rc lf_register_sink(lf_plugins *p, const lf_sink_desc *d, lf_error *err);
LF_NODISCARD lf_rc lf_register_transform(lf_plugins *p, const lf_transform_desc *d, lf_error *err);

/* Loads a shared library, or every *.so of a folder by name. Refused (LF_EPERMISSION): a file or
 * folder that others than its owner's group may write to, or that belongs neither to this user nor
 * to root. LF_EUNSUPPORTED: another ABI version, no table. In a folder each library that can be is
 * loaded; the first failure is returned. Runs code of the library. */
LF_NODISCARD lf_rc lf_plugins_load(lf_plugins *p, const char *path, lf_error *err);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
