/* test_ftp_parse.c - what FTP replies say: ports, paths, features, times, hashes. */
#include "../../applets/ftp/ftp.h"

#include <criterion/criterion.h>

/* ---- EPSV ---- */

static void assert_epsv(const char *text, int expected)
{
	int port = -1;

	cr_assert(ftp_parse_epsv(text, &port), "%s", text);
	cr_assert_eq(port, expected, "%s: %d", text, port);
}

Test(ftp_parse, the_port_of_epsv)
{
	assert_epsv("Entering Extended Passive Mode (|||6446|)", 6446);
	assert_epsv("Entering Extended Passive Mode (|||65535|).", 65535);
	assert_epsv("(|||1|)", 1);
}

Test(ftp_parse, epsv_takes_any_delimiter)
{
	assert_epsv("ok (!!!6446!)", 6446);
	assert_epsv("ok (%%%6446%)", 6446);
}

Test(ftp_parse, what_is_no_epsv_reply)
{
	static const char *const texts[] = {
		"",
		"(",
		"(|",
		"(||",
		"(|||",
		"(||||",
		"(|||)",
		"(||||)",
		"(|||0|)",
		"(|||65536|)",
		"(|||99999999999999999999|)",
		"(|||-1|)",
		"(||| 1|)",
		"(|||1",
		"(|||1)",
		"(|!|1|)",
		"(|1|127.0.0.1|6446|)",
		"|||6446|",
		"(   6446 )",
		"(\x7f\x7f\x7f"
		"6446\x7f)",
		"(\xe9\xe9\xe9"
		"6446\xe9)",
		"(1116446|)",
	};
	int port = -1;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(ftp_parse_epsv(texts[i], &port), "%s", texts[i]);
	cr_assert_eq(port, -1);
}

/* ---- PASV ---- */

static void assert_pasv(const char *text, int expected)
{
	int port = -1;

	cr_assert(ftp_parse_pasv(text, &port), "%s", text);
	cr_assert_eq(port, expected, "%s: %d", text, port);
}

Test(ftp_parse, the_port_of_pasv)
{
	assert_pasv("Entering Passive Mode (127,0,0,1,25,46)", 25 * 256 + 46);
	assert_pasv("Entering Passive Mode (10,0,0,1,255,255).", 65535);
	assert_pasv("(0,0,0,0,0,1)", 1);
}

Test(ftp_parse, pasv_without_brackets)
{
	assert_pasv("Entering Passive Mode. 127,0,0,1,4,1", 1025);
	assert_pasv("=127,0,0,1,4,1", 1025);
}

Test(ftp_parse, pasv_after_other_numbers)
{
	assert_pasv("Mode 2 at 1998,1: h1 (127,0,0,1,4,1)", 1025);
	assert_pasv("999,127,0,0,1,4,1", 1025);
}

Test(ftp_parse, what_is_no_pasv_reply)
{
	static const char *const texts[] = {
		"",
		"Entering Passive Mode",
		"(127,0,0,1,4)",
		"(127,0,0,1,4,)",
		"(127,0,0,1,4,256)",
		"(127,0,0,1,0,0)",
		"(127,0,0,1,-4,1)",
		"(127, 0, 0, 1, 4, 1)",
		"(127.0.0.1.4.1)",
		"99999999999999999999,99999999999999999999,9,9,9",
	};
	int port = -1;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(ftp_parse_pasv(texts[i], &port), "%s", texts[i]);
	cr_assert_eq(port, -1);
}

/* ---- PWD ---- */

static void assert_quoted(const char *text, const char *expected)
{
	nk_auto(str) char *path = ftp_parse_quoted(text);

	cr_assert_not_null(path, "%s", text);
	cr_assert_str_eq(path, expected);
}

Test(ftp_parse, a_quoted_path)
{
	assert_quoted("\"/home/joe\" is the current directory", "/home/joe");
	assert_quoted("\"/\"", "/");
	assert_quoted("\"\"", "");
}

Test(ftp_parse, doubled_quotes_are_one)
{
	assert_quoted("\"/a \"\"b\"\" c\" is cwd", "/a \"b\" c");
	assert_quoted("\"\"\"\"", "\"");
	assert_quoted("\"a\"\"\"", "a\"");
}

