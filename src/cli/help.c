#include "cli/cli.h"
#include "cli/terminal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDTH = 80, LEFT = 29, EXAMPLE_LEFT = 54 };

static bool takes(const lf_option_info *o, const char *command) {
    const char *p = strstr(o->commands, command);
    const size_t n = strlen(command);
    return p && (p == o->commands || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0');
}

static void print_examples(FILE *f, const char *p) {
    if (p == NULL) return;
    fputs("\nExamples:\n", f);
    while (*p) {
        const int n = (int)strcspn(p, "\t");
        const int m = (int)strcspn(p + n + 1, "\n");
        if (n + 2 < EXAMPLE_LEFT && EXAMPLE_LEFT + m <= WIDTH)
            fprintf(f, "  %-*.*s%.*s\n", EXAMPLE_LEFT - 2, n, p, m, p + n + 1);
        else
            fprintf(f, "  %.*s\n      %.*s\n", n, p, m, p + n + 1);
        p += n + 1 + m + 1;
    }
}

void lf_cli_print_overview(FILE *f) {
    fputs("logflow - stream data files into Parquet\n\n"
          "Usage: logflow FILE...                      the same as: logflow convert FILE...\n"
          "       logflow COMMAND [OPTION]... [FILE]...\n\nCommands:\n",
          f);
    for (const lf_cli_command *c = lf_cli_commands(); c->name; c++)
        fprintf(f, "  %-12s%s\n", c->name, c->summary);
    fputs("\nStart with:\n"
          "  logflow convert data.csv            writes data.parquet beside it\n"
          "  logflow inspect data.parquet        shows its columns and types\n"
          "  logflow COMMAND --help              all options, with examples\n",
          f);
}

static void print_option(FILE *f, const lf_option_info *o) {
    char left[96], text[256];
    const bool flag = strcmp(o->type, "flag") == 0;
    const char *value = o->values ? o->values : "VALUE";
    char brief[48];
    if (strcmp(o->type, "codec") == 0) value = "CODEC[:LEVEL]";
    snprintf(brief, sizeof brief, "%s", value);
    if (o->short_name)
        snprintf(left, sizeof left, "  -%c, --%s%s%s", o->short_name, o->name, flag ? "" : " ",
                 flag ? "" : brief);
    else
        snprintf(left, sizeof left, "      --%s%s%s", o->name, flag ? "" : " ", flag ? "" : brief);
    snprintf(text, sizeof text, "%s%s%s%s%s%s", o->help,
             strcmp(o->type, "codec") == 0 ? "; one of " : "",
             strcmp(o->type, "codec") == 0 ? o->values : "",
             o->repeatable ? "; may be repeated" : "", o->dflt ? " [" : "", o->dflt ? o->dflt : "");
    unsigned at = (unsigned)strlen(left);
    fputs(left, f);
    if (at + 2 > LEFT)
        fprintf(f, "\n%*s", LEFT, "");
    else
        fprintf(f, "%*s", (int)(LEFT - at), "");
    const size_t n = strlen(text);
    if (o->dflt && n + 1 < sizeof text) text[n] = ']', text[n + 1] = '\0';
    lf_terminal_wrap(f, text, LEFT, LEFT, WIDTH);
}

void lf_cli_print_help(FILE *f, const lf_cli_command *c) {
    const char *group = "";
    fprintf(f, "logflow %s - %s\n\nUsage: logflow %s%s%s\n", c->name, c->summary, c->name,
            *c->usage ? " " : "", c->usage);
    if (c->about) {
        fputc('\n', f);
        lf_terminal_wrap(f, c->about, 0, 0, WIDTH);
    }
    print_examples(f, c->examples);
    for (const lf_option_info *o = lf_option_table(); o->name; o++) {
        if (o->hidden || !takes(o, c->name)) continue;
        if (strcmp(group, o->group) != 0) fprintf(f, "\n%s:\n", o->group);
        group = o->group;
        print_option(f, o);
    }
    if (strcmp(c->name, "convert") != 0) return;
    fputs("\nSizes take KB MB GB and KiB MiB GiB. Each option is also read from the\n"
          "environment, as LOGFLOW_ and its name: LOGFLOW_MEMORY_LIMIT=40MiB.\n"
          "Exit status: 0 done, 1 bad data, 2 usage, 3 input or output, 4 a limit,\n"
          "5 internal, 130 interrupted.\n",
          f);
}

typedef struct code_row {
    const char *name;
    int number;
} code_row;

static const code_row codes[] = {
#define ROW(name, number, exit, http, retry, text, hint) {#name, number},
    LF_RC_TABLE(ROW)
#undef ROW
};

bool lf_cli_print_code(FILE *f, const char *code) {
    if ((code[0] == 'L' || code[0] == 'l') && (code[1] == 'F' || code[1] == 'f')) code += 2;
    const long number = isdigit((unsigned char)*code) ? strtol(code, NULL, 10) : 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].number != number && strcasecmp(codes[i].name, code) != 0) continue;
        const lf_rc rc = (lf_rc)codes[i].number;
        fprintf(f, "LF%03d %s: %s\n", (int)rc, codes[i].name, lf_rc_text(rc));
        fprintf(f, "hint: %s\nclass: %s\nexit status: %d\n", lf_rc_hint(rc), lf_rc_class(rc),
                lf_rc_exit_status(rc));
        if (lf_rc_retryable(rc)) fputs("trying again may help\n", f);
        return true;
    }
    return false;
}

static void list_codes(FILE *f) {
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        fprintf(f, "LF%03d  exit %-3d  %s\n", codes[i].number,
                lf_rc_exit_status((lf_rc)codes[i].number), lf_rc_text((lf_rc)codes[i].number));
}

static int no_help(const char *topic) {
    const char *commands[20], *names[64];
    char upper[40];
    size_t n = 0, k = 0;
    for (const lf_cli_command *c = lf_cli_commands(); c->name && n < 18; c++)
        commands[n++] = c->name;
    commands[n++] = "errors";
    commands[n] = NULL;
    for (; k < sizeof codes / sizeof *codes && k < 63; k++)
        names[k] = codes[k].name;
    names[k] = NULL;
    snprintf(upper, sizeof upper, "%s", topic);
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    const char *near = lf_nearest(topic, commands);
    if (near == NULL) near = lf_nearest(upper, names);
    if (near)
        return lf_cli_usage_error(NULL, "there is no help on '%s'; did you mean '%s'?", topic,
                                  near);
    return lf_cli_usage_error(NULL, "there is no help on '%s'", topic);
}

int lf_cli_help(const lf_cli_args *a) {
    const char *topic = a->n_inputs ? a->inputs[0] : NULL;
    const bool errors = topic && strcmp(topic, "errors") == 0;
    if (a->markdown)
        return errors ? lf_cli_print_errors(stdout) : lf_cli_print_reference(stdout), 0;
    if (topic == NULL) return lf_cli_print_overview(stdout), 0;
    if (errors) return list_codes(stdout), 0;
    const lf_cli_command *c = lf_cli_command_find(topic);
    if (c) return lf_cli_print_help(stdout, c), 0;
    if (lf_cli_print_code(stdout, topic)) return 0;
    return no_help(topic);
}

int lf_cli_version(const lf_cli_args *a) {
    if (a->n_inputs) return lf_cli_usage_error("version", "version takes no file");
    printf("logflow %s\n", lf_version());
    return 0;
}
