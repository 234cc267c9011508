/*
 * fuzz_journal.c - any bytes as a journal: frames by the scanner, their payloads as edits and documents of a timeline.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "timeline/journal.h"
#include "timeline/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int nothing(void *arg, const uint8_t *payload, size_t n, uint64_t offset, struct err *err)
{
	return 0;
}

/* The whole of opening, over a file in memory. */
static void open_bytes(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = memfd_create("journal", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct timeline *t = NULL;
	const struct timeline_options o = { .path = path, .no_sync = true };
	(void)timeline_open(&o, &t, NULL); /* an error is as good an answer as any */
	timeline_free(t);
	close(fd);
}

/* The payload alone in a frame with the right sums: what a checksum cannot keep out. */
static void open_payload(const uint8_t *data, size_t size)
{
	static const uint8_t magic[8] = { 'H', 'O', 'O', 'T', 'J', 'R', 'N', '1' };
	if (size == 0 || size > 1 << 20)
		return;
	uint8_t *file = calloc(1, size + 32);
	if (!file)
		abort();
	memcpy(file, magic, 8);
	memcpy(file + 8, "HJF1", 4);
	for (int i = 0; i < 4; i++)
		file[12 + i] = (uint8_t)(size >> 8 * i);
	file[16] = 1;
	uint32_t sum = journal_crc32c(0, data, size);
	for (int i = 0; i < 4; i++)
		file[24 + i] = (uint8_t)(sum >> 8 * i);
	sum = journal_crc32c(0, file + 8, 20);
	for (int i = 0; i < 4; i++)
		file[28 + i] = (uint8_t)(sum >> 8 * i);
	memcpy(file + 32, data, size);
	open_bytes(file, size + 32);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t good = 0;
	uint64_t frames = 0;
	(void)journal_scan(data, size, "fuzz", nothing, NULL, &good, &frames, NULL);
	if (good > size)
		abort();
	open_bytes(data, size);
	open_payload(data, size);
	return 0;
}