Test(ftp_parse, a_quote_without_end_is_no_path)
{
	cr_assert_null(ftp_parse_quoted("\"/home"));
	cr_assert_null(ftp_parse_quoted("\""));
	cr_assert_null(ftp_parse_quoted("\"a\"\""));
	cr_assert_null(ftp_parse_quoted("/home"));
	cr_assert_null(ftp_parse_quoted(""));
}

/* ---- FEAT ---- */

static unsigned feat(const char *text)
{
	char names[64];

	return ftp_parse_feat(text, names, sizeof(names));
}

Test(ftp_parse, features_of_vsftpd)
{
	cr_assert_eq(feat("Features:\n EPRT\n EPSV\n MDTM\n PASV\n REST STREAM\n SIZE\n TVFS\nEnd"),
		     (unsigned)(FTP_FEAT_MDTM | FTP_FEAT_REST | FTP_FEAT_SIZE));
}

Test(ftp_parse, features_of_proftpd)
{
	cr_assert_eq(feat("Features:\n CLNT\n EPRT\n EPSV\n HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512\n"
			  " HOST\n MDTM\n MFF modify;UNIX.group;UNIX.mode;\n MFMT\n"
			  " MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.mode*;\n"
			  " MODE Z\n RANG STREAM\n REST STREAM\n SIZE\n UTF8\n XCRC\n XMD5\n"
			  " XSHA\n XSHA1\n XSHA256\n XSHA512\nEnd"),
		     (unsigned)(FTP_FEAT_HASH | FTP_FEAT_MDTM | FTP_FEAT_MFMT | FTP_FEAT_MLST |
				FTP_FEAT_MODE_Z | FTP_FEAT_RANG | FTP_FEAT_REST | FTP_FEAT_SIZE |
				FTP_FEAT_UTF8 | FTP_FEAT_XCRC | FTP_FEAT_XMD5 | FTP_FEAT_XSHA1 |
				FTP_FEAT_XSHA256 | FTP_FEAT_XSHA512));
}

Test(ftp_parse, feature_names_have_no_case)
{
	cr_assert_eq(feat("x\n size\n Mlst type*;\nEnd"),
		     (unsigned)(FTP_FEAT_SIZE | FTP_FEAT_MLST));
}

Test(ftp_parse, a_longer_name_is_another_feature)
{
	cr_assert_eq(feat("x\n SIZES\n MDTMX\n XSHA2567\n REST\n MODE\nEnd"), 0U);
}

Test(ftp_parse, the_hashes_that_are_listed)
{
	char names[64];

	ftp_parse_feat("x\n HASH SHA-256*;SHA-1;CRC32\nEnd", names, sizeof(names));
	cr_assert_str_eq(names, "SHA-256*;SHA-1;CRC32");
}

Test(ftp_parse, hash_without_names)
{
	char names[64] = "old";

	cr_assert_eq(ftp_parse_feat("x\n HASH\nEnd", names, sizeof(names)),
		     (unsigned)FTP_FEAT_HASH);
	cr_assert_str_eq(names, "");
}

Test(ftp_parse, more_hash_names_than_fit_are_cut)
{
	char names[8];

	ftp_parse_feat("x\n HASH SHA-256*;SHA-1\nEnd", names, sizeof(names));
	cr_assert_str_eq(names, "SHA-256");
}

Test(ftp_parse, no_features)
{
	cr_assert_eq(feat(""), 0U);
	cr_assert_eq(feat("\n\n \n    "), 0U);
}

/* ---- times ---- */

Test(ftp_parse, a_time)
{
	int64_t seconds;

	cr_assert(ftp_parse_time("20260102030405", 14, &seconds));
	cr_assert_eq(seconds, 1767323045);
	cr_assert(ftp_parse_time("19700101000000", 14, &seconds));
	cr_assert_eq(seconds, 0);
}

Test(ftp_parse, parts_of_a_second_are_left_away)
{
	int64_t seconds;

	cr_assert(ftp_parse_time("20260102030405.999", 18, &seconds));
	cr_assert_eq(seconds, 1767323045);
	cr_assert(ftp_parse_time("20260102030405.", 15, &seconds));
}

