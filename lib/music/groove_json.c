/*
 * groove_json.c - grooves as JSON; what comes in is anybody's.
 */
#include "music/groove.h"

#include "base/str.h"

#include <string.h>

#include "base/banned.h"

static int known_fields(const json_t *o, const char *const *names, size_t n, const char *where, struct err *err)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)o, key, value) {
		size_t i = 0;
		while (i < n && strcmp(names[i], key) != 0)
			i++;
		if (i < n)
			continue;
		int code = err_field(err, -EINVAL, key, "%s has no field '%.40s'", where, key);
		const char *near = str_nearest(key, names, n);
		return near ? err_hint(err, code, "did you mean '%s'?", near) : code;
	}
	return 0;
}

static int read_slot(const json_t *j, int i, struct groove_slot *s, struct err *err)
{
	static const char *const names[] = { "timing_beats", "velocity", "gate", "count" };
	char where[32];
	(void)snprintf(where, sizeof(where), "slot %d", i);
	if (!json_is_object(j))
		return err_field(err, -EINVAL, "slots", "%s is no object", where);
	int code = known_fields(j, names, COUNT_OF(names), where, err);
	if (code == 0)
		code = json_get_number(j, "timing_beats", &s->timing_beats, err);
	if (code == 0)
		code = json_get_number_or(j, "velocity", 1, &s->velocity, err);
	if (code == 0)
		code = json_get_number_or(j, "gate", 0, &s->gate, err);
	if (code == 0)
		code = json_get_int_or(j, "count", 0, &s->count, err);
	return code < 0 ? err_wrap(err, code, "%s", where) : 0;
}

static int read_head(const json_t *j, struct groove *g, struct err *err)
{
	static const char *const names[] = { "type", "version", "name", "period_beats", "slots" };
	const char *type, *name;
	int64_t version;
	if (!json_is_object(j))
		return err_set(err, -EINVAL, "a groove is a JSON object");
	int code = json_get_string(j, "type", &type, err);
	if (code == 0 && !str_eq(type, "groove"))
		code = err_field(err, -EINVAL, "type", "type is '%.40s', not 'groove'", type);
	if (code == 0)
		code = json_get_int(j, "version", &version, err);
	if (code == 0 && version != 1)
		code = err_field(err, -EINVAL, "version", "version %lld of grooves is not known here", (long long)version);
	if (code == 0)
		code = known_fields(j, names, COUNT_OF(names), "a groove", err);
	if (code == 0)
		code = json_get_string_or(j, "name", "", &name, err);
	if (code == 0 && !str_copy(g->name, sizeof(g->name), name))
		code = err_field(err, -EINVAL, "name", "the name is longer than %zu bytes", sizeof(g->name) - 1);
	return code < 0 ? code : json_get_number(j, "period_beats", &g->period_beats, err);
}

int groove_read(const char *bytes, size_t n, struct groove *ret, struct err *err)
{
	AUTO_JSON json_t *j = NULL;
	struct groove g = { .n_slots = 0 };
	json_t *slots;
	int code = json_parse(bytes, n, &j, err);
	if (code == 0)
		code = read_head(j, &g, err);
	if (code == 0)
		code = json_get_array(j, "slots", &slots, err);
	if (code < 0)
		return code;
	if (json_array_size(slots) > GROOVE_SLOTS_MAX)
		return err_field(err, -EINVAL, "slots", "there are %zu slots; allowed are 1 to %d", json_array_size(slots), GROOVE_SLOTS_MAX);
	for (; code == 0 && g.n_slots < (int)json_array_size(slots); g.n_slots++)
		code = read_slot(json_array_get(slots, (size_t)g.n_slots), g.n_slots, &g.slots[g.n_slots], err);
	if (code == 0)
		code = groove_check(&g, err);
	if (code < 0)
		return code;
	*ret = g;
	return 0;
}

json_t *groove_json(const struct groove *g)
{
	AUTO_JSON json_t *slots = json_array();
	for (int i = 0; slots && i < g->n_slots; i++) {
		const struct groove_slot *s = &g->slots[i];
		json_t *one = json_pack("{s:f, s:f, s:f, s:I}", "timing_beats", s->timing_beats, "velocity", s->velocity, "gate", s->gate,
					"count", (json_int_t)s->count);
		if (json_array_append_new(slots, one) < 0)
			return NULL;
	}
	if (!slots)
		return NULL;
	return json_pack("{s:s, s:i, s:s, s:f, s:O}", "type", "groove", "version", 1, "name", g->name, "period_beats", g->period_beats,
			 "slots", slots);
}
