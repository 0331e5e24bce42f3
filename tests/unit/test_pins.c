/* test_pins.c - remembered keys of TLS peers: lines, the file, and who is trusted. */
#include "netkit/pins.h"

#include <sys/wait.h>

#include "fs_folder.h"
#include "netkit/clock.h"
#include "netkit/log.h"

#define PIN_A "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PIN_B "sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="

static struct nk_err err;
static struct nk_pins *pins;
static struct nk_pins_place place;

/* What the person says, and how often it was asked. */
static int answer;
static int asked;

static int ask(const char *question, const char *pin, struct nk_err *why)
{
	asked++;
	cr_expect(strstr(question, PIN_A) && strstr(question, "h.example:21"));
	cr_expect_str_eq(pin, PIN_A);
	return answer < 0 ? nk_fail(why, NK_E_AUTH, 0, "no terminal to ask on") : answer;
}

static void setup(void)
{
	folder_setup();
	nk_log_set_level(NK_LOG_QUIET);
	pins = nk_pins_new(in_folder("state/pins"), ask);
	asked = 0;
}

static void teardown(void)
{
	nk_pins_free(pins);
	folder_teardown();
}

TestSuite(pins, .init = setup, .fini = teardown);

static int parse(const char *text, struct nk_pin_line *line)
{
	return nk_pin_line_parse(text, strlen(text), line);
}

/* The peer that all tests are about, with a key of its own. */
static int verify_key(const char *pin, enum nk_trust trust, const char *distrust)
{
	const struct nk_pins_peer peer = {
		.host = "h.example",
		.port = 21,
		.pin = pin,
		.distrust = distrust,
		.trust = trust,
	};

	err = (struct nk_err)NK_ERR_INIT;
	return nk_pins_verify(pins, &peer, &place, &err);
}

static int verify(enum nk_trust trust)
{
	return verify_key(PIN_A, trust, "self-signed certificate");
}

/* A file with this text, which only we can write. */
static void put_pins(const char *text)
{
	mkdir(in_folder("state"), 0700);
	put_text("state/pins", text);
	chmod(in_folder("state/pins"), 0600);
}

static void assert_refused(const char *words)
{
	cr_assert_eq(err.domain, NK_E_CERT, "%s", err.msg);
	cr_assert(strstr(err.msg, words), "%s", err.msg);
}

/* ---- lines ---- */

Test(pins, a_line_has_name_pin_date_and_comment)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("h.example:21 " PIN_A " 2026-01-02 by  hand \r", &line), 1);
	cr_assert_arr_eq(line.host, "h.example", line.host_length);
	cr_assert_eq(line.host_length, 9);
	cr_assert_eq(line.port, 21);
	cr_assert_str_eq(line.pin, PIN_A);
	cr_assert_eq(line.added, 1767312000);
	cr_assert_eq(line.comment_length, 8);
	cr_assert_arr_eq(line.comment, "by  hand", 8);
}

Test(pins, date_and_comment_may_be_left_away)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("\th:1\t" PIN_A, &line), 1);
	cr_assert_eq(line.added, -1);
	cr_assert_eq(line.comment_length, 0);
	cr_assert_eq(parse("h:1 " PIN_A " mine", &line), 1);
	cr_assert_eq(line.added, -1);
	cr_assert_eq(line.comment_length, 4);
}

Test(pins, an_address_stands_in_brackets)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("[::1]:990 " PIN_A, &line), 1);
	cr_assert(nk_pin_line_is_of(&line, "::1", 990));
	cr_assert_eq(parse("::1:990 " PIN_A, &line), -1);
	cr_assert_eq(parse("[]:990 " PIN_A, &line), -1);
	cr_assert_eq(parse("[::1:990 " PIN_A, &line), -1);
}

Test(pins, blanks_and_comments_say_nothing)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("", &line), 0);
	cr_assert_eq(parse(" \t\r", &line), 0);
	cr_assert_eq(parse("# h:1 " PIN_A, &line), 0);
}

Test(pins, nonsense_is_told_from_comments)
{
	static const char *const lines[] = {
		"h",
		"h:1",
		"h: " PIN_A,
		":1 " PIN_A,
		"h:0 " PIN_A,
		"h:65536 " PIN_A,
		"h:+1 " PIN_A,
		"h:1 sha256//",
		"h:1 sha256//AAAA",
		"h:1 md5//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"h:1 " PIN_A "A",
	};
	struct nk_pin_line line;

	for (size_t i = 0; i < NK_COUNT(lines); i++)
		cr_expect_eq(parse(lines[i], &line), -1, "%s", lines[i]);
	cr_assert_eq(nk_pin_line_parse("h:1 \0" PIN_A, 5 + strlen(PIN_A), &line), -1);
}

Test(pins, nonsense_keeps_the_name_it_has)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("H:1 nonsense", &line), -1);
	cr_assert(nk_pin_line_is_of(&line, "h", 1));
	cr_assert_eq(parse("nonsense", &line), -1);
	cr_assert_not(nk_pin_line_is_of(&line, "nonsense", 0));
}

