#include "timeline/ptree.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct ptree {
	_Atomic unsigned refs; /* release on drop, acquire before free */
	int height;
	size_t count;
	double reach; /* largest of this item and everything below */
	struct ptree *left, *right;
	void *item;
};

/* One edit in progress: a node that could not be made leaves `failed` behind, and the whole edit is dropped. */
struct build {
	const struct ptree_class *cls;
	bool failed;
	bool found;
};

struct ptree *ptree_ref(struct ptree *t)
{
	if (t)
		atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void ptree_unref(const struct ptree_class *cls, struct ptree *t)
{
	while (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_release) == 1) {
		atomic_thread_fence(memory_order_acquire);
		struct ptree *right = t->right;
		ptree_unref(cls, t->left); /* depth is bounded by the height */
		cls->unref(t->item);
		free(t);
		t = right;
	}
}

size_t ptree_count(const struct ptree *t)
{
	return t ? t->count : 0;
}

static int height(const struct ptree *t)
{
	return t ? t->height : 0;
}

/* Takes over the references on both sides, also when it fails. */
static struct ptree *make(struct build *b, struct ptree *left, void *item, struct ptree *right)
{
	struct ptree *t = b->failed ? NULL : calloc(1, sizeof(*t));
	if (!t) {
		b->failed = true;
		ptree_unref(b->cls, left);
		ptree_unref(b->cls, right);
		return NULL;
	}
	atomic_init(&t->refs, 1);
	t->left = left;
	t->right = right;
	t->item = b->cls->ref(item);
	t->height = 1 + (height(left) > height(right) ? height(left) : height(right));
	t->count = 1 + ptree_count(left) + ptree_count(right);
	t->reach = b->cls->reach ? b->cls->reach(item) : 0;
	if (left && left->reach > t->reach)
		t->reach = left->reach;
	if (right && right->reach > t->reach)
		t->reach = right->reach;
	return t;
}

static struct ptree *lean_left(struct build *b, struct ptree *left, void *item, struct ptree *right)
{
	struct ptree *ll = left->left, *lr = left->right, *t;
	if (height(ll) >= height(lr)) {
		struct ptree *inner = make(b, ptree_ref(lr), item, right);
		t = make(b, ptree_ref(ll), left->item, inner);
	} else {
		struct ptree *a = make(b, ptree_ref(ll), left->item, ptree_ref(lr->left));
		struct ptree *c = make(b, ptree_ref(lr->right), item, right);
		t = make(b, a, lr->item, c);
	}
	ptree_unref(b->cls, left);
	return t;
}

static struct ptree *lean_right(struct build *b, struct ptree *left, void *item, struct ptree *right)
{
	struct ptree *rl = right->left, *rr = right->right, *t;
	if (height(rr) >= height(rl)) {
		struct ptree *inner = make(b, left, item, ptree_ref(rl));
		t = make(b, inner, right->item, ptree_ref(rr));
	} else {
		struct ptree *a = make(b, left, item, ptree_ref(rl->left));
		struct ptree *c = make(b, ptree_ref(rl->right), right->item, ptree_ref(rr));
		t = make(b, a, rl->item, c);
	}
	ptree_unref(b->cls, right);
	return t;
}

/* A node over two trees whose heights differ by at most two; takes both over. */
static struct ptree *join(struct build *b, struct ptree *left, void *item, struct ptree *right)
{
	if (!b->failed && height(left) > height(right) + 1)
		return lean_left(b, left, item, right);
	if (!b->failed && height(right) > height(left) + 1)
		return lean_right(b, left, item, right);
	return make(b, left, item, right);
}

static struct ptree *put(struct build *b, struct ptree *t, void *item)
{
	if (!t)
		return make(b, NULL, item, NULL);
	int c = b->cls->compare(item, t->item);
	if (c == 0)
		return make(b, ptree_ref(t->left), item, ptree_ref(t->right));
	if (c < 0)
		return join(b, put(b, t->left, item), t->item, ptree_ref(t->right));
	return join(b, ptree_ref(t->left), t->item, put(b, t->right, item));
}

