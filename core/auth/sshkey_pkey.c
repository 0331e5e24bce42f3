/* sshkey_pkey.c - keys inside OpenSSL, in the shapes of SSH (RFC 4253 6.6, 5656, 8332, 8709). */
#include "sshkey_pkey.h"

/* Coordinates of nistp521. */
#define EC_SIZE_MAX 66

/* Most numbers that a key is made of: n, e, d, p, q, d mod p - 1, d mod q - 1, 1/q mod p. */
#define PKEY_NUMBERS_MAX 8

/* RFC 5656 10.1 */
struct pkey_curve {
	const char *type;
	const char *name;
	const char *group; /* as OpenSSL calls it */
	int size;	   /* of a coordinate */
};

static const struct pkey_curve pkey_curves[] = {
	{ "ecdsa-sha2-nistp256", "nistp256", "prime256v1", 32 },
	{ "ecdsa-sha2-nistp384", "nistp384", "secp384r1", 48 },
	{ "ecdsa-sha2-nistp521", "nistp521", "secp521r1", EC_SIZE_MAX },
};

/* The library of a key that is there: it has been loaded. */
static const struct nk_ssl *pkey_ssl(void)
{
	struct nk_err ignored = NK_ERR_INIT;

	return nk_ssl(&ignored);
}

void nk_pkey_free(EVP_PKEY *pkey)
{
	if (pkey)
		pkey_ssl()->EVP_PKEY_free(pkey);
}

/* A key in the making: the numbers are kept until it is made, then wiped. */
struct pkey_parts {
	const struct nk_ssl *ssl;
	OSSL_PARAM_BLD *builder;
	BIGNUM *numbers[PKEY_NUMBERS_MAX];
	size_t count;
};

static void pkey_parts_release(struct pkey_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		parts->ssl->BN_clear_free(parts->numbers[i]);
	if (parts->builder)
		parts->ssl->OSSL_PARAM_BLD_free(parts->builder);
}
NK_AUTO(pkey_parts, struct pkey_parts, pkey_parts_release)

/* A secure number is what makes OpenSSL wipe its copy among the parameters too. */
static BIGNUM *pkey_number(struct pkey_parts *parts)
{
	BIGNUM *number = parts->ssl->BN_secure_new();

	if (number)
		parts->numbers[parts->count++] = number;
	return number;
}

/* Add a number under its parameter's name; NULL when that cannot be done. */
static BIGNUM *pkey_add(struct pkey_parts *parts, const char *name, const struct nk_sshwire *value)
{
	BIGNUM *number = pkey_number(parts);

	if (!number || !parts->ssl->BN_bin2bn(value->bytes, (int)value->length, number) ||
	    !parts->ssl->OSSL_PARAM_BLD_push_BN(parts->builder, name, number))
		return NULL;
	return number;
}

/* Add the exponent for one prime, d mod (p - 1); PROTOCOL.key leaves it to be computed. */
static bool pkey_add_remainder(struct pkey_parts *parts, const char *name, const BIGNUM *exponent,
			       const struct nk_sshwire *prime)
{
	const struct nk_ssl *ssl = parts->ssl;
	BN_CTX *context = ssl->BN_CTX_new();
	BIGNUM *less = ssl->BN_secure_new();
	BIGNUM *rest = pkey_number(parts);
	bool is_good =
		context && less && rest && ssl->BN_bin2bn(prime->bytes, (int)prime->length, less) &&
		ssl->BN_sub_word(less, 1) && ssl->BN_div(NULL, rest, exponent, less, context) &&
		ssl->OSSL_PARAM_BLD_push_BN(parts->builder, name, rest);

	ssl->BN_clear_free(less);
	ssl->BN_CTX_free(context);
	return is_good;
}

static bool pkey_rsa(struct pkey_parts *parts, const struct nk_openssh_private *from)
{
	const BIGNUM *exponent =
		pkey_add(parts, OSSL_PKEY_PARAM_RSA_D, &from->rsa.private_exponent);

	return exponent && pkey_add(parts, OSSL_PKEY_PARAM_RSA_N, &from->rsa.modulus) &&
	       pkey_add(parts, OSSL_PKEY_PARAM_RSA_E, &from->rsa.public_exponent) &&
	       pkey_add(parts, OSSL_PKEY_PARAM_RSA_FACTOR1, &from->rsa.p) &&
	       pkey_add(parts, OSSL_PKEY_PARAM_RSA_FACTOR2, &from->rsa.q) &&
	       pkey_add(parts, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &from->rsa.coefficient) &&
	       pkey_add_remainder(parts, OSSL_PKEY_PARAM_RSA_EXPONENT1, exponent, &from->rsa.p) &&
	       pkey_add_remainder(parts, OSSL_PKEY_PARAM_RSA_EXPONENT2, exponent, &from->rsa.q);
}

