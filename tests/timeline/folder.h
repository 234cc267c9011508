/*
 * folder.h - the set-up of tests that keep a journal: a folder of their own and the journal's path in it.
 */
#ifndef TESTS_TIMELINE_FOLDER_H
#define TESTS_TIMELINE_FOLDER_H

#include "../check.h"

#include <stdlib.h>

#include "base/fs.h"

struct folder {
	char *dir, *path;
};

static int folder_setup(void **state)
{
	static struct folder f;
	assert_int_equal(fs_temp_dir(NULL, "journal", &f.dir, NULL), 0);
	f.path = fs_join(f.dir, "j");
	*state = &f;
	return 0;
}

static int folder_teardown(void **state)
{
	struct folder *f = *state;
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f->path);
	return 0;
}

#endif
