/* test_httpconnect.c - CONNECT requests and the heads of their replies. */
#include "../../core/net/httpconnect.h"

#include <criterion/criterion.h>

static struct nk_proxy_login login_of(const char *user, const char *password)
{
	struct nk_proxy_login login = { .user = nk_strdup(user) };
	struct nk_err err = NK_ERR_INIT;

	if (password)
		cr_assert_eq(nk_secret_set(&login.password, password, strlen(password), &err), 0);
	return login;
}

static int request(struct nk_buf *out, const char *host, const struct nk_proxy_login *login,
		   bool is_shown, struct nk_err *err)
{
	const struct nk_proxy_goal goal = { host, NULL, 21 };

	return nk_http_add_connect(out, &goal, login, is_shown, err);
}

Test(httpconnect, a_request_names_host_and_port_twice)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(request(&out, "h", NULL, false, &err), 0);
	cr_assert_str_eq(out.data, "CONNECT h:21 HTTP/1.1\r\nHost: h:21\r\n\r\n");
}

Test(httpconnect, an_ipv6_address_has_brackets)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(request(&out, "::1", NULL, false, &err), 0);
	cr_assert_str_eq(out.data, "CONNECT [::1]:21 HTTP/1.1\r\nHost: [::1]:21\r\n\r\n");
}

Test(httpconnect, a_login_goes_as_basic_and_is_shown_as_stars)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	nk_auto(buf) struct nk_buf shown = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	nk_auto(proxy_login) struct nk_proxy_login login = login_of("Aladdin", "open sesame");
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(request(&out, "h", &login, false, &err), 0);
	cr_assert(strstr(out.data, "\r\nProxy-Authorization: Basic "
				   "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
	cr_assert_eq(request(&shown, "h", &login, true, &err), 0);
	cr_assert(strstr(shown.data, "\r\nProxy-Authorization: Basic ****\r\n\r\n"));
}

Test(httpconnect, a_user_without_a_password_is_not_sent)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	nk_auto(proxy_login) struct nk_proxy_login login = login_of("joe", NULL);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(request(&out, "h", &login, false, &err), 0);
	cr_assert_null(strstr(out.data, "Authorization"));
}

