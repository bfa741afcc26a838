/* The native half of the Python package: arguments in, a tuple or a capsule out.
 *
 * Long calls run in a thread of their own while the calling one, without the GIL, waits and every
 * 50 ms lets Python's signal handlers and the progress callback run; either may cancel. Errors come
 * back as a dict and are raised in logflow/__init__.py, which knows the classes. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>
#include <errno.h>
#include <logflow/logflow.h>
#include <logflow/plugin.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_NS 50000000L

/* ---- arguments ---- */

typedef struct arguments {
    PyObject *keep; /* what the pointers below point into */
    const char **paths;
    lf_option *options;
    size_t n_paths, n_options;
} arguments;

static void arguments_reset(arguments *a) {
    Py_CLEAR(a->keep);
    PyMem_Free(a->paths);
    PyMem_Free(a->options);
}

/* paths: a list of bytes; options: a list of (str, str). */
static int arguments_read(arguments *a, PyObject *paths, PyObject *options) {
    *a = (arguments){.keep = PyTuple_Pack(2, paths, options)};
    if (a->keep == NULL) return -1;
    a->n_paths = (size_t)PyList_Size(paths);
    a->n_options = (size_t)PyList_Size(options);
    a->paths = PyMem_Calloc(a->n_paths + 1, sizeof *a->paths);
    a->options = PyMem_Calloc(a->n_options + 1, sizeof *a->options);
    if (a->paths == NULL || a->options == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < a->n_paths; i++) {
        a->paths[i] = PyBytes_AsString(PyList_GetItem(paths, (Py_ssize_t)i));
        if (a->paths[i] == NULL) return -1;
    }
    for (size_t i = 0; i < a->n_options; i++) {
        PyObject *pair = PyList_GetItem(options, (Py_ssize_t)i);
        if (!PyArg_ParseTuple(pair, "ss", &a->options[i].name, &a->options[i].value)) return -1;
    }
    return 0;
}

/* ---- results ---- */

static PyObject *number_or_none(uint64_t v, bool known) {
    if (!known || v == LF_NO_POSITION) Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(v);
}

static PyObject *text_or_none(const char *s) {
    if (s == NULL || s[0] == 0) Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(s, (Py_ssize_t)strlen(s), "replace");
}

static PyObject *error_record(const lf_error *e, lf_rc rc) {
    const bool at = e->has_position;
    return Py_BuildValue("{s:s,s:i,s:i,s:O,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N}", "code",
                         lf_rc_name(rc), "number", (int)rc, "exit_status", lf_rc_exit_status(rc),
                         "retryable", lf_rc_retryable(rc) ? Py_True : Py_False, "message",
                         text_or_none(e->message[0] ? e->message : lf_rc_text(rc)), "hint",
                         text_or_none(lf_rc_hint(rc)), "path", text_or_none(e->file), "row",
                         number_or_none(e->row, at), "line", number_or_none(e->line, at), "column",
                         number_or_none(e->column, e->column > 0), "column_name",
                         text_or_none(e->column_name), "byte_offset",
                         number_or_none(e->byte_offset, at), "excerpt", text_or_none(e->excerpt));
}

/* ---- a call in a thread ---- */

typedef enum call_kind { CALL_CONVERT, CALL_STREAM, CALL_VERIFY } call_kind;

typedef struct call {
    arguments args;
    call_kind kind;
    const char *out;
    bool overwrite, null_is_empty;
    unsigned long long differences;
    const lf_plugins *plugins;
    struct ArrowArrayStream stream;
    lf_report report;
    lf_verify_report verified;
    lf_rc rc;
    lf_error err;
    int cancel;
    pthread_mutex_t mu;
    pthread_cond_t moved;
    bool done, ticked; /* these and progress: under mu */
    lf_progress progress;
} call;

static void on_progress(void *ctx, const lf_progress *p) {
    call *c = ctx;
    pthread_mutex_lock(&c->mu);
    c->progress = *p;
    c->ticked = true;
    pthread_cond_signal(&c->moved);
    pthread_mutex_unlock(&c->mu);
}

