#include "wire/announcement.h"

#include "../check.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/endpoints_watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INCARNATION "01890a5d-ac96-774b-bcce-b302099a8057"

struct home {
	char *dir;
	struct wire_family *f;
	struct wire_loop *loop;
	struct wire_announcement *a;
};

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

static int setup(void **state)
{
	static const struct wire_family_endpoint endpoints[] = {{"shell", "tcp://127.0.0.1:7001"},
								{"iopub", "tcp://127.0.0.1:7002"}};
	struct err err = ERR_INIT;
	struct home *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	ok(fs_temp_dir(NULL, "announce", &h->dir, &err), &err);
	ok(wire_family_open(h->dir, true, &h->f, &err), &err);
	ok(wire_loop_new(&h->loop, &err), &err);
	ok(wire_announcement_new(h->f, h->loop, "chaosgarden", INCARNATION, endpoints, 2, &h->a, &err), &err);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct err err = ERR_INIT;
	struct home *h = *state;
	wire_announcement_free(h->a);
	wire_loop_free(h->loop);
	wire_family_free(h->f);
	ok(fs_remove_tree(h->dir, &err), &err);
	free(h->dir);
	free(h);
	return 0;
}

static bool is_there(struct home *h)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	return wire_family_lookup(h->f, "chaosgarden", "iopub", endpoint, NULL) == 0 &&
	       str_eq(endpoint, "tcp://127.0.0.1:7002");
}

static void until_there(struct home *h)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	struct err err = ERR_INIT;
	while (!is_there(h)) {
		if (clock_monotonic_ns(clock_system()) > end_ns)
			fail_msg("the entry does not come back");
		ok(wire_loop_step(h->loop, 100, &err), &err);
	}
}

static void write_file(struct home *h, const char *text, bool in_place)
{
	struct err err = ERR_INIT;
	char *AUTO_MEM path = fs_join(h->dir, "endpoints.json");
	FILE *f = in_place ? fopen(path, "we") : NULL;
	if (!in_place) {
		ok(fs_write_atomic(path, text, strlen(text), 0600, &err), &err);
		return;
	}
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_announcement_comes_back_whatever_happens_to_the_file(void **state)
{
	static const char other[] = "{\"version\":1,\"daemons\":{\"chaosgarden\":{\"pid\":1,\"start\":1,"
				    "\"incarnation\":\"x\",\"endpoints\":{}}}}";
	static const char *const texts[] = {"", "nonsense", "{\"version\":1,\"daemons\":{}}", other};
	struct home *h = *state;
	char *AUTO_MEM path = fs_join(h->dir, "endpoints.json");
	assert_true(is_there(h));
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		for (int in_place = 0; in_place < 2; in_place++) {
			write_file(h, texts[i], in_place);
			assert_false(is_there(h));
			until_there(h);
		}
	}
	assert_int_equal(unlink(path), 0);
	until_there(h);
}

static void test_announcement_leaves_the_others_alone_and_withdraws_itself(void **state)
{
	struct home *h = *state;
	static const struct wire_family_endpoint other = {"requests", "tcp://127.0.0.1:7003"};
	struct wire_family_daemon d;
	struct err err = ERR_INIT;
	ok(wire_family_announce(h->f, "hootenanny", INCARNATION, &other, 1, &err), &err);
	for (int i = 0; i < 5; i++)
		ok(wire_loop_step(h->loop, 0, &err), &err);
	assert_true(is_there(h));
	wire_announcement_free(TAKE(h->a));
	assert_int_equal(wire_family_find(h->f, "chaosgarden", &d, &err), -ENOENT);
	assert_int_equal(wire_family_find(h->f, "hootenanny", &d, &err), 0);
}

static void test_announcement_refuses_what_an_entry_cannot_hold(void **state)
{
	struct home *h = *state;
	struct wire_family_endpoint many[17];
	struct wire_announcement *a = NULL;
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT_OF(many); i++)
		many[i] = (struct wire_family_endpoint){"s", "tcp://127.0.0.1:1"};
	assert_int_equal(wire_announcement_new(h->f, h->loop, "x", INCARNATION, many, 17, &a, &err), -EINVAL);
	assert_null(a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_announcement_comes_back_whatever_happens_to_the_file),
		TEST(test_announcement_leaves_the_others_alone_and_withdraws_itself),
		TEST(test_announcement_refuses_what_an_entry_cannot_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
