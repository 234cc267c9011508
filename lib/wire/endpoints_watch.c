#include "wire/endpoints_watch.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct endpoints_watch {
	wire_loop_fn *changed;
	void *arg;
	int inotify; /* -1: none */
	struct wire_watch *readable;
};

static void file_changed(void *arg)
{
	struct endpoints_watch *w = arg;
	char events[4096];
	bool ours = false;
	ssize_t n = read(w->inotify, events, sizeof(events));
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		struct inotify_event e;
		memcpy(&e, events + at, sizeof(e));
		if (e.mask & IN_Q_OVERFLOW || (e.len && strcmp(events + at + sizeof(e), "endpoints.json") == 0))
			ours = true;
		at += (ssize_t)(sizeof(e) + e.len);
	}
	if (ours)
		w->changed(w->arg);
}

static int open_inotify(struct endpoints_watch *w, struct wire_loop *l, const char *dir, struct err *err)
{
	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->inotify < 0)
		return 0;
	if (inotify_add_watch(w->inotify, dir, IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE) < 0)
		return err_sys(err, "watch '%s'", dir);
	return wire_readable_new(l, w->inotify, file_changed, w, &w->readable, err);
}

int endpoints_watch_new(struct wire_loop *l, const struct wire_family *f, wire_loop_fn *changed, void *arg,
			struct endpoints_watch **ret, struct err *err)
{
	AUTO(endpoints_watch) w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "watch");
	w->inotify = -1;
	w->changed = changed;
	w->arg = arg;
	int r = open_inotify(w, l, wire_family_dir(f), err);
	if (r < 0)
		return r;
	*ret = TAKE(w);
	return 0;
}

void endpoints_watch_free(struct endpoints_watch *w)
{
	if (!w)
		return;
	wire_watch_free(w->readable);
	if (w->inotify >= 0)
		close(w->inotify);
	free(w);
}
