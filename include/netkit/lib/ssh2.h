/*
 * libssh2 as a table of functions that is loaded on first use: the SSH transport and its channels.
 * Its own SFTP is not used: ours is in applets/sftp.
 */
#ifndef NETKIT_LIB_SSH2_H
#define NETKIT_LIB_SSH2_H

/* 1.11 has new names for some functions of 1.10, and warns of the old ones. */
#define LIBSSH2_DISABLE_DEPRECATION
#include <libssh2.h>

#include "netkit/dl.h"

#define NK_SSH2_SYMBOLS(X)                                                                         \
	X(libssh2_init)                                                                            \
	X(libssh2_version)                                                                         \
	X(libssh2_session_init_ex)                                                                 \
	X(libssh2_session_abstract)                                                                \
	X(libssh2_session_callback_set)                                                            \
	X(libssh2_session_set_blocking)                                                            \
	X(libssh2_session_block_directions)                                                        \
	X(libssh2_session_method_pref)                                                             \
	X(libssh2_session_methods)                                                                 \
	X(libssh2_session_flag)                                                                    \
	X(libssh2_session_banner_set)                                                              \
	X(libssh2_session_banner_get)                                                              \
	X(libssh2_session_supported_algs)                                                          \
	X(libssh2_session_handshake)                                                               \
	X(libssh2_session_hostkey)                                                                 \
	X(libssh2_session_last_error)                                                              \
	X(libssh2_session_last_errno)                                                              \
	X(libssh2_session_disconnect_ex)                                                           \
	X(libssh2_session_free)                                                                    \
	X(libssh2_free)                                                                            \
	X(libssh2_userauth_list)                                                                   \
	X(libssh2_userauth_authenticated)                                                          \
	X(libssh2_userauth_password_ex)                                                            \
	X(libssh2_userauth_publickey)                                                              \
	X(libssh2_userauth_keyboard_interactive_ex)                                                \
	X(libssh2_keepalive_config)                                                                \
	X(libssh2_keepalive_send)                                                                  \
	X(libssh2_channel_open_ex)                                                                 \
	X(libssh2_channel_direct_tcpip_ex)                                                         \
	X(libssh2_channel_process_startup)                                                         \
	X(libssh2_channel_read_ex)                                                                 \
	X(libssh2_channel_write_ex)                                                                \
	X(libssh2_channel_window_read_ex)                                                          \
	X(libssh2_channel_receive_window_adjust2)                                                  \
	X(libssh2_channel_send_eof)                                                                \
	X(libssh2_channel_eof)                                                                     \
	X(libssh2_channel_close)                                                                   \
	X(libssh2_channel_wait_closed)                                                             \
	X(libssh2_channel_get_exit_status)                                                         \
	X(libssh2_channel_get_exit_signal)                                                         \
	X(libssh2_channel_free)

struct nk_ssh2 {
	NK_SSH2_SYMBOLS(NK_DL_MEMBER)
};

/* The table; loads libssh2 on first use. Fails with unsupported, naming the missing library. */
const struct nk_ssh2 *nk_ssh2(struct nk_err *err);

#endif
