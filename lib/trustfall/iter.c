/*
 * iter.c - the iterators that many edges need: none, one, an array.
 */
#include "trustfall/adapter.h"

#include <string.h>

#include "base/banned.h"

static int next_none(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)it, (void)ret, (void)err;
	return 0;
}

void tf_iter_none(struct tf_iter *it)
{
	it->next = next_none;
	it->close = NULL;
}

/* The vertex is in the state from s[0] on. */
static int next_one(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	memcpy(ret, it->s, sizeof(*ret));
	it->next = next_none;
	return 1;
}

void tf_iter_one(struct tf_iter *it, struct tf_vertex v)
{
	_Static_assert(sizeof(v) <= sizeof(it->s), "a vertex fits into the state");
	memcpy(it->s, &v, sizeof(v));
	it->next = next_one;
	it->close = NULL;
}

static int next_of_array(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	if (it->s[1].n >= it->s[2].n)
		return 0;
	*ret = it->s[0].v[it->s[1].n++];
	return 1;
}

void tf_iter_array(struct tf_iter *it, const struct tf_vertex *v, size_t n)
{
	it->next = next_of_array;
	it->close = NULL;
	it->s[0].cp = v;
	it->s[1].n = 0;
	it->s[2].n = n;
}
