/*
 * listen.c - how often key, meter and kind of tunes are heard right: against K:, M: and R: of every tune in a folder of ABC.
 *
 *   build/tests/conformance/listen [--skip-missing] [--jitter BEATS] [--free BPM] [--wrong] FOLDER...
 *
 * The tunes are played without accents and without their key, meter and pick-up. A key is right when tonic and third are
 * (K:Ador is a minor one); 2/2, C| and C are 4/4. The weights in lib/music were fitted on tunes with even X: numbers, so
 * the odd ones are what counts. --jitter moves every onset at random, early or late; --free plays them at that many felt beats a
 * minute into a file whose beats mean nothing. --wrong prints the tunes that were
 * heard otherwise. Exit status 1 when fewer odd tunes are right than promised below; 77 for a folder that is not there.
 */
#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/rng.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/listen.h"

#define KEY_PROMISE 91.0
#define METER_PROMISE 90.0

struct score_card {
	size_t n, key, signature, meter, pickup, bars;
	size_t n_kinds, kind;
	size_t profile[KEY_PROFILE_COUNT];
};

struct run {
	struct score_card all, odd;
	double jitter, free_bpm;
	bool wrong;
	struct rng rng;
};

struct header {
	int number, tonic;
	enum key_mode mode;
	char meter[16], kind[24];
	double felt_beats; /* quarters to one beat of the foot */
};

/* The value of a field line, blanks in front dropped; false where the line is another one. */
static bool field(const char *line, size_t n, char letter, char *ret, size_t size)
{
	if (n < 2 || line[0] != letter || line[1] != ':')
		return false;
	size_t at = 2, k = 0;
	while (at < n && line[at] == ' ')
		at++;
	while (at < n && line[at] != '%' && line[at] != '\r' && k + 1 < size)
		ret[k++] = line[at++];
	while (k > 0 && ret[k - 1] == ' ')
		k--;
	ret[k] = '\0';
	return true;
}

static enum key_mode mode_of(const char *p)
{
	static const struct {
		const char *name;
		enum key_mode mode;
	} modes[] = { { "maj", KEY_MAJOR }, { "mix", KEY_MIXOLYDIAN }, { "dor", KEY_DORIAN }, { "lyd", KEY_LYDIAN },
		      { "phr", KEY_PHRYGIAN }, { "m", KEY_MINOR }, { "aeo", KEY_MINOR } };
	while (*p == ' ')
		p++;
	for (size_t i = 0; i < COUNT_OF(modes); i++)
		if (strncasecmp(p, modes[i].name, strlen(modes[i].name)) == 0)
			return modes[i].mode;
	return KEY_MAJOR;
}

static bool read_key(const char *k, struct header *h)
{
	static const int8_t classes[7] = { 9, 11, 0, 2, 4, 5, 7 };
	if (*k < 'A' || *k > 'G' || k[1] == 'P')
		return false;
	h->tonic = classes[*k - 'A'];
	k++;
	if (*k == '#' || *k == 'b')
		h->tonic = (h->tonic + (*k++ == '#' ? 1 : 11)) % 12;
	h->mode = mode_of(k);
	return true;
}

static bool read_header(const char *text, size_t n, struct header *h)
{
	char value[64];
	memset(h, 0, sizeof(*h));
	h->felt_beats = 1;
	for (const char *line = text; line < text + n;) {
		const char *end = memchr(line, '\n', (size_t)(text + n - line));
		size_t length = end ? (size_t)(end - line) : (size_t)(text + n - line);
		if (field(line, length, 'X', value, sizeof(value)))
			h->number = (int)strtol(value, NULL, 10);
		if (field(line, length, 'M', value, sizeof(value)) && !h->meter[0]) {
			h->felt_beats = str_eq(value, "C|") || str_eq(value, "2/2") ? 2 : strstr(value, "/8") ? 1.5 : 1;
			(void)str_copy(h->meter, sizeof(h->meter),
				       str_eq(value, "C") || str_eq(value, "C|") || str_eq(value, "2/2") ? "4/4" : value);
		}
		if (field(line, length, 'R', value, sizeof(value)))
			(void)str_copy(h->kind, sizeof(h->kind), value);
		if (field(line, length, 'K', value, sizeof(value)))
			return read_key(value, h);
		line += length + 1;
	}
	return false;
}

