/*
 * OpenSSL 3 as a table of functions that is loaded on first use: TLS, hashes and SSH keys.
 */
#ifndef NETKIT_LIB_SSL_H
#define NETKIT_LIB_SSL_H

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "netkit/dl.h"

#define NK_SSL_SYMBOLS(X)                                                                          \
	X(TLS_client_method)                                                                       \
	X(SSL_CTX_new)                                                                             \
	X(SSL_CTX_free)                                                                            \
	X(SSL_CTX_ctrl)                                                                            \
	X(SSL_CTX_set_options)                                                                     \
	X(SSL_CTX_set_verify)                                                                      \
	X(SSL_CTX_set_cipher_list)                                                                 \
	X(SSL_CTX_set_ciphersuites)                                                                \
	X(SSL_CTX_set_default_verify_dir)                                                          \
	X(SSL_CTX_set_default_verify_paths)                                                        \
	X(SSL_CTX_load_verify_file)                                                                \
	X(SSL_CTX_load_verify_dir)                                                                 \
	X(SSL_CTX_use_certificate_chain_file)                                                      \
	X(SSL_CTX_use_PrivateKey_file)                                                             \
	X(SSL_CTX_check_private_key)                                                               \
	X(SSL_CTX_set_default_passwd_cb)                                                           \
	X(SSL_CTX_sess_set_new_cb)                                                                 \
	X(SSL_CTX_set_keylog_callback)                                                             \
	X(SSL_CTX_set_default_read_buffer_len)                                                     \
	X(SSL_new)                                                                                 \
	X(SSL_free)                                                                                \
	X(SSL_set_fd)                                                                              \
	X(SSL_set1_host)                                                                           \
	X(SSL_set_hostflags)                                                                       \
	X(SSL_get0_param)                                                                          \
	X(SSL_ctrl)                                                                                \
	X(SSL_set_ex_data)                                                                         \
	X(SSL_get_ex_data)                                                                         \
	X(SSL_set_session)                                                                         \
	X(SSL_get1_session)                                                                        \
	X(SSL_session_reused)                                                                      \
	X(SSL_SESSION_dup)                                                                         \
	X(SSL_SESSION_free)                                                                        \
	X(SSL_connect)                                                                             \
	X(SSL_read)                                                                                \
	X(SSL_write)                                                                               \
	X(SSL_shutdown)                                                                            \
	X(SSL_has_pending)                                                                         \
	X(SSL_get_error)                                                                           \
	X(SSL_get_verify_result)                                                                   \
	X(SSL_get_version)                                                                         \
	X(SSL_get_current_cipher)                                                                  \
	X(SSL_CIPHER_get_name)                                                                     \
	X(SSL_get1_peer_certificate)                                                               \
	X(X509_VERIFY_PARAM_set1_ip_asc)                                                           \
	X(X509_verify_cert_error_string)                                                           \
	X(X509_get_X509_PUBKEY)                                                                    \
	X(X509_get_subject_name)                                                                   \
	X(X509_NAME_oneline)                                                                       \
	X(X509_free)                                                                               \
	X(i2d_X509_PUBKEY)                                                                         \
	X(SSL_CTX_set_cert_verify_callback)                                                        \
	X(SSL_get_ex_data_X509_STORE_CTX_idx)                                                      \
	X(X509_STORE_CTX_get_ex_data)                                                              \
	X(X509_STORE_CTX_get_error)                                                                \
	X(X509_STORE_CTX_set_error)                                                                \
	X(X509_STORE_CTX_get0_cert)                                                                \
	X(X509_STORE_CTX_get0_untrusted)                                                           \
	X(X509_verify_cert)                                                                        \
	X(X509_get_issuer_name)                                                                    \
	X(X509_get0_notBefore)                                                                     \
	X(X509_get0_notAfter)                                                                      \
	X(X509_get_ext_d2i)                                                                        \
	X(X509_NAME_print_ex)                                                                      \
	X(ASN1_TIME_to_tm)                                                                         \
	X(ASN1_STRING_get0_data)                                                                   \
	X(ASN1_STRING_length)                                                                      \
	X(GENERAL_NAMES_free)                                                                      \
	X(OPENSSL_sk_num)                                                                          \
	X(OPENSSL_sk_value)                                                                        \
	X(BIO_new)                                                                                 \
	X(BIO_s_mem)                                                                               \
	X(BIO_read)                                                                                \
	X(ERR_get_error)                                                                           \
	X(ERR_peek_error)                                                                          \
	X(ERR_clear_error)                                                                         \
	X(ERR_error_string_n)                                                                      \
	X(ERR_reason_error_string)                                                                 \
	X(EVP_MD_CTX_new)                                                                          \
	X(EVP_MD_CTX_free)                                                                         \
	X(EVP_DigestInit_ex)                                                                       \
	X(EVP_DigestUpdate)                                                                        \
	X(EVP_DigestFinal_ex)                                                                      \
	X(EVP_md5)                                                                                 \
	X(EVP_sha1)                                                                                \
	X(EVP_sha256)                                                                              \
	X(EVP_sha512)                                                                              \
	X(EVP_MAC_fetch)                                                                           \
	X(EVP_MAC_free)                                                                            \
	X(EVP_MAC_CTX_new)                                                                         \
	X(EVP_MAC_CTX_free)                                                                        \
	X(EVP_MAC_CTX_set_params)                                                                  \
	X(EVP_MAC_init)                                                                            \
	X(EVP_MAC_update)                                                                          \
	X(EVP_MAC_final)                                                                           \
	X(CRYPTO_free)                                                                             \
	X(EVP_sha384)                                                                              \
	X(EVP_Digest)                                                                              \
	X(EVP_CIPHER_fetch)                                                                        \
	X(EVP_CIPHER_free)                                                                         \
	X(EVP_CIPHER_CTX_new)                                                                      \
	X(EVP_CIPHER_CTX_free)                                                                     \
	X(EVP_CIPHER_CTX_ctrl)                                                                     \
	X(EVP_CIPHER_CTX_set_padding)                                                              \
	X(EVP_DecryptInit_ex)                                                                      \
	X(EVP_DecryptUpdate)                                                                       \
	X(EVP_DecryptFinal_ex)                                                                     \
	X(EVP_DigestSignInit)                                                                      \
	X(EVP_DigestSign)                                                                          \
	X(EVP_PKEY_free)                                                                           \
	X(EVP_PKEY_get_base_id)                                                                    \
	X(EVP_PKEY_get_bits)                                                                       \
	X(EVP_PKEY_get_group_name)                                                                 \
	X(EVP_PKEY_get_bn_param)                                                                   \
	X(EVP_PKEY_get_raw_public_key)                                                             \
	X(EVP_PKEY_new_raw_private_key)                                                            \
	X(EVP_PKEY_CTX_new_from_name)                                                              \
	X(EVP_PKEY_CTX_free)                                                                       \
	X(EVP_PKEY_fromdata_init)                                                                  \
	X(EVP_PKEY_fromdata)                                                                       \
	X(OSSL_PARAM_BLD_new)                                                                      \
	X(OSSL_PARAM_BLD_free)                                                                     \
	X(OSSL_PARAM_BLD_push_BN)                                                                  \
	X(OSSL_PARAM_BLD_push_utf8_string)                                                         \
	X(OSSL_PARAM_BLD_push_octet_string)                                                        \
	X(OSSL_PARAM_BLD_to_param)                                                                 \
	X(OSSL_PARAM_free)                                                                         \
	X(BN_bin2bn)                                                                               \
	X(BN_bn2binpad)                                                                            \
	X(BN_num_bits)                                                                             \
	X(BN_secure_new)                                                                           \
	X(BN_clear_free)                                                                           \
	X(BN_CTX_new)                                                                              \
	X(BN_CTX_free)                                                                             \
	X(BN_div)                                                                                  \
	X(BN_sub_word)                                                                             \
	X(BIO_new_mem_buf)                                                                         \
	X(BIO_free)                                                                                \
	X(PEM_read_bio_PrivateKey)

struct nk_ssl {
	NK_SSL_SYMBOLS(NK_DL_MEMBER)
};

/* The table; loads libssl (and libcrypto with it) on first use. Fails with unsupported, naming the
 * missing library. */
const struct nk_ssl *nk_ssl(struct nk_err *err);

#endif
