/* mode.c - permissions as chmod(1) takes them, octal or symbolic (POSIX chmod). */
#include "fsverbs.h"

#include "netkit/num.h"

#define MODE_BITS 07777
#define MODE_ALL  0777

bool nk_mode_is_relative(const char *mode)
{
	return mode[strspn(mode, "01234567")] != '\0';
}

/* The bits that "u", "g", "o" and "a" stand for; none means all. */
static int take_who(const char **at)
{
	int who = 0;

	for (;; ++*at) {
		switch (**at) {
		case 'u':
			who |= 04700;
			break;
		case 'g':
			who |= 02070;
			break;
		case 'o':
			who |= 01007;
			break;
		case 'a':
			who |= MODE_BITS;
			break;
		default:
			return who ? who : MODE_BITS;
		}
	}
}

/* The bits that letters such as "rwX" stand for, for everybody. */
static int take_bits(const char **at, int old, bool is_dir)
{
	int bits = 0;

	for (;; ++*at) {
		switch (**at) {
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= 0111;
			break;
		case 'X':
			bits |= is_dir || (old & 0111) ? 0111 : 0;
			break;
		case 's':
			bits |= 06000;
			break;
		case 't':
			bits |= 01000;
			break;
		default:
			return bits;
		}
	}
}

static int apply(int mode, int who, char sign, int bits)
{
	bits &= who;
	if (sign == '+')
		return mode | bits;
	if (sign == '-')
		return mode & ~bits;
	return (mode & ~(who & MODE_ALL)) | bits;
}

int nk_mode_parse(const char *mode, int old, bool is_dir, int *result, struct nk_err *err)
{
	const char *at = mode;
	uint64_t octal;
	int value = old;

	if (!nk_mode_is_relative(mode)) {
		if (!nk_num_span_base(mode, strlen(mode), 8, MODE_BITS, &octal))
			return nk_fail(err, NK_E_USAGE, 0, "'%s' is not a mode", mode);
		*result = (int)octal;
		return 0;
	}
	do {
		int who = take_who(&at);

		if (*at == '\0' || !strchr("+-=", *at))
			return nk_fail(err, NK_E_USAGE, 0, "'%s' is not a mode", mode);
		while (*at != '\0' && strchr("+-=", *at)) {
			char sign = *at++;

			value = apply(value, who, sign, take_bits(&at, old, is_dir));
		}
	} while (*at == ',' && *++at != '\0');
	if (*at != '\0' || at[-1] == ',')
		return nk_fail(err, NK_E_USAGE, 0, "'%s' is not a mode", mode);
	*result = value;
	return 0;
}