static bool pkey_ecdsa(struct pkey_parts *parts, const struct nk_openssh_private *from)
{
	for (size_t i = 0; i < NK_COUNT(pkey_curves); i++) {
		const struct pkey_curve *curve = &pkey_curves[i];

		if (!nk_sshwire_is(&from->type, curve->type) ||
		    !nk_sshwire_is(&from->ecdsa.curve, curve->name))
			continue;
		return parts->ssl->OSSL_PARAM_BLD_push_utf8_string(
			       parts->builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) &&
		       parts->ssl->OSSL_PARAM_BLD_push_octet_string(
			       parts->builder, OSSL_PKEY_PARAM_PUB_KEY, from->ecdsa.point.bytes,
			       from->ecdsa.point.length) &&
		       pkey_add(parts, OSSL_PKEY_PARAM_PRIV_KEY, &from->ecdsa.scalar);
	}
	return false;
}

/* name: "RSA", "EC". NULL when the parts are no key. */
static EVP_PKEY *pkey_assemble(struct pkey_parts *parts, const char *name)
{
	const struct nk_ssl *ssl = parts->ssl;
	OSSL_PARAM *params = ssl->OSSL_PARAM_BLD_to_param(parts->builder);
	EVP_PKEY_CTX *context = ssl->EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	EVP_PKEY *made = NULL;

	if (params && context && ssl->EVP_PKEY_fromdata_init(context) == 1 &&
	    ssl->EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params) != 1)
		made = NULL;
	ssl->EVP_PKEY_CTX_free(context);
	ssl->OSSL_PARAM_free(params);
	return made;
}

int nk_pkey_from_numbers(const struct nk_openssh_private *numbers, EVP_PKEY **pkey,
			 struct nk_err *err)
{
	const struct nk_ssl *ssl = nk_ssl(err);
	nk_auto(pkey_parts) struct pkey_parts parts = { .ssl = ssl };
	EVP_PKEY *made = NULL;

	if (!ssl)
		return -1;
	parts.builder = ssl->OSSL_PARAM_BLD_new();
	if (nk_sshwire_is(&numbers->type, "ssh-ed25519"))
		made = ssl->EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
							 numbers->seed.bytes, numbers->seed.length);
	else if (parts.builder && nk_sshwire_is(&numbers->type, "ssh-rsa") &&
		 pkey_rsa(&parts, numbers))
		made = pkey_assemble(&parts, "RSA");
	else if (parts.builder && pkey_ecdsa(&parts, numbers))
		made = pkey_assemble(&parts, "EC");
	ssl->ERR_clear_error();
	if (!made)
		return nk_fail(err, NK_E_USAGE, 0, "its numbers make no key of type %.*s",
			       (int)numbers->type.length, numbers->type.bytes);
	*pkey = made;
	return 0;
}

struct pkey_asked {
	const struct nk_secret *passphrase;
	bool was_asked;
};

static int pkey_passphrase(char *out, int size, int is_writing, void *arg)
{
	struct pkey_asked *asked = arg;

	(void)is_writing;
	asked->was_asked = true;
	if (!asked->passphrase || size < 0 || asked->passphrase->len > (size_t)size)
		return -1;
	memcpy(out, asked->passphrase->bytes, asked->passphrase->len);
	return (int)asked->passphrase->len;
}

int nk_pkey_from_pem(const char *text, size_t length, const struct nk_secret *passphrase,
		     EVP_PKEY **pkey, struct nk_err *err)
{
	const struct nk_ssl *ssl = nk_ssl(err);
	struct pkey_asked asked = { .passphrase = passphrase };
	EVP_PKEY *made = NULL;
	BIO *bio;

	if (!ssl)
		return -1;
	bio = ssl->BIO_new_mem_buf(text, (int)length);
	if (bio)
		made = ssl->PEM_read_bio_PrivateKey(bio, NULL, pkey_passphrase, &asked);
	ssl->BIO_free(bio);
	ssl->ERR_clear_error();
	if (!made && asked.was_asked)
		return 0;
	if (!made)
		return nk_fail(err, NK_E_USAGE, 0, "not a private key that can be read");
	*pkey = made;
	return 1;
}