Test(httpconnect, what_no_request_can_hold_is_refused)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	nk_auto(proxy_login) struct nk_proxy_login login = login_of("a:b", "pw");
	nk_auto(str) char *name = nk_format("%020000d", 1);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(request(&out, "a b", NULL, false, &err), -1);
	cr_assert_eq(request(&out, "a\r\nX: y", NULL, false, &err), -1);
	cr_assert_eq(request(&out, "a/b", NULL, false, &err), -1);
	cr_assert_eq(request(&out, name, NULL, false, &err), -1);
	nk_buf_clear(&out);
	cr_assert_eq(request(&out, "h", &login, false, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

static void assert_status(const char *line, int status, const char *reason)
{
	struct nk_http_head head = { .offers_basic = true };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_http_status_line(line, &head, &err), 0, "%s: %s", line, err.msg);
	cr_assert_eq(head.status, status);
	cr_assert_str_eq(head.reason, reason);
	cr_assert_not(head.offers_basic);
}

Test(httpconnect, a_status_line_may_have_a_reason)
{
	assert_status("HTTP/1.1 200 Connection established", 200, "Connection established");
	assert_status("HTTP/1.0 200", 200, "");
	assert_status("HTTP/1.1 200 ", 200, "");
	assert_status("HTTP/1.9 599 x", 599, "x");
}

Test(httpconnect, other_lines_are_no_status)
{
	static const char *const lines[] = {
		"",
		"HTTP/1.1",
		"HTTP/1.1 20",
		"HTTP/1.1 2000",
		"HTTP/1.1  200",
		"HTTP/2 200 OK",
		"HTTP/1.1 2x0 OK",
		"HTTP/1.x 200 OK",
		"HTTP/1.1 099 OK",
		"http/1.1 200 OK",
		"SSH-2.0-x",
		"HTTP/1.1-200 OK",
	};

	for (size_t i = 0; i < NK_COUNT(lines); i++) {
		struct nk_http_head head = { .status = 7 };
		struct nk_err err = NK_ERR_INIT;

		cr_assert_eq(nk_http_status_line(lines[i], &head, &err), -1, "%s", lines[i]);
		cr_assert_eq(err.domain, NK_E_PROXY);
		cr_assert_eq(head.status, 7);
	}
}

static void assert_schemes(const char *line, const char *schemes, bool offers_basic)
{
	struct nk_http_head head = { .status = 407 };

	nk_http_header_line(line, &head);
	cr_assert_str_eq(head.schemes, schemes, "%s: %s", line, head.schemes);
	cr_assert_eq(head.offers_basic, offers_basic, "%s", line);
}

Test(httpconnect, challenges_are_told_from_their_parameters)
{
	assert_schemes("Proxy-Authenticate: Basic realm=\"x\"", "Basic", true);
	assert_schemes("proxy-authenticate:bAsIc", "bAsIc", true);
	assert_schemes(
		"Proxy-Authenticate: Digest realm=\"a, Basic\", nonce = \"\\\"Basic\", Basic",
		"Digest, Basic", true);
	assert_schemes("Proxy-Authenticate: Negotiate, NTLM TlRMTVNT=", "Negotiate, NTLM", false);
	assert_schemes("Proxy-Authenticate: ,, Basic , x=y", "Basic", true);
	assert_schemes("WWW-Authenticate: Basic", "", false);
	assert_schemes("Proxy-Authenticate: \"open", "", false);
	assert_schemes("Proxy-Authenticate:", "", false);
}

Test(httpconnect, schemes_without_end_are_cut_between_names)
{
	struct nk_http_head head = { .status = 407 };

	for (int i = 0; i < 100; i++)
		nk_http_header_line("Proxy-Authenticate: Negotiate, Basic", &head);
	cr_assert(head.offers_basic);
	cr_assert_lt(strlen(head.schemes), sizeof(head.schemes));
	cr_assert_str_eq(head.schemes + strlen(head.schemes) - 5, "Basic");
}

static int judge(int status, const char *schemes, const struct nk_proxy_login *sent,
		 struct nk_err *err)
{
	struct nk_http_head head = { .status = status, .offers_basic = strstr(schemes, "Basic") };

	nk_copy_text(head.reason, sizeof(head.reason), "why");
	nk_copy_text(head.schemes, sizeof(head.schemes), schemes);
	*err = (struct nk_err)NK_ERR_INIT;
	return nk_http_judge(&head, sent, err);
}

Test(httpconnect, any_2xx_is_the_tunnel)
{
	struct nk_err err;

	cr_assert_eq(judge(200, "", NULL, &err), 0);
	cr_assert_eq(judge(204, "", NULL, &err), 0);
	cr_assert_eq(judge(301, "", NULL, &err), -1);
	cr_assert_str_eq(err.msg, "refused: 301 why");
}

Test(httpconnect, a_login_is_wanted_where_basic_would_do)
{
	nk_auto(proxy_login) struct nk_proxy_login user = login_of("joe", NULL);
	struct nk_err err;

	cr_assert_eq(judge(407, "Basic", NULL, &err), 1);
	cr_assert_eq(judge(407, "Basic", &user, &err), 1);
	cr_assert_eq(judge(407, "Digest", &user, &err), -1);
	cr_assert(strstr(err.msg, "by Digest; only Basic"), "%s", err.msg);
	cr_assert_eq(judge(407, "", NULL, &err), -1);
}

Test(httpconnect, one_that_was_sent_was_refused)
{
	nk_auto(proxy_login) struct nk_proxy_login login = login_of("joe", "secret");
	struct nk_err err;

	cr_assert_eq(judge(407, "Basic", &login, &err), 1);
	cr_assert_str_eq(err.msg, "the login of joe was refused: 407 why");
	cr_assert_eq(judge(401, "", &login, &err), 1);
	cr_assert_eq(judge(401, "", NULL, &err), -1);
}

Test(httpconnect, what_the_proxy_could_not_do_this_time_is_tried_again)
{
	struct nk_err err;

	cr_assert_eq(judge(502, "", NULL, &err), -1);
	cr_assert(err.again);
	cr_assert_eq(judge(501, "", NULL, &err), -1);
	cr_assert_not(err.again);
	cr_assert_eq(judge(403, "", NULL, &err), -1);
	cr_assert_not(err.again);
}
