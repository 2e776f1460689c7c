/*
 * admin.h -- what an administrator looks at and names: lines, groups, the audit log.
 *
 * JSON is that of schema/http. Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_ADMIN_H
#define CTI_ADMIN_H

#include "pg.h"
#include "str.h"

/* [{line,label,pbx,users[],last_call_at}] */
int cti_lines_list(struct cti_pg *pg, struct cti_buf *json);
/* label "": none. ENOENT: there is no such line. */
int cti_line_label(struct cti_pg *pg, const char *line, const char *label);

/* [{name,users[]}] */
int cti_groups_list(struct cti_pg *pg, struct cti_buf *json);

/* {"entries":[{id,at,who,what,detail}],"next":...}, newest first. after: next of the
 * page before, or NULL. EINVAL: no such page. */
int cti_audit_list(
	struct cti_pg *pg, unsigned limit, const char *after, struct cti_buf *json);
/* detail: a JSON object without secrets. */
int cti_audit_put(
	struct cti_pg *pg, const char *who, const char *what, const char *detail);

#endif