/* Add one number of the key as mpint. */
static bool pkey_show_number(EVP_PKEY *pkey, const char *name, struct nk_buf *blob)
{
	const struct nk_ssl *ssl = pkey_ssl();
	unsigned char bytes[NK_OPENSSH_NUMBER_MAX];
	BIGNUM *number = NULL;
	bool is_good = ssl->EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
		       ssl->BN_bn2binpad(number, bytes, sizeof(bytes)) == (int)sizeof(bytes) &&
		       nk_sshwire_add_mpint(blob, bytes, sizeof(bytes)) == 0;

	ssl->BN_clear_free(number);
	return is_good;
}

static bool pkey_coordinate(EVP_PKEY *pkey, const char *name, unsigned char *out, int size)
{
	const struct nk_ssl *ssl = pkey_ssl();
	BIGNUM *number = NULL;
	bool is_good = ssl->EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
		       ssl->BN_bn2binpad(number, out, size) == size;

	ssl->BN_clear_free(number);
	return is_good;
}

/* The curve of an EC key; NULL for those SSH does not have. */
static const struct pkey_curve *pkey_curve(EVP_PKEY *pkey)
{
	char group[64] = "";
	size_t length = 0;

	if (pkey_ssl()->EVP_PKEY_get_group_name(pkey, group, sizeof(group), &length) != 1)
		return NULL;
	for (size_t i = 0; i < NK_COUNT(pkey_curves); i++) {
		if (strcmp(group, pkey_curves[i].group) == 0)
			return &pkey_curves[i];
	}
	return NULL;
}

/* The blob of one type after its name; false when it cannot be made. */
static bool pkey_show_rsa(EVP_PKEY *pkey, struct nk_buf *blob)
{
	return pkey_show_number(pkey, OSSL_PKEY_PARAM_RSA_E, blob) &&
	       pkey_show_number(pkey, OSSL_PKEY_PARAM_RSA_N, blob);
}

static bool pkey_show_ecdsa(EVP_PKEY *pkey, const struct pkey_curve *curve, struct nk_buf *blob)
{
	/* SEC 1 2.3.3: uncompressed, whatever form the file had */
	unsigned char point[1 + 2 * EC_SIZE_MAX] = { 4 };

	return pkey_coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_X, point + 1, curve->size) &&
	       pkey_coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + curve->size,
			       curve->size) &&
	       nk_sshwire_add_string(blob, curve->name, strlen(curve->name)) == 0 &&
	       nk_sshwire_add_string(blob, point, 1 + 2 * (size_t)curve->size) == 0;
}

static bool pkey_show_ed25519(EVP_PKEY *pkey, struct nk_buf *blob)
{
	unsigned char bytes[NK_OPENSSH_ED25519_SIZE];
	size_t length = sizeof(bytes);

	return pkey_ssl()->EVP_PKEY_get_raw_public_key(pkey, bytes, &length) == 1 &&
	       nk_sshwire_add_string(blob, bytes, length) == 0;
}

/* The name of the key's type in SSH. */
static int pkey_type(EVP_PKEY *pkey, const char **type, struct nk_err *err)
{
	const struct nk_ssl *ssl = pkey_ssl();
	const struct pkey_curve *curve;
	int bits = ssl->EVP_PKEY_get_bits(pkey);

	switch (ssl->EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		if (bits < NK_SSHKEY_RSA_MIN || bits > NK_SSHKEY_RSA_MAX)
			return nk_fail(err, NK_E_UNSUPPORTED, 0,
				       "an rsa key of %d bits: %d to %d are supported", bits,
				       NK_SSHKEY_RSA_MIN, NK_SSHKEY_RSA_MAX);
		*type = "ssh-rsa";
		return 0;
	case EVP_PKEY_EC:
		curve = pkey_curve(pkey);
		if (!curve)
			return nk_fail(err, NK_E_UNSUPPORTED, 0,
				       "an ecdsa key on a curve that ssh does not have");
		*type = curve->type;
		return 0;
	case EVP_PKEY_ED25519:
		*type = "ssh-ed25519";
		return 0;
	case EVP_PKEY_DSA:
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "dsa keys are not supported");
	default:
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "a key of a type that ssh does not have");
	}
}

