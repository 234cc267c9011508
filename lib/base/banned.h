/*
 * banned.h - functions that must not be used; including this makes their use a build error.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison sprintf vsprintf strcpy strcat strtok atoi atol atof gets

#endif
