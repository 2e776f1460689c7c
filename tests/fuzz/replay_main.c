/*
 * replay_main.c -- runs a fuzz target over the files of a folder, once each, so
 * that every build tests the corpus and not only those made with libFuzzer.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	uint8_t *data = NULL;
	long size;
	int err = EIO;
	FILE *f = fopen(path, "rb");

	if (!f)
		return errno;
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		goto out;
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		goto out;
	(void)LLVMFuzzerTestOneInput(data, (size_t)size);
	err = 0;
out:
	free(data);
	(void)fclose(f);
	return err;
}

int main(int argc, char *argv[])
{
	const struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s corpus-folder\n", argv[0]);
		return 2;
	}
	dir = opendir(argv[1]);
	if (!dir) {
		(void)fprintf(stderr, "%s: no such folder\n", argv[1]);
		return 1;
	}
	while ((e = readdir(dir)) != NULL) {
		char path[4096];

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], e->d_name);
		if (run_file(path)) {
			(void)fprintf(stderr, "%s: cannot be read\n", path);
			(void)closedir(dir);
			return 1;
		}
		n++;
	}
	(void)closedir(dir);
	(void)printf("%u inputs\n", n);
	return n ? 0 : 1;
}
