/*
 * thread.h - how urgent a thread is to the rest of its process.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/*
 * The calling thread gives way to whoever wakes up, and takes its share when nobody else wants to run: for work that nobody waits
 * for at the next beat. Where the system refuses that, it goes on as it was.
 */
void thread_be_patient(void);

#endif
