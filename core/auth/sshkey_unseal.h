/*
 * Buffers for secret bytes, and the deciphering of OpenSSH's private keys.
 */
#ifndef CORE_AUTH_SSHKEY_UNSEAL_H
#define CORE_AUTH_SSHKEY_UNSEAL_H

#include "netkit/secret.h"
#include "sshkey_openssh.h"

/*
 * A buffer that has all its memory from the start, so that growing leaves no copies behind; all of it
 * is wiped when released.
 */
struct nk_buf nk_vault(size_t limit);
void nk_vault_release(struct nk_buf *vault);
NK_AUTO(vault, struct nk_buf, nk_vault_release)

/*
 * Decipher the private section into plain. passphrase: NULL for none. Returns 1, 0 when it needs a
 * passphrase or an authenticating cipher says that this one is wrong. Fails with usage, unsupported
 * (a cipher or key derivation that is not known), interrupt.
 */
NK_MUST_CHECK int nk_openssh_unseal(const struct nk_openssh_file *file,
				    const struct nk_secret *passphrase, struct nk_buf *plain,
				    struct nk_err *err);

#endif
