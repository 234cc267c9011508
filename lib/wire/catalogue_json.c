#include "wire/schema.h"

#include "base/hex.h"
#include "wire/text.h"

#include <openssl/evp.h>
#include <string.h>

#define CATALOGUE_VERSION 1

static void pair(struct json_out *o, const char *key, const char *value)
{
	json_out_key(o, key);
	json_out_string(o, value);
}

static void out_bounds(struct json_out *o, const struct wire_field *f)
{
	if (f->bound == WIRE_ANY)
		return;
	json_out_key(o, f->bound == WIRE_RANGE ? "minimum" : "min_length");
	wire_out_number(o, f->lo);
	json_out_key(o, f->bound == WIRE_RANGE ? "maximum" : "max_length");
	wire_out_number(o, f->hi);
}

static void out_field(struct json_out *o, const struct wire_field *f)
{
	static const char *const presences[] = { "required", "optional", "default" };
	json_out_object_begin(o);
	pair(o, "name", f->name);
	pair(o, "kind", wire_kind_name(f->kind));
	if (f->kind == WIRE_ENUM || f->kind == WIRE_OBJ || f->kind == WIRE_UNION)
		pair(o, "of",
		     f->kind == WIRE_ENUM  ? f->en->name
		     : f->kind == WIRE_OBJ ? f->obj->name
					   : f->un->name);
	json_out_key(o, "list");
	json_out_bool(o, f->list);
	pair(o, "unit", wire_unit_name(f->unit));
	pair(o, "presence", presences[f->presence]);
	if (f->presence == WIRE_DEF) {
		json_out_key(o, "default");
		wire_out_default(o, f);
	}
	out_bounds(o, f);
	pair(o, "doc", f->doc);
	json_out_key(o, "example");
	json_out_raw(o, f->example, strlen(f->example));
	json_out_object_end(o);
}

static void out_fields(struct json_out *o, const char *key, const struct wire_object *desc)
{
	json_out_key(o, key);
	json_out_array_begin(o);
	for (size_t i = 0; i < desc->n; i++)
		out_field(o, &desc->fields[i]);
	json_out_array_end(o);
}

