/*
 * limits.h - the named limits of limits.def as constants: LIMIT_JSON_DEPTH and so on.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum limit_value {
#ifdef TINY_LIMITS
#define LIMIT(name, normal, tiny, what) LIMIT_##name = (tiny),
#else
#define LIMIT(name, normal, tiny, what) LIMIT_##name = (normal),
#endif
#include "base/limits.def"
#undef LIMIT
};

#endif
