/* tlsfacts.c - what a TLS peer's certificates say of it (RFC 5280). */
#include "tlslayer.h"

#include <arpa/inet.h>

#include "netkit/clock.h"
#include "netkit/codec.h"

/* Longest name that is shown, of one certificate and of all whom it is for. */
#define FACTS_NAME_MAX	1024
#define FACTS_NAMES_MAX 4096

/* How a name is written: RFC 2253's order and escapes, but UTF-8 as it is. */
#define FACTS_NAME_FORM                                                                            \
	((XN_FLAG_RFC2253 | ASN1_STRFLGS_UTF8_CONVERT) & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)

bool tls_pin_of(const struct nk_ssl *ssl, X509 *cert, char pin[NK_PIN_TEXT])
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_PIN_TEXT - 1);
	unsigned char *der = NULL;
	unsigned char hash[32];
	unsigned int hash_size = 0;
	int length = ssl->i2d_X509_PUBKEY(ssl->X509_get_X509_PUBKEY(cert), &der);
	EVP_MD_CTX *md = ssl->EVP_MD_CTX_new();
	bool is_hashed = length > 0 && md && ssl->EVP_DigestInit_ex(md, ssl->EVP_sha256(), NULL) &&
			 ssl->EVP_DigestUpdate(md, der, (size_t)length) &&
			 ssl->EVP_DigestFinal_ex(md, hash, &hash_size);

	ssl->EVP_MD_CTX_free(md);
	if (der)
		ssl->CRYPTO_free(der, __FILE__, __LINE__);
	if (!is_hashed || nk_buf_add_text(&text, "sha256//") < 0 ||
	    nk_base64_encode(&text, hash, hash_size) < 0)
		return false;
	nk_copy_text(pin, NK_PIN_TEXT, text.data);
	return true;
}

static const char *facts_keep(struct nk_arena *arena, const char *text)
{
	return text ? nk_arena_strndup(arena, text, strlen(text)) : NULL;
}

/* NULL where it cannot be written. */
static const char *facts_name(const struct nk_ssl *ssl, const X509_NAME *name,
			      struct nk_arena *arena)
{
	BIO *bio = ssl->BIO_new(ssl->BIO_s_mem());
	char text[FACTS_NAME_MAX];
	int length = 0;

	if (bio && ssl->X509_NAME_print_ex(bio, name, 0, FACTS_NAME_FORM) >= 0)
		length = ssl->BIO_read(bio, text, sizeof(text));
	if (bio)
		ssl->BIO_free(bio);
	return length > 0 ? nk_arena_strndup(arena, text, strnlen(text, (size_t)length)) : NULL;
}

static int64_t facts_time(const struct nk_ssl *ssl, const ASN1_TIME *time)
{
	struct tm utc;

	return time && ssl->ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) : -1;
}

/* A name of subjectAltName as text; empty for kinds that no host is known by (RFC 5280 4.2.1.6). */
static void facts_alternative(const struct nk_ssl *ssl, const GENERAL_NAME *name, char *text,
			      size_t size)
{
	const unsigned char *bytes;
	int length;

	text[0] = '\0';
	if (name->type != GEN_DNS && name->type != GEN_IPADD)
		return;
	bytes = ssl->ASN1_STRING_get0_data(name->type == GEN_DNS ? name->d.dNSName
								 : name->d.iPAddress);
	length = ssl->ASN1_STRING_length(name->type == GEN_DNS ? name->d.dNSName
							       : name->d.iPAddress);
	if (name->type == GEN_IPADD && length == 4)
		inet_ntop(AF_INET, bytes, text, (socklen_t)size);
	else if (name->type == GEN_IPADD && length == 16)
		inet_ntop(AF_INET6, bytes, text, (socklen_t)size);
	else if (name->type == GEN_DNS && length > 0 && (size_t)length < size) {
		memcpy(text, bytes, (size_t)length);
		text[length] = '\0';
	}
}

