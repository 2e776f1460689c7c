/*
 * notifier.c -- see notifier.h.
 */
#include "notifier.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "str.h"

struct notifier {
	pthread_t thread;
	int fd;
	uint16_t port;
	const char *const *words;
	atomic_bool stop;
	atomic_uint subscribes, invites, refers, byes, answer;
	pthread_mutex_t lock; /* all below */
	const char *const *invite_words, *const *refer_words;
	struct sockaddr_in watcher;
	char last[4096];
	char invite[4096]; /* the last one */
	unsigned cseq;
};

/* The value of a header, up to the line's end. */
static void header(char *buf, size_t size, const char *msg, const char *name)
{
	char key[64];
	const char *p;

	buf[0] = '\0';
	(void)snprintf(key, sizeof(key), "\r\n%s: ", name);
	p = strstr(msg, key);
	if (p) {
		p += strlen(key);
		(void)snprintf(buf, size, "%.*s", (int)strcspn(p, "\r\n"), p);
	}
}

static void send_text(struct notifier *n, const char *text)
{
	(void)sendto(n->fd, text, strlen(text), 0, (struct sockaddr *)&n->watcher,
		sizeof(n->watcher));
}

static void answer(
	struct notifier *n, const char *msg, const char *line, const char *more)
{
	char out[4096], via[512], from[256], to[256], id[128], cseq[64];

	header(via, sizeof(via), msg, "Via");
	header(from, sizeof(from), msg, "From");
	header(to, sizeof(to), msg, "To");
	header(id, sizeof(id), msg, "Call-ID");
	header(cseq, sizeof(cseq), msg, "CSeq");
	(void)snprintf(out, sizeof(out),
		"SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		"Contact: <sip:127.0.0.1:%u>\r\n%sContent-Length: 0\r\n\r\n",
		line, via, from, to, strstr(to, "tag=") ? "" : ";tag=notifier", id, cseq,
		n->port, more);
	send_text(n, out);
}

static void notify(struct notifier *n, const char *msg, const char *state)
{
	static const char body[] = "<dialog-info version=\"0\" state=\"full\"/>";
	char out[4096], from[256], to[256], id[128];

	header(from, sizeof(from), msg, "From");
	header(to, sizeof(to), msg, "To");
	header(id, sizeof(id), msg, "Call-ID");
	(void)snprintf(out, sizeof(out),
		"NOTIFY sip:x@127.0.0.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u\r\n"
		"From: %s%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\n"
		"Contact: <sip:127.0.0.1:%u>\r\nEvent: dialog\r\nSubscription-State: %s\r\n"
		"Content-Type: application/dialog-info+xml\r\nContent-Length: %zu\r\n\r\n%s",
		n->port, n->cseq + 100, to, strstr(to, "tag=") ? "" : ";tag=notifier",
		from, id, n->cseq + 100, n->port, state, strlen(body), body);
	n->cseq++;
	(void)snprintf(n->last, sizeof(n->last), "%s", out);
	send_text(n, out);
}

/* The k-th word, or the last one. */
static const char *word_at(const char *const *words, unsigned k)
{
	unsigned i = 0;

	while (i < k && words[i + 1])
		i++;
	return words[i];
}

/* "CODE" or "CODE:Header: value". */
static void refuse(struct notifier *n, const char *msg, const char *word)
{
	const char *colon = strchr(word, ':');
	char line[64], more[256];

	(void)snprintf(line, sizeof(line), "%.3s As Scripted", word);
	(void)snprintf(
		more, sizeof(more), "%s%s", colon ? colon + 1 : "", colon ? "\r\n" : "");
	answer(n, msg, line, more);
}

static void on_subscribe(struct notifier *n, const char *msg)
{
	const char *word = word_at(n->words, atomic_fetch_add(&n->subscribes, 1));
	const char *colon = strchr(word, ':');
	char state[128] = "active;expires=600", more[256] = "Expires: 600\r\n";

	if (!strcmp(word, "silent"))
		return;
	if (!strncmp(word, "200", 3)) {
		if (!strcmp(word, "200zero"))
			(void)snprintf(more, sizeof(more), "Expires: 0\r\n");
		if (!strncmp(word, "200end", 6))
			(void)snprintf(state, sizeof(state), "terminated%s%s",
				colon && colon[1] ? ";reason=" : "",
				colon ? colon + 1 : "");
		if (!strcmp(word, "200early"))
			notify(n, msg, state);
		answer(n, msg, "200 OK", more);
		if (!strcmp(word, "200") || !strncmp(word, "200end", 6))
			notify(n, msg, state);
		return;
	}
	refuse(n, msg, word);
}

static void on_dial(struct notifier *n, const char *msg)
{
	if (!strncmp(msg, "INVITE ", 7)) {
		(void)cti_str_copy(n->invite, sizeof(n->invite), msg);
		refuse(n, msg,
			word_at(n->invite_words, atomic_fetch_add(&n->invites, 1)));
	} else {
		refuse(n, msg, word_at(n->refer_words, atomic_fetch_add(&n->refers, 1)));
	}
}

