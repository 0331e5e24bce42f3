/* asktrust.c - the question whether a key is to be trusted, and what an answer means. */
#include "netkit/asktrust.h"

#include "hostpin.h"
#include "netkit/prompt.h"
#include "netkit/text.h"

/* Longest answer. */
#define ASK_ANSWER_MAX 256

/* 1 yes, 0 no, -1 neither. Nothing is no, and a pin must be this one. */
static int ask_means(char *answer, const char *pin)
{
	size_t length;

	answer += strspn(answer, " \t");
	length = strcspn(answer, " \t\r");
	if (answer[length + strspn(answer + length, " \t\r")] != '\0')
		return -1;
	answer[length] = '\0';
	if (nk_text_is_same(answer, "yes") || nk_hostkey_is_pinned(answer, pin) == 1)
		return 1;
	return length == 0 || nk_text_is_same(answer, "no") ? 0 : -1;
}

int nk_ask_trust(const char *question, const char *pin, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf answer = NK_BUF_INIT(ASK_ANSWER_MAX);
	int verdict;

	do {
		if (nk_prompt_text(question, &answer, err) < 0)
			return -1;
		verdict = ask_means(answer.data, pin);
		question = "Please type yes, no, or the fingerprint: ";
	} while (verdict < 0);
	return verdict;
}
