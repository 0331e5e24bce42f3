/* mlst.c - machine-readable entries (RFC 3659 7). */
#include "ftp.h"

#include "netkit/num.h"
#include "netkit/text.h"

/* type=: false for the folder itself and its parent. */
static bool mlst_type(char *value, struct nk_entry *entry)
{
	static const char link_prefix[] = "OS.unix=slink";

	entry->link = NULL;
	if (nk_text_is_same(value, "cdir") || nk_text_is_same(value, "pdir"))
		return false;
	if (nk_text_is_same(value, "dir")) {
		entry->kind = NK_KIND_DIR;
	} else if (nk_text_is_same(value, "file")) {
		entry->kind = NK_KIND_FILE;
	} else if (strncasecmp(value, link_prefix, sizeof(link_prefix) - 1) == 0) {
		entry->kind = NK_KIND_LINK;
		if (value[sizeof(link_prefix) - 1] == ':' && value[sizeof(link_prefix)] != '\0')
			entry->link = value + sizeof(link_prefix);
	} else if (nk_text_is_same(value, "OS.unix=symlink")) {
		entry->kind = NK_KIND_LINK;
	} else {
		entry->kind = NK_KIND_OTHER;
	}
	return true;
}

/* One fact; unknown ones are passed over. false: the entry does not count. */
static bool mlst_fact(const char *name, char *value, struct nk_entry *entry)
{
	uint64_t number;
	int64_t seconds;

	if (nk_text_is_same(name, "type"))
		return mlst_type(value, entry);
	if (nk_text_is_same(name, "size") || nk_text_is_same(name, "sizd")) {
		if (nk_num_u64(value, 0, INT64_MAX, &number))
			entry->size = (int64_t)number;
	} else if (nk_text_is_same(name, "modify")) {
		if (ftp_parse_time(value, strlen(value), &seconds))
			entry->mtime = seconds;
	} else if (nk_text_is_same(name, "UNIX.mode")) {
		if (nk_num_span_base(value, strlen(value), 8, 07777, &number))
			entry->mode = (int)number;
	}
	return true;
}

/* The space between facts and name (RFC 3659 7.2): each fact ends in a semicolon, but not every
 * server ends the last one so. What a link points to may hold spaces of its own. */
static char *mlst_space(char *line)
{
	char *space = strchr(line, ' ');
	char *link = strcasestr(line, "slink:");
	char *end = space && link && link < space ? strstr(link, "; ") : NULL;

	return end ? end + 1 : space;
}

bool ftp_parse_mlst(char *line, struct nk_entry *entry)
{
	struct nk_entry found = NK_ENTRY_INIT;
	char *name = mlst_space(line);

	/* One space, then the name, which may begin with more of them. */
	if (!name)
		return false;
	*name++ = '\0';
	for (char *fact = line; *fact != '\0';) {
		char *end = strchr(fact, ';');
		char *equals;

		if (end)
			*end = '\0';
		equals = strchr(fact, '=');
		if (equals) {
			*equals = '\0';
			if (!mlst_fact(fact, equals + 1, &found))
				return false;
		}
		if (!end)
			break;
		fact = end + 1;
	}
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || name[0] == '\0')
		return false;
	found.name = name;
	*entry = found;
	return true;
}
