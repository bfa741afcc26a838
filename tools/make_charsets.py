#!/usr/bin/env python3
"""Writes the tables of src/charset from Python's codecs, which hold the vendors' mappings.

Usage: make_charsets.py [--check]   (--check: writes nothing, exits 1 where a table differs)
"""
import pathlib
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/charset"
NONE = "."  # stands for "no character"; no table maps to ASCII

# Our name of it, Python's, aliases (besides our name; case and - _ count for nothing).
SINGLE = [
    ("windows-1250", "cp1250", "cp1250"),
    ("windows-1251", "cp1251", "cp1251"),
    ("windows-1252", "cp1252", "cp1252 ansi"),
    ("windows-1253", "cp1253", "cp1253"),
    ("windows-1254", "cp1254", "cp1254"),
    ("windows-1255", "cp1255", "cp1255"),
    ("windows-1256", "cp1256", "cp1256"),
    ("windows-1257", "cp1257", "cp1257"),
    ("windows-1258", "cp1258", "cp1258"),
    ("windows-874", "cp874", "cp874 tis620"),
    ("iso-8859-1", "latin-1", "latin1 l1 88591"),
    ("iso-8859-2", "iso8859-2", "latin2 l2"),
    ("iso-8859-3", "iso8859-3", "latin3"),
    ("iso-8859-4", "iso8859-4", "latin4"),
    ("iso-8859-5", "iso8859-5", "cyrillic"),
    ("iso-8859-6", "iso8859-6", "arabic"),
    ("iso-8859-7", "iso8859-7", "greek"),
    ("iso-8859-8", "iso8859-8", "hebrew"),
    ("iso-8859-9", "iso8859-9", "latin5"),
    ("iso-8859-10", "iso8859-10", "latin6"),
    ("iso-8859-13", "iso8859-13", "latin7"),
    ("iso-8859-14", "iso8859-14", "latin8"),
    ("iso-8859-15", "iso8859-15", "latin9"),
    ("iso-8859-16", "iso8859-16", "latin10"),
    ("koi8-r", "koi8-r", "koi8"),
    ("koi8-u", "koi8-u", ""),
    ("cp437", "cp437", "ibm437 437"),
    ("cp850", "cp850", "ibm850 850"),
    ("cp852", "cp852", "ibm852 852"),
    ("cp858", "cp858", "ibm858 858"),
    ("cp866", "cp866", "ibm866 866"),
    ("macintosh", "mac-roman", "macroman mac"),
]
# Name of the table, Python's codec, first and last lead byte, trail bytes.
DOUBLE = [
    ("shift_jis", "cp932", 0x81, 0xFC, [*range(0x40, 0x7F), *range(0x80, 0xFD)]),
    ("gb18030", "gb18030", 0x81, 0xFE, [*range(0x40, 0x7F), *range(0x80, 0xFF)]),
    ("big5", "cp950", 0x81, 0xFE, [*range(0x40, 0x7F), *range(0xA1, 0xFF)]),
    ("cp949", "cp949", 0x81, 0xFE,
     [*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x81, 0xFF)]),
]


def decode(raw, codec):
    try:
        text = bytes(raw).decode(codec)
    except UnicodeDecodeError:
        return NONE
    return text if len(text) == 1 and ord(text) <= 0xFFFF else NONE


def literal(chars):
    """A u"" literal in lines that fit; what a reader could not see is written by number."""
    lines, line = [], ""
    for c in chars:
        seen = c == NONE or (c.isprintable() and not 0xE000 <= ord(c) <= 0xF8FF)
        if c != NONE and ord(c) < 0xA0:
            part = f"\\x{ord(c):04x}\" u\""  # C0 and C1 have no universal name
        else:
            part = c if seen else f"\\u{ord(c):04x}"
        if len(line) + len(part) > 88:
            lines.append(line)
            line = ""
        line += part
    return "\n".join(f'    u"{part}"' for part in [*lines, line])


def header(guard, what, body):
    return f"""/* charset/{guard.lower()}.h - {what}.
 * Written by tools/make_charsets.py.
 *
 * Owns: nothing. Threads: constants. Fails: never. Life: fixed. */
#ifndef LF_CHARSET_{guard}_H
#define LF_CHARSET_{guard}_H
#include <stdint.h>

/* clang-format off */
{body}
/* clang-format on */

#endif
"""


def single_tables():
    body = ["/* What 0x80 to 0xFF stand for; '.': nothing. */"]
    for name, codec, _ in SINGLE:
        ident = name.replace("-", "_")
        chars = [decode([b], codec) for b in range(0x80, 0x100)]
        body.append(f"static const uint16_t table_{ident}[129] =\n{literal(chars)};")
    rows = []
    for name, _, aliases in SINGLE:
        rows.append(f'    X("{name}", "{aliases}", table_{name.replace("-", "_")})')
    body.append("#define LF_CHARSET_SINGLE(X) \\\n" + " \\\n".join(rows))
    return header("CHARSET_SINGLE", "the charsets of one byte a character", "\n".join(body))


def double_table(name, codec, lead0, lead1, trails):
    chars = [decode([lead, t], codec) for lead in range(lead0, lead1 + 1) for t in trails]
    body = (f"/* Lead 0x{lead0:02X} to 0x{lead1:02X}, {len(trails)} trails each; '.': nothing. */\n"
            f"static const uint16_t table_{name}[{len(chars) + 1}] =\n{literal(chars)};")
    if name == "gb18030":
        body += "\n" + gb18030_ranges(set(chars))
    return header(f"CHARSET_{name.upper()}", f"the characters of two bytes of {codec}", body)


def gb18030_ranges(two_byte):
    """The codes of four bytes name the rest of the BMP in order: where runs of it begin."""
    starts, last = [], None
    for index in range(39420):  # 0x81308130 to 0x8431A439
        i, b4 = divmod(index, 10)
        i, b3 = divmod(i, 126)
        b1, b2 = divmod(i, 10)
        c = decode([0x81 + b1, 0x30 + b2, 0x81 + b3, 0x30 + b4], "gb18030")
        assert c not in two_byte or c == NONE, hex(ord(c))
        point = ord(c) if c != NONE else 0
        if last is None or point != (last + 1 if last else 0):
            starts.append((index, point))
        last = point
    cells = [f"{{{i}, 0x{p:04x}}}, " for i, p in starts]
    lines = ["    " + "".join(cells[i:i + 5]).rstrip() for i in range(0, len(cells), 5)]
    return (f"#define GB18030_RANGES {len(starts)}u\n"
            "/* Code of four bytes counted from 0x81308130, first character; 0: nothing. */\n"
            "static const uint16_t gb18030_ranges[GB18030_RANGES][2] = {\n" + "\n".join(lines) +
            "\n};")


def main():
    files = {"charset_single.h": single_tables()}
    for row in DOUBLE:
        files[f"charset_{row[0]}.h"] = double_table(*row)
    different = False
    for name, text in files.items():
        path = OUT / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path} differs from what Python's codecs say")
            different = True
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
