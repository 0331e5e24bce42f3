/* test_sshwire.c - the data types of SSH, by the examples of RFC 4251 5. */
#include "../../core/auth/sshwire.h"

#include <criterion/criterion.h>

static void assert_mpint(const char *number, size_t length, const char *packed, size_t size)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(64);

	cr_assert_eq(nk_sshwire_add_mpint(&out, (const unsigned char *)number, length), 0);
	cr_assert_eq(out.len, size);
	cr_assert_arr_eq(out.data, packed, size);
}

Test(sshwire, zero_has_no_bytes)
{
	assert_mpint("\0", 1, "\0\0\0\0", 4);
}

Test(sshwire, a_number_as_it_is)
{
	assert_mpint("\x09\xa3\x78\xf9\xb2\xe3\x32\xa7", 8,
		     "\0\0\0\x08\x09\xa3\x78\xf9\xb2\xe3\x32\xa7", 12);
}

Test(sshwire, a_high_bit_takes_a_zero_in_front)
{
	assert_mpint("\x80", 1, "\0\0\0\x02\0\x80", 6);
}

Test(sshwire, zeros_in_front_fall_away)
{
	assert_mpint("\0\0\x12", 3, "\0\0\0\x01\x12", 5);
}

Test(sshwire, a_string_that_does_not_fit_leaves_nothing)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(7);

	cr_assert_eq(nk_sshwire_add_string(&out, "text", 4), -1);
	cr_assert_eq(nk_sshwire_add_mpint(&out, (const unsigned char *)"\xffxxx", 4), -1);
	cr_assert_eq(out.len, 0);
}

Test(sshwire, values_come_back)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(64);
	struct nk_sshwire string;
	uint32_t number;

	cr_assert_eq(nk_sshwire_add_u32(&out, 0x29b7f4aa), 0);
	cr_assert_eq(nk_sshwire_add_string(&out, "testing", 7), 0);
	struct nk_sshwire in = { (const unsigned char *)out.data, out.len };

	cr_assert(nk_sshwire_u32(&in, &number));
	cr_assert_eq(number, 0x29b7f4aa);
	cr_assert(nk_sshwire_string(&in, &string));
	cr_assert(nk_sshwire_is(&string, "testing"));
	cr_assert_eq(in.length, 0);
}

static void assert_no_string(const char *bytes, size_t length)
{
	struct nk_sshwire in = { (const unsigned char *)bytes, length };
	struct nk_sshwire string;

	cr_assert_not(nk_sshwire_string(&in, &string));
	cr_assert_eq(in.length, length);
}

Test(sshwire, a_length_that_lies_takes_nothing)
{
	assert_no_string("\0\0\0\2x", 5);
	assert_no_string("\xff\xff\xff\xffx", 5);
	assert_no_string("\0\0\0", 3);
}

static bool is_name(const char *text)
{
	struct nk_sshwire string = { (const unsigned char *)text, strlen(text) };

	return nk_sshwire_is_name(&string);
}

Test(sshwire, names_of_algorithms)
{
	cr_assert(is_name("ssh-ed25519"));
	cr_assert(is_name("sk-ssh-ed25519@openssh.com"));
}

Test(sshwire, what_is_no_name)
{
	cr_assert_not(is_name(""));
	cr_assert_not(is_name("two words"));
	cr_assert_not(is_name("one,two"));
	cr_assert_not(is_name("esc\x1b[m"));
	cr_assert_not(is_name("12345678901234567890123456789012345678901234567890123456789012345"));
}
