/*
 * gen_sorted.c - build step: what the preprocessor cannot do to the names of the catalogue.
 *
 * Prints the names in their order, for the searches in find.c, and for each the text it has on the wire: the C name
 * without a final underscore, so that a message may be called after a C keyword (continue_ is "continue").
 */
#include "wire/messages/all.def.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int name_length(const char *name)
{
	size_t n = strlen(name);
	return (int)(n > 1 && name[n - 1] == '_' ? n - 1 : n);
}

/* In the order of strcmp on the texts without the underscore. */
static int by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t n = (size_t)name_length(x), m = (size_t)name_length(y);
	int c = memcmp(x, y, n < m ? n : m);
	return c ? c : (n > m) - (n < m);
}

static void print_sorted(const char *kind, const char **names, size_t n)
{
	printf("#ifdef WIRE_SORTED_%s\n", kind);
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		printf("WIRE_SORTED_%s(%s)\n", kind, names[i]);
	printf("#endif\n");
}

static void print_texts(const char *kind, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("#define WIRE_TEXT_%s_%s \"%.*s\"\n", kind, names[i], name_length(names[i]),
		       names[i]);
}

int main(void)
{
#define NAME(name, ...) #name,
	const char *messages[] = { WIRE_ALL_REQUESTS(NAME) };
	const char *events[] = { WIRE_ALL_EVENTS(NAME) };
#undef NAME
	printf("#ifdef WIRE_TEXTS\n");
	print_texts("MESSAGE", messages, sizeof(messages) / sizeof(messages[0]));
	print_texts("EVENT", events, sizeof(events) / sizeof(events[0]));
	printf("#endif\n");
	print_sorted("MESSAGE", messages, sizeof(messages) / sizeof(messages[0]));
	print_sorted("EVENT", events, sizeof(events) / sizeof(events[0]));
	return fflush(stdout) == 0 ? 0 : 1;
}
