#include "reels.h"

#include "../check.h"
#include "base/fs.h"
#include "base/rng.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_bars(struct strbuf *b, struct rng *r, bool jig)
{
	static const char letters[] = "GABcdefg";
	int at = 0;
	for (int bar = 0; bar < 8; bar++) {
		for (int i = 0; i < (jig ? 6 : 8); i++) {
			at += (int)rng_range(r, -2, 2);
			at = at < 0 ? 1 : at > 7 ? 6 : at;
			strbuf_addc(b, letters[at]);
		}
		strbuf_addc(b, bar < 7 ? '|' : ':');
	}
	strbuf_adds(b, "|\n");
}

char *reels_folder(unsigned n_tunes, uint64_t seed)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct rng r;
	char *folder = NULL;
	rng_init(&r, seed);
	for (unsigned i = 0; i < n_tunes; i++) {
		bool jig = rng_below(&r, 2) == 0;
		strbuf_addf(&b, "X:%u\nT:Tune %u\nR:%s\nM:%s\nL:1/8\nK:%s\n|:", i + 1, i, jig ? "jig" : "reel", jig ? "6/8" : "4/4",
			    i % 3 ? "G" : "Em");
		add_bars(&b, &r, jig);
		strbuf_adds(&b, "|:");
		add_bars(&b, &r, jig);
		strbuf_adds(&b, "\n");
	}
	assert_int_equal(fs_temp_dir(NULL, "reels", &folder, NULL), 0);
	char *path = fs_join(folder, "reels.abc");
	assert_int_equal(fs_write_atomic(path, b.s, b.n, 0644, NULL), 0);
	free(path);
	return folder;
}

void reels_remove(char *folder)
{
	(void)fs_remove_tree(folder, NULL);
	free(folder);
}

struct corpus *reels_corpus(unsigned n_tunes, uint64_t seed)
{
	struct corpus *c = NULL;
	struct err err = { 0 };
	char *folder = reels_folder(n_tunes, seed);
	if (corpus_read(folder, &c, &err) < 0)
		fail_msg("%s", err.msg);
	reels_remove(folder);
	return c;
}
