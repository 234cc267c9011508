#include "wire/schema.h"

#include "wire/text.h"
#include "wire/value.h"

#include <string.h>

static void schema_object(struct json_out *o, const struct wire_object *desc, const char *key,
			  const char *value, const char *doc);

static void out_pair(struct json_out *o, const char *key, const char *value)
{
	json_out_key(o, key);
	json_out_string(o, value);
}

static void out_count(struct json_out *o, const char *key, size_t n)
{
	json_out_key(o, key);
	json_out_int(o, (int64_t)n);
}

/* "what it is, in beats (default 4)" */
static void out_description(struct json_out *o, const struct wire_field *f)
{
	AUTO_STRBUF text = STRBUF_INIT;
	(void)strbuf_adds(&text, f->doc);
	if (f->unit != WIRE_UNIT_NONE && f->unit != WIRE_UNIT_FLAG)
		(void)strbuf_addf(&text, " (%s)", wire_unit_name(f->unit));
	if (f->presence == WIRE_DEF) {
		struct json_out d;
		(void)strbuf_adds(&text, " (default ");
		json_out_init(&d, &text);
		wire_out_default(&d, f);
		(void)strbuf_addc(&text, ')');
	}
	json_out_key(o, "description");
	if (strbuf_ok(&text))
		json_out_string(o, text.s);
	else
		o->b->failed = true;
}

static void schema_text(struct json_out *o, const struct wire_field *f)
{
	size_t lo, hi;
	wire_length_bounds(f, false, &lo, &hi);
	out_pair(o, "type", "string");
	if (f->kind == WIRE_HASH) {
		out_pair(o, "pattern", "^sha256:[0-9a-f]{64}$");
	} else if (f->kind != WIRE_BYTES && f->bound == WIRE_LEN && !f->list) {
		/* Bytes are checked when it arrives; characters are never more than those. */
		out_count(o, "minLength", lo ? 1 : 0);
		out_count(o, "maxLength", hi);
	}
}

static void schema_number(struct json_out *o, const struct wire_field *f)
{
	out_pair(o, "type", f->kind == WIRE_INT ? "integer" : "number");
	if (f->bound != WIRE_RANGE)
		return;
	json_out_key(o, "minimum");
	wire_out_number(o, f->lo);
	json_out_key(o, "maximum");
	wire_out_number(o, f->hi);
}

static void schema_enum(struct json_out *o, const struct wire_enum *e)
{
	out_pair(o, "type", "string");
	json_out_key(o, "enum");
	json_out_array_begin(o);
	for (size_t i = 0; i < e->n; i++)
		json_out_string(o, e->values[i].name);
	json_out_array_end(o);
}

