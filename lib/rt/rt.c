#include "rt/rt.h"

/* Defined by the preloaded traps in tests (tests/rt/trap.c); nothing anywhere else. */
__attribute__((weak)) void rt_trap_enter(void);
__attribute__((weak)) void rt_trap_leave(void);

RT_SAFE void rt_enter(void)
{
	if (rt_trap_enter)
		rt_trap_enter();
}

RT_SAFE void rt_leave(void)
{
	if (rt_trap_leave)
		rt_trap_leave();
}
