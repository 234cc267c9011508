/*
 * listening.h - what the tests of analyses share: tunes from ABC text and from the examples, random scores.
 */
#ifndef TESTS_MUSIC_LISTENING_H
#define TESTS_MUSIC_LISTENING_H

#include <string.h>

#include "../check.h"
#include "../seed.h"
#include "base/fs.h"
#include "music/abc.h"
#include "music/notes.h"

static inline struct score *tune_of(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static inline struct score *example(const char *name)
{
	AUTO_MEM char *path = fs_join(EXAMPLES, name);
	AUTO_MEM char *text = NULL;
	size_t n;
	assert_int_equal(fs_read(path, 1 << 20, &text, &n, NULL), 0);
	return tune_of(text);
}

/* Up to n_most notes anywhere up to beat `far`, on all channels, some absurdly long. */
static inline struct score *random_score(uint64_t *seed, unsigned n_most, double far)
{
	struct score *s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	double longest = seed_below(seed, 7) ? 2 : far;
	for (unsigned i = seed_below(seed, n_most); i > 0; i--) {
		struct note n = { seed_unit(seed) * far, seed_unit(seed) * longest, (uint8_t)seed_below(seed, 128), 80,
				  (uint8_t)seed_below(seed, 16), 64 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	score_sort(s);
	return s;
}

#endif
