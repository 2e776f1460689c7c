/*
 * decode.c -- ADDRESS:PORT: libre alone: takes NOTIFYs, reads them as SIP messages,
 * answers 200 and does nothing else. Its processor time a NOTIFY is the floor of
 * whoever stands on libre.
 */
#include <re.h>

#include <stdio.h>
#include <stdlib.h>

static struct sip *sip;

static bool on_request(const struct sip_msg *msg, void *arg)
{
	(void)arg;
	(void)sip_reply(sip, msg, 200, "OK");
	return true;
}

static void on_signal(int sig)
{
	(void)sig;
	re_cancel();
}

int main(int argc, char *argv[])
{
	struct sip_lsnr *listener = NULL;
	struct sa local;
	int err;

	if (argc != 2) {
		(void)fputs("usage: decode ADDRESS:PORT\n", stderr);
		return 2;
	}
	err = libre_init();
	err = err ? err : sa_decode(&local, argv[1], str_len(argv[1]));
	err = err ? err : sip_alloc(&sip, NULL, 1024, 1024, 64, "floor", NULL, NULL);
	err = err ? err : sip_transp_add(sip, SIP_TRANSP_UDP, &local);
	err = err ? err : sip_listen(&listener, sip, true, on_request, NULL);
	if (err) {
		(void)fprintf(stderr, "decode: cannot start: %d\n", err);
		return 1;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	(void)re_main(on_signal);
	mem_deref(listener);
	sip_close(sip, true);
	mem_deref(sip);
	libre_close();
	return 0;
}
