"""Thrift's compact protocol as Python values: Parquet metadata as no writer at hand makes it.

A struct is a list of [field id, kind, value]; booleans have kind 1 (true) or 2 (false)."""
import struct

TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT = 1, 2, 5, 6, 8, 9, 12


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def zigzag(self):
        u = self.varint()
        return (u >> 1) ^ -(u & 1)

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def value(self, kind, element=False):
        if kind in (TRUE, FALSE):
            return self.take(1)[0] if element else kind == TRUE
        if kind == 3:
            return self.take(1)[0]
        if kind in (4, I32, I64):
            return self.zigzag()
        if kind == 7:
            return self.take(8)
        if kind == BINARY:
            return self.take(self.varint())
        if kind == LIST:
            head = self.take(1)[0]
            n = head >> 4 if head >> 4 != 15 else self.varint()
            return (head & 15, [self.value(head & 15, True) for _ in range(n)])
        assert kind == STRUCT, kind
        fields, last = [], 0
        while True:
            head = self.take(1)[0]
            if head == 0:
                return fields
            last = last + (head >> 4) if head >> 4 else self.zigzag()
            fields.append([last, head & 15, self.value(head & 15)])


def varint(v):
    out = b""
    while v >= 128:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def encode(kind, v, element=False):
    if kind in (TRUE, FALSE):
        return bytes([v]) if element else b""
    if kind == 3:
        return bytes([v])
    if kind in (4, I32, I64):
        return varint(v << 1 if v >= 0 else (-v << 1) - 1)
    if kind == 7:
        return v
    if kind == BINARY:
        return varint(len(v)) + v
    if kind == LIST:
        item, values = v
        return bytes([240 | item]) + varint(len(values)) + b"".join(
            encode(item, x, True) for x in values)
    out, last = b"", 0
    for number, kind_, value in v:
        kind_ = (TRUE if value else FALSE) if kind_ in (TRUE, FALSE) else kind_
        out += bytes([(number - last) << 4 | kind_]) + encode(kind_, value)
        last = number
    return out + b"\0"


def get(fields, number):
    return next(f[2] for f in fields if f[0] == number)


def put(fields, number, kind, value):
    """Sets a field, in order."""
    fields[:] = sorted([f for f in fields if f[0] != number] + [[number, kind, value]])


class Parquet:
    """A file of one row group, of which footer and pages can be changed before `write`."""

    def __init__(self, path):
        data = path.read_bytes()
        n = struct.unpack("<I", data[-8:-4])[0]
        self.body = data[:-8 - n]
        self.footer = Reader(data, len(self.body)).value(STRUCT)
        self.schema = get(self.footer, 2)[1]
        self.chunks = get(get(self.footer, 4)[1][0], 1)[1]
        self.metas = [get(c, 3) for c in self.chunks]

    def page(self, i=0):
        """Header and body of the chunk's first page, which must be all of it."""
        at = get(self.metas[i], 9)
        r = Reader(self.body, at)
        header = r.value(STRUCT)
        return header, r.take(get(header, 3))

    def set_page(self, header, body, i=0):
        """Replaces the chunk, which goes behind the others."""
        page = encode(STRUCT, header) + body
        put(self.metas[i], 9, I64, len(self.body))
        put(self.metas[i], 6, I64, len(page))
        put(self.metas[i], 7, I64, len(page))
        self.body += page

    def write(self, path, magic=b"PAR1"):
        footer = encode(STRUCT, self.footer)
        path.write_bytes(self.body + footer + struct.pack("<I", len(footer)) + magic)
        return path