/* Without accents, without what is to be found, and with a player's inaccuracy. */
static void make_plain(struct score *s, double stretch, struct run *r)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			double off = rng_double(&r->rng) + rng_double(&r->rng) + rng_double(&r->rng) - 1.5; /* deviates 0.5 */
			n->velocity = 80;
			n->start_beats = fmax(0, stretch * n->start_beats + 2 * r->jitter * off);
			n->duration_beats *= stretch * (r->jitter > 0 ? 0.9 : 1);
		}
	s->n_meters = s->n_keys = 0;
	s->n_tempos = 0; /* 120 */
	s->pickup_beats = 0;
	score_sort(s);
}

/* What R: says, in the words of character.c; NULL for what it does not try to tell. */
static const char *kind_of(const char *r)
{
	static const char *const kinds[][2] = { { "double jig", "jig" }, { "jig", "jig" },	 { "slip jig", "slip jig" },
						{ "slipjig", "slip jig" }, { "reel", "reel" }, { "hornpipe", "hornpipe" },
						{ "waltz", "waltz" },	   { "air", "air" } };
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcasecmp(r, kinds[i][0]) == 0)
			return kinds[i][1];
	return NULL;
}

static void judge(const struct listening *l, const struct header *h, double pickup, struct score_card *c)
{
	const struct key_guess *k = &l->key.guesses[0];
	const struct meter_guess *m = &l->meter.guesses[0];
	char meter[16];
	(void)snprintf(meter, sizeof(meter), "%u/%u", m->num, m->den);
	bool metered = str_eq(meter, h->meter);
	c->n++;
	c->key += k->tonic == h->tonic && key_mode_is_minor(k->mode) == key_mode_is_minor(h->mode);
	c->signature += key_sharps(k->tonic, k->mode) == key_sharps(h->tonic, h->mode);
	c->meter += metered;
	c->pickup += metered && fabs(m->pickup_beats - fmod(pickup, m->bar_beats)) < 0.13;
	for (enum key_profile p = 0; p < KEY_PROFILE_COUNT; p++)
		c->profile[p] += l->key.by_profile[p].tonic == h->tonic &&
				 key_mode_is_minor(l->key.by_profile[p].mode) == key_mode_is_minor(h->mode);
	if (kind_of(h->kind) && l->character.n_genres) {
		c->n_kinds++;
		c->kind += str_eq(l->character.genres[0].name, kind_of(h->kind));
	}
}

static void say_wrong(const struct listening *l, const struct header *h, const char *title)
{
	const struct key_guess *k = &l->key.guesses[0];
	const struct meter_guess *m = &l->meter.guesses[0];
	if (k->tonic != h->tonic || key_mode_is_minor(k->mode) != key_mode_is_minor(h->mode))
		printf("X:%d %s: %s %s, not %s %s\n", h->number, title, key_tonic_name(k->tonic, k->mode), key_mode_name(k->mode),
		       key_tonic_name(h->tonic, h->mode), key_mode_name(h->mode));
	char meter[16];
	(void)snprintf(meter, sizeof(meter), "%u/%u", m->num, m->den);
	if (!str_eq(meter, h->meter))
		printf("X:%d %s: %s, not %s\n", h->number, title, meter, h->meter);
}

