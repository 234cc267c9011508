#include "wire/cli.h"

#include "base/mem.h"
#include "wire/text.h"

#include <string.h>

#define PROGRAM "holler call"

static void add_flag(struct strbuf *ret, const char *field)
{
	(void)strbuf_adds(ret, "--");
	for (const char *s = field; *s; s++)
		(void)strbuf_addc(ret, *s == '_' ? '-' : *s);
}

/* Single quotes around what a shell would take apart. */
static void add_quoted(struct strbuf *ret, const char *s)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,";
	if (*s && strspn(s, plain) == strlen(s)) {
		(void)strbuf_adds(ret, s);
		return;
	}
	(void)strbuf_addc(ret, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			(void)strbuf_adds(ret, "'\\''");
		else
			(void)strbuf_addc(ret, *s);
	}
	(void)strbuf_addc(ret, '\'');
}

static bool is_text(enum wire_kind kind)
{
	return kind == WIRE_STR || kind == WIRE_TEXT || kind == WIRE_ID || kind == WIRE_HASH ||
	       kind == WIRE_BYTES || kind == WIRE_ENUM;
}

static void add_example_flag(struct strbuf *ret, const struct wire_field *f)
{
	(void)strbuf_addc(ret, ' ');
	if (f->kind == WIRE_BOOL && !f->list) {
		bool yes = strcmp(f->example, "true") == 0;
		AUTO_STRBUF name = STRBUF_INIT;
		(void)strbuf_addf(&name, "%s%s", yes ? "" : "no_", f->name);
		add_flag(ret, strbuf_ok(&name) ? name.s : f->name);
		return;
	}
	add_flag(ret, f->name);
	AUTO_JSON json_t *j = NULL;
	bool text = is_text(f->kind) && !f->list &&
		    json_parse(f->example, strlen(f->example), &j, NULL) == 0 && json_is_string(j);
	const char *value = text ? json_string_value(j) : f->example;
	bool needs_equals = strncmp(value, "--", 2) == 0;
	(void)strbuf_addc(ret, needs_equals ? '=' : ' ');
	add_quoted(ret, value);
}

int wire_cli_example(const struct wire_message *m, struct strbuf *ret)
{
	(void)strbuf_addf(ret, PROGRAM " %s", m->name);
	bool any = false;
	for (size_t i = 0; i < m->request->n; i++) {
		if (m->request->fields[i].presence == WIRE_REQ || m->request->fields[i].shown) {
			add_example_flag(ret, &m->request->fields[i]);
			any = true;
		}
	}
	/* With nothing that must be said, show at least one thing that can. */
	if (!any && m->request->n)
		add_example_flag(ret, &m->request->fields[0]);
	return strbuf_ok(ret) ? 0 : -ENOMEM;
}

static void help_value(struct strbuf *ret, const struct wire_field *f)
{
	if (f->kind == WIRE_BOOL && !f->list)
		return;
	(void)strbuf_adds(ret, f->list ? " VALUE …" : " VALUE");
}

static void help_notes(struct strbuf *ret, const struct wire_field *f)
{
	AUTO_STRBUF range = STRBUF_INIT;
	wire_text_type(f, ret);
	if (f->unit != WIRE_UNIT_NONE && f->unit != WIRE_UNIT_FLAG)
		(void)strbuf_addf(ret, ", %s", wire_unit_name(f->unit));
	wire_text_range(f, &range);
	if (range.n)
		(void)strbuf_addf(ret, ", %s", range.s);
	if (f->presence == WIRE_REQ)
		(void)strbuf_adds(ret, ", required");
	if (f->presence == WIRE_DEF) {
		struct json_out o;
		(void)strbuf_adds(ret, ", default ");
		json_out_init(&o, ret);
		wire_out_default(&o, f);
	}
}

