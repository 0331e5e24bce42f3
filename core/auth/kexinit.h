/*
 * The lists of algorithms that a server opens with (RFC 4253 7.1), to say what two sides lack.
 */
#ifndef CORE_AUTH_KEXINIT_H
#define CORE_AUTH_KEXINIT_H

#include "sshwire.h"

/* In the order of the packet; compression and languages follow and do not matter. */
enum nk_kexinit_list {
	NK_KEXINIT_KEX,
	NK_KEXINIT_HOSTKEY,
	NK_KEXINIT_CIPHER_OUT, /* client to server */
	NK_KEXINIT_CIPHER_IN,
	NK_KEXINIT_MAC_OUT,
	NK_KEXINIT_MAC_IN,
	NK_KEXINIT_LISTS,
};

struct nk_kexinit {
	struct nk_sshwire lists[NK_KEXINIT_LISTS]; /* names with commas; borrowed */
};

/* "key exchange", "host key type", ...: what the list holds. */
const char *nk_kexinit_name(enum nk_kexinit_list list);

/*
 * The identification line among the first bytes of a server, which lines of its own may precede
 * (RFC 4253 4.2): its length without the line end, with *start set; 0 while there is none. Pure.
 */
size_t nk_kexinit_banner(const unsigned char *bytes, size_t length, const unsigned char **start);

/* Find and read the first KEXINIT among the first bytes of a server. false: it is not there whole,
 * or broken. Pure. */
bool nk_kexinit_parse(const unsigned char *bytes, size_t length, struct nk_kexinit *kexinit);

/* Have two lists a name in common? ours: with commas, terminated. */
bool nk_kexinit_agrees(const struct nk_sshwire *theirs, const char *ours);

#endif
