/*
 * text_file.h -- a file of text in whatever encoding its program wrote, read as
 * UTF-8 by pieces.
 */
#ifndef CTI_TEXT_FILE_H
#define CTI_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>

struct cti_text_file;

/*
 * UTF-8 and UTF-16 by their byte order mark; else UTF-8 if the whole file is
 * well-formed; else Shift_JIS. An errno of the file; EISDIR, ENOMEM.
 */
int cti_text_file_open(struct cti_text_file **fp, const char *path);
void cti_text_file_close(struct cti_text_file *f);

/* A piece, borrowed until the next call; *lenp 0: the end. What is ill-formed comes
 * as U+FFFD. */
int cti_text_file_read(struct cti_text_file *f, const char **datap, size_t *lenp);

uint64_t cti_text_file_size(const struct cti_text_file *f);
uint64_t cti_text_file_done(const struct cti_text_file *f);
const char *cti_text_file_encoding(const struct cti_text_file *f);

#endif