static void out_units(struct json_out *o)
{
	json_out_key(o, "units");
	json_out_array_begin(o);
	for (int i = 0; i < WIRE_N_UNITS; i++) {
		json_out_object_begin(o);
		pair(o, "name", wire_unit_name(i));
		pair(o, "doc", wire_unit_doc(i));
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void out_enums(struct json_out *o)
{
	json_out_key(o, "enums");
	json_out_array_begin(o);
	for (size_t i = 0; wire_enums[i]; i++) {
		const struct wire_enum *e = wire_enums[i];
		json_out_object_begin(o);
		pair(o, "name", e->name);
		pair(o, "doc", e->doc);
		json_out_key(o, "values");
		json_out_array_begin(o);
		for (size_t k = 0; k < e->n; k++) {
			json_out_object_begin(o);
			pair(o, "name", e->values[k].name);
			pair(o, "doc", e->values[k].doc);
			json_out_object_end(o);
		}
		json_out_array_end(o);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void out_objects(struct json_out *o)
{
	json_out_key(o, "objects");
	json_out_array_begin(o);
	for (size_t i = 0; wire_objects[i]; i++) {
		json_out_object_begin(o);
		pair(o, "name", wire_objects[i]->name);
		pair(o, "doc", wire_objects[i]->doc);
		out_fields(o, "fields", wire_objects[i]);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void out_unions(struct json_out *o)
{
	json_out_key(o, "unions");
	json_out_array_begin(o);
	for (size_t i = 0; wire_unions[i]; i++) {
		const struct wire_union *u = wire_unions[i];
		json_out_object_begin(o);
		pair(o, "name", u->name);
		pair(o, "doc", u->doc);
		pair(o, "key", u->key);
		json_out_key(o, "arms");
		json_out_array_begin(o);
		for (size_t k = 0; k < u->n; k++) {
			json_out_object_begin(o);
			pair(o, "name", u->arms[k].name);
			pair(o, "object", u->arms[k].object->name);
			pair(o, "doc", u->arms[k].doc);
			json_out_object_end(o);
		}
		json_out_array_end(o);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static int out_schema_and_example(struct json_out *o, const char *prefix,
				  const struct wire_object *desc, struct err *err)
{
	AUTO_STRBUF schema = STRBUF_INIT;
	AUTO_JSON json_t *example = NULL;
	char key[32];
	if (wire_schema(desc, NULL, &schema) < 0)
		return err_set(err, -ENOMEM, "no memory for the schema of '%s'", desc->name);
	(void)snprintf(key, sizeof(key), "%sschema", prefix);
	json_out_key(o, key);
	json_out_raw(o, schema.s, schema.n);

	int r = wire_example(desc, WIRE_EXAMPLE_REQUIRED, &example, err);
	if (r < 0)
		return r;
	(void)snprintf(key, sizeof(key), "%sexample", prefix);
	json_out_key(o, key);
	json_out_json(o, example);
	return 0;
}

static int out_message(struct json_out *o, const struct wire_message *m, struct err *err)
{
	json_out_object_begin(o);
	pair(o, "name", m->name);
	pair(o, "doc", m->doc);
	pair(o, "owner", wire_owner_name(m->owner));
	pair(o, "routing", wire_routing_name(m->routing));
	pair(o, "work", wire_work_name(m->work));
	pair(o, "annotations", wire_annotations_name(m->annotations));
	pair(o, "profile", wire_profile_name(m->profile));
	out_fields(o, "fields", m->request);
	out_fields(o, "result", m->result);
	int r = out_schema_and_example(o, "input_", m->request, err);
	if (r == 0)
		r = out_schema_and_example(o, "output_", m->result, err);
	json_out_object_end(o);
	return r;
}

static int out_event(struct json_out *o, const struct wire_event *e, struct err *err)
{
	json_out_object_begin(o);
	pair(o, "name", e->name);
	pair(o, "doc", e->doc);
	pair(o, "owner", wire_owner_name(e->owner));
	out_fields(o, "fields", e->body);
	int r = out_schema_and_example(o, "", e->body, err);
	json_out_object_end(o);
	return r;
}

int wire_catalogue_json(struct strbuf *ret, struct err *err)
{
	struct json_out o;
	int r = 0;
	json_out_init(&o, ret);
	json_out_object_begin(&o);
	json_out_key(&o, "version");
	json_out_int(&o, CATALOGUE_VERSION);
	out_units(&o);
	out_enums(&o);
	out_objects(&o);
	out_unions(&o);

	json_out_key(&o, "messages");
	json_out_array_begin(&o);
	for (size_t i = 0; r == 0 && i < WIRE_MESSAGE_COUNT; i++)
		r = out_message(&o, wire_message_sorted(i), err);
	json_out_array_end(&o);

	json_out_key(&o, "events");
	json_out_array_begin(&o);
	for (size_t i = 0; r == 0 && i < WIRE_EVENT_COUNT; i++)
		r = out_event(&o, wire_event_sorted(i), err);
	json_out_array_end(&o);
	json_out_object_end(&o);
	if (r == 0 && !strbuf_ok(ret))
		r = err_set(err, -ENOMEM, "no memory for the catalogue");
	return r;
}

int wire_catalogue_hash(char ret[WIRE_CATALOGUE_HASH_SIZE], struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r = wire_catalogue_json(&text, err);
	if (r < 0)
		return r;
	if (!EVP_Digest(text.s, text.n, digest, &n, EVP_sha256(), NULL))
		return err_set(err, -ENOMEM, "no memory to hash the catalogue");
	memcpy(ret, "sha256:", 7);
	hex_encode(ret + 7, digest, n);
	return 0;
}
