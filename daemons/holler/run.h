/*
 * run.h - holler runs itself: for commands that start and stop a family of their own.
 */
#ifndef HOLLER_RUN_H
#define HOLLER_RUN_H

#include "command.h"

/*
 * Runs `holler --family FAMILY ARGS…` (args end with NULL) in a process group of its own, with its output appended to the file
 * `log`, and waits for it. -EIO with the exit status in the message when it fails.
 */
int holler_run(const struct holler *h, const char *family, const char *log, const char *const *args, struct err *err);

/* SIGINT, SIGTERM, SIGHUP. */
#define HOLLER_N_STOPS 3
extern const int holler_stops[HOLLER_N_STOPS];
/* They wait from now on (or no more): who has a family running takes it down first. */
void holler_hold_signals(bool hold);
bool holler_signal_waits(void);

#endif
