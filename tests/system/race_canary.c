/*
 * race_canary.c - a race that the thread sanitizer must report, so that a run in which it looks at nothing does not pass.
 */
#include <pthread.h>

static void *add(void *arg)
{
	volatile int *n = arg;
	*n += 1;
	return NULL;
}

int main(void)
{
	volatile int n = 0;
	pthread_t other;
	if (pthread_create(&other, NULL, add, (void *)&n) != 0)
		return 0; /* which is not what is expected */
	(void)add((void *)&n);
	return pthread_join(other, NULL);
}
