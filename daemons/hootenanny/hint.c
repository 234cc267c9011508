/*
 * Hints: an envelope {"id", "payload": {"type": "job_hint", "n_pending": N}} to whichever worker is
 *        next. Losing one does
 * no harm: it is repeated while steps wait, and workers also ask by themselves.
 */
#include "hoot.h"

#include "base/json.h"

#include "base/banned.h"

static void push(struct hoot *h, int64_t n_pending)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	char id[UUID_SIZE];
	uuid_new(id);
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "id");
	json_out_string(&o, id);
	json_out_key(&o, "payload");
	json_out_object_begin(&o);
	json_out_key(&o, "type");
	json_out_string(&o, "job_hint");
	json_out_key(&o, "n_pending");
	json_out_int(&o, n_pending);
	json_out_object_end(&o);
	json_out_object_end(&o);
	const struct wire_frame frame = {b.s, b.n};
	if (strbuf_ok(&b))
		(void)wire_socket_send(h->hints, &frame,
				       1); /* nobody there: they ask when they come */
}

/* One for each waiting step, as far as there are workers: PUSH hands them round. */
void hint_send(struct hoot *h)
{
	struct store_conn *c;
	int64_t n = 0, n_workers = (int64_t)map_count(h->workers);
	int r = hoot_tx(h, &c, NULL);
	if (r == 0)
		r = job_count_pending(&h->jobs, c, &n, NULL);
	hoot_tx_end(h, r);
	for (int64_t i = 0; r == 0 && i < n && i < n_workers; i++)
		push(h, n);
}
