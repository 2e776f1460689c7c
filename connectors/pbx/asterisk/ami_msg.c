/*
 * ami_msg.c -- cuts a manager message into fields.
 */
#include "ami_msg.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "Name: value" between line and its terminator; false: not a field. */
static bool cut(struct cti_ami_field *f, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon || colon == line)
		return false;
	*colon = '\0';
	f->name = line;
	f->value = colon + 1 + strspn(colon + 1, " \t");
	return true;
}

size_t cti_ami_msg_parse(struct cti_ami_msg *m, char *text, size_t len)
{
	char *line = text;
	char *const end = text + len;

	m->n = 0;
	*end = '\0';
	while (line < end && m->n < CTI_AMI_FIELDS_MAX) {
		char *nl = memchr(line, '\n', (size_t)(end - line));
		char *stop = nl ? nl : end;

		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0';
		if (cut(&m->fields[m->n], line))
			m->n++;
		if (!nl)
			break;
		line = nl + 1;
	}
	return m->n;
}

const char *cti_ami_msg_raw(const struct cti_ami_msg *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (!strcasecmp(m->fields[i].name, name))
			return m->fields[i].value;
	}
	return NULL;
}

static const char *known(const char *value)
{
	return value && *value && strcmp(value, "<unknown>") ? value : NULL;
}

const char *cti_ami_msg_get(const struct cti_ami_msg *m, const char *name)
{
	return known(cti_ami_msg_raw(m, name));
}

const char *cti_ami_msg_get2(
	const struct cti_ami_msg *m, const char *prefix, const char *name)
{
	const size_t n = strlen(prefix);

	for (size_t i = 0; i < m->n; i++) {
		if (!strncasecmp(m->fields[i].name, prefix, n) &&
			!strcasecmp(m->fields[i].name + n, name))
			return known(m->fields[i].value);
	}
	return NULL;
}

uint32_t cti_ami_msg_u32(const struct cti_ami_msg *m, const char *name, uint32_t max)
{
	const char *v = cti_ami_msg_raw(m, name);
	char *end;
	unsigned long long n;

	if (!v || *v < '0' || *v > '9')
		return 0;
	n = strtoull(v, &end, 10);
	return n > max ? 0 : (uint32_t)n;
}

bool cti_ami_msg_is(const struct cti_ami_msg *m, const char *name, const char *value)
{
	const char *v = cti_ami_msg_raw(m, name);

	return v && !strcasecmp(v, value);
}
