/*
 * ptree.h - an immutable ordered tree of shared items: an edit copies one path and shares the rest.
 *
 * Shapes:    height-balanced (AVL). Each node knows the largest `reach` below it, so that "which regions still
 *            sound at beat b" does not visit the others. NULL is the empty tree.
 * Ownership: nodes and items are reference counted; a tree holds a reference on each item. Functions that make a
 *            tree borrow the one they are given and return a new reference.
 * Threads:   edits on one thread; references and reading from any.
 * Errors:    -ENOMEM, -ENOENT; on error the given tree is as it was.
 */
#ifndef TIMELINE_PTREE_H
#define TIMELINE_PTREE_H

#include <stdbool.h>
#include <stddef.h>

struct ptree;

struct ptree_class {
	int (*compare)(const void *a, const void *b);
	void *(*ref)(void *item);
	void (*unref)(void *item);
	double (*reach)(const void *item); /* NULL: 0 */
};

struct ptree *ptree_ref(struct ptree *t);
void ptree_unref(const struct ptree_class *cls, struct ptree *t);
size_t ptree_count(const struct ptree *t);

/* Puts the item in, in place of one that compares equal. */
int ptree_put(const struct ptree_class *cls, struct ptree *t, void *item, struct ptree **ret);
int ptree_drop(const struct ptree_class *cls, struct ptree *t, const void *key, struct ptree **ret);
/* The item that compares equal, borrowed; NULL when there is none. */
void *ptree_get(const struct ptree_class *cls, const struct ptree *t, const void *key);

/*
 * A place in a tree, which must outlive it: gives items in order without visiting what its bounds leave out, and starts in
 * O(log n).
 */
enum { PTREE_HEIGHT = 64 }; /* more than any tree that fits into memory has */
struct ptree_cursor {
	double min_reach;
	int n;
	const struct ptree *path[PTREE_HEIGHT]; /* nodes still to be given, the next on top */
};
/* Items that come at or after `from` (NULL: all) and whose reach is at least `min_reach`. */
void ptree_start(const struct ptree_class *cls, const struct ptree *t, const void *from, double min_reach, struct ptree_cursor *ret);
/* The next item, borrowed; NULL at the end. */
void *ptree_next(const struct ptree_class *cls, struct ptree_cursor *c);
/* The same, but items whose reach is too small may be among them: nothing is looked at but nodes. */
void *ptree_ahead(struct ptree_cursor *c);
void *ptree_last(const struct ptree *t);   /* borrowed; NULL of an empty tree */
double ptree_reach(const struct ptree *t); /* the largest; 0 of an empty tree */
/* Nodes that `t` does not share with `other`: what an edit cost. */
size_t ptree_unshared(const struct ptree *t, const struct ptree *other);
bool ptree_is_balanced(const struct ptree *t); /* for tests */

#endif
