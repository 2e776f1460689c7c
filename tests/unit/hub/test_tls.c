/*
 * test_tls.c -- the hub under TLS: a cookie that stays on it, an origin with https,
 * no old versions.
 */
#include "support.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char cert_path[] = "/tmp/rbcertXXXXXX";
static char key_path[] = "/tmp/rbkeyXXXXXX";

static void write_pem(char *path, X509 *cert, EVP_PKEY *key)
{
	const int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	assert_non_null(f);
	assert_int_equal(cert ? PEM_write_X509(f, cert)
			      : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL),
		1);
	assert_int_equal(fclose(f), 0);
}

static int make_certificate(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	(void)state;
	assert_non_null(key);
	assert_int_equal(X509_set_version(cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				 (const unsigned char *)"hub.test", -1, -1, 0),
		1);
	assert_int_equal(X509_set_issuer_name(cert, name), 1);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	write_pem(cert_path, cert, NULL);
	write_pem(key_path, NULL, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return 0;
}

static int remove_certificate(void **state)
{
	(void)state;
	(void)unlink(cert_path);
	(void)unlink(key_path);
	return 0;
}

static void with_tls(struct cti_hub_conf *conf)
{
	conf->tls_cert = cert_path;
	conf->tls_key = key_path;
}

/* One request over TLS of at most this version. False: no handshake. */
static bool ask_tls(
	const struct hub *t, int version, const char *request, char *answer, size_t size)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	struct peer p;
	size_t have = 0;
	int n = 0;
	bool ok;

	/* Old versions need the lowest level, or the client itself refuses them. */
	SSL_set_security_level(ssl, 0);
	assert_int_equal(SSL_set_max_proto_version(ssl, version), 1);
	peer_open(&p, t, NULL);
	assert_int_equal(SSL_set_fd(ssl, p.fd), 1);
	ok = SSL_connect(ssl) == 1;
	if (ok)
		assert_true(SSL_write(ssl, request, (int)strlen(request)) > 0);
	while (ok && have + 1 < size &&
		(n = SSL_read(ssl, answer + have, (int)(size - have - 1))) > 0)
		have += (size_t)n;
	answer[have] = '\0';
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	peer_close(&p);
	return ok;
}

static void test_login(void **state)
{
	static const char body[] = "{\"name\":\"aoki\",\"password\":\"pw-aoki\"}";
	char request[500];
	char answer[8192];
	struct hub t;

	(void)state;
	hub_up(&t, with_tls);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(request, sizeof(request),
			"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
			"Origin: %s://%s:%u\r\nX-Ringbridge: 1\r\n"
			"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			i ? "https" : "http", t.addr, t.port, strlen(body), body);
		assert_true(ask_tls(&t, TLS1_3_VERSION, request, answer, sizeof(answer)));
		if (!i) {
			assert_non_null(strstr(answer, "HTTP/1.1 403"));
			continue;
		}
		assert_non_null(strstr(answer, "HTTP/1.1 200"));
		assert_non_null(strstr(answer, "; Secure"));
		assert_non_null(strstr(answer, "Strict-Transport-Security"));
	}
	hub_down(&t);
}

static void test_versions(void **state)
{
	static const char request[] =
		"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	char answer[4096];
	struct response r;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, with_tls);
	assert_true(ask_tls(&t, TLS1_2_VERSION, request, answer, sizeof(answer)));
	assert_non_null(strstr(answer, "200 OK"));
	assert_false(ask_tls(&t, TLS1_1_VERSION, request, answer, sizeof(answer)));
	assert_false(ask_tls(&t, TLS1_VERSION, request, answer, sizeof(answer)));
	/* Plain HTTP on this port gets nothing. */
	peer_open(&p, &t, NULL);
	peer_ask(&p, &r, request, strlen(request));
	assert_int_equal(r.status, 0);
	response_reset(&r);
	peer_close(&p);
	hub_down(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