static lf_rc verify(call *c) {
    const lf_verify_opts o = {.struct_size = sizeof o,
                              .options = c->args.options,
                              .n_options = c->args.n_options,
                              .differences = c->differences,
                              .null_is_empty = c->null_is_empty,
                              .cancel = &c->cancel,
                              .plugins = c->plugins};
    return lf_verify(c->args.paths[0], c->args.paths[1], &o, &c->verified, &c->err);
}

static void *call_main(void *arg) {
    call *c = arg;
    lf_convert_opts o = {.struct_size = sizeof o,
                         .options = c->args.options,
                         .n_options = c->args.n_options,
                         .overwrite = c->overwrite,
                         .plugins = c->plugins};
    if (c->kind == CALL_VERIFY) {
        c->rc = verify(c);
    } else if (c->kind == CALL_STREAM) {
        c->rc = lf_open_stream(c->args.paths, c->args.n_paths, &o, &c->stream, &c->err);
    } else {
        o.progress = on_progress;
        o.progress_ctx = c;
        o.cancel = &c->cancel;
        c->rc = lf_convert(c->args.paths, c->args.n_paths, c->out, &o, &c->report, &c->err);
    }
    pthread_mutex_lock(&c->mu);
    c->done = true;
    pthread_cond_signal(&c->moved);
    pthread_mutex_unlock(&c->mu);
    return NULL;
}

/* Waits, without the GIL, for news or WAIT_NS. True when the call has ended. */
static bool wait_a_while(call *c, bool *ticked, lf_progress *p) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NS;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&c->mu);
    int waited = 0;
    while (!c->done && !c->ticked && waited == 0) {
        waited = pthread_cond_timedwait(&c->moved, &c->mu, &until);
    }
    const bool done = c->done;
    *ticked = c->ticked;
    *p = c->progress;
    c->ticked = false;
    pthread_mutex_unlock(&c->mu);
    return done;
}

static int tell(PyObject *callback, const lf_progress *p) {
    PyObject *r = PyObject_CallFunction(
        callback, "KKKKd", (unsigned long long)p->bytes_read, (unsigned long long)p->bytes_total,
        (unsigned long long)p->rows, (unsigned long long)p->bytes_written, p->elapsed_s);
    Py_XDECREF(r);
    return r == NULL ? -1 : 0;
}

/* Until the thread has ended. -1: a handler or the callback raised, and the call was cancelled. */
static int attend(call *c, PyObject *callback) {
    int broken = 0;
    for (bool done = false; !done;) {
        bool ticked;
        lf_progress p;
        Py_BEGIN_ALLOW_THREADS done = wait_a_while(c, &ticked, &p);
        Py_END_ALLOW_THREADS if (broken) continue;
        if (PyErr_CheckSignals() != 0 || (ticked && callback != NULL && tell(callback, &p) != 0)) {
            broken = -1;
            __atomic_store_n(&c->cancel, 1, __ATOMIC_RELAXED);
        }
    }
    return broken;
}

static int call_run(call *c, PyObject *callback) {
    pthread_t thread;
    pthread_condattr_t ca;
    pthread_mutex_init(&c->mu, NULL);
    pthread_condattr_init(&ca);
    pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
    pthread_cond_init(&c->moved, &ca);
    pthread_condattr_destroy(&ca);
    int rc = -1;
    errno = pthread_create(&thread, NULL, call_main, c);
    if (errno == 0) {
        rc = attend(c, callback);
        Py_BEGIN_ALLOW_THREADS pthread_join(thread, NULL);
        Py_END_ALLOW_THREADS
    } else {
        PyErr_SetFromErrno(PyExc_OSError);
    }
    pthread_cond_destroy(&c->moved);
    pthread_mutex_destroy(&c->mu);
    return rc;
}

/* ---- plugins ---- */

/* Streams that a set's decoders made may outlive every reference to it: sets are kept for good, as
 * the libraries are. */
