/* fuzz_rcp.c - no line of the old scp protocol breaks the parser, and what was not asked for never
 * matches. The input is a line, a NUL, and a path that was asked for. */
#include "../../applets/sftp/rcp.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_at_line(const char *text, size_t length)
{
	struct rcp_line line = { 0 };
	struct nk_err err = NK_ERR_INIT;

	if (rcp_line_parse(text, length, &line, &err) < 0) {
		check(err.domain == NK_E_PROTO && err.msg[0] != '\0');
		return;
	}
	check(line.mode >= 0 && line.mode <= 07777);
	check(line.size >= 0 && line.mtime >= 0 && line.atime >= 0);
	if (line.kind == RCP_FILE || line.kind == RCP_FOLDER)
		check(line.text > text && line.text < text + length && line.text[0] != '\0');
	if (line.kind == RCP_WARNING || line.kind == RCP_ERROR)
		check(rcp_message(line.text) <= text + length && rcp_blame(line.text, &err) == -1);
}

static void look_at_path(const char *path, const char *name)
{
	rcp_wants_contents(path);
	if (!rcp_name_is_wanted(path, name))
		return;
	/* Without a pattern there is but one name, and the path ends in it. */
	if (!strpbrk(path, "*?[]{}\\'\"~")) {
		size_t end = strlen(path);

		while (end > 1 && path[end - 1] == '/')
			end--;
		check(end >= strlen(name) &&
		      memcmp(path + end - strlen(name), name, strlen(name)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* Exactly as long as it is: one byte further is somebody else's. */
	nk_auto(str) char *text = nk_alloc(length + 1);
	size_t line;

	if (length > 0)
		memcpy(text, bytes, length);
	line = strlen(text);
	look_at_line(text, line);
	look_at_line(text, length);
	if (line < length)
		look_at_path(text + line + 1, text);
	return 0;
}