Test(pins, a_line_is_as_long_as_the_limit)
{
	nk_auto(str) char *text = nk_alloc(NK_PIN_LINE_MAX + 2);
	struct nk_pin_line line;

	memset(text, 'x', NK_PIN_LINE_MAX + 1);
	memcpy(text, "h:1 " PIN_A " ", strlen("h:1 " PIN_A " "));
	cr_assert_eq(nk_pin_line_parse(text, NK_PIN_LINE_MAX, &line), 1);
	cr_assert_eq(nk_pin_line_parse(text, NK_PIN_LINE_MAX + 1, &line), -1);
}

Test(pins, both_spellings_of_a_pin_are_one)
{
	char pin[NK_PIN_TEXT];
	const char *bare = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	cr_assert(nk_pin_read(bare, strlen(bare), pin));
	cr_assert_str_eq(pin, PIN_A);
	cr_assert(nk_pin_read(PIN_A, strlen(PIN_A) - 1, pin));
	cr_assert_str_eq(pin, PIN_A);
	cr_assert_not(nk_pin_read(bare, strlen(bare) - 2, pin));
}

Test(pins, a_line_is_of_a_host_whatever_the_case)
{
	struct nk_pin_line line;

	cr_assert_eq(parse("H.Example:21 " PIN_A, &line), 1);
	cr_assert(nk_pin_line_is_of(&line, "h.EXAMPLE", 21));
	cr_assert(nk_pin_line_is_of(&line, "h.example", 0));
	cr_assert_not(nk_pin_line_is_of(&line, "h.example", 22));
	cr_assert_not(nk_pin_line_is_of(&line, "h.exampl", 21));
}

Test(pins, the_file_is_in_the_state_folder)
{
	setenv("HOME", "/home/x", 1);
	unsetenv("XDG_STATE_HOME");
	nk_auto(str) char *usual = nk_pins_path();

	cr_assert_str_eq(usual, "/home/x/.local/state/netkit/pins");
	setenv("XDG_STATE_HOME", "/s", 1);
	nk_auto(str) char *named = nk_pins_path();

	cr_assert_str_eq(named, "/s/netkit/pins");
	setenv("XDG_STATE_HOME", "relative", 1);
	unsetenv("HOME");
	cr_assert_null(nk_pins_path());
}

/* ---- trust ---- */

Test(pins, an_authority_is_enough_and_nothing_is_remembered)
{
	cr_assert_eq(verify_key(PIN_A, NK_TRUST_TOFU, NULL), 0);
	cr_assert_null(place.file);
	cr_assert_not(is_there("state/pins"));
}

Test(pins, strict_and_auto_refuse_what_nobody_vouches_for)
{
	cr_assert_eq(verify(NK_TRUST_STRICT), -1);
	assert_refused("self-signed certificate");
	cr_assert_eq(verify(NK_TRUST_AUTO), -1);
	assert_refused("--trust=tofu");
	cr_assert_eq(asked, 0);
}

Test(pins, tofu_remembers_the_first_key_with_its_date)
{
	char today[NK_CLOCK_TEXT];

	nk_clock_rfc3339(time(NULL), today);
	today[10] = '\0';
	cr_assert_eq(verify(NK_TRUST_TOFU), 0, "%s", err.msg);
	nk_auto(str) char *line = nk_format("h.example:21 " PIN_A " %s\n", today);

	cr_assert_str_eq(get_text("state/pins"), line);
	cr_assert_eq(verify(NK_TRUST_STRICT), 0);
}

Test(pins, another_key_is_refused_by_every_trust)
{
	put_pins("# one\nH.example:21 " PIN_B "\n");
	for (int trust = NK_TRUST_AUTO; trust <= NK_TRUST_ASK; trust++) {
		cr_assert_eq(verify((enum nk_trust)trust), -1);
		assert_refused("has changed");
		cr_assert(strstr(err.msg, "state/pins:2"), "%s", err.msg);
		cr_assert(strstr(err.msg, "netkit trust rm 'h.example:21'"), "%s", err.msg);
	}
	cr_assert_eq(verify_key(PIN_A, NK_TRUST_AUTO, NULL), -1);
	cr_assert_eq(place.line, 2);
	cr_assert_eq(asked, 0);
}

Test(pins, another_port_is_another_peer)
{
	put_pins("h.example:990 " PIN_B "\n");
	cr_assert_eq(verify(NK_TRUST_TOFU), 0, "%s", err.msg);
}

Test(pins, a_remembered_key_is_enough)
{
	put_pins("h.example:21 " PIN_B "\nh.example:21 " PIN_A "\n");
	cr_assert_eq(verify(NK_TRUST_STRICT), 0, "%s", err.msg);
	cr_assert_eq(place.line, 2);
	cr_assert_eq(verify_key(PIN_B, NK_TRUST_STRICT, "expired"), 0, "%s", err.msg);
	cr_assert_eq(place.line, 1);
}

