#include "wire/schema.h"

#include "base/mem.h"
#include "wire/cli.h"
#include "wire/text.h"

#include <string.h>

/* A cell of a table: a bar would end it. */
static void cell(struct strbuf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			(void)strbuf_addc(b, '\\');
		(void)strbuf_addc(b, *text);
	}
}

static const char *anchor(const struct wire_field *f)
{
	switch (f->kind) {
	case WIRE_ENUM:
		return f->en->name;
	case WIRE_OBJ:
		return f->obj->name;
	case WIRE_UNION:
		return f->un->name;
	default:
		return NULL;
	}
}

static void add_type(struct strbuf *b, const struct wire_field *f)
{
	const char *to = anchor(f);
	if (to)
		(void)strbuf_addf(b, "%s[%s](#%s)", f->list ? "list of " : "", to, to);
	else
		wire_text_type(f, b);
}

static void add_presence(struct strbuf *b, const struct wire_field *f)
{
	if (f->presence == WIRE_REQ) {
		(void)strbuf_adds(b, "required");
	} else if (f->presence == WIRE_OPT) {
		(void)strbuf_adds(b, "optional");
	} else {
		AUTO_STRBUF text = STRBUF_INIT;
		struct json_out o;
		json_out_init(&o, &text);
		wire_out_default(&o, f);
		(void)strbuf_adds(b, "default `");
		cell(b, strbuf_ok(&text) ? text.s : "");
		(void)strbuf_addc(b, '`');
	}
}

static void add_fields(struct strbuf *b, const struct wire_object *desc)
{
	(void)strbuf_adds(
		b, "| field | type | unit | range | | what it is |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		(void)strbuf_addf(b, "| `%s` | ", f->name);
		add_type(b, f);
		(void)strbuf_addf(b, " | %s | ", wire_unit_name(f->unit));
		wire_text_range(f, b);
		(void)strbuf_adds(b, " | ");
		add_presence(b, f);
		(void)strbuf_adds(b, " | ");
		cell(b, f->doc);
		(void)strbuf_adds(b, " |\n");
	}
	(void)strbuf_addc(b, '\n');
}

static int add_example(struct strbuf *b, const char *type, const struct wire_object *desc,
		       struct err *err)
{
	AUTO_JSON json_t *fields = NULL;
	AUTO_JSON json_t *j = json_object();
	int r = wire_example(desc, WIRE_EXAMPLE_REQUIRED, &fields, err);
	if (r < 0)
		return r;
	if ((type && json_object_set_new(j, "type", json_string(type)) < 0) ||
	    json_object_update(j, fields) < 0)
		return err_set(err, -ENOMEM, "no memory for the reference");
	(void)strbuf_adds(b, "```json\n");
	r = json_write(b, j, JSON_OUT_COMPACT);
	(void)strbuf_adds(b, "\n```\n\n");
	return r < 0 ? err_set(err, r, "example of '%s'", desc->name) : 0;
}

static int add_message(struct strbuf *b, const struct wire_message *m, struct err *err)
{
	(void)strbuf_addf(b, "### %s\n\n%s\n\nAnswered by %s. Routing %s, %s, %s, profile %s.\n\n",
			  m->name, m->doc,
			  m->owner == WIRE_OWNER_ALL ? "every daemon" : wire_owner_name(m->owner),
			  wire_routing_name(m->routing),
			  m->work == WIRE_WORK_JOB ? "starts a job" : "answers at once",
			  wire_annotations_name(m->annotations), wire_profile_name(m->profile));
	if (m->request->n)
		add_fields(b, m->request);
	else
		(void)strbuf_adds(b, "It has no fields.\n\n");
	int r = add_example(b, m->name, m->request, err);
	if (r < 0)
		return r;
	(void)strbuf_adds(b, "```sh\n");
	(void)wire_cli_example(m, b);
	(void)strbuf_adds(b, "\n```\n\n");
	if (!m->result->n) {
		(void)strbuf_adds(b, "The result is empty.\n\n");
		return 0;
	}
	(void)strbuf_adds(b, "Result:\n\n");
	add_fields(b, m->result);
	return 0;
}

