/*
 * signals.c - SIGTERM and SIGINT on a thread of their own, so that a stop does not wait for a long command.
 */
#include <signal.h>

#include "garden.h"

#include "base/banned.h"

static void stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
}

static void *wait_for_signal(void *arg)
{
	struct garden *g = arg;
	sigset_t set;
	int which = 0;
	stop_signals(&set);
	if (sigwait(&set, &which) == 0 && !atomic_load(&g->closing))
		wire_service_stop(g->service, which == SIGINT ? "SIGINT" : "SIGTERM");
	return NULL;
}

void signals_block(void)
{
	sigset_t set;
	stop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int signals_open(struct garden *g, struct err *err)
{
	int r = pthread_create(&g->signal_thread, NULL, wait_for_signal, g);
	g->signals_run = r == 0;
	return r ? err_set(err, -r, "signals") : 0;
}

void signals_close(struct garden *g)
{
	if (!g->signals_run)
		return;
	atomic_store(&g->closing, true);
	(void)pthread_kill(g->signal_thread, SIGTERM); /* ends the wait; a thread that is gone already does not mind */
	pthread_join(g->signal_thread, NULL);
	g->signals_run = false;
}