int nk_pkey_describe(EVP_PKEY *pkey, const char **type, struct nk_buf *blob, struct nk_err *err)
{
	size_t before = blob->len;
	const char *name = NULL;
	bool is_good;

	if (pkey_type(pkey, &name, err) < 0)
		return -1;
	is_good = nk_sshwire_add_string(blob, name, strlen(name)) == 0;
	if (is_good && strcmp(name, "ssh-rsa") == 0)
		is_good = pkey_show_rsa(pkey, blob);
	else if (is_good && strcmp(name, "ssh-ed25519") == 0)
		is_good = pkey_show_ed25519(pkey, blob);
	else if (is_good)
		is_good = pkey_show_ecdsa(pkey, pkey_curve(pkey), blob);
	pkey_ssl()->ERR_clear_error();
	if (!is_good) {
		nk_buf_cut(blob, before);
		return nk_fail(err, NK_E_USAGE, 0, "its public half cannot be had");
	}
	*type = name;
	return 0;
}

/* The hash of a signature algorithm; NULL for ed25519, which has its own. */
static const EVP_MD *pkey_hash(const char *algorithm)
{
	const struct nk_ssl *ssl = pkey_ssl();

	if (strcmp(algorithm, "rsa-sha2-512") == 0 || strcmp(algorithm, "ecdsa-sha2-nistp521") == 0)
		return ssl->EVP_sha512();
	if (strcmp(algorithm, "rsa-sha2-256") == 0 || strcmp(algorithm, "ecdsa-sha2-nistp256") == 0)
		return ssl->EVP_sha256();
	if (strcmp(algorithm, "ecdsa-sha2-nistp384") == 0)
		return ssl->EVP_sha384();
	return strcmp(algorithm, "ssh-rsa") == 0 ? ssl->EVP_sha1() : NULL;
}

static bool pkey_has_algorithm(const char *type, const char *algorithm)
{
	if (strcmp(type, algorithm) == 0)
		return true;
	return strcmp(type, "ssh-rsa") == 0 &&
	       (strcmp(algorithm, "rsa-sha2-256") == 0 || strcmp(algorithm, "rsa-sha2-512") == 0);
}

/* A DER value of the given tag, at most 255 bytes long. */
static bool pkey_der(struct nk_sshwire *in, unsigned char tag, struct nk_sshwire *value)
{
	unsigned char seen;
	unsigned char length;

	if (!nk_sshwire_byte(in, &seen) || seen != tag || !nk_sshwire_byte(in, &length))
		return false;
	if (length == 0x81 && !nk_sshwire_byte(in, &length))
		return false;
	if (length > in->length)
		return false;
	*value = (struct nk_sshwire){ in->bytes, length };
	in->bytes += length;
	in->length -= length;
	return true;
}

/* RFC 5656 3.1.2: mpint r, mpint s; a DER INTEGER has the bytes of an mpint. */
static bool pkey_add_ecdsa(const unsigned char *der, size_t length, struct nk_buf *signature)
{
	struct nk_sshwire in = { der, length };
	struct nk_sshwire both;
	struct nk_sshwire r;
	struct nk_sshwire s;
	size_t before = signature->len;

	if (!pkey_der(&in, 0x30, &both) || !pkey_der(&both, 2, &r) || !pkey_der(&both, 2, &s))
		return false;
	if (nk_sshwire_add_string(signature, r.bytes, r.length) == 0 &&
	    nk_sshwire_add_string(signature, s.bytes, s.length) == 0)
		return true;
	nk_buf_cut(signature, before);
	return false;
}

int nk_pkey_sign(EVP_PKEY *pkey, const char *algorithm, const struct nk_sshwire *data,
		 struct nk_buf *signature, struct nk_err *err)
{
	const struct nk_ssl *ssl = pkey_ssl();
	unsigned char made[NK_SSHKEY_RSA_MAX / 8];
	size_t length = sizeof(made);
	const char *type = NULL;
	EVP_MD_CTX *context;
	bool is_good;

	if (pkey_type(pkey, &type, err) < 0)
		return -1;
	if (!pkey_has_algorithm(type, algorithm))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "a key of type %s makes no %s signatures",
			       type, algorithm);
	context = ssl->EVP_MD_CTX_new();
	is_good = context &&
		  ssl->EVP_DigestSignInit(context, NULL, pkey_hash(algorithm), NULL, pkey) == 1 &&
		  ssl->EVP_DigestSign(context, made, &length, data->bytes, data->length) == 1;
	ssl->EVP_MD_CTX_free(context);
	ssl->ERR_clear_error();
	if (is_good && strncmp(type, "ecdsa-", 6) == 0)
		is_good = pkey_add_ecdsa(made, length, signature);
	else if (is_good)
		is_good = nk_buf_add(signature, made, length) == 0;
	if (!is_good)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "no %s signature can be made", algorithm);
	return 0;
}
