#define PCRE2_CODE_UNIT_WIDTH 8
#include "trustfall/regex_priv.h"

#include <pcre2.h>

#include "base/limits.h"

#include "base/banned.h"

enum { JIT_AFTER = 32 }; /* matches: compiling to machine code pays from about here on */

struct regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *bounds;
	unsigned n_matches;
};

void regex_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_match_context_free(re->bounds);
	pcre2_match_data_free(re->match);
	pcre2_code_free(re->code);
	free(re);
}

static pcre2_code *compile(const struct strbuf *text, int *ret_error)
{
	PCRE2_SIZE at;
	pcre2_compile_context *c = pcre2_compile_context_create(NULL);
	*ret_error = PCRE2_ERROR_NOMEMORY;
	if (!c)
		return NULL;
	(void)pcre2_set_newline(c, PCRE2_NEWLINE_LF); /* a value it knows */
	(void)pcre2_set_parens_nest_limit(c, 10 * REGEX_NEST);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)(text->s ? text->s : ""), text->n,
					 PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
						 PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
					 ret_error, &at, c);
	pcre2_compile_context_free(c);
	return code;
}

int regex_new(const char *pattern, size_t n, struct regex **ret, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO(regex) re = calloc(1, sizeof(*re));
	if (!re)
		return err_set(err, -ENOMEM, "regular expression");
	int r = regex_translate(pattern, n, &text, err);
	if (r < 0)
		return r;
	int error;
	re->code = compile(&text, &error);
	if (!re->code && error != PCRE2_ERROR_NOMEMORY) {
		PCRE2_UCHAR msg[160] = "";
		(void)pcre2_get_error_message(error, msg, sizeof(msg)); /* cut where it does not fit */
		return err_set(err, -EINVAL, "regular expression '%.*s': %s", n < 80 ? (int)n : 80, pattern, (const char *)msg);
	}
	re->match = re->code ? pcre2_match_data_create(1, NULL) : NULL;
	re->bounds = pcre2_match_context_create(NULL);
	if (!re->code || !re->match || !re->bounds)
		return err_set(err, -ENOMEM, "regular expression");
	(void)pcre2_set_match_limit(re->bounds, LIMIT_TRUSTFALL_REGEX_STEPS);
	(void)pcre2_set_depth_limit(re->bounds, LIMIT_TRUSTFALL_REGEX_STEPS);
	(void)pcre2_set_heap_limit(re->bounds, REGEX_HEAP_KIB);
	*ret = TAKE(re);
	return 0;
}

int regex_match(struct regex *re, const char *s, size_t n, struct err *err)
{
	if (++re->n_matches == JIT_AFTER)
		(void)pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE); /* where there is none the interpreter goes on */
	int r = pcre2_match(re->code, (PCRE2_SPTR)(n ? s : ""), n, 0, 0, re->match, re->bounds);
	if (r == PCRE2_ERROR_JIT_STACKLIMIT)
		r = pcre2_match(re->code, (PCRE2_SPTR)(n ? s : ""), n, 0, PCRE2_NO_JIT, re->match, re->bounds);
	if (r >= 0)
		return 1;
	switch (r) {
	case PCRE2_ERROR_NOMATCH:
		return 0;
	case PCRE2_ERROR_NOMEMORY:
		return err_set(err, -ENOMEM, "match of a regular expression");
	default: /* a limit; the subject cannot be at fault */
		return err_hint(err, err_set(err, -ETIMEDOUT, "a match of the regular expression takes more than %d steps",
					     LIMIT_TRUSTFALL_REGEX_STEPS),
				"avoid repetitions inside of repetitions");
	}
}
