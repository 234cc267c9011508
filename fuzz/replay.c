/*
 * replay.c - run a fuzz target over every file of its corpus folder, as a plain test.
 *
 * Errors: exit 1 when the folder is missing or empty, so that a moved corpus cannot pass unseen.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;

	uint8_t *data = NULL;
	size_t size = 0, room = 0;
	for (;;) {
		if (size == room) {
			room = room ? room * 2 : 4096;
			uint8_t *grown = realloc(data, room);
			if (!grown)
				abort();
			data = grown;
		}
		size_t n = fread(data + size, 1, room - size, f);
		if (n == 0)
			break;
		size += n;
	}
	fclose(f);

	/* An exact-size copy, so that the address sanitizer sees a read of one byte too many. */
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		abort();
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	int n = 0;
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		if (!d) {
			fprintf(stderr, "replay: cannot open corpus '%s'\n", argv[i]);
			return 1;
		}
		struct dirent *e;
		while ((e = readdir(d))) {
			char path[PATH_MAX];
			if (e->d_name[0] == '.')
				continue;
			if (snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name) >= (int)sizeof(path))
				continue;
			if (replay_file(path) == 0)
				n++;
		}
		closedir(d);
	}
	printf("%d inputs replayed\n", n);
	return n > 0 ? 0 : 1;
}