static void on_message(struct notifier *n, const char *msg)
{
	if (!strncmp(msg, "SIP/2.0 ", 8))
		atomic_store(&n->answer, (unsigned)strtoul(msg + 8, NULL, 10));
	else if (!strncmp(msg, "SUBSCRIBE ", 10) && !strstr(msg, "\r\nExpires: 0\r\n"))
		on_subscribe(n, msg);
	else if (!strncmp(msg, "INVITE ", 7) || !strncmp(msg, "REFER ", 6))
		on_dial(n, msg);
	else if (strncmp(msg, "ACK ", 4) != 0)
		answer(n, msg, "200 OK", "Expires: 0\r\n");
	if (!strncmp(msg, "BYE ", 4))
		atomic_fetch_add(&n->byes, 1);
}

static void *run(void *arg)
{
	struct notifier *n = arg;
	char buf[65536];

	while (!atomic_load(&n->stop)) {
		struct sockaddr_in src;
		socklen_t size = sizeof(src);
		ssize_t len = recvfrom(
			n->fd, buf, sizeof(buf) - 1, 0, (struct sockaddr *)&src, &size);

		if (len <= 0)
			continue; /* the time-out: look whether to stop */
		buf[len] = '\0';
		(void)pthread_mutex_lock(&n->lock);
		n->watcher = src;
		on_message(n, buf);
		(void)pthread_mutex_unlock(&n->lock);
	}
	return NULL;
}

static const char *const answered[] = { "200", NULL };
static const char *const accepted[] = { "202", NULL };

void notifier_start(struct notifier **np, const char *const *words)
{
	struct notifier *n = calloc(1, sizeof(*n));
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct timeval tv = { .tv_usec = 20000 };
	socklen_t size = sizeof(addr);

	assert_non_null(n);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	n->words = words;
	n->invite_words = answered;
	n->refer_words = accepted;
	n->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(n->fd >= 0);
	assert_int_equal(bind(n->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(n->fd, (struct sockaddr *)&addr, &size), 0);
	assert_int_equal(setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	n->port = ntohs(addr.sin_port);
	assert_int_equal(pthread_mutex_init(&n->lock, NULL), 0);
	assert_int_equal(pthread_create(&n->thread, NULL, run, n), 0);
	*np = n;
}

void notifier_stop(struct notifier *n)
{
	atomic_store(&n->stop, true);
	(void)pthread_join(n->thread, NULL);
	(void)pthread_mutex_destroy(&n->lock);
	(void)close(n->fd);
	free(n);
}

void notifier_dial(
	struct notifier *n, const char *const *invites, const char *const *refers)
{
	(void)pthread_mutex_lock(&n->lock);
	if (invites)
		n->invite_words = invites;
	if (refers)
		n->refer_words = refers;
	(void)pthread_mutex_unlock(&n->lock);
}

unsigned notifier_refers(struct notifier *n)
{
	return atomic_load(&n->refers);
}

unsigned notifier_byes(struct notifier *n)
{
	return atomic_load(&n->byes);
}

void notifier_in_dial(struct notifier *n, const char *method, const char *headers,
	const char *body)
{
	char out[4096], from[256], to[256], id[128];

	(void)pthread_mutex_lock(&n->lock);
	header(from, sizeof(from), n->invite, "From");
	header(to, sizeof(to), n->invite, "To");
	header(id, sizeof(id), n->invite, "Call-ID");
	n->cseq++;
	(void)snprintf(out, sizeof(out),
		"%s sip:x@127.0.0.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u\r\n"
		"From: %s;tag=notifier\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Contact: <sip:127.0.0.1:%u>\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, n->port, n->cseq + 100, to, from, id, n->cseq + 100, method,
		n->port, headers, strlen(body), body);
	send_text(n, out);
	(void)pthread_mutex_unlock(&n->lock);
}

uint16_t notifier_port(const struct notifier *n)
{
	return n->port;
}

unsigned notifier_subscribes(struct notifier *n)
{
	return atomic_load(&n->subscribes);
}

unsigned notifier_answer(struct notifier *n)
{
	return atomic_exchange(&n->answer, 0);
}

uint16_t notifier_watcher_port(struct notifier *n)
{
	uint16_t port;

	(void)pthread_mutex_lock(&n->lock);
	port = ntohs(n->watcher.sin_port);
	(void)pthread_mutex_unlock(&n->lock);
	return port;
}

size_t notifier_last_notify(struct notifier *n, char *buf, size_t size)
{
	(void)pthread_mutex_lock(&n->lock);
	(void)snprintf(buf, size, "%s", n->last);
	(void)pthread_mutex_unlock(&n->lock);
	return strlen(buf);
}

void notifier_send(struct notifier *n, const void *data, size_t len)
{
	(void)pthread_mutex_lock(&n->lock);
	(void)sendto(
		n->fd, data, len, 0, (struct sockaddr *)&n->watcher, sizeof(n->watcher));
	(void)pthread_mutex_unlock(&n->lock);
}
