/*
 * regex_priv.h - regular expressions in the syntax of Rust's regex crate, matched by PCRE2 within bounds.
 *
 * Syntax:    the Rust text is read and written anew for PCRE2 (regex_rust.c): what the one has and the other means otherwise
 *            (possessive quantifiers, look-around, back-references, recursion, verbs, \h \R \K …) is refused; classes with
 *            && -- ~~ and nested ones, repeated repetitions, \< \b{start}, verbose mode and Rust's Unicode classes are kept.
 * Bounds:    LIMIT_TRUSTFALL_REGEX_STEPS steps, REGEX_HEAP_KIB of memory, REGEX_NEST groups deep, REGEX_TEXT bytes when written anew.
 * Ownership: the caller frees.
 * Threads:   one at a time for each regex.
 * Errors:    -EINVAL: no regular expression (the place is told in bytes); -ETIMEDOUT: a match takes too much; -ENOMEM.
 * Source:    docs.rs/regex, "Syntax"; pcre2pattern(3), pcre2api(3).
 */
#ifndef TRUSTFALL_REGEX_PRIV_H
#define TRUSTFALL_REGEX_PRIV_H

#include "base/mem.h"
#include "base/str.h"

enum { REGEX_NEST = 100, REGEX_TEXT = 65536, REGEX_HEAP_KIB = 8192 };

struct regex;
int regex_new(const char *pattern, size_t n, struct regex **ret, struct err *err);
void regex_free(struct regex *re);
AUTO_DEFINE(regex);
/* 1: it occurs somewhere in s[n]; 0: it does not. */
int regex_match(struct regex *re, const char *s, size_t n, struct err *err);

/* Appends the same expression as PCRE2 says it. */
int regex_translate(const char *pattern, size_t n, struct strbuf *ret, struct err *err);

#endif
