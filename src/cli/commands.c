/* The commands, in the order of the help page. */
#include "cli/cli.h"
#include <string.h>

static const lf_cli_command commands[] = {
    {.name = "convert",
     .summary = "turn a data file into Parquet",
     .usage = "[OPTION]... FILE...",
     .about = "Converts each FILE (- is standard input) into Parquet. Format, compression, "
              "delimiter, header and types are found by looking at the data. Without -o the output "
              "lies beside the input: d/x.csv.gz becomes d/x.parquet. With -o FILE several inputs "
              "become one table. A FILE may also be a folder (all files of known formats in it), "
              "a pattern in quotes (** is any number of folders), or @LIST, a file with a name a "
              "line.",
     .examples = "logflow convert data.csv\twrites data.parquet\n"
                 "logflow convert data.csv.gz -o out/\twrites out/data.parquet\n"
                 "logflow convert jan.csv feb.csv -o year.parquet\tone table of both\n"
                 "logflow convert data/ -o out/\tall files of a folder, its folders mirrored\n"
                 "logflow convert 'data/**/*.csv' -o all.parquet\tone table of many files\n"
                 "curl -s URL | logflow convert - -o data.parquet\treads a pipe\n"
                 "logflow convert data.csv --type zip=string --null -\tsets types and nulls\n"
                 "logflow data.csv --compression zstd:3 --force\treplaces data.parquet\n"
                 "logflow convert --replay data.parquet.rejects.jsonl\ttries bad rows again\n",
     .run = lf_cli_convert},
    {.name = "inspect",
     .summary = "show what is in a file",
     .usage = "[OPTION]... FILE...",
     .about = "Describes each FILE, of any format that is read, on standard output: columns, "
              "types, rows, "
              "sizes, and the first rows if asked.",
     .examples = "logflow inspect data.parquet --rows 5\tthe columns and the first five rows\n"
                 "logflow inspect data.csv --schema > schema.json\ttypes, to be edited and used\n"
                 "logflow inspect data.parquet --json\teverything, for programs\n",
     .run = lf_cli_inspect},
    {.name = "verify",
     .summary = "compare two data files of any format, cell by cell",
     .usage = "[OPTION]... IN OUT",
     .about =
         "Reads IN and OUT, each of any format that is read and of any writer, and compares "
         "every cell: whether the text, read as the column's type in OUT, is the value that "
         "was stored; nested values level by level. Rows that were set aside in "
         "OUT.rejects.jsonl must not be in OUT. Options say how IN was read and what of it was "
         "to come out, as for convert; --to names the format of OUT. Exit status: 0 equal, 1 "
         "different or bad "
         "data, 2 usage, 3 files.",
     .examples =
         "logflow verify data.csv data.parquet\tcompares all cells, shows where they differ\n"
         "logflow verify events.jsonl events.parquet\tnested values too\n"
         "logflow verify data.csv out.parquet --rename id=number --skip 10\twith what the "
         "conversion was told\n"
         "logflow verify old.parquet new.arrow\ttwo files that have types\n"
         "logflow verify data.csv data.parquet --json\tfor programs\n",
     .run = lf_cli_verify},
    {.name = "version",
     .summary = "print the version",
     .usage = "",
     .examples = "logflow version\tprints it and nothing else\n",
     .run = lf_cli_version},
    {.name = "help",
     .summary = "explain a command or an error code",
     .usage = "[COMMAND | CODE | errors]",
     .examples = "logflow help convert\tall options of convert\n"
                 "logflow help LF103\twhat an error means and what to do\n"
                 "logflow help errors\tall error codes\n",
     .run = lf_cli_help},
    {.name = NULL},
};

const lf_cli_command *lf_cli_commands(void) {
    return commands;
}

const lf_cli_command *lf_cli_command_find(const char *name) {
    for (const lf_cli_command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}