Test(pins, yes_is_remembered_and_no_is_not)
{
	answer = 0;
	cr_assert_eq(verify(NK_TRUST_ASK), -1);
	assert_refused("not accepted");
	answer = 1;
	cr_assert_eq(verify(NK_TRUST_ASK), 0);
	cr_assert_eq(verify(NK_TRUST_ASK), 0);
	cr_assert_eq(asked, 2);
	cr_assert(strstr(get_text("state/pins"), PIN_A));
}

Test(pins, without_a_terminal_asking_is_refusing)
{
	answer = -1;
	cr_assert_eq(verify(NK_TRUST_ASK), -1);
	assert_refused("no terminal to ask on");
}

Test(pins, no_first_use_beside_a_file_that_others_can_write)
{
	put_pins("");
	chmod(in_folder("state/pins"), 0620);
	cr_assert_eq(verify(NK_TRUST_TOFU), -1);
	assert_refused("no first use");
	cr_assert_eq(verify_key(PIN_A, NK_TRUST_TOFU, NULL), 0);
}

Test(pins, no_first_use_where_a_line_about_the_peer_is_broken)
{
	put_pins("other:1 broken\nh.example:21 sha256//broken\n");
	cr_assert_eq(verify(NK_TRUST_TOFU), -1);
	assert_refused("state/pins:2 cannot be read");
}

Test(pins, what_cannot_be_written_holds_for_the_run)
{
	put_text("state", "in the way");
	cr_assert_eq(verify(NK_TRUST_TOFU), 0, "%s", err.msg);
	cr_assert_eq(verify(NK_TRUST_TOFU), 0);
	cr_assert_eq(verify_key(PIN_B, NK_TRUST_TOFU, "self-signed"), -1);
	assert_refused("changed since it was trusted");
}

Test(pins, a_long_path_leaves_room_for_what_counts)
{
	nk_auto(str) char *deep = nk_alloc(256);
	nk_auto(str) char *path = NULL;

	memset(deep, 'd', 250);
	path = nk_format("%s/%s/%s/pins", folder, deep, deep);
	const struct nk_pins_entry entry = { .host = "h.example", .port = 21, .pin = PIN_B };

	cr_assert_eq(nk_pins_add(path, &entry, &place, &err), 0, "%s", err.msg);
	nk_pins_free(pins);
	pins = nk_pins_new(path, NULL);
	cr_assert_eq(verify(NK_TRUST_TOFU), -1);
	assert_refused("netkit trust rm");
	cr_assert(strstr(err.msg, PIN_A) && strstr(err.msg, "line 1"), "%s", err.msg);
}

/* ---- adding ---- */

Test(pins, adding_a_key_twice_is_once_and_another_is_refused)
{
	const char *path = in_folder("a/b/pins");
	struct nk_pins_entry entry = { .host = "::1", .port = 990, .pin = PIN_A, .comment = "x" };
	struct stat st;

	cr_assert_eq(nk_pins_add(path, &entry, &place, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_pins_add(path, &entry, &place, &err), 1);
	cr_assert_eq(place.line, 1);
	cr_assert(strstr(get_text("a/b/pins"), " x\n"));
	entry.pin = PIN_B;
	cr_assert_eq(nk_pins_add(path, &entry, &place, &err), -1);
	assert_refused("has changed");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(stat(in_folder("a/b"), &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700);
}

Test(pins, a_line_without_its_end_is_not_added_to)
{
	const struct nk_pins_entry entry = { .host = "h.example", .port = 21, .pin = PIN_A };

	put_pins("other:1 " PIN_B);
	cr_assert_eq(nk_pins_add(in_folder("state/pins"), &entry, &place, &err), 0);
	cr_assert(strstr(get_text("state/pins"), PIN_B "\nh.example:21 "));
}

Test(pins, a_name_that_would_be_two_lines_is_refused)
{
	const struct nk_pins_entry entry = { .host = "h\nevil:1 x", .port = 21, .pin = PIN_A };

	cr_assert_eq(nk_pins_add(in_folder("pins"), &entry, &place, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(get_text("pins"), "");
}

/* One process of several that add at the same time. */
static void add_many(int who)
{
	for (int i = 0; i < 20; i++) {
		nk_auto(str) char *host = nk_format("h%d-%d", who, i);
		const struct nk_pins_entry own = { .host = host, .port = 1, .pin = PIN_A };
		const struct nk_pins_entry shared = { .host = "h", .port = i + 1, .pin = PIN_A };

		if (nk_pins_add(in_folder("pins"), &own, &place, &err) < 0 ||
		    nk_pins_add(in_folder("pins"), &shared, &place, &err) < 0)
			_exit(1);
	}
	_exit(0);
}

Test(pins, several_processes_lose_no_line_and_double_none)
{
	int lines = 0;
	int status;

	for (int i = 0; i < 4; i++) {
		if (fork() == 0)
			add_many(i);
	}
	while (wait(&status) > 0)
		cr_expect_eq(status, 0);
	for (const char *at = get_text("pins"); *at; at++)
		lines += *at == '\n';
	cr_assert_eq(lines, 4 * 20 + 20);
}
