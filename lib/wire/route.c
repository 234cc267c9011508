#include "wire/route.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "base/banned.h"

static const struct {
	const char *prefix;
	enum wire_owner owner;
} job_owners[] = { { "hoot:", WIRE_OWNER_HOOTENANNY }, { "lua:", WIRE_OWNER_LUANETTE } };

const char *wire_job_owner(const char *job_id)
{
	for (size_t i = 0; i < COUNT_OF(job_owners); i++)
		if (str_starts(job_id, job_owners[i].prefix))
			return wire_owner_name(job_owners[i].owner);
	return NULL;
}

static int no_owner(const char *field, const char *id, struct err *err)
{
	int r = err_field(err, -EINVAL, field, "'%.64s' does not say whose job it is", id);
	return err_hint(err, r, "a job id begins with hoot: or lua:");
}

static int by_job(const json_t *payload, const char **ret, struct err *err)
{
	const char *id = json_string_value(json_object_get(payload, "job_id"));
	const json_t *ids = json_object_get(payload, "job_ids");
	const char *owner = id ? wire_job_owner(id) : NULL;
	if (id && !owner)
		return no_owner("job_id", id, err);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *item = json_string_value(json_array_get(ids, i));
		const char *its = item ? wire_job_owner(item) : NULL;
		if (item && !its)
			return no_owner("job_ids", item, err);
		if (its && owner && !str_eq(its, owner))
			return err_field(err, -EINVAL, "job_ids", "jobs of %s and of %s: ask for them one after the other",
					 owner, its);
		owner = its ? its : owner;
	}
	if (owner) /* else the payload is not one that the message's owner will take; it tells why */
		*ret = owner;
	return 0;
}

int wire_route(const struct wire_message *m, const json_t *payload, const char **ret, struct err *err)
{
	const char *daemon = m->owner == WIRE_OWNER_ALL ? NULL : wire_owner_name(m->owner);
	int r = m->routing == WIRE_ROUTING_BY_JOB ? by_job(payload, &daemon, err) : 0;
	if (r == 0)
		*ret = daemon;
	return r;
}
