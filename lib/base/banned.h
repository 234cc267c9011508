/*
 * banned.h - functions that must not be used; including this makes their use a build error.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang with _FORTIFY_SOURCE has macros of these names */
#undef sprintf
#undef vsprintf

#pragma GCC poison sprintf vsprintf strcpy strcat strtok atoi atol atof gets

#endif
