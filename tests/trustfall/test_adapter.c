/*
 * test_adapter.c - tables become a schema with documentation, and functions that fit it.
 */
#include "trustfall/adapter.h"

#include "shelf.h"

#include "../check.h"
#include "../starve.h"

#include <string.h>

static int get_null(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)v, (void)err;
	*ret = TF_VALUE_NULL;
	return 0;
}

static int open_none(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	(void)c, (void)from, (void)params, (void)hints, (void)err;
	tf_iter_none(it);
	return 0;
}

/* One table makes cats, another adds to them. */
static const char *const is_animal[] = {"Animal", NULL}, *const is_pet[] = {"Pet", NULL};
static const struct tf_property_row animal_properties[] = {
	{.name = "name", .type = "String!", .doc = "Its \"name\", three quotes \"\"\" in it.", .get = get_null},
};
static const struct tf_property_row cat_properties[] = {{.name = "lives", .type = "Int!", .doc = "Lives left.", .get = get_null}};
static const struct tf_edge_row pet_edges[] = {{.name = "owner", .type = "Animal", .doc = "", .open = open_none}};
static const struct tf_type_row animal_types[] = {
	{.name = "Animal", .doc = "What breathes.", .interface = true, TF_PROPERTIES(animal_properties)},
	{.name = "Pet", .doc = "An animal at home.", .interface = true, .implements = is_animal, TF_EDGES(pet_edges)},
	{.name = "Cat", .doc = "A pet that says \"miaow\"", .implements = is_pet, TF_PROPERTIES(cat_properties)},
};
static const struct tf_param_row cat_params[] = {
	{.name = "limit", .type = "Int! ", .value = "3", .doc = "How many."},
	{.name = "named", .type = "String", .doc = NULL},
};
static const struct tf_edge_row cat_roots[] = {{.name = "Cats", .type = "[Cat!]!", .doc = "Cats.", TF_PARAMS(cat_params), .open = open_none}};
static const struct tf_table cats = {animal_types, COUNT_OF(animal_types), cat_roots, COUNT_OF(cat_roots)};

static const struct tf_param_row mice_params[] = {{.name = "max", .type = "Int!"}, {.name = "min", .type = "Int", .value = "0"}};
static const struct tf_edge_row mice_edges[] = {{.name = "mice", .type = "[Cat!]", .doc = "Prey.", TF_PARAMS(mice_params), .open = open_none}};
static const struct tf_type_row more_types[] = {{.name = "Cat", TF_EDGES(mice_edges)}};
static const struct tf_edge_row more_roots[] = {{.name = "FirstCat", .type = "Cat", .doc = NULL, .open = open_none}};
static const struct tf_table more = {more_types, COUNT_OF(more_types), more_roots, COUNT_OF(more_roots)};

static void test_rows_of_several_tables_are_one_schema(void **state)
{
	static const struct tf_table *const tables[] = {&cats, &more};
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e = ERR_INIT;
	assert_int_equal(tf_tables_schema(tables, 2, &b, &e), 0);
	const char *body = strstr(b.s, "\n\"\"\"Where");
	assert_non_null(body);
	assert_string_equal(body, "\n\"\"\"Where a query begins.\"\"\"\n"
				  "type Root {\n"
				  "\t\"\"\"Cats.\"\"\"\n"
				  "\tCats(\n"
				  "\t\t\"\"\"How many.\"\"\"\n"
				  "\t\tlimit: Int!  = 3\n"
				  "\t\tnamed: String\n"
				  "\t): [Cat!]!\n"
				  "\tFirstCat: Cat\n"
				  "}\n"
				  "\n\"\"\"What breathes.\"\"\"\n"
				  "interface Animal {\n"
				  "\t\"\"\"Its \"name\", three quotes \\\"\"\" in it.\"\"\"\n"
				  "\tname: String!\n"
				  "}\n"
				  "\n\"\"\"An animal at home.\"\"\"\n"
				  "interface Pet implements Animal {\n"
				  "\towner: Animal\n"
				  "\t\"\"\"Its \"name\", three quotes \\\"\"\" in it.\"\"\"\n"
				  "\tname: String!\n"
				  "}\n"
				  "\n\"\"\"A pet that says \"miaow\"\n\"\"\"\n"
				  "type Cat implements Pet & Animal {\n"
				  "\t\"\"\"Lives left.\"\"\"\n"
				  "\tlives: Int!\n"
				  "\t\"\"\"Prey.\"\"\"\n"
				  "\tmice(max: Int!, min: Int = 0): [Cat!]\n"
				  "\towner: Animal\n"
				  "\t\"\"\"Its \"name\", three quotes \\\"\"\" in it.\"\"\"\n"
				  "\tname: String!\n"
				  "}\n");
}

