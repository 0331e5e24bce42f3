/* parse.c - what FTP replies say: ports, paths, features, times, hashes. */
#include <ctype.h>

#include "ftp.h"

#include "netkit/num.h"
#include "netkit/text.h"

bool ftp_parse_epsv(const char *text, int *port)
{
	/* RFC 2428 3: (<d><d><d><port><d>), any printable delimiter. */
	const char *open = strchr(text, '(');
	uint64_t value;
	size_t digits;
	char mark;

	if (!open || open[1] < 33 || open[1] > 126)
		return false;
	mark = open[1];
	if (open[2] != mark || open[3] != mark)
		return false;
	digits = strspn(open + 4, "0123456789");
	if (open[4 + digits] != mark || !nk_num_span(open + 4, digits, 65535, &value) || value == 0)
		return false;
	*port = (int)value;
	return true;
}

bool ftp_parse_pasv(const char *text, int *port)
{
	/* Six numbers with commas, brackets or not, as RFC 1123 4.1.2.6 asks. */
	uint64_t part[6];
	const char *at = text;
	int have = 0;

	while (have < 6) {
		size_t digits;

		if (have == 0)
			at += strcspn(at, "0123456789");
		digits = strspn(at, "0123456789");
		if (digits == 0)
			return false;
		if (!nk_num_span(at, digits, 255, &part[have])) {
			have = 0;
			at += digits;
			continue;
		}
		at += digits;
		have++;
		if (have < 6 && *at != ',')
			have = 0;
		else if (have < 6)
			at++;
	}
	if (part[4] == 0 && part[5] == 0)
		return false;
	*port = (int)(part[4] * 256 + part[5]);
	return true;
}

char *ftp_parse_quoted(const char *text)
{
	const char *from = strchr(text, '"');
	char *path = from ? nk_alloc(strlen(from) + 1) : NULL;
	size_t length = 0;

	if (!from)
		return NULL;
	for (from++; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"') {
			path[length] = '\0';
			return path;
		}
		path[length++] = *from;
	}
	free(path);
	return NULL;
}

static const struct ftp_feature_name {
	const char *name;
	unsigned feature;
} ftp_feature_names[] = {
	{ "MLST", FTP_FEAT_MLST },	  { "MLSD", FTP_FEAT_MLST },
	{ "SIZE", FTP_FEAT_SIZE },	  { "MDTM", FTP_FEAT_MDTM },
	{ "MFMT", FTP_FEAT_MFMT },	  { "REST STREAM", FTP_FEAT_REST },
	{ "UTF8", FTP_FEAT_UTF8 },	  { "HASH", FTP_FEAT_HASH },
	{ "XSHA256", FTP_FEAT_XSHA256 },  { "XSHA512", FTP_FEAT_XSHA512 },
	{ "XSHA1", FTP_FEAT_XSHA1 },	  { "XSHA", FTP_FEAT_XSHA1 },
	{ "XMD5", FTP_FEAT_XMD5 },	  { "XCRC", FTP_FEAT_XCRC },
	{ "AVBL", FTP_FEAT_AVBL },	  { "MODE Z", FTP_FEAT_MODE_Z },
	{ "RANG STREAM", FTP_FEAT_RANG },
};

/* One line of FEAT, "HASH SHA-256*;SHA-1": its name is a prefix that a space or the end follows. */
static unsigned feat_line(const char *line, size_t length)
{
	for (size_t i = 0; i < NK_COUNT(ftp_feature_names); i++) {
		const char *name = ftp_feature_names[i].name;
		size_t size = strlen(name);

		if (length >= size && strncasecmp(line, name, size) == 0 &&
		    (length == size || line[size] == ' ' || line[size] == ';'))
			return ftp_feature_names[i].feature;
	}
	return 0;
}

unsigned ftp_parse_feat(const char *text, char *hash_names, size_t size)
{
	unsigned features = 0;

	hash_names[0] = '\0';
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		size_t indent = strspn(text, " ");
		unsigned feature = indent <= length ? feat_line(text + indent, length - indent) : 0;

		features |= feature;
		if (feature == FTP_FEAT_HASH && length - indent > 5) {
			nk_auto(str) char *names =
				nk_strndup(text + indent + 5, length - indent - 5);

			nk_copy_text(hash_names, size, names);
		}
		text += length;
		if (*text == '\n')
			text++;
	}
	return features;
}

bool ftp_parse_time(const char *text, size_t length, int64_t *seconds)
{
	static const size_t widths[] = { 4, 2, 2, 2, 2, 2 };
	uint64_t part[6];
	size_t at = 0;

	for (size_t i = 0; i < NK_COUNT(widths); i++) {
		if (at + widths[i] > length || !nk_num_span(text + at, widths[i], 9999, &part[i]))
			return false;
		at += widths[i];
	}
	if (at < length && text[at] != '.')
		return false;
	return nk_clock_from_utc((int)part[0], (int)part[1], (int)part[2], (int)part[3],
				 (int)part[4], (int)part[5], seconds);
}

int64_t ftp_parse_announced(const char *text)
{
	for (const char *open = strchr(text, '('); open; open = strchr(open + 1, '(')) {
		size_t digits = strspn(open + 1, "0123456789");
		uint64_t value;

		if (digits > 0 && nk_text_has_prefix(open + 1 + digits, " bytes") &&
		    nk_num_span(open + 1, digits, INT64_MAX, &value))
			return (int64_t)value;
	}
	return -1;
}

/* The first word of hexadecimal digits, *most of them at most and least at least; *most becomes
 * their number. NULL when there is none. */
static const char *hash_word(const char *text, size_t least, size_t *most)
{
	for (const char *at = text; *at != '\0';) {
		size_t word = strcspn(at, " \t\n");
		size_t run = strspn(at, "0123456789abcdefABCDEF");

		if (run == word && run >= least && run <= *most) {
			*most = run;
			return at;
		}
		at += word;
		at += strspn(at, " \t\n");
	}
	return NULL;
}

bool ftp_parse_hash(const char *text, size_t digits, char out[NK_DIGEST_TEXT])
{
	/* A CRC may come without its leading zeros: then any shorter number will do. */
	size_t run = digits;
	const char *word = hash_word(text, digits, &run);

	if (!word && digits == 8)
		word = hash_word(text, 1, &run);
	if (!word)
		return false;
	memset(out, '0', digits);
	for (size_t i = 0; i < run; i++)
		out[digits - run + i] = (char)tolower((unsigned char)word[i]);
	out[digits] = '\0';
	return true;
}
