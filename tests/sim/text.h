/*
 * text.h -- printing into XML and JSON, as handlers for libre's %H.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <re.h>

int sim_xml(struct re_printf *pf, void *str);

/* With its quotation marks; NULL prints null. */
int sim_json(struct re_printf *pf, void *str);

/* uint64_t milliseconds as seconds: 1.743 */
int sim_seconds(struct re_printf *pf, void *ms);

#endif