static void test_the_schema_of_tables_is_read_back_with_its_documentation(void **state)
{
	static const struct tf_table *const tables[] = {&cats, &more};
	AUTO(tf_adapter) a = NULL;
	struct err e = ERR_INIT;
	if (tf_adapter_new(tables, 2, NULL, &a, &e) < 0)
		fail_msg("%s", e.msg);
	const struct tf_schema *s = tf_adapter_schema(a);
	const struct tf_type_def *cat = tf_schema_type(s, "Cat");
	assert_string_equal(cat->doc, "A pet that says \"miaow\"");
	assert_string_equal(tf_type_field(cat, "name")->doc, "Its \"name\", three quotes \"\"\" in it.");
	assert_string_equal(tf_type_field(tf_schema_root(s), "Cats")->params[0].doc, "How many.");
	assert_int_equal(tf_type_field(tf_schema_root(s), "Cats")->params[0].value.i, 3);
	assert_int_equal(tf_adapter_type(a, "Cat"), cat->index);
	assert_int_equal(tf_adapter_type(a, "Pet"), TF_ROOT_INDEX);
	assert_int_equal(tf_adapter_type(a, "Dog"), TF_ROOT_INDEX);
	assert_non_null(strstr(tf_adapter_text(a), "type Cat"));
}

static void refused(const struct tf_table *const *tables, size_t n, const char *says)
{
	struct tf_adapter *a = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(tf_adapter_new(tables, n, NULL, &a, &e), -EINVAL);
	if (!strstr(e.msg, says))
		fail_msg("'%s' is not in '%s'", says, e.msg);
	assert_null(a);
}

static void test_tables_that_do_not_fit_are_refused_by_name(void **state)
{
	static const struct tf_table *const twice[] = {&cats, &more, &more};
	refused(twice, 3, "'FirstCat'");

	static const struct tf_type_row again_types[] = {{.name = "Cat", TF_PROPERTIES(cat_properties)}};
	static const struct tf_table again = {again_types, 1, NULL, 0};
	static const struct tf_table *const twice_property[] = {&cats, &again};
	refused(twice_property, 2, "'lives' of 'Cat' twice");

	static const struct tf_type_row kind_types[] = {{.name = "Cat", .interface = true}};
	static const struct tf_table kind = {kind_types, 1, NULL, 0};
	static const struct tf_table *const both_kinds[] = {&cats, &kind};
	refused(both_kinds, 2, "'Cat' is an interface");

	static const struct tf_property_row no_function[] = {{.name = "age", .type = "Int"}};
	static const struct tf_type_row age_types[] = {{.name = "Cat", TF_PROPERTIES(no_function)}};
	static const struct tf_table age = {age_types, 1, NULL, 0};
	static const struct tf_table *const without[] = {&cats, &age};
	refused(without, 2, "property 'age' of 'Cat'");

	static const struct tf_edge_row lost_roots[] = {{.name = "Lost", .type = "Dog", .open = open_none}};
	static const struct tf_table lost = {NULL, 0, lost_roots, 1};
	static const struct tf_table *const unknown[] = {&cats, &lost};
	refused(unknown, 2, "Dog");

	static const struct tf_edge_row dumb_roots[] = {{.name = "Dumb", .type = "Cat"}};
	static const struct tf_table dumb = {NULL, 0, dumb_roots, 1};
	static const struct tf_table *const no_root[] = {&cats, &dumb};
	refused(no_root, 2, "starting point 'Dumb'");
}

