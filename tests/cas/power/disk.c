#include "../../check.h"

#include "disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_FDS = 4096, SECTOR = 512 };

struct bytes {
	char *v;
	size_t n, room;
};

struct change { /* of a file: a write, or a truncation (bytes NULL) */
	int64_t at;
	char *bytes;
	size_t n;
};

struct entry {
	char *name;
	struct node *node; /* NULL in a change: the name goes */
};

struct entries {
	struct entry *v;
	size_t n, room;
};

struct node {
	struct node *next; /* all nodes */
	bool is_dir;
	struct bytes now, synced;
	struct change *changes;
	size_t n_changes, room_changes;
	struct entries names, synced_names, name_changes;
};

struct disk {
	char *root;
	struct node *all, *top;
	struct node *fds[MAX_FDS];
};

static struct node *new_node(struct disk *d, bool is_dir)
{
	struct node *n = calloc(1, sizeof(*n));
	n->is_dir = is_dir;
	n->next = d->all;
	d->all = n;
	return n;
}

struct disk *disk_new(const char *root)
{
	struct disk *d = calloc(1, sizeof(*d));
	d->root = strdup(root);
	d->top = new_node(d, true);
	return d;
}

/* --- names ------------------------------------------------------------------------------------ */

static void set_name(struct entries *list, const char *name, struct node *node)
{
	size_t i = 0;
	while (i < list->n && strcmp(list->v[i].name, name) != 0)
		i++;
	if (i < list->n && node) {
		list->v[i].node = node;
	} else if (i < list->n) {
		free(list->v[i].name);
		list->v[i] = list->v[--list->n];
	} else if (node) {
		assert_int_equal(mem_grow(&list->v, &list->room, list->n + 1, sizeof(*list->v)), 0);
		list->v[list->n++] = (struct entry){strdup(name), node};
	}
}

static void append_name(struct entries *list, const char *name, struct node *node)
{
	assert_int_equal(mem_grow(&list->v, &list->room, list->n + 1, sizeof(*list->v)), 0);
	list->v[list->n++] = (struct entry){strdup(name), node};
}

static void clear_names(struct entries *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].name);
	list->n = 0;
}

static struct node *get_name(const struct entries *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0)
			return list->v[i].node;
	return NULL;
}

static void change_name(struct node *dir, const char *name, struct node *node)
{
	set_name(&dir->names, name, node);
	append_name(&dir->name_changes, name, node);
}

/* The folder that a path lies in and its last part ("" is the root itself). */
static struct node *walk(struct disk *d, const char *path, char last[256])
{
	struct node *at = d->top;
	const char *p = path + strlen(d->root);
	*last = '\0';
	while (*p == '/')
		p++;
	while (*p) {
		size_t n = strcspn(p, "/");
		if (*last) {
			at = get_name(&at->names, last);
			assert_non_null(at);
		}
		assert_true(n < 256);
		memcpy(last, p, n);
		last[n] = '\0';
		p += n;
		while (*p == '/')
			p++;
	}
	return at;
}

static struct node *find(struct disk *d, const char *path)
{
	char last[256];
	struct node *dir = walk(d, path, last);
	return *last ? get_name(&dir->names, last) : dir;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void resize(struct bytes *b, size_t n)
{
	assert_int_equal(mem_grow(&b->v, &b->room, n + 1, 1), 0);
	if (n > b->n)
		memset(b->v + b->n, 0, n - b->n);
	b->n = n;
}

static void write_at(struct bytes *b, int64_t at, const char *bytes, size_t n)
{
	if (b->n < (size_t)at + n)
		resize(b, (size_t)at + n);
	memcpy(b->v + at, bytes, n);
}

static void change_file(struct node *f, int64_t at, const char *bytes, size_t n)
{
	if (bytes)
		write_at(&f->now, at, bytes, n);
	else
		resize(&f->now, (size_t)at);
	assert_int_equal(
		mem_grow(&f->changes, &f->room_changes, f->n_changes + 1, sizeof(*f->changes)), 0);
	struct change *c = &f->changes[f->n_changes++];
	*c = (struct change){at, NULL, n};
	if (bytes) {
		c->bytes = malloc(n ? n : 1);
		memcpy(c->bytes, bytes, n);
	}
}

static void sync_node(struct node *n)
{
	resize(&n->synced, 0);
	write_at(&n->synced, 0, n->now.v ? n->now.v : "", n->now.n);
	for (size_t i = 0; i < n->n_changes; i++)
		free(n->changes[i].bytes);
	n->n_changes = 0;
	clear_names(&n->synced_names);
	for (size_t i = 0; i < n->names.n; i++)
		append_name(&n->synced_names, n->names.v[i].name, n->names.v[i].node);
	clear_names(&n->name_changes);
}

void disk_free(struct disk *d)
{
	for (struct node *n = d->all, *next; n; n = next) {
		next = n->next;
		sync_node(n);
		clear_names(&n->names);
		clear_names(&n->synced_names);
		free(n->names.v);
		free(n->synced_names.v);
		free(n->name_changes.v);
		free(n->changes);
		free(n->now.v);
		free(n->synced.v);
		free(n);
	}
	free(d->root);
	free(d);
}

/* --- records ---------------------------------------------------------------------------------- */

static void apply_open(struct disk *d, int fd, const char *path, int flags)
{
	char last[256];
	struct node *dir = walk(d, path, last);
	struct node *node = *last ? get_name(&dir->names, last) : dir;
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		node = new_node(d, false);
	} else if (!node) {
		assert_true(flags & O_CREAT);
		node = new_node(d, false);
		change_name(dir, last, node);
	}
	if ((flags & O_TRUNC) && node->now.n)
		change_file(node, 0, NULL, 0);
	d->fds[fd] = node;
}