static const char *facts_alternatives(const struct nk_ssl *ssl, X509 *cert, struct nk_arena *arena)
{
	GENERAL_NAMES *names = ssl->X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	nk_auto(buf) struct nk_buf list = NK_BUF_INIT(FACTS_NAMES_MAX);
	int count = names ? ssl->OPENSSL_sk_num((const OPENSSL_STACK *)names) : 0;

	for (int i = 0; i < count; i++) {
		char text[FACTS_NAME_MAX];

		facts_alternative(ssl, ssl->OPENSSL_sk_value((const OPENSSL_STACK *)names, i), text,
				  sizeof(text));
		if (text[0] != '\0' &&
		    nk_buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", text) < 0)
			break;
	}
	if (names)
		ssl->GENERAL_NAMES_free(names);
	return list.len > 0 ? facts_keep(arena, list.data) : NULL;
}

static void facts_cert(const struct nk_ssl *ssl, X509 *cert, struct nk_arena *arena,
		       struct nk_tls_cert *fact)
{
	fact->subject = facts_name(ssl, ssl->X509_get_subject_name(cert), arena);
	fact->issuer = facts_name(ssl, ssl->X509_get_issuer_name(cert), arena);
	fact->since = facts_time(ssl, ssl->X509_get0_notBefore(cert));
	fact->until = facts_time(ssl, ssl->X509_get0_notAfter(cert));
}

void tls_facts_take(const struct tls_layer *layer, X509_STORE_CTX *store, struct nk_arena *arena,
		    struct nk_tls_facts *facts)
{
	const struct nk_ssl *ssl = layer->ssl;
	const SSL_CIPHER *cipher = ssl->SSL_get_current_cipher(layer->tls);
	X509 *leaf = ssl->X509_STORE_CTX_get0_cert(store);
	const OPENSSL_STACK *sent =
		(const OPENSSL_STACK *)ssl->X509_STORE_CTX_get0_untrusted(store);
	int count = sent ? ssl->OPENSSL_sk_num(sent) : 0;

	*facts = (struct nk_tls_facts){ 0 };
	facts->version = facts_keep(arena, ssl->SSL_get_version(layer->tls));
	if (cipher)
		facts->cipher = facts_keep(arena, ssl->SSL_CIPHER_get_name(cipher));
	for (int i = 0; i < count && i < NK_TLS_CHAIN_MAX; i++)
		facts_cert(ssl, ssl->OPENSSL_sk_value(sent, i), arena,
			   &facts->chain[facts->chain_count++]);
	if (leaf) {
		facts->names = facts_alternatives(ssl, leaf, arena);
		(void)tls_pin_of(ssl, leaf, facts->pin);
	}
	ssl->ERR_clear_error();
}

/* "2026-01-02", or "?" */
static const char *facts_date(int64_t seconds, char out[NK_CLOCK_TEXT])
{
	if (seconds < 0)
		return "?";
	nk_clock_rfc3339(seconds, out);
	out[strcspn(out, "T")] = '\0';
	return out;
}

char *nk_tls_facts_text(const struct nk_tls_facts *facts)
{
	const struct nk_tls_cert *cert = &facts->chain[0];
	char subject[FACTS_NAME_MAX];
	char issuer[FACTS_NAME_MAX];
	char names[FACTS_NAME_MAX];
	char since[NK_CLOCK_TEXT];
	char until[NK_CLOCK_TEXT];

	if (facts->chain_count == 0)
		return nk_strdup("");
	nk_text_safe(subject, sizeof(subject), cert->subject ? cert->subject : "?");
	nk_text_safe(issuer, sizeof(issuer), cert->issuer ? cert->issuer : "?");
	nk_text_safe(names, sizeof(names), facts->names ? facts->names : "no host");
	return nk_format("It is %s's, for %s, issued by %s,\ngood from %s until %s.\n", subject,
			 names, issuer, facts_date(cert->since, since),
			 facts_date(cert->until, until));
}