/* They are handed over by place, of whichever edge the query names. */
static void test_parameters_stand_in_the_order_of_the_interface(void **state)
{
	static const struct tf_param_row max_min[] = {{.name = "max", .type = "Int!"}, {.name = "min", .type = "Int"}},
					 min_max[] = {{.name = "min", .type = "Int"}, {.name = "max", .type = "Int!"}};
	static const struct tf_edge_row of_hunter[] = {{.name = "hunts", .type = "Cat", TF_PARAMS(max_min)}},
					of_tiger[] = {{.name = "hunts", .type = "Cat", TF_PARAMS(min_max), .open = open_none}};
	static const char *const is_hunter[] = {"Hunter", NULL};
	static const struct tf_type_row hunters[] = {
		{.name = "Hunter", .doc = "What hunts.", .interface = true, TF_EDGES(of_hunter)},
		{.name = "Tiger", .doc = "A hunter.", .implements = is_hunter, TF_EDGES(of_tiger)},
	};
	static const struct tf_table hunting = {hunters, COUNT_OF(hunters), NULL, 0};
	static const struct tf_table *const tables[] = {&cats, &hunting};
	refused(tables, 2, "'hunts' of 'Tiger' has its parameters in another order");
}

static int get_red(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)v, (void)err;
	*ret = tf_string("red");
	return 0;
}

/* Rows: S0-71 */
static void test_a_new_property_is_one_row_of_a_table(void **state)
{
	static const struct tf_property_row colour[] = {{.name = "colour", .type = "String!", .doc = "What it looks like.", .get = get_red}};
	static const struct tf_type_row ball[] = {{.name = "Ball", TF_PROPERTIES(colour)}};
	static const struct tf_table colours = {ball, 1, NULL, 0};
	static const struct tf_table *const tables[] = {&shelf_table, &colours};
	static const char text[] = "{ Things { ... on Ball { id @output colour @output @filter(op: \"has_prefix\", value: [\"$c\"]) } } }";
	AUTO(tf_adapter) a = NULL;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	json_t *given AUTO_JSON = json_pack("{s:s}", "c", "re");
	struct err e = ERR_INIT;
	struct shelf s;
	struct tf_run *run;
	const struct tf_value *row;
	assert_int_equal(tf_adapter_new(tables, 2, NULL, &a, &e), 0);
	assert_non_null(strstr(tf_adapter_text(a), "\t\"\"\"What it looks like.\"\"\"\n\tcolour: String!\n"));
	assert_int_equal(tf_query_compile(tf_adapter_schema(a), text, strlen(text), &q, &errors), 0);
	assert_int_equal(tf_arguments_bind(q, given, &args, &errors), 0);
	shelf_init(&s, a, 6);
	assert_int_equal(tf_run_open(a, q, args, &s, NULL, &run, &e), 0);
	static const int64_t balls[] = {1, 2, 4, 5};
	for (size_t i = 0; i < COUNT_OF(balls); i++) {
		assert_int_equal(tf_run_next(run, &row, &e), 1);
		assert_int_equal(row[0].i, balls[i]);
		assert_string_equal(row[1].s, "red");
	}
	assert_int_equal(tf_run_next(run, &row, &e), 0);
	tf_run_close(run);
	shelf_done(&s);
}

/* The user is the type's index. */
static int open_tiger(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	(void)from, (void)params, (void)hints, (void)err;
	tf_iter_one(it, (struct tf_vertex){.type = *(const uint32_t *)tf_context_user(c)});
	return 0;
}

