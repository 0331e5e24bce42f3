/* test_record.c - records as table, tsv, csv and JSON. */
#include "netkit/record.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct row {
	const char *word;
	int64_t number;
	int64_t when;
	const char *text;
	int mode;
	double seconds;
	bool is_so;
};

static const struct nk_field fields[] = {
	NK_FIELD_WORD(struct row, word, 6),    NK_FIELD_I64(struct row, number, false, -5),
	NK_FIELD_TIME(struct row, when, true), NK_FIELD_STR(struct row, text),
	NK_FIELD_MODE(struct row, mode),       NK_FIELD_SECONDS(struct row, seconds),
	NK_FIELD_BOOL(struct row, is_so),      NK_FIELD_END,
};

static const struct nk_record record = { "thing", fields };

static const struct row full = { "file", 12, 1767323045, "a b", 0644, 0.5, true };
static const struct row empty = { NULL, -1, NK_ENTRY_NO_TIME, NULL, -1, -1, false };

/* What the policy makes of rows; good until the next call. */
static const char *printed(struct nk_out_policy policy, const struct row *rows, int count)
{
	static char text[4096];
	char path[] = "/tmp/netkit-record-XXXXXX";
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;
	int fd = mkstemp(path);

	policy.file = path;
	cr_assert_eq(nk_out_open(&policy, &out, &err), 0, "%s", err.msg);
	for (int i = 0; i < count; i++)
		cr_assert_eq(nk_out_put(out, &record, &rows[i], &err), 0, "%s", err.msg);
	cr_assert_eq(nk_out_flush(out, &err), 0);
	nk_out_free(out);

	ssize_t length = read(fd, text, sizeof(text) - 1);

	cr_assert_geq(length, 0);
	/* NULs are shown as "|". */
	for (ssize_t i = 0; i < length; i++)
		text[i] = text[i] ? text[i] : '|';
	text[length] = '\0';
	close(fd);
	unlink(path);
	return text;
}

Test(record, a_pipe_gets_tabs_and_default_columns)
{
	cr_assert_str_eq(printed((struct nk_out_policy){ 0 }, &full, 1), "file\t12\ta b\n");
	cr_assert_str_eq(printed((struct nk_out_policy){ 0 }, &empty, 1), "\t\t\n");
}

Test(record, a_table_is_aligned)
{
	cr_assert_str_eq(printed((struct nk_out_policy){ .output = NK_OUTPUT_TABLE }, &full, 1),
			 "file       12  a b\n");
}

Test(record, json_has_every_field_that_is_there)
{
	cr_assert_str_eq(printed((struct nk_out_policy){ .json = true }, &full, 1),
			 "{\"v\":1,\"type\":\"thing\",\"word\":\"file\",\"number\":12,"
			 "\"when\":\"2026-01-02T03:04:05Z\",\"text\":\"a b\",\"mode\":\"0644\","
			 "\"seconds\":0.500,\"is_so\":true}\n");
	cr_assert_str_eq(printed((struct nk_out_policy){ .json = true }, &empty, 1),
			 "{\"v\":1,\"type\":\"thing\",\"is_so\":false}\n");
}

Test(record, text_that_is_not_utf8_is_base64_in_json)
{
	struct row row = empty;

	row.text = "a\xff";
	cr_assert_str_eq(printed((struct nk_out_policy){ .json = true, .fields = "text" }, &row, 1),
			 "{\"v\":1,\"type\":\"thing\",\"text_b64\":\"Yf8=\"}\n");
}

Test(record, fields_choose_and_order)
{
	cr_assert_str_eq(printed((struct nk_out_policy){ .fields = "text,mode,number" }, &full, 1),
			 "a b\t0644\t12\n");
	cr_assert_str_eq(
		printed((struct nk_out_policy){ .json = true, .fields = "mode,word" }, &full, 1),
		"{\"v\":1,\"type\":\"thing\",\"mode\":\"0644\",\"word\":\"file\"}\n");
}

Test(record, control_characters_are_escaped_in_lines_and_raw_with_null)
{
	struct row row = full;

	row.text = "a\n\033[2J\tb";
	cr_assert_str_eq(printed((struct nk_out_policy){ .fields = "text" }, &row, 1),
			 "a\\n\\x1b[2J\\tb\n");
	cr_assert_str_eq(printed((struct nk_out_policy){ .fields = "text", .null = true }, &row, 1),
			 "a\n\033[2J\tb|");
}

Test(record, csv_has_a_header_and_quotes)
{
	struct row rows[] = { full, full };

	rows[1].text = "say \"hi\", you";
	cr_assert_str_eq(printed((struct nk_out_policy){ .output = NK_OUTPUT_CSV }, rows, 2),
			 "word,number,text\nfile,12,a b\nfile,12,\"say \"\"hi\"\", you\"\n");
}

