/* test_history.c - which lines are kept, and the file that prompts share. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/cli/history.h"

Test(history, ordinary_lines_are_kept)
{
	cr_expect(nk_history_keeps("get a.txt"));
	cr_expect(nk_history_keeps("cd \xc3\xbc"));
	cr_expect(nk_history_keeps("open ftp://joe@host/a:b"));
}

Test(history, blanks_controls_and_passwords_are_not)
{
	nk_auto(str) char *longest = nk_alloc(5001);

	memset(longest, 'x', 5000);
	cr_expect_not(nk_history_keeps(""));
	cr_expect_not(nk_history_keeps(" get a"));
	cr_expect_not(nk_history_keeps("\tget a"));
	cr_expect_not(nk_history_keeps("get \033[2J"));
	cr_expect_not(nk_history_keeps("get a\nb"));
	cr_expect_not(nk_history_keeps("get \xff"));
	cr_expect_not(nk_history_keeps("open ftp://joe:secret@host/"));
	cr_expect_not(nk_history_keeps(longest));
}

/* A state folder of the test's own; its file. */
static char *file_of_test(char folder[64])
{
	nk_copy_text(folder, 64, "/tmp/netkit-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	setenv("XDG_STATE_HOME", folder, 1);
	return nk_format("%s/netkit/history", folder);
}

static void remove_all(const char *folder, const char *file)
{
	nk_auto(str) char *inside = nk_format("%s/netkit", folder);

	unlink(file);
	cr_expect_eq(rmdir(inside), 0, "something else is in %s", inside);
	rmdir(folder);
}

Test(history, lines_come_back_in_order_and_nobody_else_can_read_them)
{
	char folder[64];
	nk_auto(str) char *file = file_of_test(folder);
	nk_auto(paths) struct nk_paths lines = { NULL, 0 };
	struct nk_err err = NK_ERR_INIT;
	struct stat st;

	cr_assert_eq(nk_history_load(&lines, &err), 0, "%s", err.msg);
	cr_assert_eq(lines.count, 0);
	cr_assert_eq(nk_history_add("first", &err), 0, "%s", err.msg);
	cr_assert_eq(nk_history_add("second", &err), 0, "%s", err.msg);
	cr_assert_eq(nk_history_load(&lines, &err), 0);
	cr_assert_eq(lines.count, 2);
	cr_expect_str_eq(lines.items[0], "first");
	cr_expect_str_eq(lines.items[1], "second");
	cr_assert_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	remove_all(folder, file);
}

Test(history, a_file_that_others_can_read_is_closed_to_them)
{
	char folder[64];
	nk_auto(str) char *file = file_of_test(folder);
	struct nk_err err = NK_ERR_INIT;
	struct stat st;

	cr_assert_eq(nk_history_add("first", &err), 0);
	cr_assert_eq(chmod(file, 0644), 0);
	cr_assert_eq(nk_history_add("second", &err), 0);
	cr_assert_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	remove_all(folder, file);
}

Test(history, a_line_that_was_cut_short_stays_apart)
{
	char folder[64];
	nk_auto(str) char *file = file_of_test(folder);
	nk_auto(paths) struct nk_paths lines = { NULL, 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_history_add("first", &err), 0);
	cr_assert_eq(truncate(file, 3), 0);
	cr_assert_eq(nk_history_add("second", &err), 0);
	cr_assert_eq(nk_history_load(&lines, &err), 0);
	cr_assert_eq(lines.count, 2);
	cr_expect_str_eq(lines.items[0], "fir");
	remove_all(folder, file);
}

/* Four writers, 400 lines each. */
Test(history, several_prompts_lose_nothing_up_to_a_thousand_lines)
{
	char folder[64];
	nk_auto(str) char *file = file_of_test(folder);
	nk_auto(paths) struct nk_paths lines = { NULL, 0 };
	struct nk_err err = NK_ERR_INIT;
	pid_t pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int status = 0;

			for (int j = 0; j < 400; j++) {
				nk_auto(str) char *line = nk_format("%d %d", i, j);

				status |= nk_history_add(line, &err);
			}
			_exit(status != 0);
		}
	}
	for (int i = 0; i < 4; i++) {
		int status;

		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_expect_eq(status, 0, "a writer failed");
	}
	cr_assert_eq(nk_history_load(&lines, &err), 0);
	cr_expect_eq(lines.count, NK_HISTORY_MAX);
	/* The newest are there: each writer's last line, unless others wrote a thousand more. */
	cr_expect(nk_text_has_prefix(strchr(lines.items[lines.count - 1], ' '), " 399"));
	remove_all(folder, file);
}