static PyObject *py_load_plugins(PyObject *self, PyObject *paths) {
    (void)self;
    arguments a;
    PyObject *none = PyList_New(0), *result = NULL;
    lf_plugins *set = lf_plugins_new(NULL);
    if (none == NULL || set == NULL) {
        Py_XDECREF(none);
        lf_plugins_free(set);
        return PyErr_NoMemory();
    }
    lf_error err = {0};
    lf_rc rc = LF_OK;
    if (arguments_read(&a, paths, none) == 0) {
        for (size_t i = 0; i < a.n_paths && rc == LF_OK; i++)
            rc = lf_plugins_load(set, a.paths[i], &err);
        result = rc == LF_OK ? PyCapsule_New(set, "logflow_plugins", NULL) : error_record(&err, rc);
    }
    if (result == NULL || rc != LF_OK) lf_plugins_free(set);
    arguments_reset(&a);
    Py_DECREF(none);
    return result;
}

/* None, or what py_load_plugins made. */
static int plugins_of(PyObject *o, const lf_plugins **out) {
    *out = o == Py_None ? NULL : PyCapsule_GetPointer(o, "logflow_plugins");
    return o == Py_None || *out != NULL ? 0 : -1;
}

/* ---- functions ---- */

static PyObject *py_convert(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *paths, *out, *options, *callback, *plugins, *result = NULL;
    int overwrite;
    if (!PyArg_ParseTuple(args, "O!OO!pOO", &PyList_Type, &paths, &out, &PyList_Type, &options,
                          &overwrite, &callback, &plugins))
        return NULL;
    call *c = PyMem_Calloc(1, sizeof *c);
    if (c == NULL) return PyErr_NoMemory();
    c->overwrite = overwrite != 0;
    c->out = out == Py_None ? NULL : PyBytes_AsString(out);
    if ((out == Py_None || c->out != NULL) && plugins_of(plugins, &c->plugins) == 0 &&
        arguments_read(&c->args, paths, options) == 0 &&
        call_run(c, callback == Py_None ? NULL : callback) == 0)
        result = c->rc == LF_OK ? text_or_none(c->report.json) : error_record(&c->err, c->rc);
    lf_report_reset(&c->report);
    arguments_reset(&c->args);
    PyMem_Free(c);
    return result;
}

static void stream_free(PyObject *capsule) {
    struct ArrowArrayStream *s = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (s == NULL) return;
    if (s->release != NULL) {
        Py_BEGIN_ALLOW_THREADS s->release(s);
        Py_END_ALLOW_THREADS
    }
    free(s);
}

static PyObject *stream_capsule(call *c) {
    struct ArrowArrayStream *s = malloc(sizeof *s);
    if (s == NULL) return PyErr_NoMemory();
    *s = c->stream;
    PyObject *capsule = PyCapsule_New(s, "arrow_array_stream", stream_free);
    if (capsule != NULL)
        c->stream.release = NULL;
    else
        free(s);
    return capsule;
}

static PyObject *py_open_stream(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *paths, *options, *plugins, *result = NULL;
    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &paths, &PyList_Type, &options, &plugins))
        return NULL;
    call *c = PyMem_Calloc(1, sizeof *c);
    if (c == NULL) return PyErr_NoMemory();
    c->kind = CALL_STREAM;
    if (plugins_of(plugins, &c->plugins) == 0 && arguments_read(&c->args, paths, options) == 0 &&
        call_run(c, NULL) == 0)
        result = c->rc == LF_OK ? stream_capsule(c) : error_record(&c->err, c->rc);
    if (c->stream.release != NULL) c->stream.release(&c->stream);
    arguments_reset(&c->args);
    PyMem_Free(c);
    return result;
}

static void schema_free(PyObject *capsule) {
    struct ArrowSchema *s = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (s == NULL) return;
    if (s->release != NULL) s->release(s);
    free(s);
}

static PyObject *py_stream_schema(PyObject *self, PyObject *capsule) {
    (void)self;
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream == NULL) return NULL;
    if (stream->release == NULL) {
        PyErr_SetString(PyExc_ValueError, "another library has taken the stream");
        return NULL;
    }
    struct ArrowSchema *s = calloc(1, sizeof *s);
    if (s == NULL || stream->get_schema(stream, s) != 0) {
        free(s);
        return PyErr_NoMemory();
    }
    PyObject *result = PyCapsule_New(s, "arrow_schema", schema_free);
    if (result == NULL) {
        s->release(s);
        free(s);
    }
    return result;
}