Test(record, an_unknown_field_is_refused_with_the_list)
{
	const struct nk_out_policy policy = { .fields = "word,nmae", .file = "/dev/null" };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;

	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	cr_assert_eq(nk_out_check(out, &record, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(err.msg,
			 "--fields: records of type thing have no 'nmae', but word, number, when, "
			 "text, mode, seconds, is_so");
	nk_out_free(out);
}

Test(record, a_full_disk_is_a_write_error)
{
	const struct nk_out_policy policy = { .file = "/dev/full" };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;

	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	cr_assert_eq(nk_out_put(out, &record, &full, &err), 0);
	cr_assert_eq(nk_out_flush(out, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	nk_out_free(out);
}

Test(record, a_record_of_any_length_is_bounded)
{
	const struct nk_out_policy policy = { .file = "/dev/null" };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;
	struct row row = full;
	nk_auto(str) char *huge = nk_alloc((2U << 20) + 1);

	memset(huge, 'a', 2U << 20);
	row.text = huge;
	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	cr_assert_eq(nk_out_put(out, &record, &row, &err), -1);
	cr_assert_eq(nk_out_put(out, &record, &full, &err), 0);
	nk_out_free(out);
}

Test(record, csv_has_its_header_after_a_check_too)
{
	char path[] = "/tmp/netkit-record-XXXXXX";
	const struct nk_out_policy policy = { .file = path, .output = NK_OUTPUT_CSV };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;
	char text[256] = "";
	int fd = mkstemp(path);

	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	cr_assert_eq(nk_out_check(out, &nk_place_record, &err), 0);
	cr_assert_eq(nk_out_put(out, &nk_place_record, &(struct nk_place_row){ "/a", NULL }, &err),
		     0);
	cr_assert_eq(nk_out_put(out, &nk_place_record, &(struct nk_place_row){ "/b", NULL }, &err),
		     0);
	cr_expect_eq(nk_out_count(out), 2);
	cr_assert_eq(nk_out_close(out, &err), 0);
	nk_out_free(out);
	cr_assert_geq(read(fd, text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, "path\n/a\n/b\n");
	close(fd);
	unlink(path);
}

Test(record, a_file_that_cannot_be_closed_was_not_kept)
{
	const struct nk_out_policy policy = { .file = "/dev/null" };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;
	int next = dup(STDIN_FILENO);

	/* The sink's descriptor is the lowest that is free: close it under its feet. */
	close(next);
	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	close(next);
	cr_expect_eq(nk_out_close(out, &err), -1);
	cr_expect_eq(err.domain, NK_E_WRITE);
	nk_out_free(out);
}

/* ---- lists, and records of one field a line ---- */

struct list_row {
	const char *name;
	struct nk_strings some;
	double took_ms;
};

static const struct nk_field list_fields[] = {
	NK_FIELD_STR(struct list_row, name),
	NK_FIELD_LIST(struct list_row, some),
	NK_FIELD_MS(struct list_row, took_ms, false),
	NK_FIELD_END,
};

static const struct nk_record list_record = { "list", list_fields };

/* What the sink makes of a row with these items, one field a line where that can be; at most 1 KiB. */
static void assert_list(struct nk_out_policy policy, const char *const *items, const char *expected)
{
	char path[] = "/tmp/netkit-record-XXXXXX";
	struct list_row row = { .name = "n", .took_ms = 1.5 };
	struct nk_err err = NK_ERR_INIT;
	struct nk_out *out = NULL;
	char text[1024] = "";
	int fd = mkstemp(path);

	for (; *items; items++)
		nk_strings_add(&row.some, *items);
	policy.file = path;
	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	cr_assert_eq(nk_out_put_tall(out, &list_record, &row, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_out_close(out, &err), 0);
	cr_assert_geq(read(fd, text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, expected);
	nk_out_free(out);
	nk_strings_release(&row.some);
	close(fd);
	unlink(path);
}

Test(record, a_list_is_an_array_in_json_and_absent_when_it_is_empty)
{
	assert_list((struct nk_out_policy){ .json = true }, (const char *[]){ "a", "b\"", NULL },
		    "{\"v\":1,\"type\":\"list\",\"name\":\"n\",\"some\":[\"a\",\"b\\\"\"],"
		    "\"took_ms\":1.500}\n");
	assert_list((struct nk_out_policy){ .json = true }, (const char *[]){ NULL },
		    "{\"v\":1,\"type\":\"list\",\"name\":\"n\",\"took_ms\":1.500}\n");
}

Test(record, a_list_that_is_not_utf8_is_base64_as_a_whole)
{
	assert_list((struct nk_out_policy){ .json = true, .fields = "some" },
		    (const char *[]){ "a", "\xff", NULL },
		    "{\"v\":1,\"type\":\"list\",\"some_b64\":[\"YQ==\",\"/w==\"]}\n");
}

Test(record, a_list_has_commas_in_lines_and_is_escaped)
{
	assert_list((struct nk_out_policy){ .fields = "some,name" },
		    (const char *[]){ "a", "\033[1m", NULL }, "a, \\x1b[1m\tn\n");
}

Test(record, a_tall_record_has_one_field_a_line_in_a_table)
{
	assert_list((struct nk_out_policy){ .output = NK_OUTPUT_TABLE },
		    (const char *[]){ "a-long-item-of-twenty", "another-of-twenty-two",
				      "and-one-more-of-thirty-cells--", "last", NULL },
		    "name           n\n"
		    "some           a-long-item-of-twenty, another-of-twenty-two,\n"
		    "               and-one-more-of-thirty-cells--, last\n"
		    "took ms        1.500\n");
	assert_list((struct nk_out_policy){ .output = NK_OUTPUT_TABLE }, (const char *[]){ NULL },
		    "name           n\ntook ms        1.500\n");
}
