/* Command-line and environment parsing, by the option table alone.
 *
 * Values of the environment come first and those of the command line after them, so that the last
 * one, which wins, is the flag; a repeatable option given as a flag replaces the environment's. */
#include "cli/cli.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern char **environ;

static bool takes(const lf_option_info *o, const char *command) {
    const size_t n = strlen(command);
    for (const char *p = o->commands; *p;) {
        const size_t word = strcspn(p, " ");
        if (word == n && memcmp(p, command, n) == 0) return true;
        p += word + strspn(p + word, " ");
    }
    return false;
}

static bool is_flag(const lf_option_info *o) {
    return strcmp(o->type, "flag") == 0;
}

/* `command` NULL: of any command. */
static const lf_option_info *find(const char *name, size_t n, const char *command) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++)
        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0 &&
            (command == NULL || takes(o, command)))
            return o;
    return NULL;
}

static const lf_option_info *find_short(char c, const char *command) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++)
        if (c != '\0' && o->short_name == c && takes(o, command)) return o;
    return NULL;
}

static bool truth(const char *v) {
    return !(strcasecmp(v, "no") == 0 || strcasecmp(v, "false") == 0 || strcasecmp(v, "off") == 0 ||
             strcmp(v, "0") == 0);
}

/* Options of the command line itself; false: not one of them. */
static bool store_own(lf_cli_args *a, const lf_option_info *o, const char *value) {
    const struct {
        const char *name;
        bool *flag;
        const char **text;
    } own[] = {
        {"force", &a->force, NULL},
        {"quiet", &a->quiet, NULL},
        {"explain", &a->explain, NULL},
        {"json", &a->json, NULL},
        {"schema", &a->schema, NULL},
        {"markdown", &a->markdown, NULL},
        {"help", &a->help, NULL},
        {"output", NULL, &a->output},
        {"report", NULL, &a->report},
        {"progress", NULL, &a->progress},
        {"null-is-empty", &a->null_is_empty, NULL},
        {"chunks", &a->chunks, NULL},
        {"timeout", NULL, &a->timeout},
    };
    if (strcmp(o->name, "rows") == 0) return a->rows = strtoull(value, NULL, 10), true;
    if (strcmp(o->name, "differences") == 0)
        return a->differences = strtoull(value, NULL, 10), true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i].name, o->name) != 0) continue;
        if (own[i].flag)
            *own[i].flag = truth(value);
        else
            *own[i].text = value;
        return true;
    }
    return false;
}

static int store(lf_cli_args *a, const lf_option_info *o, const char *value, const char *source) {
    lf_error err = {0};
    if (lf_option_check(o, value, &err) != LF_OK) {
        if (source == NULL && err.excerpt[0] != '\0') { /* with its place */
            lf_cli_running = a->command;
            lf_cli_error(&err);
            return LF_CLI_EXIT_USAGE;
        }
        if (source == NULL) return lf_cli_usage_error(a->command, "%s", err.message);
        return lf_cli_config_error(source, err.message);
    }
    if (strcmp(o->name, "plugin") == 0) {
        if (a->n_plugins == LF_CLI_PLUGINS_MAX)
            return lf_cli_usage_error(a->command, "more than %d plugins", LF_CLI_PLUGINS_MAX);
        a->plugins[a->n_plugins++] = value;
        return 0;
    }
    if (!o->library && store_own(a, o, value)) return 0;
    if (a->n_options == LF_CLI_OPTIONS_MAX)
        return lf_cli_usage_error(a->command, "more than %d options", LF_CLI_OPTIONS_MAX);
    a->options[a->n_options++] = (lf_option){o->name, value};
    return 0;
}

static int unknown(const char *command, const char *name, size_t n) {
    const char *names[96];
    char word[64];
    size_t k = 0;
    snprintf(word, sizeof word, "%.*s", (int)n, name);
    for (const lf_option_info *o = lf_option_table(); o->name && k < 95; o++)
        if (takes(o, command) && !o->hidden) names[k++] = o->name;
    names[k] = NULL;
    const lf_option_info *other = find(name, n, NULL);
    const char *near = lf_nearest(word, names);
    if (other)
        return lf_cli_usage_error(command, "%s does not take --%s; `logflow %.*s` does", command,
                                  other->name, (int)strcspn(other->commands, " "), other->commands);
    if (near)
        return lf_cli_usage_error(command, "unknown option --%s; did you mean --%s?", word, near);
    return lf_cli_usage_error(command, "unknown option --%s", word);
}

