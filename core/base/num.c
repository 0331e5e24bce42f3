/* num.c - strict numbers, sizes and durations. */
#include "netkit/num.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>

/* 10^6 times the largest unit (2^40) still fits 64 bits. */
#define NUM_DECIMALS_MAX 6

#define NUM_DURATION_MAX_MS (INT64_C(3650) * 86400 * 1000)

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return INT_MAX;
}

bool nk_num_span_base(const char *text, size_t length, int base, uint64_t most, uint64_t *value)
{
	uint64_t number = 0;

	assert(base >= 2 && base <= 36);
	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_value(text[i]);

		if (digit >= base)
			return false;
		if (__builtin_mul_overflow(number, (uint64_t)base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)digit, &number))
			return false;
	}
	if (number > most)
		return false;
	*value = number;
	return true;
}

bool nk_num_span(const char *text, size_t length, uint64_t most, uint64_t *value)
{
	return nk_num_span_base(text, length, 10, most, value);
}

bool nk_num_u64(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	uint64_t number;

	if (!nk_num_span(text, strlen(text), most, &number) || number < least)
		return false;
	*value = number;
	return true;
}

bool nk_num_int(const char *text, int least, int most, int *value)
{
	uint64_t number;

	if (most < 0 || !nk_num_u64(text, least > 0 ? least : 0, most, &number))
		return false;
	*value = (int)number;
	return true;
}

/* A decimal such as "1.5": whole and parts / scale; rest is what follows. */
struct decimal {
	uint64_t whole;
	uint64_t parts;
	uint64_t scale; /* 1 when there is no fraction */
	const char *rest;
};

static bool parse_decimal(const char *text, struct decimal *decimal)
{
	size_t digits = strspn(text, "0123456789");

	decimal->parts = 0;
	decimal->scale = 1;
	if (!nk_num_span(text, digits, UINT64_MAX, &decimal->whole))
		return false;
	decimal->rest = text + digits;
	if (*decimal->rest != '.')
		return true;
	text = decimal->rest + 1;
	digits = strspn(text, "0123456789");
	if (digits > NUM_DECIMALS_MAX || !nk_num_span(text, digits, UINT64_MAX, &decimal->parts))
		return false;
	for (size_t i = 0; i < digits; i++)
		decimal->scale *= 10;
	decimal->rest = text + digits;
	return true;
}

/* decimal * unit, rounded up: what is little but not nothing must not become 0, "no limit". */
static bool multiply(const struct decimal *decimal, uint64_t unit, uint64_t most, uint64_t *product)
{
	uint64_t fraction = (decimal->parts * unit + decimal->scale - 1) / decimal->scale;
	uint64_t number;

	if (__builtin_mul_overflow(decimal->whole, unit, &number) ||
	    __builtin_add_overflow(number, fraction, &number) || number > most)
		return false;
	*product = number;
	return true;
}

bool nk_num_size(const char *text, uint64_t *bytes)
{
	static const char letters[] = "kmgt";
	struct decimal decimal;

	if (!parse_decimal(text, &decimal))
		return false;
	const char *rest = decimal.rest;

	if (*rest == '\0')
		return decimal.scale == 1 && multiply(&decimal, 1, UINT64_MAX, bytes);
	const char *letter = strchr(letters, *rest | 0x20);

	if (!letter)
		return false;
	rest++;
	if (strcmp(rest, "") != 0 && strcmp(rest, "i") != 0 && strcmp(rest, "B") != 0 &&
	    strcmp(rest, "iB") != 0)
		return false;
	return multiply(&decimal, UINT64_C(1) << (10 * (letter - letters + 1)), UINT64_MAX, bytes);
}

bool nk_num_duration(const char *text, int64_t *ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {
		{ "ms", 1 },	    { "s", 1000 },	     { "", 1000 },
		{ "m", 60 * 1000 }, { "h", 60 * 60 * 1000 }, { "d", 24 * 60 * 60 * 1000 },
	};
	struct decimal decimal;
	uint64_t number;

	if (!parse_decimal(text, &decimal))
		return false;
	for (size_t i = 0; i < NK_COUNT(units); i++) {
		if (strcmp(decimal.rest, units[i].name) != 0)
			continue;
		if (!multiply(&decimal, units[i].ms, NUM_DURATION_MAX_MS, &number))
			return false;
		*ms = (int64_t)number;
		return true;
	}
	return false;
}

const char *nk_num_human(uint64_t bytes, char out[NK_NUM_TEXT])
{
	static const char letters[] = "KMGTPE";
	const char *letter = letters;
	uint64_t unit = 1024;

	if (bytes < 1024) {
		snprintf(out, NK_NUM_TEXT, "%d", (int)bytes);
		return out;
	}
	/* The next unit as soon as this one would be rounded to 1024. */
	while (letter[1] != '\0' && bytes / unit + (bytes % unit >= unit / 2) >= 1024) {
		letter++;
		unit *= 1024;
	}
	uint64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;

	if (tenths < 1000)
		snprintf(out, NK_NUM_TEXT, "%d.%d%c", (int)(tenths / 10), (int)(tenths % 10),
			 *letter);
	else
		snprintf(out, NK_NUM_TEXT, "%d%c", (int)(bytes / unit + (bytes % unit >= unit / 2)),
			 *letter);
	return out;
}
