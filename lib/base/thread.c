#include "base/thread.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

enum { NICE = 10, SLICE_NS = 100000000 };

/* The kernel's, which the C library does not have everywhere; its first version. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t slice_ns, deadline_ns, period_ns;
};

/*
 * The longest slice that Linux gives: since 6.12 a thread with a shorter one that becomes ready ends it at once. Older kernels know
 * the nice value alone.
 */
void thread_be_patient(void)
{
	struct attributes a = {.size = sizeof(a), .policy = SCHED_BATCH, .nice = NICE, .slice_ns = SLICE_NS};
	if (syscall(SYS_sched_setattr, 0, &a, 0) < 0)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}
