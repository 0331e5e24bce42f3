/* proxylogin.c - who logs in at a proxy. */
#include "netkit/proxylogin.h"

#include "netkit/text.h"

struct nk_proxy_entry {
	char *option; /* that named it; NULL: the environment */
	struct nk_proxy *proxy;
	struct nk_creds_policy policy;
	struct nk_creds creds;
	struct nk_proxy_entry *next;
};

/* The password that is at hand, if any. */
static int login_know_password(struct nk_creds *creds, struct nk_proxy_login *login,
			       struct nk_err *err)
{
	int is_given = nk_creds_is_given(creds, err);

	if (is_given <= 0)
		return is_given;
	return nk_creds_copy(creds, NULL, &login->password, err);
}

static int login_find(void *finder, bool is_wanted, struct nk_proxy_login *login,
		      struct nk_err *err)
{
	struct nk_creds *creds = &((struct nk_proxy_entry *)finder)->creds;
	nk_auto(secret) struct nk_secret refused = login->password;
	const char *user = NULL;

	login->password = (struct nk_secret)NK_SECRET_INIT;
	if (nk_creds_user(creds, &user, err) < 0)
		return -1;
	if (!user)
		return 0;
	free(login->user);
	login->user = nk_strdup(user);
	if (!is_wanted)
		return login_know_password(creds, login, err) < 0 ? -1 : 1;
	if (nk_creds_copy(creds, nk_secret_is_set(&refused) ? &refused : NULL, &login->password,
			  err) < 0)
		return -1;
	return 1;
}

static bool is_same_option(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct nk_proxy_entry *entry_new(struct nk_proxy *proxy, const struct nk_net_policy *net,
					const struct nk_creds_policy *creds)
{
	struct nk_proxy_entry *entry = nk_alloc(sizeof(*entry));

	entry->option = nk_strdup(net->proxy);
	entry->proxy = proxy;
	if (!proxy)
		return entry;
	entry->policy = (struct nk_creds_policy){
		.password_fd = -1,
		.netrc = creds->netrc,
		.no_netrc = creds->no_netrc,
		.no_input = creds->no_input,
		.is_proxy = true,
	};
	nk_creds_setup(&entry->creds, &entry->policy, proxy->host, proxy->login.user);
	/* What its URL says is all that is asked. */
	entry->creds.is_looked_up = nk_secret_is_set(&proxy->login.password);
	entry->creds.password = proxy->login.password;
	proxy->login.password = (struct nk_secret)NK_SECRET_INIT;
	proxy->find_login = login_find;
	proxy->finder = entry;
	return entry;
}

int nk_proxies_find(struct nk_proxies *proxies, const struct nk_net_policy *net,
		    const struct nk_creds_policy *creds, const struct nk_proxy **proxy,
		    struct nk_err *err)
{
	struct nk_proxy_entry *entry = proxies->first;
	struct nk_proxy *made = NULL;

	while (entry && !is_same_option(entry->option, net->proxy))
		entry = entry->next;
	if (!entry) {
		if (nk_proxy_open(net->proxy, &made, err) < 0)
			return -1;
		entry = entry_new(made, net, creds);
		entry->next = proxies->first;
		proxies->first = entry;
	}
	*proxy = entry->proxy;
	return 0;
}

void nk_proxies_release(struct nk_proxies *proxies)
{
	while (proxies->first) {
		struct nk_proxy_entry *entry = proxies->first;

		proxies->first = entry->next;
		nk_creds_release(&entry->creds);
		nk_proxy_free(entry->proxy);
		free(entry->option);
		free(entry);
	}
}
