/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Runs a fuzz target without a fuzzer: over files, and all files of folders.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;

/*! \brief Run one input, from a buffer of just its size so that reading behind it is found. */
static int run_file(const char *path, const struct stat *st)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = (file != NULL) ? malloc(st->st_size) : NULL;
	int ret = -1;
	if (data != NULL || (file != NULL && st->st_size == 0)) {
		size_t size = (data != NULL) ? fread(data, 1, st->st_size, file) : 0;
		if (size == (size_t)st->st_size) {
			// A target that crashes has said on what.
			fprintf(stderr, "%s\n", path);
			(void)LLVMFuzzerTestOneInput(data, size);
			inputs++;
			ret = 0;
		}
	}
	free(data);
	if (file != NULL) {
		fclose(file);
	}
	return ret;
}

static int run_path(const char *path);

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, visible, alphasort);
	int ret = (count < 0) ? -1 : 0;
	for (int i = 0; i < count; i++) {
		size_t max = strlen(path) + strlen(entries[i]->d_name) + 2;
		char *below = malloc(max);
		if (below == NULL) {
			ret = -1;
		} else {
			snprintf(below, max, "%s/%s", path, entries[i]->d_name);
			ret |= run_path(below);
		}
		free(below);
		free(entries[i]);
	}
	if (count >= 0) {
		free(entries);
	}
	return ret;
}

static int run_path(const char *path)
{
	struct stat st;
	int ret = -1;
	if (stat(path, &st) == 0) {
		ret = S_ISDIR(st.st_mode) ? run_folder(path) : run_file(path, &st);
	}
	if (ret != 0) {
		printf("# cannot be read: %s\n", path);
	}
	return ret;
}

int main(int argc, char **argv)
{
	int ret = 0;
	printf("1..1\n");
	for (int i = 1; i < argc; i++) {
		ret |= run_path(argv[i]);
	}
	// No inputs at all is a mistake in the command.
	int failed = (ret != 0 || inputs == 0);
	printf("%s 1 - %zu inputs of", failed ? "not ok" : "ok", inputs);
	for (int i = 1; i < argc; i++) {
		printf(" %s", argv[i]);
	}
	printf("\n");
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
