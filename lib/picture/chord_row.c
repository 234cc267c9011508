#include "chord_row_priv.h"

#include "base/mem.h"
#include "base/str.h"
#include "music/chord.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define GAP        4.0  /* pixels between names */
#define LONGEST    90.0 /* pixels: what is longer is cut */
#define LAST_START 8.0  /* no name begins nearer to the right end */
#define AGAIN      6    /* added to the weight of a chord that goes on */
#define WEIGHTS    (2 * AGAIN)
#define LETTERS    10.0
#define SMALL      8.0

enum form { FULL, NO_BASS, TRIAD, FORMS };

struct name {
	double x, w[FORMS];
	int weight; /* 0 is shown first */
	char text[FORMS][48];
	bool shown;
};

struct row {
	struct canvas *c;
	struct name *names; /* from left to right, a pixel apart at least */
	size_t n;
	double end; /* no name reaches further */
};

/* "F#m7b5/A" as "F#m7b5" and "F#°"; words stay. */
static void shorten_name(struct name *x)
{
	struct chord chord;
	char letter;
	int alter;
	const char *full = x->text[FULL];
	size_t root = chord_note(full, strlen(full), &letter, &alter), n = strlen(full);
	memcpy(x->text[NO_BASS], full, sizeof(x->text[FULL]));
	memcpy(x->text[TRIAD], full, sizeof(x->text[FULL]));
	if (!root || !chord_parse(full, n, &chord) || chord.root < 0)
		return;
	const char *slash = strrchr(full, '/');
	if (slash && chord.bass != chord.root)
		x->text[NO_BASS][slash - full] = '\0';
	int third = chord_third(&chord), fifth = chord_fifth(&chord);
	const char *kind = third == 3 ? (fifth == 6 ? "\xc2\xb0" : "m") : third == 4 && fifth == 8 ? "+" : "";
	if (root + strlen(kind) < strlen(x->text[NO_BASS]))
		memcpy(x->text[TRIAD] + root, kind, strlen(kind) + 1);
	else
		memcpy(x->text[TRIAD], x->text[NO_BASS], sizeof(x->text[TRIAD]));
}

/* Round bars first, then others, middles of bars, and the rest. */
static int weigh(const struct score *s, double beats)
{
	int64_t bar = 0;
	double line = score_bar_floor(s, beats + 1e-6, &bar), in = beats - line;
	struct score_meter m = score_meter_at(s, beats);
	if (fabs(in) > 0.01)
		return fabs(in - score_bar_beats(&m) / 2) < 0.01 ? 4 : 5;
	return (bar - 1) % 8 == 0 ? 0 : (bar - 1) % 4 == 0 ? 1 : (bar - 1) % 2 == 0 ? 2 : 3;
}

static void add_name(struct row *r, const struct score *s, const struct score_text *t, double x, bool again)
{
	struct name *name = &r->names[r->n++];
	*name = (struct name){ .x = x, .weight = weigh(s, t->at_beats) + (again ? AGAIN : 0) };
	(void)str_copy(name->text[FULL], sizeof(name->text[FULL]), t->text);
	shorten_name(name);
}

/* The first chord of every pixel. */
static void find_names(struct row *r, const struct score *s, double per_beat, size_t most)
{
	const char *before = "";
	for (size_t i = 0; i < s->n_texts && r->n < most; i++) {
		const struct score_text *t = &s->texts[i];
		double x = r->c->x + t->at_beats * per_beat;
		if (t->kind != SCORE_CHORD || !t->text[0])
			continue;
		if (x <= r->c->x + r->c->w - LAST_START && (r->n == 0 || x >= r->names[r->n - 1].x + 1))
			add_name(r, s, t, x, strcmp(before, t->text) == 0);
		before = t->text;
	}
}

static const struct name *shown_before(const struct row *r, size_t i)
{
	for (size_t k = i; k-- > 0 && r->names[k].x > r->names[i].x - LONGEST - GAP;)
		if (r->names[k].shown)
			return &r->names[k];
	return NULL;
}

static const struct name *shown_after(const struct row *r, size_t i)
{
	for (size_t k = i + 1; k < r->n && r->names[k].x < r->names[i].x + LONGEST + GAP; k++)
		if (r->names[k].shown)
			return &r->names[k];
	return NULL;
}

static double room(const struct row *r, size_t i)
{
	const struct name *next = shown_after(r, i);
	return fmin(LONGEST, (next ? next->x - GAP : r->end) - r->names[i].x);
}

/* Those of one weight that have room between what is shown already; whether some have none. */
static bool show(struct row *r, int weight)
{
	int form = weight < AGAIN ? TRIAD : FULL; /* nothing is shortened for what goes on */
	bool lost = false;
	for (size_t i = 0; i < r->n; i++) {
		struct name *x = &r->names[i];
		const struct name *before = shown_before(r, i);
		if (x->weight != weight)
			continue;
		x->shown = x->w[form] <= room(r, i) && (!before || before->x + before->w[form] + GAP <= x->x);
		lost |= !x->shown;
	}
	return lost;
}

/* In letters of this size; how many are left out or shortened. What weighs more than one left out is left out, too. */
static size_t lay_out(struct row *r, double size)
{
	size_t lost = 0;
	bool full = false;
	for (size_t i = 0; i < r->n; i++) {
		r->names[i].shown = false;
		for (int f = 0; f < FORMS; f++)
			r->names[i].w[f] = fmin(LONGEST, canvas_text_width(r->c, size, r->names[i].text[f]));
	}
	for (int weight = 0; weight < WEIGHTS && !full; weight++)
		full = show(r, weight) && weight < AGAIN;
	for (size_t i = 0; i < r->n; i++)
		lost += r->names[i].weight < AGAIN && (!r->names[i].shown || r->names[i].w[FULL] > room(r, i));
	return lost;
}

static void draw(const struct row *r, double size, double y)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct name *x = &r->names[i];
		double space = room(r, i);
		int form = x->w[FULL] <= space ? FULL : x->w[NO_BASS] <= space ? NO_BASS : TRIAD;
		if (x->shown)
			canvas_text(r->c, x->x, y, size, ANCHOR_LEFT, r->c->theme->text, LONGEST, x->text[form]);
	}
}

int chord_row(struct canvas *c, const struct score *s, double per_beat, double y, struct err *err)
{
	size_t most = (size_t)c->w + 1;
	struct name AUTO_MEM *names = mem_new_array(most, sizeof(*names));
	struct row r = { .c = c, .names = names, .end = c->look->width - GAP };
	if (!names)
		return err_set(err, -ENOMEM, "picture");
	find_names(&r, s, per_beat, most);
	double size = lay_out(&r, LETTERS) == 0 ? LETTERS : SMALL;
	if (size < LETTERS)
		(void)lay_out(&r, size);
	draw(&r, size, y);
	return 0;
}
