/* Rings, epochs and tapes: what crosses between threads. Run it in a thread-sanitizer build too. */
#include "../check.h"

#include "rt/epoch.h"
#include "rt/ring.h"
#include "rt/tape.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 200000, SWAPS = 20000 };

struct record {
	uint64_t number, twice;
};

static void test_a_ring_refuses_overflow_and_keeps_order(void **state)
{
	struct record slots[4], x = { 0, 0 };
	struct ring r;
	ring_init(&r, slots, 4, sizeof(slots[0]));
	assert_false(ring_read(&r, &x));
	assert_null(ring_peek(&r));
	for (uint64_t round = 0; round < 10; round++) {
		for (x.number = 0; x.number < 4; x.number++)
			assert_true(ring_write(&r, &x));
		assert_false(ring_write(&r, &x));
		assert_int_equal(ring_used(&r), 4);
		for (uint64_t i = 0; i < 4; i++) {
			assert_int_equal(((const struct record *)ring_peek(&r))->number, i);
			assert_true(ring_read(&r, &x));
			assert_int_equal(x.number, i);
		}
	}
}

static void *ring_producer(void *arg)
{
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct record x = { i, 2 * i };
		while (!ring_write(arg, &x))
			sched_yield();
	}
	return NULL;
}

static void test_a_ring_loses_nothing_between_two_threads(void **state)
{
	struct record slots[64], x;
	struct ring r;
	pthread_t thread;
	ring_init(&r, slots, 64, sizeof(slots[0]));
	assert_int_equal(pthread_create(&thread, NULL, ring_producer, &r), 0);
	for (uint64_t i = 0; i < RECORDS; i++) {
		while (!ring_read(&r, &x))
			sched_yield();
		assert_int_equal(x.number, i);
		assert_int_equal(x.twice, 2 * i);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

struct shared {
	struct epoch_domain epochs;
	struct epoch_reader *reader;
	_Atomic(struct record *) published;
	_Atomic bool done;
	bool parks;
	uint64_t bad;
};

static void *epoch_reader_run(void *arg)
{
	struct shared *s = arg;
	struct record *held = NULL;
	for (uint64_t cycle = 0; !atomic_load(&s->done); cycle++) {
		if (held && held->twice != 2 * held->number) /* held across cycles, until the next is published */
			s->bad++;
		uint64_t epoch = epoch_begin(&s->epochs, s->reader);
		held = atomic_load(&s->published);
		epoch_publish(s->reader, epoch);
		if (held->twice != 2 * held->number)
			s->bad++;
		if (!s->parks || cycle % 8)
			continue;
		held = NULL;
		epoch_park(s->reader);
	}
	epoch_park(s->reader);
	return NULL;
}

static struct record *record_new(uint64_t i)
{
	struct record *x = malloc(sizeof(*x));
	assert_non_null(x);
	*x = (struct record){ i, 2 * i };
	return x;
}

static void epochs_case(bool parks)
{
	static struct shared s;
	pthread_t thread;
	memset(&s, 0, sizeof(s));
	s.parks = parks;
	epoch_init(&s.epochs);
	assert_int_equal(epoch_join(&s.epochs, &s.reader), 0);
	atomic_store(&s.published, record_new(0));
	assert_int_equal(pthread_create(&thread, NULL, epoch_reader_run, &s), 0);
	for (uint64_t i = 1; i <= SWAPS; i++) {
		struct record *old = atomic_exchange(&s.published, record_new(i));
		uint64_t epoch = epoch_advance(&s.epochs);
		while (!epoch_passed(&s.epochs, epoch))
			sched_yield();
		memset(old, 0x5a, sizeof(*old)); /* a reader that still looked would see it */
		free(old);
	}
	atomic_store(&s.done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(s.bad, 0);
	free(atomic_load(&s.published));
}

static void test_nothing_is_freed_that_a_reader_holds(void **state)
{
	epochs_case(false);
	epochs_case(true);
}

static void test_an_epoch_passes_when_every_reader_is_past_it_or_parked(void **state)
{
	struct epoch_domain d;
	struct epoch_reader *a, *b, *more[EPOCH_READERS];
	epoch_init(&d);
	assert_int_equal(epoch_join(&d, &a), 0);
	assert_int_equal(epoch_join(&d, &b), 0);
	uint64_t at_a = epoch_begin(&d, a), at_b = epoch_begin(&d, b);
	epoch_publish(a, at_a);
	epoch_publish(b, at_b);
	uint64_t next = epoch_advance(&d);
	assert_false(epoch_passed(&d, next));
	epoch_publish(a, epoch_begin(&d, a));
	assert_false(epoch_passed(&d, next));
	epoch_park(b);
	assert_true(epoch_passed(&d, next));
	for (int i = 0; i < EPOCH_READERS - 2; i++)
		assert_int_equal(epoch_join(&d, &more[i]), 0);
	assert_int_equal(epoch_join(&d, &more[0]), -ENOSPC);
	epoch_leave(b);
	assert_int_equal(epoch_join(&d, &b), 0);
}

/* ---- tape ---- */

enum { TAPE_FRAMES = 256, TAPE_TOTAL = 200000 };

static void *tape_writer(void *arg)
{
	float left[37], right[37];
	const float *both[] = { left, right };
	for (uint32_t at = 0; at < TAPE_TOTAL;) {
		uint32_t n = at + 37 > TAPE_TOTAL ? TAPE_TOTAL - at : 37;
		for (uint32_t i = 0; i < n; i++) {
			left[i] = (float)(at + i);
			right[i] = -(float)(at + i);
		}
		tape_write_rt(arg, both, n);
		at += n;
		sched_yield();
	}
	return NULL;
}

static void *tape_reader(void *arg)
{
	struct tape *t = arg;
	uint64_t cursor = 0, seen = 0, lost, bad = 0;
	float frames[2 * 50];
	while (seen < TAPE_TOTAL) {
		uint64_t before = cursor;
		uint32_t n = tape_read(t, &cursor, frames, 50, &lost);
		for (uint32_t i = 0; i < n; i++)
			bad += frames[2 * i] != (float)(before + lost + i) || frames[2 * i + 1] != -(float)(before + lost + i);
		seen += n + lost;
		if (n == 0)
			sched_yield();
	}
	return (void *)(uintptr_t)bad;
}

static void test_every_reader_of_a_tape_sees_all_of_it_or_knows_what_it_lost(void **state)
{
	struct tape t;
	pthread_t writer, readers[2];
	void *bad, *memory = calloc(1, tape_bytes(TAPE_FRAMES, 2));
	assert_non_null(memory);
	tape_init(&t, memory, TAPE_FRAMES, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, tape_reader, &t), 0);
	assert_int_equal(pthread_create(&writer, NULL, tape_writer, &t), 0);
	assert_int_equal(pthread_join(writer, NULL), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(readers[i], &bad), 0);
		assert_null(bad);
	}
	assert_int_equal(tape_written(&t), TAPE_TOTAL);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ring_refuses_overflow_and_keeps_order),
		cmocka_unit_test(test_a_ring_loses_nothing_between_two_threads),
		cmocka_unit_test(test_nothing_is_freed_that_a_reader_holds),
		cmocka_unit_test(test_an_epoch_passes_when_every_reader_is_past_it_or_parked),
		cmocka_unit_test(test_every_reader_of_a_tape_sees_all_of_it_or_knows_what_it_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