typedef struct text {
    char *bytes;
    size_t n;
} text;

static int text_add(void *ctx, const char *bytes, size_t n) {
    text *t = ctx;
    char *p = realloc(t->bytes, t->n + n + 1);
    if (p == NULL) return 1;
    memcpy(p + t->n, bytes, n);
    t->bytes = p;
    t->n += n;
    return 0;
}

static PyObject *py_inspect(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *paths, *options, *plugins, *result = NULL;
    unsigned long long rows;
    int schema_only;
    if (!PyArg_ParseTuple(args, "O!O!KpO", &PyList_Type, &paths, &PyList_Type, &options, &rows,
                          &schema_only, &plugins))
        return NULL;
    arguments a = {0};
    text t = {0};
    lf_error err = {0};
    const lf_plugins *known;
    if (plugins_of(plugins, &known) == 0 && arguments_read(&a, paths, options) == 0) {
        const lf_inspect_opts o = {.struct_size = sizeof o,
                                   .as_json = schema_only == 0,
                                   .schema_only = schema_only != 0,
                                   .rows = rows,
                                   .options = a.options,
                                   .n_options = a.n_options,
                                   .plugins = known};
        lf_rc rc;
        Py_BEGIN_ALLOW_THREADS rc = lf_inspect(a.paths[0], &o, text_add, &t, &err);
        Py_END_ALLOW_THREADS result =
            rc == LF_OK ? PyUnicode_DecodeUTF8(t.bytes ? t.bytes : "", (Py_ssize_t)t.n, "replace")
                        : error_record(&err, rc);
    }
    free(t.bytes);
    arguments_reset(&a);
    return result;
}

static PyObject *py_verify(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *paths, *options, *plugins, *result = NULL;
    unsigned long long differences;
    int null_is_empty;
    if (!PyArg_ParseTuple(args, "O!O!KpO", &PyList_Type, &paths, &PyList_Type, &options,
                          &differences, &null_is_empty, &plugins))
        return NULL;
    call *c = PyMem_Calloc(1, sizeof *c);
    if (c == NULL) return PyErr_NoMemory();
    c->kind = CALL_VERIFY;
    c->differences = differences;
    c->null_is_empty = null_is_empty != 0;
    if (plugins_of(plugins, &c->plugins) == 0 && arguments_read(&c->args, paths, options) == 0 &&
        call_run(c, NULL) == 0)
        result = c->rc == LF_OK ? text_or_none(c->verified.json) : error_record(&c->err, c->rc);
    lf_verify_report_reset(&c->verified);
    arguments_reset(&c->args);
    PyMem_Free(c);
    return result;
}

static PyObject *py_options(PyObject *self, PyObject *unused) {
    (void)self;
    (void)unused;
    PyObject *list = PyList_New(0);
    for (const lf_option_info *i = lf_option_table(); list != NULL && i->name != NULL; i++) {
        if (!i->library) continue;
        PyObject *o = Py_BuildValue("(sszs)", i->name, i->type, i->dflt, i->help);
        if (o == NULL || PyList_Append(list, o) != 0) Py_CLEAR(list);
        Py_XDECREF(o);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"convert", py_convert, METH_VARARGS, NULL},
    {"open_stream", py_open_stream, METH_VARARGS, NULL},
    {"stream_schema", py_stream_schema, METH_O, NULL},
    {"inspect", py_inspect, METH_VARARGS, NULL},
    {"verify", py_verify, METH_VARARGS, NULL},
    {"load_plugins", py_load_plugins, METH_O, NULL},
    {"options", py_options, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "_logflow", .m_methods = methods};

PyMODINIT_FUNC PyInit__logflow(void) {
    PyObject *m = PyModule_Create(&module);
    if (m != NULL && PyModule_AddStringConstant(m, "version", lf_version()) != 0) Py_CLEAR(m);
    return m;
}