static int open_prey(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	(void)c, (void)from, (void)params, (void)hints, (void)err;
	tf_iter_one(it, (struct tf_vertex){.type = it->type});
	return 0;
}

static void test_an_edge_that_a_type_narrows_leads_to_its_own_type(void **state)
{
	static const struct tf_edge_row of_hunter[] = {{.name = "prey", .type = "Hunter"}}, of_tiger[] = {{.name = "prey", .type = "Tiger", .open = open_prey}},
					roots[] = {{.name = "Hunters", .type = "[Hunter!]", .open = open_tiger}};
	static const char *const is_hunter[] = {"Hunter", NULL};
	static const struct tf_type_row types[] = {
		{.name = "Hunter", .doc = "What hunts.", .interface = true, TF_EDGES(of_hunter)},
		{.name = "Tiger", .doc = "A hunter.", .implements = is_hunter, TF_EDGES(of_tiger)},
	};
	static const struct tf_table hunting = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
	static const struct tf_table *const tables[] = {&hunting};
	static const char text[] = "{ Hunters { prey { prey @recurse(depth: 2) { __typename @output } } } }";
	AUTO(tf_adapter) a = NULL;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	struct err e = ERR_INIT;
	struct tf_run *run = NULL;
	const struct tf_value *row;
	assert_int_equal(tf_adapter_new(tables, 1, NULL, &a, &e), 0);
	assert_int_equal(tf_query_compile(tf_adapter_schema(a), text, strlen(text), &q, NULL), 0);
	assert_int_equal(tf_arguments_bind(q, NULL, &args, NULL), 0);
	uint32_t tiger = tf_adapter_type(a, "Tiger");
	assert_int_equal(tf_run_open(a, q, args, &tiger, NULL, &run, &e), 0);
	for (int i = 0; i < 3; i++) {
		if (tf_run_next(run, &row, &e) != 1)
			fail_msg("%s", e.msg);
		assert_string_equal(row[0].s, "Tiger");
	}
	assert_int_equal(tf_run_next(run, &row, &e), 0);
	tf_run_close(run);
}

static int make(void *arg, struct err *err)
{
	static const struct tf_table *const tables[] = {&cats, &more};
	AUTO(tf_adapter) a = NULL;
	(void)arg;
	return tf_adapter_new(tables, 2, NULL, &a, err);
}

static void test_an_adapter_is_made_or_memory_is_out(void **state)
{
	starve_exhaust(STARVE_ONE, "an adapter", false, make, NULL);
}

static void test_iterators_of_none_one_and_many(void **state)
{
	const struct tf_vertex v[3] = {{.type = 1, .i = 10}, {.type = 2, .i = 20}, {.type = 3, .i = 30}};
	struct tf_iter it = {0};
	struct tf_vertex got;
	tf_iter_none(&it);
	assert_int_equal(it.next(&it, &got, NULL), 0);
	tf_iter_one(&it, v[1]);
	assert_int_equal(it.next(&it, &got, NULL), 1);
	assert_int_equal(got.i, 20);
	assert_int_equal(it.next(&it, &got, NULL), 0);
	tf_iter_array(&it, v, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(it.next(&it, &got, NULL), 1);
		assert_int_equal(got.i, 10 * (i + 1));
	}
	assert_int_equal(it.next(&it, &got, NULL), 0);
	assert_int_equal(it.next(&it, &got, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_several_tables_are_one_schema),
		cmocka_unit_test(test_the_schema_of_tables_is_read_back_with_its_documentation),
		cmocka_unit_test(test_tables_that_do_not_fit_are_refused_by_name),
		cmocka_unit_test(test_parameters_stand_in_the_order_of_the_interface),
		cmocka_unit_test(test_a_new_property_is_one_row_of_a_table),
		cmocka_unit_test(test_an_edge_that_a_type_narrows_leads_to_its_own_type),
		cmocka_unit_test(test_an_adapter_is_made_or_memory_is_out),
		cmocka_unit_test(test_iterators_of_none_one_and_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
