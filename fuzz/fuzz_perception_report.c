/*
 * fuzz_perception_report.c - any bytes as the report of an analysis: digests of finite numbers that can be written and compared.
 */
#include "query-control/perception.h"
#include "query-control/perception_harmony.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_digest(enum perception_kind kind, const struct perception_digest *d)
{
	char AUTO_MEM *text = json_text(d->values, JSON_OUT_SORTED);
	check(text != NULL);
	for (size_t i = 0; i < d->n_vector; i++)
		check(isfinite(d->vector[i]));
	for (size_t i = 0; i < d->n_curve; i++)
		check(isfinite(d->curve[i]));
	if (kind != PERCEIVE_UNDERSTAND && kind != PERCEIVE_LISTEN)
		return;
	check(d->n_vector == HARMONY_SIZE && d->vector[0] >= -1 && d->vector[0] <= 11);
	for (enum harmony_by by = HARMONY_BY_DEGREE; by <= HARMONY_BY_NAME; by++) {
		double self = harmony_likeness(d->vector, d->vector, by);
		check(self >= 0 && self <= 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON json_t *report = NULL;
	if (json_parse((const char *)data, size, &report, NULL) < 0)
		return 0;
	for (enum perception_kind k = 0; k < PERCEPTION_KIND_COUNT; k++) {
		struct perception_digest d;
		if (perception_digest_report(k, report, &d, NULL) < 0)
			continue;
		check_digest(k, &d);
		perception_digest_done(&d);
	}
	return 0;
}