static void schema_union(struct json_out *o, const struct wire_union *u)
{
	out_pair(o, "type", "object");
	json_out_key(o, "anyOf");
	json_out_array_begin(o);
	for (size_t i = 0; i < u->n; i++) {
		json_out_object_begin(o);
		schema_object(o, u->arms[i].object, u->key, u->arms[i].name, u->arms[i].doc);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

/* The keywords of one value, between braces that are open already. */
static void schema_value(struct json_out *o, const struct wire_field *f)
{
	switch (f->kind) {
	case WIRE_BOOL:
		out_pair(o, "type", "boolean");
		break;
	case WIRE_INT:
	case WIRE_NUM:
		schema_number(o, f);
		break;
	case WIRE_STR:
	case WIRE_TEXT:
	case WIRE_ID:
	case WIRE_HASH:
	case WIRE_BYTES:
		schema_text(o, f);
		break;
	case WIRE_JSON:
		out_pair(o, "type", "object");
		break;
	case WIRE_ENUM:
		schema_enum(o, f->en);
		break;
	case WIRE_OBJ:
		schema_object(o, f->obj, NULL, NULL, NULL);
		break;
	case WIRE_UNION:
		schema_union(o, f->un);
		break;
	case WIRE_KIND_COUNT:
		break;
	}
}

static void schema_field(struct json_out *o, const struct wire_field *f)
{
	json_out_key(o, f->name);
	json_out_object_begin(o);
	if (f->list) {
		size_t lo, hi;
		wire_length_bounds(f, true, &lo, &hi);
		out_pair(o, "type", "array");
		json_out_key(o, "items");
		json_out_object_begin(o);
		schema_value(o, f);
		json_out_object_end(o);
		out_count(o, "minItems", lo);
		out_count(o, "maxItems", hi);
	} else {
		schema_value(o, f);
	}
	out_description(o, f);
	json_out_object_end(o);
}

/* `key` is one more property that must have `value`: a union's, or the payload's type. */
static void schema_object(struct json_out *o, const struct wire_object *desc, const char *key,
			  const char *value, const char *doc)
{
	out_pair(o, "type", "object");
	if (doc && *doc)
		out_pair(o, "description", doc);
	json_out_key(o, "properties");
	json_out_object_begin(o);
	if (key) {
		json_out_key(o, key);
		json_out_object_begin(o);
		out_pair(o, "type", "string");
		json_out_key(o, "enum");
		json_out_array_begin(o);
		json_out_string(o, value);
		json_out_array_end(o);
		json_out_object_end(o);
	}
	for (size_t i = 0; i < desc->n; i++)
		schema_field(o, &desc->fields[i]);
	json_out_object_end(o);

	json_out_key(o, "required");
	json_out_array_begin(o);
	if (key)
		json_out_string(o, key);
	for (size_t i = 0; i < desc->n; i++)
		if (desc->fields[i].presence == WIRE_REQ)
			json_out_string(o, desc->fields[i].name);
	json_out_array_end(o);
	json_out_key(o, "additionalProperties");
	json_out_bool(o, false);
}

int wire_schema(const struct wire_object *desc, const char *type, struct strbuf *ret)
{
	struct json_out o;
	json_out_init(&o, ret);
	json_out_object_begin(&o);
	schema_object(&o, desc, type ? "type" : NULL, type, NULL);
	json_out_object_end(&o);
	return strbuf_ok(ret) ? 0 : -ENOMEM;
}

static int schema_tree(const struct wire_object *desc, struct wire_arena *arena, json_t **ret,
		       struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	if (wire_schema(desc, NULL, &text) < 0)
		return err_set(err, -ENOMEM, "no memory for the schema of '%s'", desc->name);
	int r = json_parse(text.s, text.n, ret, err);
	if (r < 0)
		return r;
	return wire_arena_take(arena, *ret) < 0 ? err_set(err, -ENOMEM, "no memory for a schema")
						: 0;
}

int wire_list_tools(enum wire_owner owner, const char *hash, struct wire_arena *arena, struct list_tools_result *ret,
		    struct err *err)
{
	struct tool_view *tools = wire_arena_array(arena, WIRE_MESSAGE_COUNT, sizeof(*tools));
	size_t n = 0;
	int r = tools ? 0 : err_set(err, -ENOMEM, "no memory to list the tools");
	for (size_t i = 0; r == 0 && i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = wire_message_sorted(i);
		if (m->owner != owner && m->owner != WIRE_OWNER_ALL)
			continue;
		struct tool_view *t = &tools[n++];
		*t = (struct tool_view){
			.name = m->name,
			.description = m->doc,
			.profile = wire_profile_name(m->profile),
			.annotations = wire_annotations_name(m->annotations),
			.starts_job = m->work == WIRE_WORK_JOB,
		};
		r = schema_tree(m->request, arena, &t->input_schema, err);
		if (r == 0)
			r = schema_tree(m->result, arena, &t->output_schema, err);
	}
	if (r < 0)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->catalogue_hash = hash;
	ret->tools.v = tools;
	ret->tools.n = n;
	return 0;
}
