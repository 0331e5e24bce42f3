/* test_codec.c - base64, hexadecimal, percent-encoding. */
#include "netkit/codec.h"

#include <criterion/criterion.h>

/* RFC 4648 10 */
static const char *const vectors[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

Test(codec, base64_encodes_the_vectors_of_rfc4648)
{
	for (size_t i = 0; i < NK_COUNT(vectors); i++) {
		nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

		cr_assert_eq(nk_base64_encode(&out, vectors[i][0], strlen(vectors[i][0])), 0);
		cr_assert_str_eq(out.data, vectors[i][1]);
	}
}

Test(codec, base64_decodes_the_vectors_of_rfc4648)
{
	for (size_t i = 0; i < NK_COUNT(vectors); i++) {
		nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

		cr_assert_eq(nk_base64_decode(&out, vectors[i][1], strlen(vectors[i][1])), 0);
		cr_assert_str_eq(out.data, vectors[i][0]);
	}
}

Test(codec, base64_padding_may_be_left_out)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

	cr_assert_eq(nk_base64_decode(&out, "Zm9vYg", 6), 0);
	cr_assert_str_eq(out.data, "foob");
}

Test(codec, base64_returns_every_byte)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(1000);
	nk_auto(buf) struct nk_buf back = NK_BUF_INIT(1000);
	unsigned char bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	cr_assert_eq(nk_base64_encode(&text, bytes, sizeof(bytes)), 0);
	cr_assert_eq(nk_base64_decode(&back, text.data, text.len), 0);
	cr_assert_eq(back.len, sizeof(bytes));
	cr_assert_arr_eq(back.data, bytes, sizeof(bytes));
}

Test(codec, base64_refuses_other_text)
{
	static const char *const wrong[] = {
		"Z",	 "Zg=",	 "Z===", "====", "=",	  "Zg==Zg==", "Zm 9v", "Zm9v\n",
		"Zm9vY", "Zm-_", "Zh==", "Zm9=", "Zm9v=", "Zm9v====", "Zh",    "Zm\xc3\xa9",
	};

	for (size_t i = 0; i < NK_COUNT(wrong); i++) {
		nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

		cr_assert_eq(nk_base64_decode(&out, wrong[i], strlen(wrong[i])), -1, "%s",
			     wrong[i]);
		cr_assert_eq(out.len, 0);
	}
}

Test(codec, base64_past_the_limit_adds_nothing)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(5);

	cr_assert_eq(nk_base64_decode(&out, "Zm9vYmFy", 8), -1);
	cr_assert_eq(nk_base64_encode(&out, "foobar", 6), -1);
	cr_assert_eq(out.len, 0);
}

Test(codec, hex_is_lower_case)
{
	char text[7];

	nk_hex_encode(text, "\x00\xab\xff", 3);
	cr_assert_str_eq(text, "00abff");
}

Test(codec, hex_is_read_in_either_case)
{
	unsigned char bytes[2];

	cr_assert_eq(nk_hex_decode(bytes, 2, "aBfF"), 0);
	cr_assert_eq(bytes[0], 0xab);
	cr_assert_eq(bytes[1], 0xff);
}

Test(codec, hex_of_another_length_is_refused)
{
	unsigned char bytes[2] = { 7, 7 };

	cr_assert_eq(nk_hex_decode(bytes, 2, "aabb0"), -1);
	cr_assert_eq(nk_hex_decode(bytes, 2, "aab"), -1);
	cr_assert_eq(nk_hex_decode(bytes, 2, "aabbcc"), -1);
	cr_assert_eq(bytes[0], 7);
}

Test(codec, hex_of_other_characters_leaves_the_bytes_alone)
{
	unsigned char bytes[2] = { 7, 7 };

	cr_assert_eq(nk_hex_decode(bytes, 2, "aabg"), -1);
	cr_assert_eq(bytes[0], 7);
}

Test(codec, percent_is_decoded_once)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

	cr_assert_eq(nk_percent_decode(&out, "a%2541%c3%A9+", 13), 0);
	cr_assert_str_eq(out.data, "a%41\xc3\xa9+");
}

Test(codec, broken_percents_are_refused)
{
	static const char *const wrong[] = { "%", "a%", "a%4", "%4g", "%g4", "%%41", "a%00b" };

	for (size_t i = 0; i < NK_COUNT(wrong); i++) {
		nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

		cr_assert_eq(nk_percent_decode(&out, wrong[i], strlen(wrong[i])), -1, "%s",
			     wrong[i]);
		cr_assert_eq(out.len, 0);
	}
}

Test(codec, percent_reads_no_further_than_its_length)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

	cr_assert_eq(nk_percent_decode(&out, "%41", 2), -1);
}

Test(codec, percent_encodes_all_but_unreserved_and_kept)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

	cr_assert_eq(nk_percent_encode(&out, "/a-._~ %?\xff:", "/"), 0);
	cr_assert_str_eq(out.data, "/a-._~%20%25%3F%FF%3A");
}

Test(codec, percent_past_the_limit_adds_nothing)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(4);

	cr_assert_eq(nk_percent_encode(&out, "ab c", ""), -1);
	cr_assert_eq(out.len, 0);
}
