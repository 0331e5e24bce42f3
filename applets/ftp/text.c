/* text.c - TYPE A: lines end in CRLF on the wire and in LF here (RFC 959 3.1.1.1). */
#include "ftp.h"

size_t ftp_text_decode(char *bytes, size_t length, bool *held)
{
	size_t to = 0;
	size_t from = 0;

	if (*held) {
		/* The CR of the piece before: dropped when it was half of a line end. */
		if (length > 0 && bytes[0] != '\n') {
			memmove(bytes + 1, bytes, length);
			bytes[0] = '\r';
			length++;
			to = 1;
			from = 1;
		}
		*held = length == 0;
	}
	for (; from < length; from++) {
		if (bytes[from] == '\r' && from + 1 == length) {
			*held = true;
			break;
		}
		if (bytes[from] == '\r' && bytes[from + 1] == '\n')
			continue;
		bytes[to++] = bytes[from];
	}
	return to;
}