/* The tree without its first item, which is lent in *ret_first. */
static struct ptree *drop_first(struct build *b, struct ptree *t, void **ret_first)
{
	if (!t->left) {
		*ret_first = t->item;
		return ptree_ref(t->right);
	}
	return join(b, drop_first(b, t->left, ret_first), t->item, ptree_ref(t->right));
}

static struct ptree *drop(struct build *b, struct ptree *t, const void *key)
{
	if (!t)
		return NULL;
	int c = b->cls->compare(key, t->item);
	if (c < 0)
		return join(b, drop(b, t->left, key), t->item, ptree_ref(t->right));
	if (c > 0)
		return join(b, ptree_ref(t->left), t->item, drop(b, t->right, key));
	b->found = true;
	if (!t->right)
		return ptree_ref(t->left);
	void *first = NULL;
	struct ptree *right = drop_first(b, t->right, &first);
	return join(b, ptree_ref(t->left), first, right);
}

int ptree_put(const struct ptree_class *cls, struct ptree *t, void *item, struct ptree **ret)
{
	struct build b = { cls, false, false };
	struct ptree *made = put(&b, t, item);
	if (b.failed) {
		ptree_unref(cls, made);
		return -ENOMEM;
	}
	*ret = made;
	return 0;
}

int ptree_drop(const struct ptree_class *cls, struct ptree *t, const void *key, struct ptree **ret)
{
	struct build b = { cls, false, false };
	if (!ptree_get(cls, t, key))
		return -ENOENT;
	struct ptree *made = drop(&b, t, key);
	if (b.failed) {
		ptree_unref(cls, made);
		return -ENOMEM;
	}
	*ret = made;
	return 0;
}

void *ptree_get(const struct ptree_class *cls, const struct ptree *t, const void *key)
{
	while (t) {
		int c = cls->compare(key, t->item);
		if (c == 0)
			return t->item;
		t = c < 0 ? t->left : t->right;
	}
	return NULL;
}

/* Puts the way down to the first item below `t` on the path. */
static void descend(struct ptree_cursor *c, const struct ptree *t)
{
	for (; t && t->reach >= c->min_reach; t = t->left) {
		__builtin_prefetch(t->right); /* comes right after it */
		__builtin_prefetch(t->item);
		c->path[c->n++] = t;
	}
}

void ptree_start(const struct ptree_class *cls, const struct ptree *t, const void *from, double min_reach, struct ptree_cursor *ret)
{
	ret->min_reach = min_reach;
	ret->n = 0;
	if (!from) {
		descend(ret, t);
		return;
	}
	while (t && t->reach >= min_reach) {
		if (cls->compare(from, t->item) <= 0) {
			ret->path[ret->n++] = t;
			t = t->left;
		} else {
			t = t->right;
		}
	}
}

void *ptree_ahead(struct ptree_cursor *c)
{
	if (c->n == 0)
		return NULL;
	const struct ptree *t = c->path[--c->n];
	descend(c, t->right);
	const struct ptree *soon = c->n > 1 ? c->path[c->n - 2]->right : NULL;
	if (soon) { /* asked for when its parent was put on the path; now for what is below */
		__builtin_prefetch(soon->left);
		__builtin_prefetch(soon->right);
	}
	return t->item;
}

void *ptree_next(const struct ptree_class *cls, struct ptree_cursor *c)
{
	void *item;
	while ((item = ptree_ahead(c)) && cls->reach && cls->reach(item) < c->min_reach)
		;
	return item;
}

void *ptree_last(const struct ptree *t)
{
	while (t && t->right)
		t = t->right;
	return t ? t->item : NULL;
}

double ptree_reach(const struct ptree *t)
{
	return t ? t->reach : 0;
}

static bool contains(const struct ptree *t, const struct ptree *node)
{
	return t && (t == node || contains(t->left, node) || contains(t->right, node));
}

size_t ptree_unshared(const struct ptree *t, const struct ptree *other)
{
	if (!t || contains(other, t))
		return 0;
	return 1 + ptree_unshared(t->left, other) + ptree_unshared(t->right, other);
}

bool ptree_is_balanced(const struct ptree *t)
{
	if (!t)
		return true;
	int d = height(t->left) - height(t->right);
	return d >= -1 && d <= 1 && ptree_is_balanced(t->left) && ptree_is_balanced(t->right);
}
