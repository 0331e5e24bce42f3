/*
 * Strict numbers: the whole text or nothing, and the range is known. Never atoi, never sscanf.
 */
#ifndef NETKIT_NUM_H
#define NETKIT_NUM_H

#include "netkit/mem.h"

/* Decimal digits only, no sign, no spaces, within [least, most]. false: not such a number. */
bool nk_num_u64(const char *text, uint64_t least, uint64_t most, uint64_t *value);
bool nk_num_int(const char *text, int least, int most, int *value);

/* The same for length bytes that need no NUL; at least one digit. */
bool nk_num_span(const char *text, size_t length, uint64_t most, uint64_t *value);
bool nk_num_span_base(const char *text, size_t length, int base, uint64_t most, uint64_t *value);

/* "64k", "10M", "2G", "1.5G", "1T": powers of 1024. "inf" or "none" are not sizes. */
bool nk_num_size(const char *text, uint64_t *bytes);

/* "500ms", "10s", "2m", "1h", "1d", "1.5s"; a bare number is seconds. At most ten years. */
bool nk_num_duration(const char *text, int64_t *ms);

/* 1536 as "1.5K" for the meter; out has NK_NUM_TEXT bytes. */
enum { NK_NUM_TEXT = 16 };
const char *nk_num_human(uint64_t bytes, char out[NK_NUM_TEXT]);

#endif
