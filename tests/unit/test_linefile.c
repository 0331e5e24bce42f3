/* test_linefile.c - files of one entry a line: reading, and taking lines out. */
#include "netkit/linefile.h"

#include "fs_folder.h"

static struct nk_err err;

TestSuite(linefile, .init = folder_setup, .fini = folder_teardown);

/* Lines that begin with '-' go. */
static bool drops(const char *line, size_t length, long number, void *arg)
{
	long *last = arg;

	*last = number;
	return length > 0 && line[0] == '-';
}

static int take_out(const char *name, bool is_private)
{
	long last = 0;
	const struct nk_linefile_how how = { drops, &last, is_private };

	err = (struct nk_err)NK_ERR_INIT;
	return nk_linefile_take_out(in_folder(name), &how, &err);
}

Test(linefile, lines_come_without_their_ends)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;
	const char *line;
	size_t length;

	put_text("f", "one\n\nthree");
	cr_assert_eq(nk_linefile_read(&file, in_folder("f"), false, &err), 0);
	cr_assert(nk_linefile_next(&file, &line, &length));
	cr_assert_eq(length, 3);
	cr_assert(nk_linefile_next(&file, &line, &length));
	cr_assert_eq(length, 0);
	cr_assert(nk_linefile_next(&file, &line, &length));
	cr_assert_arr_eq(line, "three", length);
	cr_assert_eq(file.line, 3);
	cr_assert_not(nk_linefile_next(&file, &line, &length));
}

Test(linefile, a_private_file_is_ours_and_no_link)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;

	cr_assert_eq(nk_linefile_read(&file, in_folder("none"), true, &err), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
	put_text("f", "x\n");
	chmod(in_folder("f"), 0602);
	cr_assert_eq(nk_linefile_read(&file, in_folder("f"), true, &err), -1);
	cr_assert_eq(err.domain, NK_E_READ);
	chmod(in_folder("f"), 0644);
	cr_assert_eq(symlink("f", in_folder("link")), 0);
	cr_assert_eq(nk_linefile_read(&file, in_folder("link"), true, &err), -1);
	cr_assert(strstr(err.msg, "symbolic link"), "%s", err.msg);
	cr_assert_eq(nk_linefile_read(&file, in_folder("link"), false, &err), 0);
	cr_assert_eq(mkfifo(in_folder("fifo"), 0600), 0);
	cr_assert_eq(nk_linefile_read(&file, in_folder("fifo"), false, &err), -1);
	cr_assert_eq(err.domain, NK_E_READ);
}

Test(linefile, lines_are_taken_out_and_the_rest_stays_as_it_was)
{
	struct stat st;

	put_text("f", "a\n-b\n\n#\xff\n-c");
	chmod(in_folder("f"), 0640);
	cr_assert_eq(take_out("f", false), 2);
	cr_assert_str_eq(get_text("f"), "a\n\n#\xff\n");
	cr_assert_eq(stat(in_folder("f"), &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0640);
	cr_assert_eq(count_names("."), 1);
}

/* As ssh does, which knows no lock. */
static bool drops_while_ssh_adds(const char *line, size_t length, long number, void *arg)
{
	int fd = open(in_folder("f"), O_WRONLY | O_APPEND);

	(void)arg;
	cr_assert(fd >= 0);
	if (number == 1)
		cr_assert_eq(write(fd, "new\n", 4), 4);
	close(fd);
	return length > 0 && line[0] == '-';
}

Test(linefile, what_others_add_meanwhile_is_kept)
{
	const struct nk_linefile_how how = { .drops = drops_while_ssh_adds };

	put_text("f", "a\n-b\nc\n");
	cr_assert_eq(nk_linefile_take_out(in_folder("f"), &how, &err), 1, "%s", err.msg);
	cr_assert_str_eq(get_text("f"), "a\nc\nnew\n");
}

Test(linefile, a_lock_is_of_what_a_link_names_and_of_no_device)
{
	int fd;

	cr_assert_eq(symlink("there", in_folder("link")), 0);
	cr_assert_eq(nk_linefile_lock(in_folder("link"), false, &fd, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_linefile_add(fd, "link", "a\n", &err), 0, "%s", err.msg);
	close(fd);
	cr_assert_str_eq(get_text("there"), "a\n");
	cr_assert_eq(nk_linefile_lock("/dev/null", false, &fd, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_linefile_add(fd, "/dev/null", "a\n", &err), 0, "%s", err.msg);
	close(fd);
}

Test(linefile, nothing_is_written_where_nothing_goes)
{
	struct stat before;
	struct stat after;

	put_text("f", "a\nb");
	cr_assert_eq(stat(in_folder("f"), &before), 0);
	cr_assert_eq(take_out("f", false), 0);
	cr_assert_eq(stat(in_folder("f"), &after), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
	cr_assert_str_eq(get_text("f"), "a\nb");
	cr_assert_eq(take_out("none", false), 0);
	cr_assert_eq(err.domain, NK_E_NONE);
}

Test(linefile, a_link_stays_a_link)
{
	struct stat st;

	put_text("f", "-a\nb\n");
	cr_assert_eq(symlink("f", in_folder("link")), 0);
	cr_assert_eq(take_out("link", false), 1);
	cr_assert_eq(lstat(in_folder("link"), &st), 0);
	cr_assert(S_ISLNK(st.st_mode));
	cr_assert_str_eq(get_text("f"), "b\n");
	cr_assert_eq(take_out("link", true), -1);
}
