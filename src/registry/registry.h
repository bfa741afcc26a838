/* registry/registry.h - the only list of formats.
 * Owns: nothing. Threads: static data. Fails: NULL where nothing fits. */
#ifndef LF_REGISTRY_REGISTRY_H
#define LF_REGISTRY_REGISTRY_H
#include "core/decoder.h"
#include "core/encoder.h"
#include "core/reader.h"

const lf_decoder_type *const *lf_registry_decoders(void); /* NULL-terminated */
const lf_encoder_type *const *lf_registry_encoders(void);
const lf_decoder_type *lf_registry_decoder(const char *name);
const lf_encoder_type *lf_registry_encoder(const char *name);
const lf_reader_format *lf_registry_reader(const char *name);
/* Formats that have their types, by the first bytes; NULL: none of them. */
const lf_reader_format *lf_registry_detect_reader(lf_span head);
/* By an output's suffix; NULL: none has it. */
const lf_encoder_type *lf_registry_encoder_by_name(const char *path);
/* By content first, by the name's suffix (compression suffix cut) last. */
const lf_decoder_type *lf_registry_detect(lf_span head, const char *path);
/* How sure the surest of our formats is of these bytes, 0..100. */
int lf_registry_surety(lf_span head);
LF_NODISCARD lf_rc lf_registry_check(lf_error *err); /* no NULL hooks, unique names */

#endif
