#include "rt/region_set.h"

#include <errno.h>

/* A height-balanced tree never gets deeper than 1.45 log2(n): 2^32 regions fit. */
enum { DEPTH_MAX = 48 };

struct region_set {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint32_t size;
	uint32_t height;
	double last_end; /* the latest end beat in this subtree */
	struct region *region;
	struct region_set *left, *right;
};

RT_SAFE static int key_compare(struct region_key a, struct region_key b)
{
	if (a.beat != b.beat)
		return a.beat < b.beat ? -1 : 1;
	return (a.id > b.id) - (a.id < b.id);
}

RT_INLINE struct region_key key_of(const struct region_set *s)
{
	return (struct region_key){ s->region->spec.start_beat, s->region->spec.id };
}

RT_SAFE uint32_t region_set_size(const struct region_set *set)
{
	return set ? set->size : 0;
}

struct region_set *region_set_ref(struct region_set *set)
{
	if (set)
		atomic_fetch_add(&set->refs, 1);
	return set;
}

void region_set_unref(struct region_set *set)
{
	if (!set || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	region_set_unref(set->left); /* as deep as the tree: at most DEPTH_MAX */
	region_set_unref(set->right);
	region_unref(set->region);
	rt_heap_give(set->heap, set);
}

static uint32_t height_of(const struct region_set *s)
{
	return s ? s->height : 0;
}

/* A node over two subtrees whose references it takes over, also when it fails (NULL: memory is out). */
static struct region_set *join(const struct rt_heap *heap, struct region *r, struct region_set *left,
			       struct region_set *right)
{
	struct region_set *s = rt_heap_take(heap, 1, sizeof(*s));
	if (!s) {
		region_set_unref(left);
		region_set_unref(right);
		return NULL;
	}
	double end = region_end_beat(r);
	if (left && left->last_end > end)
		end = left->last_end;
	if (right && right->last_end > end)
		end = right->last_end;
	uint32_t hl = height_of(left), hr = height_of(right);
	s->heap = heap;
	atomic_init(&s->refs, 1);
	s->size = 1 + region_set_size(left) + region_set_size(right);
	s->height = 1 + (hl > hr ? hl : hr);
	s->last_end = end;
	s->region = region_ref(r);
	s->left = left;
	s->right = right;
	return s;
}

/* join(r, left, right) where left is two higher: rotates right. `left` is taken over. */
static struct region_set *join_left_heavy(const struct rt_heap *heap, struct region *r, struct region_set *left,
					  struct region_set *right)
{
	struct region_set *top, *a = left->left, *b = left->right;
	if (height_of(a) >= height_of(b)) {
		struct region_set *low = join(heap, r, region_set_ref(b), right);
		top = low ? join(heap, left->region, region_set_ref(a), low) : NULL;
	} else {
		struct region_set *low = join(heap, r, region_set_ref(b->right), right);
		struct region_set *high =
			low ? join(heap, left->region, region_set_ref(a), region_set_ref(b->left)) : NULL;
		top = high ? join(heap, b->region, high, low) : NULL;
		if (low && !high)
			region_set_unref(low);
	}
	region_set_unref(left);
	return top;
}

static struct region_set *join_right_heavy(const struct rt_heap *heap, struct region *r, struct region_set *left,
					   struct region_set *right)
{
	struct region_set *top, *a = right->left, *b = right->right;
	if (height_of(b) >= height_of(a)) {
		struct region_set *low = join(heap, r, left, region_set_ref(a));
		top = low ? join(heap, right->region, low, region_set_ref(b)) : NULL;
	} else {
		struct region_set *low = join(heap, r, left, region_set_ref(a->left));
		struct region_set *high =
			low ? join(heap, right->region, region_set_ref(a->right), region_set_ref(b)) : NULL;
		top = high ? join(heap, a->region, low, high) : NULL;
		if (low && !high)
			region_set_unref(low);
	}
	region_set_unref(right);
	return top;
}

static struct region_set *balance(const struct rt_heap *heap, struct region *r, struct region_set *left,
				  struct region_set *right)
{
	uint32_t hl = height_of(left), hr = height_of(right);
	if (hl > hr + 1)
		return join_left_heavy(heap, r, left, right);
	if (hr > hl + 1)
		return join_right_heavy(heap, r, left, right);
	return join(heap, r, left, right);
}

static struct region_set *insert_at(struct region_set *s, const struct rt_heap *heap, struct region *r)
{
	if (!s)
		return join(heap, r, NULL, NULL);
	struct region_key key = { r->spec.start_beat, r->spec.id };
	bool left = key_compare(key, key_of(s)) < 0;
	struct region_set *grown = insert_at(left ? s->left : s->right, heap, r);
	if (!grown)
		return NULL;
	return left ? balance(heap, s->region, grown, region_set_ref(s->right)) :
		      balance(heap, s->region, region_set_ref(s->left), grown);
}

int region_set_insert(struct region_set *set, const struct rt_heap *heap, struct region *r, struct region_set **ret)
{
	if (region_set_find(set, (struct region_key){ r->spec.start_beat, r->spec.id }))
		return -EEXIST;
	struct region_set *s = insert_at(set, heap, r);
	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

static struct region_set *first_of(struct region_set *s)
{
	while (s->left)
		s = s->left;
	return s;
}

/* The tree without `key`, which is in it. *failed tells an empty result from one without memory. */
static struct region_set *remove_at(struct region_set *s, const struct rt_heap *heap, struct region_key key,
				    bool *failed)
{
	int side = key_compare(key, key_of(s));
	struct region *top = s->region;
	struct region_set *left = s->left, *right = s->right, *shrunk, *whole;
	if (side == 0 && (!left || !right))
		return region_set_ref(left ? left : right);
	if (side == 0) { /* its successor takes its place */
		top = first_of(right)->region;
		key = (struct region_key){ top->spec.start_beat, top->spec.id };
		side = 1;
	}
	shrunk = remove_at(side < 0 ? left : right, heap, key, failed);
	if (*failed)
		return NULL;
	whole = side < 0 ? balance(heap, top, shrunk, region_set_ref(right)) :
			   balance(heap, top, region_set_ref(left), shrunk);
	*failed = !whole;
	return whole;
}

int region_set_remove(struct region_set *set, const struct rt_heap *heap, struct region_key key,
		      struct region_set **ret)
{
	if (!region_set_find(set, key))
		return -ENOENT;
	bool failed = false;
	struct region_set *s = remove_at(set, heap, key, &failed);
	if (failed)
		return -ENOMEM;
	*ret = s;
	return 0;
}

RT_SAFE const struct region *region_set_find(const struct region_set *set, struct region_key key)
{
	while (set) {
		int side = key_compare(key, key_of(set));
		if (side == 0)
			return set->region;
		set = side < 0 ? set->left : set->right;
	}
	return NULL;
}

RT_SAFE const struct region *region_set_at_or_after(const struct region_set *set, struct region_key key)
{
	const struct region *best = NULL;
	while (set) {
		if (key_compare(key, key_of(set)) <= 0) {
			best = set->region;
			set = set->left;
		} else {
			set = set->right;
		}
	}
	return best;
}

RT_SAFE uint32_t region_set_overlapping(const struct region_set *set, double from_beat, double to_beat,
					const struct region **ret, uint32_t room)
{
	const struct region_set *path[DEPTH_MAX];
	uint32_t depth = 0, n = 0;
	for (;;) {
		while (set && set->last_end > from_beat) {
			path[depth++] = set;
			set = set->left;
		}
		if (depth == 0)
			return n;
		set = path[--depth];
		const struct region *r = set->region;
		if (r->spec.start_beat >= to_beat)
			return n;
		if (region_end_beat(r) > from_beat) {
			if (n < room)
				ret[n] = r;
			n++;
		}
		set = set->right;
	}
}

static bool holds(const struct region_set *set, const struct region_set *node)
{
	while (set && set != node) {
		int side = key_compare(key_of(node), key_of(set));
		set = side < 0 ? set->left : side > 0 ? set->right : NULL;
	}
	return set == node && node;
}

uint32_t region_set_unshared(const struct region_set *set, const struct region_set *other)
{
	if (!set || holds(other, set))
		return 0; /* a shared node has only shared ones below it */
	return 1 + region_set_unshared(set->left, other) + region_set_unshared(set->right, other);
}