static void help_values(struct strbuf *ret, const struct wire_field *f)
{
	if (f->kind == WIRE_ENUM)
		for (size_t i = 0; i < f->en->n; i++)
			(void)strbuf_addf(ret, "        %-18s %s\n", f->en->values[i].name,
					  f->en->values[i].doc);
	if (f->kind == WIRE_UNION)
		for (size_t i = 0; i < f->un->n; i++)
			(void)strbuf_addf(ret, "        %s=%-18s %s\n", f->un->key,
					  f->un->arms[i].name, f->un->arms[i].doc);
	if (f->kind == WIRE_OBJ || f->kind == WIRE_UNION || f->kind == WIRE_JSON)
		(void)strbuf_addf(ret, "        such as %s\n", f->example);
}

int wire_cli_help(const struct wire_message *m, struct strbuf *ret)
{
	(void)strbuf_addf(ret, "%s\n\nUsage: " PROGRAM " %s%s\n\n", m->doc, m->name,
			  m->request->n ? " [FLAGS]" : "");
	for (size_t i = 0; i < m->request->n; i++) {
		const struct wire_field *f = &m->request->fields[i];
		(void)strbuf_adds(ret, "  ");
		add_flag(ret, f->name);
		help_value(ret, f);
		(void)strbuf_addf(ret, "\n      %s (", f->doc);
		help_notes(ret, f);
		(void)strbuf_adds(ret, ")\n");
		help_values(ret, f);
	}
	(void)strbuf_adds(
		ret,
		"  --json OBJECT\n      the whole payload; flags are laid over it\n\nExample: ");
	(void)wire_cli_example(m, ret);
	(void)strbuf_addf(ret, "\n\nAnswered by %s; %s, %s%s.\n", wire_owner_name(m->owner),
			  wire_annotations_name(m->annotations), wire_profile_name(m->profile),
			  m->work == WIRE_WORK_JOB ? "; starts a job" : "");
	return strbuf_ok(ret) ? 0 : -ENOMEM;
}

int wire_cli_list(enum wire_profile profile, struct strbuf *ret)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = wire_message_sorted(i);
		if (m->profile <= profile)
			(void)strbuf_addf(ret, "  %-24s %s\n", m->name, m->doc);
	}
	return strbuf_ok(ret) ? 0 : -ENOMEM;
}

static const struct wire_field *value_of(const struct wire_message *m, const char *previous)
{
	if (strncmp(previous, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < m->request->n; i++) {
		AUTO_STRBUF flag = STRBUF_INIT;
		add_flag(&flag, m->request->fields[i].name);
		if (strbuf_ok(&flag) && strcmp(flag.s, previous) == 0)
			return &m->request->fields[i];
	}
	return NULL;
}

static void candidate(struct strbuf *ret, const char *text, const char *partial)
{
	if (str_starts(text, partial))
		(void)strbuf_addf(ret, "%s\n", text);
}

static void complete_flags(const struct wire_message *m, const char *partial, struct strbuf *ret)
{
	for (size_t i = 0; i < m->request->n; i++) {
		AUTO_STRBUF flag = STRBUF_INIT;
		add_flag(&flag, m->request->fields[i].name);
		if (strbuf_ok(&flag))
			candidate(ret, flag.s, partial);
	}
	candidate(ret, "--json", partial);
	candidate(ret, "--help", partial);
}

int wire_cli_complete(const struct wire_message *m, const char *previous, const char *partial,
		      struct strbuf *ret)
{
	const struct wire_field *f = m ? value_of(m, previous) : NULL;
	if (!m) {
		for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
			candidate(ret, wire_message_sorted(i)->name, partial);
	} else if (f && f->kind == WIRE_ENUM) {
		for (size_t i = 0; i < f->en->n; i++)
			candidate(ret, f->en->values[i].name, partial);
	} else if (!f || f->kind == WIRE_BOOL) {
		complete_flags(m, partial, ret);
	}
	return strbuf_ok(ret) ? 0 : -ENOMEM;
}
