/* cli/report_text.h - the closing report for people: the same facts as lf_report.json.
 * Owns: nothing. Threads: one at a time. Fails: never. */
#ifndef LF_CLI_REPORT_TEXT_H
#define LF_CLI_REPORT_TEXT_H
#include "cli/terminal.h"
#include <logflow/logflow.h>

void lf_cli_report_full(FILE *f, const lf_report *r);
void lf_cli_report_line(FILE *f, const lf_report *r); /* one of many files */
void lf_cli_report_warnings(FILE *f, const lf_report *r);

#endif