static void apply_rename(struct disk *d, const char *from, const char *to)
{
	char from_last[256], to_last[256];
	struct node *from_dir = walk(d, from, from_last), *to_dir = walk(d, to, to_last);
	struct node *node = get_name(&from_dir->names, from_last);
	assert_non_null(node);
	change_name(to_dir, to_last, node);
	change_name(from_dir, from_last, NULL);
}

void disk_apply(struct disk *d, const struct trace_record *r, const char *first, const char *second)
{
	char last[256];
	struct node *dir;
	switch ((enum trace_op)r->op) {
	case TRACE_OPEN:
		apply_open(d, r->fd, first, (int)r->a);
		break;
	case TRACE_CLOSE:
		d->fds[r->fd] = NULL;
		break;
	case TRACE_WRITE:
		change_file(d->fds[r->fd], r->a, first, r->n_first);
		break;
	case TRACE_TRUNCATE:
		change_file(d->fds[r->fd], r->a, NULL, 0);
		break;
	case TRACE_SYNC:
		sync_node(d->fds[r->fd]);
		break;
	case TRACE_SYNC_ALL:
		for (struct node *n = d->all; n; n = n->next)
			sync_node(n);
		break;
	case TRACE_LINK:
		dir = walk(d, first, last);
		change_name(dir, last, d->fds[r->fd]);
		break;
	case TRACE_RENAME:
		apply_rename(d, first, second);
		break;
	case TRACE_UNLINK:
		dir = walk(d, first, last);
		change_name(dir, last, NULL);
		break;
	case TRACE_MKDIR:
		dir = walk(d, first, last);
		if (!find(d, first))
			change_name(dir, last, new_node(d, true));
		break;
	case TRACE_ACK:
	case TRACE_OP_COUNT:
		break;
	}
}

/* --- the crash -------------------------------------------------------------------------------- */

static bool coin(struct rng *rng)
{
	return rng_below(rng, 2) != 0;
}

static void tear(struct bytes *b, const struct change *c, struct rng *rng)
{
	if (!c->bytes) {
		resize(b, (size_t)c->at);
		return;
	}
	bool whole = coin(rng);
	for (size_t done = 0; done < c->n;) {
		size_t n = SECTOR - (size_t)(c->at + (int64_t)done) % SECTOR;
		n = n < c->n - done ? n : c->n - done;
		if (whole || coin(rng))
			write_at(b, c->at + (int64_t)done, c->bytes + done, n);
		done += n;
	}
}

static void left_of_file(const struct node *f, enum crash how, struct rng *rng, struct bytes *ret)
{
	const struct bytes *from = how == CRASH_DONE ? &f->now : &f->synced;
	write_at(ret, 0, from->v ? from->v : "", from->n);
	for (size_t i = 0; how == CRASH_TORN && i < f->n_changes; i++)
		if (coin(rng))
			tear(ret, &f->changes[i], rng);
}

static void left_of_dir(const struct node *dir, enum crash how, struct rng *rng,
			struct entries *ret)
{
	const struct entries *from = how == CRASH_DONE ? &dir->names : &dir->synced_names;
	for (size_t i = 0; i < from->n; i++)
		append_name(ret, from->v[i].name, from->v[i].node);
	for (size_t i = 0; how == CRASH_TORN && i < dir->name_changes.n; i++)
		if (coin(rng))
			set_name(ret, dir->name_changes.v[i].name, dir->name_changes.v[i].node);
}

static void write_node(const struct node *n, enum crash how, struct rng *rng, const char *to)
{
	if (!n->is_dir) {
		struct bytes left = {NULL, 0, 0};
		left_of_file(n, how, rng, &left);
		int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		assert_int_equal(fs_write_all(fd, left.v ? left.v : "", left.n), 0);
		close(fd);
		free(left.v);
		return;
	}
	struct entries left = {NULL, 0, 0};
	left_of_dir(n, how, rng, &left);
	(void)mkdir(to, 0755); /* the top is there */
	for (size_t i = 0; i < left.n; i++) {
		if (str_ends(left.v[i].name, "-shm"))
			continue;
		char AUTO_MEM *path = fs_join(to, left.v[i].name);
		write_node(left.v[i].node, how, rng, path);
	}
	clear_names(&left);
	free(left.v);
}

void disk_crash(const struct disk *d, enum crash how, struct rng *rng, const char *to)
{
	write_node(d->top, how, rng, to);
}