static void hear_tune(const char *text, size_t n, struct run *r)
{
	AUTO(score) s = NULL;
	struct header h;
	struct listening l;
	struct abc_report report = ABC_REPORT_INIT;
	int code = abc_parse(text, n, NULL, &s, &report, NULL);
	abc_report_done(&report);
	if (code < 0 || !read_header(text, n, &h) || !h.meter[0] || score_n_notes(s) < 16)
		return;
	/* In beats of half a second; 1.07, so that no tempo falls into step with them. */
	double stretch = r->free_bpm > 0 ? 1.07 * 120 / (r->free_bpm * h.felt_beats) : 1;
	double pickup = stretch * s->pickup_beats;
	make_plain(s, stretch, r);
	if (score_listen(s, LISTEN_KEY | LISTEN_METER | LISTEN_CHARACTER, NULL, NULL, &l, NULL) < 0)
		return;
	if (l.key.n_guesses && l.meter.n_guesses) {
		judge(&l, &h, pickup, &r->all);
		if (h.number % 2)
			judge(&l, &h, pickup, &r->odd);
		if (r->wrong)
			say_wrong(&l, &h, s->title);
	}
	listening_done(&l);
}

static const char *next_tune(const char *from, const char *end)
{
	for (const char *p = from; p + 2 < end; p++)
		if (p[0] == '\n' && p[1] == 'X' && p[2] == ':')
			return p + 1;
	return end;
}

static int hear_book(const char *path, struct run *r)
{
	AUTO_MEM char *text = NULL;
	size_t n;
	if (fs_read(path, 1 << 24, &text, &n, NULL) < 0)
		return -1;
	const char *end = text + n, *at = strncmp(text, "X:", 2) == 0 ? text : next_tune(text, end);
	while (at < end) {
		const char *next = next_tune(at, end);
		hear_tune(at, (size_t)(next - at), r);
		at = next;
	}
	return 0;
}

static int hear_folder(const char *folder, struct run *r)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, NULL, alphasort), bad = n < 0;
	for (int i = 0; i < n; i++) {
		AUTO_MEM char *path = str_ends(list[i]->d_name, ".abc") ? fs_join(folder, list[i]->d_name) : NULL;
		bad |= path && hear_book(path, r) < 0;
		free(list[i]);
	}
	free(list);
	return bad ? -1 : 0;
}

static double share(size_t part, size_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

static void print_card(const char *name, const struct score_card *c)
{
	printf("%s: %zu tunes: key %.1f %%, signature %.1f %%, meter %.1f %%, meter and pick-up %.1f %%; kind %.1f %% of %zu\n", name, c->n,
	       share(c->key, c->n), share(c->signature, c->n), share(c->meter, c->n), share(c->pickup, c->n),
	       share(c->kind, c->n_kinds), c->n_kinds);
	for (enum key_profile p = 0; p < KEY_PROFILE_COUNT; p++)
		printf("  key by %s alone: %.1f %%\n", key_profile_name(p), share(c->profile[p], c->n));
}

int main(int argc, char **argv)
{
	struct run r = { .jitter = 0 };
	bool skip = false;
	rng_init(&r.rng, 1);
	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--skip-missing")) {
			skip = true;
		} else if (str_eq(argv[i], "--wrong")) {
			r.wrong = true;
		} else if (str_eq(argv[i], "--free") && i + 1 < argc) {
			r.free_bpm = strtod(argv[++i], NULL);
		} else if (str_eq(argv[i], "--jitter") && i + 1 < argc) {
			r.jitter = strtod(argv[++i], NULL);
		} else if (skip && access(argv[i], R_OK) != 0) {
			printf("skipped: %s is not here\n", argv[i]);
			return 77;
		} else if (hear_folder(argv[i], &r) < 0) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 2;
		}
	}
	print_card("all", &r.all);
	print_card("odd numbers", &r.odd);
	return r.jitter <= 0 && r.free_bpm <= 0 && (share(r.odd.key, r.odd.n) < KEY_PROMISE || share(r.odd.meter, r.odd.n) < METER_PROMISE);
}
