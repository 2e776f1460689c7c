/*
 * presentation.h -- the words that networks and PBXs put in place of a caller's name or
 * number. One table for all sources, so that they say the same.
 */
#ifndef CTI_PRESENTATION_H
#define CTI_PRESENTATION_H

#include <cti/call.h>

/* UNKNOWN: text is no such word, but a name or a number; NULL too. Pure. */
enum cti_presentation cti_presentation_of_name(const char *text);
enum cti_presentation cti_presentation_of_number(const char *text);

#endif
