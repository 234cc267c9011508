#include "query_errors.h"

#include "columns.h"

#include "base/mem.h"
#include "trustfall/error.h"

#include <string.h>

#include "base/banned.h"

static enum tf_stage stage_of(const char *name)
{
	enum tf_stage s = TF_STAGE_SCHEMA;
	while (s < TF_STAGE_COUNT && !str_eq(tf_stage_name(s), name))
		s++;
	return s;
}

static uint32_t number(const json_t *e, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(e, key));
	return n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

static const char *text_of(const json_t *e, const char *key)
{
	const char *s = json_string_value(json_object_get(e, key));
	return s ? s : "";
}

void query_make_harmless(struct strbuf *b)
{
	AUTO_STRBUF clean = STRBUF_INIT;
	for (char *p = b->s; p && *p;) {
		size_t n = strcspn(p, "\n");
		bool end = p[n] == '\n';
		p[n] = '\0';
		for (size_t i = 0; i < n; i++)
			p[i] = p[i] == '\t' ? ' ' : p[i];
		columns_cut(&clean, p, SIZE_MAX);
		if (end)
			(void)strbuf_addc(&clean, '\n');
		p += n + end;
	}
	bool ok = strbuf_ok(b) && strbuf_ok(&clean);
	strbuf_clear(b);
	(void)strbuf_add(b, clean.s ? clean.s : "", clean.n);
	b->failed |= !ok;
}

int query_errors_draw(const json_t *list, const char *text, struct strbuf *b)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	const json_t *e;
	size_t i;
	json_array_foreach(list, i, e)
	{
		const struct tf_pos pos = { number(e, "line"), number(e, "column") };
		(void)tf_error_add(&errors, stage_of(text_of(e, "stage")), text_of(e, "kind"), text ? pos : (struct tf_pos){ 0, 0 },
				   NULL, "%s", text_of(e, "message"));
		if (*text_of(e, "hint"))
			tf_error_hint(&errors, "%s", text_of(e, "hint"));
	}
	int r = tf_errors_show(&errors, text ? text : "", text ? strlen(text) : 0, b);
	if (r == 0)
		query_make_harmless(b);
	return r < 0 || strbuf_ok(b) ? r : -ENOMEM;
}