static void add_owner_list(struct strbuf *b)
{
	for (int owner = 0; owner < WIRE_OWNER_COUNT; owner++) {
		bool any = false;
		for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
			const struct wire_message *m = wire_message_sorted(i);
			if ((int)m->owner != owner)
				continue;
			if (!any)
				(void)strbuf_addf(b, "- %s:",
						  owner == WIRE_OWNER_ALL ? "every daemon"
									  : wire_owner_name(owner));
			(void)strbuf_addf(b, " [%s](#%s)", m->name, m->name);
			any = true;
		}
		if (any)
			(void)strbuf_addc(b, '\n');
	}
	(void)strbuf_addc(b, '\n');
}

static void add_enums(struct strbuf *b)
{
	(void)strbuf_adds(b, "## Enumerations\n\n");
	for (size_t i = 0; wire_enums[i]; i++) {
		const struct wire_enum *e = wire_enums[i];
		(void)strbuf_addf(b, "### %s\n\n%s.\n\n| value | |\n|---|---|\n", e->name, e->doc);
		for (size_t k = 0; k < e->n; k++) {
			(void)strbuf_addf(b, "| `%s` | ", e->values[k].name);
			cell(b, e->values[k].doc);
			(void)strbuf_adds(b, " |\n");
		}
		(void)strbuf_addc(b, '\n');
	}
}

static void add_objects(struct strbuf *b)
{
	(void)strbuf_adds(b, "## Objects\n\n");
	for (size_t i = 0; wire_objects[i]; i++) {
		(void)strbuf_addf(b, "### %s\n\n%s.\n\n", wire_objects[i]->name,
				  wire_objects[i]->doc);
		add_fields(b, wire_objects[i]);
	}
	for (size_t i = 0; wire_unions[i]; i++) {
		const struct wire_union *u = wire_unions[i];
		(void)strbuf_addf(b,
				  "### %s\n\n%s: one of these, as `%s` says.\n\n| `%s` | fields of "
				  "| |\n|---|---|---|\n",
				  u->name, u->doc, u->key, u->key);
		for (size_t k = 0; k < u->n; k++) {
			(void)strbuf_addf(b, "| `%s` | [%s](#%s) | ", u->arms[k].name,
					  u->arms[k].object->name, u->arms[k].object->name);
			cell(b, u->arms[k].doc);
			(void)strbuf_adds(b, " |\n");
		}
		(void)strbuf_addc(b, '\n');
	}
}

static int add_events(struct strbuf *b, struct err *err)
{
	(void)strbuf_adds(b, "## Events\n\n");
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++) {
		const struct wire_event *e = wire_event_sorted(i);
		(void)strbuf_addf(b, "### event %s\n\n%s Sent by %s.\n\n", e->name, e->doc,
				  e->owner == WIRE_OWNER_ALL ? "every daemon"
							     : wire_owner_name(e->owner));
		if (e->body->n)
			add_fields(b, e->body);
		int r = add_example(b, e->name, e->body, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int wire_reference(struct strbuf *ret, struct err *err)
{
	(void)strbuf_adds(ret, "# Reference\n\n"
			       "Every request, event, object and enumeration of the family. This "
			       "page is made from the catalogue\n"
			       "(`lib/wire/messages`) by `ninja -C build reference`; a test fails "
			       "when it is out of date. How messages\n"
			       "travel is said in [protocol.md](protocol.md).\n\n"
			       "## Requests\n\n");
	add_owner_list(ret);
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		int r = add_message(ret, wire_message_sorted(i), err);
		if (r < 0)
			return r;
	}
	int r = add_events(ret, err);
	if (r < 0)
		return r;
	add_objects(ret);
	add_enums(ret);
	(void)strbuf_adds(ret, "## Units\n\n| unit | |\n|---|---|\n");
	for (int i = 0; i < WIRE_N_UNITS; i++)
		if (*wire_unit_name(i))
			(void)strbuf_addf(ret, "| %s | %s |\n", wire_unit_name(i),
					  wire_unit_doc(i));
	return strbuf_ok(ret) ? 0 : err_set(err, -ENOMEM, "no memory for the reference");
}