Test(ftp_parse, what_is_no_time)
{
	static const char *const texts[] = {
		"",
		"2026",
		"2026010203040",
		"202601020304056",
		"20260102030405Z",
		"20261302030405",
		"20260132030405",
		"20260229030405",
		"20260102240405",
		"20260102036005",
		"20260102030461",
		"00000102030405",
		"-0260102030405",
		"2026 102030405",
		" 20260102030405",
		"2026010203040x",
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(ftp_parse_time(texts[i], strlen(texts[i]), &seconds), "%s", texts[i]);
	cr_assert_eq(seconds, 7);
}

/* ---- announced sizes ---- */

Test(ftp_parse, an_announced_size)
{
	cr_assert_eq(
		ftp_parse_announced("Opening BINARY mode data connection for a (1048576 bytes)."),
		1048576);
	cr_assert_eq(ftp_parse_announced("Opening data connection for a(1).txt (0 bytes)"), 0);
	cr_assert_eq(ftp_parse_announced("(9223372036854775807 bytes)"), INT64_MAX);
}

Test(ftp_parse, what_is_no_announced_size)
{
	static const char *const texts[] = {
		"",
		"Opening",
		"(",
		"()",
		"( bytes)",
		"(12)",
		"(12 kbytes)",
		"(-12 bytes)",
		"(9223372036854775808 bytes)",
		"12 bytes",
		"(12 octets bytes)",
		"(99999999999999999999999 bytes)",
	};

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_eq(ftp_parse_announced(texts[i]), -1, "%s", texts[i]);
}

/* ---- hashes ---- */

static void assert_hash(const char *text, size_t digits, const char *expected)
{
	char out[NK_DIGEST_TEXT];

	cr_assert(ftp_parse_hash(text, digits, out), "%s", text);
	cr_assert_str_eq(out, expected, "%s: %s", text, out);
}

Test(ftp_parse, a_hash_among_words)
{
	assert_hash("MD5 0-12 900150983CD24FB0D6963F7D28E17F72 /a.txt", 32,
		    "900150983cd24fb0d6963f7d28e17f72");
}

Test(ftp_parse, a_hash_alone)
{
	assert_hash("A9993E364706816ABA3E25717850C26C9CD0D89D", 40,
		    "a9993e364706816aba3e25717850c26c9cd0d89d");
}

Test(ftp_parse, a_crc_without_leading_zeros)
{
	assert_hash("1A2B", 8, "00001a2b");
	assert_hash("CRC32 0-12 1a2b3c /a", 8, "001a2b3c");
}

Test(ftp_parse, a_whole_crc_wins_over_a_shorter_word)
{
	assert_hash("added a CRC: 1A2B3C4D", 8, "1a2b3c4d");
}

Test(ftp_parse, what_is_no_hash)
{
	static const char *const texts[] = {
		"",
		"no hash",
		"900150983cd24fb0d6963f7d28e17f7",
		"900150983cd24fb0d6963f7d28e17f721",
		"x900150983cd24fb0d6963f7d28e17f72",
		"900150983cd24fb0d6963f7d28e17f72.",
		"900150983cd24fb0d6963f7d28e17f7g",
	};
	char out[NK_DIGEST_TEXT] = "old";

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(ftp_parse_hash(texts[i], 32, out), "%s", texts[i]);
	cr_assert_str_eq(out, "old");
}

Test(ftp_parse, an_overlong_crc_is_no_hash)
{
	char out[NK_DIGEST_TEXT];

	cr_assert_not(ftp_parse_hash("1A2B3C4D5E", 8, out));
}

/* ---- what can be sent ---- */

Test(ftp_parse, names_with_line_breaks_cannot_be_sent)
{
	cr_assert(ftp_can_send("/a b"));
	cr_assert_not(ftp_can_send("/a\nb"));
	cr_assert_not(ftp_can_send("/a\rb"));
}

Test(ftp_parse, names_over_the_limit_cannot_be_sent)
{
	nk_auto(str) char *path = nk_alloc(FTP_PATH_MAX + 2);

	memset(path, 'x', FTP_PATH_MAX);
	cr_assert(ftp_can_send(path));
	path[FTP_PATH_MAX] = 'x';
	cr_assert_not(ftp_can_send(path));
}
