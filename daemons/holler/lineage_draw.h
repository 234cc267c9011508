/*
 * lineage_draw.h - where an artifact came from, or what became of it, as a tree in characters.
 *
 * Shapes:    the relatives may form a net: what stands in two places is drawn once and named again.
 * Ownership: everything is borrowed for the call.
 * Errors:    -ENOMEM.
 */
#ifndef HOLLER_LINEAGE_DRAW_H
#define HOLLER_LINEAGE_DRAW_H

#include "base/str.h"
#include "wire/codec.h"

enum lineage_way {
	LINEAGE_UP,   /* below each artifact what it was made from */
	LINEAGE_DOWN, /* below each artifact what was made from it */
};

/*
 * Appends the tree that begins with the artifact `root`; NULL: with every one that, among these, nothing lies before.
 * columns 0: lines are as long as they are. Times are local ones.
 */
int lineage_draw(const struct artifact_lineage_result *l, const char *root, enum lineage_way way, size_t columns,
		 struct strbuf *b, struct err *err);

#endif
