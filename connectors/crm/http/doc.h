/*
 * doc.h -- a CRM's answer as a tree, whether it was JSON or XML, and paths into it.
 *
 * A path is names with dots between, from the root of the answer; arrays are walked
 * without an index. Thread: any; a document belongs to one thread.
 */
#ifndef CTI_CRM_DOC_H
#define CTI_CRM_DOC_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>

struct cti_doc;
struct cti_doc_node; /* borrowed from its document */

/* EBADMSG: not well-formed, more than 200,000 values; ENOMEM. *docp is owned. */
int cti_doc_json(struct cti_doc **docp, const char *text, size_t len);
int cti_doc_xml(struct cti_doc **docp, const char *text, size_t len);
/* The whole text is the one value, for answers that are no data. */
int cti_doc_text(struct cti_doc **docp, const char *text, size_t len);
void cti_doc_free(struct cti_doc *doc);

/*
 * Which element of an array is meant, for the arrays on the way; the innermost first.
 * Lives on the caller's stack.
 */
struct cti_doc_pick {
	const struct cti_doc_node *array, *element;
	const struct cti_doc_pick *outer;
};

/* The first array on the path for which there is no pick; NULL if there is none. */
const struct cti_doc_node *cti_doc_array(
	const struct cti_doc *doc, const char *path, const struct cti_doc_pick *picks);
/* NULL at the end. */
const struct cti_doc_node *cti_doc_first(const struct cti_doc_node *array);
const struct cti_doc_node *cti_doc_next(const struct cti_doc_node *element);

/*
 * Calls h with each value at the path until it returns true, and returns that. text:
 * as templates see it, "True" for true; NULL for an object or array, which is not
 * empty, and "" for null.
 */
typedef bool(cti_doc_h)(const char *text, void *arg);
bool cti_doc_each(const struct cti_doc *doc, const char *path,
	const struct cti_doc_pick *picks, cti_doc_h *h, void *arg);

#endif
