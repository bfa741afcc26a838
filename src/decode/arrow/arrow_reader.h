/* decode/arrow/arrow_reader.h - rows of an Arrow IPC file or stream, in batches.
 *
 * Record batches may be of any size: what a tile of rows needs is read, not the batch. Compressed
 * buffers are decompressed once, into memory or, where they are large, a temporary file.
 *
 *   int, uint (8 to 64)             int64, uint64        utf8, large, view    string
 *   float 16, 32, 64                double               binary, fixed, ...   string of bytes
 *   decimal; of over 38 digits      decimal; string      list (all kinds)     list
 *   date, time, timestamp           the same, us or ns   struct, map          the same
 *   duration, interval of months    int64                dictionary, run ends what they stand for
 *   interval of days                string
 *
 * Nothing of the file is trusted: places, sizes, counts and offsets are checked where they are
 * used.
 *
 * Owns: buffers; borrows the source, which has read_at and a known size. Threads: one at a time.
 * Fails: LF_ECORRUPT with a place, LF_EUNSUPPORTED, LF_EMEMORY_LIMIT, LF_EREAD, LF_ENO_MEMORY.
 * Life: open -> select -> next* -> close. */
#ifndef LF_DECODE_ARROW_ARROW_READER_H
#define LF_DECODE_ARROW_ARROW_READER_H
#include "core/reader.h"

extern const lf_reader_format lf_arrow_format;

#endif
