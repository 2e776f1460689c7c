/*
 * fuzz_ws_message.c -- a browser's message: whatever the bytes, it is refused or it
 * keeps what proto.h promises of its fields.
 */
#include "proto.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static bool is_clean(const char *id)
{
	for (; *id; id++)
		if ((unsigned char)*id <= 0x20 || (unsigned char)*id >= 0x7f ||
			*id == '"')
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_proto_msg msg;
	struct cti_buf buf = { 0 };
	const char *why = NULL;

	if (cti_proto_parse(&msg, (const char *)data, size, &why)) {
		must(why != NULL);
		must(msg.doc == NULL);
		return 0;
	}
	must(msg.root != NULL);
	must(is_clean(msg.id) && is_clean(msg.hello.client) && is_clean(msg.hello.epoch));
	if (msg.type == CTI_PROTO_HELLO)
		must(msg.hello.token[0] != '\0' && msg.hello.client[0] != '\0');
	if (msg.type == CTI_PROTO_COMMAND)
		must(msg.id[0] != '\0' && cti_json_str(msg.root, "verb") != NULL);
	if (msg.type == CTI_PROTO_NOTE)
		must(msg.text != NULL && strlen(msg.text) <= CTI_PROTO_NOTE_MAX);
	if (msg.type == CTI_PROTO_PING) {
		struct cti_json *doc;

		cti_proto_ping(&buf, "pong", msg.at);
		must(!cti_json_parse(&doc, buf.data, buf.len));
		cti_json_free(doc);
		cti_buf_reset(&buf);
	}
	cti_proto_reset(&msg);
	return 0;
}