static bool looks_like_option(const char *s, const char *command) {
    return s[0] == '-' && s[1] == '-' && s[2] && find(s + 2, strcspn(s + 2, "="), command) != NULL;
}

/* One option at argv[i]; *i moves past what it took. */
static int parse_option(lf_cli_args *a, int argc, char **argv, int *i) {
    const char *arg = argv[*i];
    const lf_option_info *o;
    const char *value = NULL;
    if (arg[1] == '-') {
        const size_t n = strcspn(arg + 2, "=");
        o = find(arg + 2, n, a->command);
        if (o == NULL) return unknown(a->command, arg + 2, n);
        if (arg[2 + n] == '=') value = arg + 3 + n;
    } else {
        o = find_short(arg[1], a->command);
        if (o == NULL) return lf_cli_usage_error(a->command, "unknown option -%c", arg[1]);
        if (arg[2] == '=')
            value = arg + 3;
        else if (arg[2] && is_flag(o))
            return lf_cli_usage_error(a->command, "-%c takes no value", arg[1]);
        else if (arg[2])
            value = arg + 2;
    }
    if (value == NULL && is_flag(o)) value = "yes";
    if (value == NULL) {
        if (*i + 1 >= argc || looks_like_option(argv[*i + 1], a->command))
            return lf_cli_usage_error(a->command, "--%s needs a value: --%s %s", o->name, o->name,
                                      o->values ? o->values : "VALUE");
        value = argv[++*i];
    }
    return store(a, o, value, NULL);
}

/* Whether argv names the option; then the environment's value is not needed. */
static bool given(const lf_option_info *o, int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *s = argv[i];
        const size_t n = strlen(o->name);
        if (o->short_name && s[0] == '-' && s[1] == o->short_name) return true;
        if (strncmp(s, "--", 2) == 0 && strncmp(s + 2, o->name, n) == 0 &&
            (s[2 + n] == '\0' || s[2 + n] == '='))
            return true;
    }
    return false;
}

static int parse_environment(lf_cli_args *a, int argc, char **argv) {
    for (const lf_option_info *o = lf_option_table(); o->name; o++) {
        const char *v = o->env && takes(o, a->command) ? getenv(o->env) : NULL;
        if (v == NULL || *v == '\0' || given(o, argc, argv)) continue;
        const int status = store(a, o, v, o->env);
        if (status) return status;
    }
    return 0;
}

int lf_cli_parse(lf_cli_args *a, const char *command, int argc, char **argv) {
    *a = (lf_cli_args){.command = command};
    /* Inputs are moved to the front of argv, whose slots are free once they have been read. */
    a->inputs = (const char **)argv;
    int status = parse_environment(a, argc, argv);
    bool options_over = false;
    for (int i = 0; i < argc && status == 0; i++) {
        if (options_over || argv[i][0] != '-' || argv[i][1] == '\0')
            a->inputs[a->n_inputs++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            options_over = true;
        else
            status = parse_option(a, argc, argv, &i);
    }
    if (status == 0) a->inputs[a->n_inputs] = NULL; /* argv ends with a slot for it */
    return status;
}

void lf_cli_warn_environment(void) {
    const char *names[96];
    size_t k = 0;
    for (const lf_option_info *o = lf_option_table(); o->name && k < 94; o++)
        if (o->env && !o->hidden) names[k++] = o->env;
    names[k++] = "LOGFLOW_HOME";
    names[k] = NULL;
    for (char **e = environ; *e; e++) {
        if (strncmp(*e, "LOGFLOW_", 8) != 0) continue;
        char name[64];
        bool known = false;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(*e, "="), *e);
        for (size_t i = 0; i < k && !known; i++)
            known = strcmp(names[i], name) == 0;
        if (known) continue;
        const char *near = lf_nearest(name, names);
        if (near)
            lf_cli_warning("environment variable %s is not known; did you mean %s?", name, near);
        else
            lf_cli_warning("environment variable %s is not known", name);
    }
}
