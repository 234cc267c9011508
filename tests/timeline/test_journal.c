#include "../check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "build_ops.h"
#include "folder.h"
#include "timeline/journal.h"

struct list {
	char text[64][16];
	size_t n;
};

static int collect(void *arg, const uint8_t *payload, size_t n, uint64_t offset, struct err *err)
{
	struct list *l = arg;
	assert_true(l->n < 64 && n < 16);
	memcpy(l->text[l->n], payload, n);
	l->text[l->n++][n] = 0;
	return 0;
}

static struct journal *open_journal(const char *path, struct list *l)
{
	struct journal *j = NULL;
	struct err err = ERR_INIT;
	*l = (struct list){ .n = 0 };
	const struct journal_options o = { .path = path, .on_frame = collect, .arg = l };
	if (journal_open(&o, &j, &err) < 0)
		fail_msg("%s", err.msg);
	return j;
}

static void write_three(const char *path)
{
	struct list l;
	AUTO(journal) j = open_journal(path, &l);
	assert_int_equal(journal_append(j, "one", 3, NULL), 0);
	assert_int_equal(journal_append(j, "two", 3, NULL), 0);
	assert_int_equal(journal_append(j, "three", 5, NULL), 0);
}

static void test_a_journal_gives_back_what_was_appended(void **state)
{
	const struct folder *f = *state;
	struct list l;
	write_three(f->path);
	AUTO(journal) j = open_journal(f->path, &l);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.text[2], "three");
	assert_int_equal(journal_torn_bytes(j), 0);
}

static void test_crc32c_is_the_published_one(void **state)
{
	assert_int_equal(journal_crc32c(0, "123456789", 9), 0xe3069283u);
}

/* Every length to which a crash could cut the file: what is whole stays, and appending goes on from there. */
static void test_a_torn_tail_of_any_length_is_cut_off(void **state)
{
	const struct folder *f = *state;
	write_three(f->path);
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	assert_int_equal(fs_read(f->path, 4096, &bytes, &n, NULL), 0);
	for (size_t cut = 0; cut < n; cut++) {
		assert_int_equal(fs_write_atomic(f->path, bytes, cut, 0600, NULL), 0);
		struct list l;
		struct journal *j = open_journal(f->path, &l);
		size_t whole = cut < 35 ? 0 : cut < 62 ? 1 : 2;
		assert_int_equal(l.n, whole);
		assert_int_equal(journal_append(j, "again", 5, NULL), 0);
		journal_free(j);
		j = open_journal(f->path, &l);
		assert_int_equal(l.n, whole + 1);
		assert_string_equal(l.text[whole], "again");
		journal_free(j);
	}
}

static void test_damage_in_the_middle_is_an_error_with_file_and_offset(void **state)
{
	const struct folder *f = *state;
	write_three(f->path);
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	assert_int_equal(fs_read(f->path, 4096, &bytes, &n, NULL), 0);
	for (size_t at = 0; at < 62; at++) {
		bytes[at] = (char)(bytes[at] ^ 0x40);
		assert_int_equal(fs_write_atomic(f->path, bytes, n, 0600, NULL), 0);
		bytes[at] = (char)(bytes[at] ^ 0x40);
		struct list l = { .n = 0 };
		struct err err = ERR_INIT;
		struct journal *j = NULL;
		const struct journal_options o = { .path = f->path, .on_frame = collect, .arg = &l };
		assert_int_equal(journal_open(&o, &j, &err), -EBADMSG);
		if (!strstr(err.msg, f->path) || (at >= 8 && !strstr(err.msg, at < 35 ? "byte 8" : "byte 35")))
			fail_msg("byte %zu: %s", at, err.msg);
	}
}

static void test_a_rewritten_journal_has_the_new_frames_only(void **state)
{
	const struct folder *f = *state;
	write_three(f->path);
	struct list l;
	struct journal *j = open_journal(f->path, &l);
	const struct journal_payload frames[] = { { "base", 4 }, { "more", 4 } };
	assert_int_equal(journal_rewrite(j, frames, 2, NULL), 0);
	assert_int_equal(journal_append(j, "last", 4, NULL), 0);
	journal_free(j);
	journal_free(open_journal(f->path, &l));
	assert_int_equal(l.n, 3);
	assert_string_equal(l.text[0], "base");
	assert_string_equal(l.text[2], "last");
}

static void test_a_timeline_comes_back_from_its_journal_with_its_history(void **state)
{
	const struct folder *f = *state;
	const struct timeline_options o = { .path = f->path };
	struct timeline *t = NULL;
	double position = 4;
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("r2", 8, 4, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_move("r1", &position), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_tempo(8, 90), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_marker("m", 8), -1, NULL), 0);
	struct edit_receipt receipt;
	int64_t of = 0;
	assert_int_equal(timeline_take_back(t, "ann", 3, NULL, false, &receipt, &of, NULL), 0);
	timeline_free(t);
	struct err err = ERR_INIT;
	if (timeline_open(&o, &t, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(document_revision(timeline_now(t)), 6);
	assert_true(document_region(timeline_now(t), "r1")->body->position_beats == 0);
	assert_int_equal(document_region(timeline_now(t), "r2")->life->state, LIFE_PENDING);
	assert_int_equal(document_tempo(timeline_now(t))->n, 2);
	assert_int_equal(document_n_markers(timeline_now(t)), 1);
	struct document *then = NULL;
	assert_int_equal(timeline_at(t, 3, &then, NULL), 0);
	assert_true(document_region(then, "r1")->body->position_beats == 4);
	assert_int_equal(timeline_do_again(t, "ann", false, &receipt, &of, NULL), 0);
	assert_true(document_region(timeline_now(t), "r1")->body->position_beats == 4);
	timeline_free(t);
}

static void test_a_journal_that_grows_is_written_anew_and_still_whole(void **state)
{
	const struct folder *f = *state;
	const struct timeline_options o = { .path = f->path, .keep_edits = 8, .no_sync = true };
	struct timeline *t = NULL;
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	for (int i = 1; i <= 200; i++) {
		double position = i;
		assert_int_equal(do_one(t, "ann", op_move("r1", &position), -1, NULL), 0);
	}
	struct document *d = NULL;
	assert_int_equal(timeline_at(t, 3, &d, NULL), -ENOENT);
	timeline_free(t);
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	assert_int_equal(document_revision(timeline_now(t)), 201);
	assert_true(document_region(timeline_now(t), "r1")->body->position_beats == 200);
	timeline_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc32c_is_the_published_one),
		cmocka_unit_test_setup_teardown(test_a_journal_gives_back_what_was_appended, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_torn_tail_of_any_length_is_cut_off, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_damage_in_the_middle_is_an_error_with_file_and_offset, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_rewritten_journal_has_the_new_frames_only, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_timeline_comes_back_from_its_journal_with_its_history, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_journal_that_grows_is_written_anew_and_still_whole, folder_setup, folder_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
