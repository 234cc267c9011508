#include "query-control/worker_card.h"

#include "../check.h"

#include "base/json.h"

static void test_a_card_keeps_what_a_worker_said_after_it_has_gone(void **state)
{
	AUTO_JSON json_t *schema = json_pack("{s:s}", "type", "object");
	char model[] = "markov";
	struct worker_capability can[] = {
		{.verb = "continue", .from_space = "midi", .to_space = "midi", .model = model, .model_version = "1", .deterministic = true},
		{.verb = "project", .from_space = "", .to_space = "audio", .model = "soundfont", .model_version = "2",
		 .has_params_schema = true, .params_schema = schema},
	};
	struct worker_view w = {.worker_id = "w1", .name = "ann", .worker_type = "hoot-worker", .hostname = "studio", .version = "0.1",
				.hardware = "cpu", .capabilities = {.v = can, .n = 2}};
	AUTO(worker_card) card = NULL;
	assert_int_equal(worker_card_new(&w, &card, NULL), 0);
	model[0] = 'X';
	json_object_clear(schema);
	assert_string_equal(card->worker_id, "w1");
	assert_string_equal(card->hostname, "studio");
	assert_int_equal(card->n_offers, 2);
	assert_string_equal(card->offers[0].can.model, "markov");
	assert_true(card->offers[0].can.deterministic);
	assert_null(card->offers[0].params_schema);
	assert_string_equal(card->offers[1].can.from_space, "");
	assert_string_equal(card->offers[1].params_schema, "{\"type\":\"object\"}");
	struct worker_card *other = worker_card_ref(card);
	worker_card_unref(other);
	assert_string_equal(card->name, "ann");
}

static void test_a_worker_that_offers_nothing_has_a_card(void **state)
{
	struct worker_view w = {.worker_id = "w2", .name = "", .worker_type = "", .hostname = "", .version = "", .hardware = ""};
	AUTO(worker_card) card = NULL;
	assert_int_equal(worker_card_new(&w, &card, NULL), 0);
	assert_int_equal(card->n_offers, 0);
	assert_string_equal(card->name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_card_keeps_what_a_worker_said_after_it_has_gone),
		cmocka_unit_test(test_a_worker_that_offers_nothing_has_a_card),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
