/*
 * mask.c -- see mask.h.
 */
#include "mask.h"

#include "json.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SECRET_LEAST = 3 }; /* shorter ones would blot out everything */

static void add(struct cti_mask *m, const char *secret, size_t len)
{
	struct cti_buf *v;

	if (len < SECRET_LEAST)
		return;
	v = reallocarray(m->secrets, m->n + 1, sizeof(*v));
	if (!v)
		return;
	m->secrets = v;
	v[m->n] = (struct cti_buf){ 0 };
	cti_buf_add(&v[m->n++], secret, len);
}

static void add_escaped(struct cti_mask *m, const char *secret)
{
	struct cti_buf url = { 0 }, json = { 0 };
	struct cti_jsonw w;

	for (const char *s = secret; *s; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			cti_buf_add(&url, s, 1);
		else
			cti_buf_printf(&url, "%%%02X", (unsigned char)*s);
	}
	cti_jsonw_init(&w, &json);
	cti_jsonw_str(&w, NULL, secret);
	if (!url.err && url.len && strcmp(url.data, secret) != 0)
		add(m, url.data, url.len);
	if (!json.err && json.len > 2)
		add(m, json.data + 1, json.len - 2);
	cti_buf_reset(&url);
	cti_buf_reset(&json);
}

static void on_secret(const char *secret, void *arg)
{
	add(arg, secret, strlen(secret));
	add_escaped(arg, secret);
}

int cti_mask_init(struct cti_mask *m, const struct cti_crm *crm)
{
	*m = (struct cti_mask){ 0 };
	crm->ops->secrets(crm, on_secret, m);
	for (size_t i = 0; i < m->n; i++) {
		if (m->secrets[i].err)
			return ENOMEM;
	}
	return 0;
}

void cti_mask_reset(struct cti_mask *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->secrets[i].data)
			explicit_bzero(m->secrets[i].data, m->secrets[i].len);
		cti_buf_reset(&m->secrets[i]);
	}
	free(m->secrets);
	*m = (struct cti_mask){ 0 };
}

/* Length of the secret that begins at s; 0 if none does. The longest wins. */
static size_t secret_at(const struct cti_mask *m, const char *s)
{
	size_t best = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->secrets[i].len > best &&
			strncmp(s, m->secrets[i].data, m->secrets[i].len) == 0)
			best = m->secrets[i].len;
	}
	return best;
}

/* "access_token":"...": how much of s stands before the value, 0 if it is none. */
static size_t token_member(const char *s)
{
	static const char *const names[] = { "access_token", "refresh_token", "id_token",
		"token", "session", "password", "client_secret" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const size_t n = strlen(names[i]);
		const char *p = s + 1;

		if (strncmp(p, names[i], n) != 0 || p[n] != '"')
			continue;
		p += n + 1;
		p += strspn(p, " \t");
		if (*p++ != ':')
			continue;
		p += strspn(p, " \t");
		if (*p == '"')
			return (size_t)(p - s) + 1;
	}
	return 0;
}

static size_t json_string_len(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n;
}

void cti_mask_text(const struct cti_mask *m, const char *text, struct cti_buf *out)
{
	while (*text) {
		const size_t secret = secret_at(m, text);
		const size_t lead = *text == '"' ? token_member(text) : 0;

		if (secret) {
			cti_buf_str(out, "****");
			text += secret;
		} else if (lead) {
			cti_buf_add(out, text, lead);
			cti_buf_str(out, "****");
			text += lead + json_string_len(text + lead);
		} else {
			cti_buf_add(out, text++, 1);
		}
	}
}

static bool is_credential(const char *name)
{
	static const char *const parts[] = { "authorization", "token", "key", "secret",
		"cookie", "password", "session", "auth" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcasestr(name, parts[i]))
			return true;
	}
	return false;
}

void cti_mask_header(const struct cti_mask *m, const char *name, const char *value,
	struct cti_buf *out)
{
	const char *space = strchr(value, ' ');

	if (!is_credential(name)) {
		cti_mask_text(m, value, out);
		return;
	}
	if (space) /* "Bearer", "Basic" */
		cti_buf_add(out, value, (size_t)(space - value) + 1);
	cti_buf_str(out, "****");
}
