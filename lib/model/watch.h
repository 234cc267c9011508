/*
 * watch.h - how long work tells its progress and learns that nobody wants it any more.
 *
 * Threads: both functions are called on the thread that does the work.
 */
#ifndef MODEL_WATCH_H
#define MODEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct model_watch {
	bool (*cancelled)(void *arg);                                     /* may be NULL */
	void (*progress)(void *arg, double fraction, const char *what); /* may be NULL; 0 to 1, never falls */
	void *arg;
};

static inline bool model_cancelled(const struct model_watch *w)
{
	return w && w->cancelled && w->cancelled(w->arg);
}

static inline void model_progress(const struct model_watch *w, double fraction, const char *what)
{
	if (w && w->progress)
		w->progress(w->arg, fraction, what);
}

#endif
