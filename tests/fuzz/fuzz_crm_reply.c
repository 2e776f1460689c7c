/*
 * fuzz_crm_reply.c -- what a CRM may answer: JSON, XML, neither. The first byte chooses;
 * paths, picks and rules are walked as a template would.
 */
#include "doc.h"

#include <stdint.h>
#include <stdlib.h>

static bool look(const char *text, void *arg)
{
	size_t *n = arg;

	for (; text && *text; text++)
		++*n;
	return false;
}

static void walk(const struct cti_doc *doc)
{
	static const char *const paths[] = { "", "id", "a", "a.b", "a.b.c", "people.id",
		"answer.customer.tel.no", "a.0", "a[1].b", "hits.card.phones.no", "@x" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct cti_doc_node *array = cti_doc_array(doc, paths[i], NULL);
		const struct cti_doc_node *e = array ? cti_doc_first(array) : NULL;
		int left = 8;

		(void)cti_doc_each(doc, paths[i], NULL, look, &n);
		for (; e && left; e = cti_doc_next(e), left--) {
			const struct cti_doc_pick pick = { array, e, NULL };

			(void)cti_doc_each(doc, paths[i], &pick, look, &n);
			(void)cti_doc_array(doc, paths[i], &pick);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_doc *doc = NULL;
	const char *text = (const char *)data + 1;
	int err;

	if (!size)
		return 0;
	err = data[0] == '<'   ? cti_doc_xml(&doc, (const char *)data, size)
	      : data[0] == 't' ? cti_doc_text(&doc, text, size - 1)
			       : cti_doc_json(&doc, (const char *)data, size);
	if (err)
		return 0;
	walk(doc);
	cti_doc_free(doc);
	return 0;
}
