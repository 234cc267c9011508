#include "music/notes.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"

static void voice_done(struct score_voice *v)
{
	free(v->name);
	free(v->notes);
	free(v->controls);
}

static char *copy_or_empty(const char *s)
{
	return strdup(s ? s : "");
}

struct score *score_new(void)
{
	AUTO(score) s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->title = strdup("");
	s->composer = strdup("");
	if (!s->title || !s->composer)
		return NULL;
	return TAKE(s);
}

void score_free(struct score *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_voices; i++)
		voice_done(&s->voices[i]);
	for (size_t i = 0; i < s->n_texts; i++)
		free(s->texts[i].text);
	free(s->voices);
	free(s->tempos);
	free(s->meters);
	free(s->keys);
	free(s->texts);
	free(s->title);
	free(s->composer);
	free(s);
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the score");
}

/* A copy of n items of `size` bytes in *dst; an empty array stays NULL. */
static int copy_items(void *dst, size_t *ret_n, size_t *ret_room, const void *src, size_t n, size_t size)
{
	void **p = dst;
	if (n == 0)
		return 0;
	*p = mem_new_array(n, size);
	if (!*p)
		return -ENOMEM;
	memcpy(*p, src, n * size);
	*ret_n = n;
	*ret_room = n;
	return 0;
}

static int clone_voice(struct score *s, const struct score_voice *from, struct err *err)
{
	size_t at;
	int r = score_add_voice(s, from->name, &at, err);
	if (r < 0)
		return r;
	struct score_voice *v = &s->voices[at];
	if (copy_items(&v->notes, &v->n_notes, &v->room_notes, from->notes, from->n_notes,
		       sizeof(*v->notes)) < 0 ||
	    copy_items(&v->controls, &v->n_controls, &v->room_controls, from->controls,
		       from->n_controls, sizeof(*v->controls)) < 0)
		return no_memory(err);
	return 0;
}

int score_clone(const struct score *from, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	if (!s)
		return no_memory(err);
	int r = score_set_title(s, from->title, err);
	if (r == 0)
		r = score_set_composer(s, from->composer, err);
	for (size_t i = 0; r == 0 && i < from->n_voices; i++)
		r = clone_voice(s, &from->voices[i], err);
	for (size_t i = 0; r == 0 && i < from->n_texts; i++) {
		const struct score_text *t = &from->texts[i];
		r = score_add_text(s, t->kind, t->voice, t->at_beats, t->text, err);
	}
	if (r < 0)
		return r;
	if (copy_items(&s->tempos, &s->n_tempos, &s->room_tempos, from->tempos, from->n_tempos,
		       sizeof(*s->tempos)) < 0 ||
	    copy_items(&s->meters, &s->n_meters, &s->room_meters, from->meters, from->n_meters,
		       sizeof(*s->meters)) < 0 ||
	    copy_items(&s->keys, &s->n_keys, &s->room_keys, from->keys, from->n_keys,
		       sizeof(*s->keys)) < 0)
		return no_memory(err);
	s->pickup_beats = from->pickup_beats;
	s->end_beats = from->end_beats;
	*ret = TAKE(s);
	return 0;
}

static int replace_text(char **where, const char *text, struct err *err)
{
	char *copy = copy_or_empty(text);
	if (!copy)
		return no_memory(err);
	free(*where);
	*where = copy;
	return 0;
}

int score_set_title(struct score *s, const char *title, struct err *err)
{
	return replace_text(&s->title, title, err);
}

int score_set_composer(struct score *s, const char *composer, struct err *err)
{
	return replace_text(&s->composer, composer, err);
}

int score_add_voice(struct score *s, const char *name, size_t *ret_voice, struct err *err)
{
	if (s->n_voices >= LIMIT_SCORE_VOICES)
		return err_set(err, -EMSGSIZE, "more than %d voices", LIMIT_SCORE_VOICES);
	if (mem_grow(&s->voices, &s->room_voices, s->n_voices + 1, sizeof(*s->voices)) < 0)
		return no_memory(err);
	struct score_voice *v = &s->voices[s->n_voices];
	memset(v, 0, sizeof(*v));
	v->name = copy_or_empty(name);
	if (!v->name)
		return no_memory(err);
	*ret_voice = s->n_voices++;
	return 0;
}

static bool beats_ok(double beats)
{
	return isfinite(beats) && beats >= 0;
}

int score_check_end(double beats, struct err *err)
{
	if (beats > LIMIT_SCORE_BEATS)
		return err_set(err, -EMSGSIZE, "something is at beat %.10g; a score has at most %d beats", beats, LIMIT_SCORE_BEATS);
	return 0;
}

static int check_voice(const struct score *s, size_t voice, struct err *err)
{
	if (voice >= s->n_voices)
		return err_set(err, -EINVAL, "voice %zu of %zu", voice, s->n_voices);
	return 0;
}

int score_add_note(struct score *s, size_t voice, const struct note *n, struct err *err)
{
	int r = check_voice(s, voice, err);
	if (r < 0)
		return r;
	if (!beats_ok(n->start_beats) || !beats_ok(n->duration_beats) || n->pitch > 127 ||
	    n->velocity < 1 || n->velocity > 127 || n->channel > 15 || n->release > 127)
		return err_set(err, -EINVAL, "note %d at beat %g for %g beats is out of range", n->pitch,
			       n->start_beats, n->duration_beats);
	r = score_check_end(n->start_beats + n->duration_beats, err);
	if (r < 0)
		return r;
	struct score_voice *v = &s->voices[voice];
	if (v->n_notes >= LIMIT_SCORE_NOTES)
		return err_set(err, -EMSGSIZE, "more than %d notes in one voice", LIMIT_SCORE_NOTES);
	if (mem_grow(&v->notes, &v->room_notes, v->n_notes + 1, sizeof(*v->notes)) < 0)
		return no_memory(err);
	v->notes[v->n_notes++] = *n;
	s->end_beats = fmax(s->end_beats, n->start_beats + n->duration_beats);
	return 0;
}

static bool control_ok(const struct score_control *c)
{
	unsigned top = c->kind == SCORE_BEND ? 16383 : 127;
	return beats_ok(c->at_beats) && (unsigned)c->kind < SCORE_CONTROL_KIND_COUNT && c->channel <= 15 &&
	       c->number <= 127 && c->value <= top;
}

int score_add_control(struct score *s, size_t voice, const struct score_control *c, struct err *err)
{
	int r = check_voice(s, voice, err);
	if (r < 0)
		return r;
	if (!control_ok(c))
		return err_set(err, -EINVAL, "control %d at beat %g is out of range", c->number,
			       c->at_beats);
	r = score_check_end(c->at_beats, err);
	if (r < 0)
		return r;
	struct score_voice *v = &s->voices[voice];
	if (v->n_controls >= LIMIT_SCORE_EVENTS)
		return err_set(err, -EMSGSIZE, "more than %d controls in one voice", LIMIT_SCORE_EVENTS);
	if (mem_grow(&v->controls, &v->room_controls, v->n_controls + 1, sizeof(*v->controls)) < 0)
		return no_memory(err);
	v->controls[v->n_controls++] = *c;
	return 0;
}

/*
 * Makes a place in a sorted array whose items begin with their beat: the index of the item that
 * stands there already, or of a new one. Searches from the end, where additions usually go.
 */
static int place(void *items, size_t *n, size_t *room, size_t size, double at, size_t *ret, struct err *err)
{
	char **p = items;
	size_t i = *n;
	while (i > 0) {
		double beat;
		memcpy(&beat, *p + (i - 1) * size, sizeof(beat));
		if (beat == at) {
			*ret = i - 1;
			return 0;
		}
		if (beat < at)
			break;
		i--;
	}
	int r = score_check_end(at, err);
	if (r < 0)
		return r;
	if (*n >= LIMIT_SCORE_CHANGES)
		return err_set(err, -EMSGSIZE, "more than %d changes", LIMIT_SCORE_CHANGES);
	if (mem_grow(items, room, *n + 1, size) < 0)
		return no_memory(err);
	memmove(*p + (i + 1) * size, *p + i * size, (*n - i) * size);
	(*n)++;
	*ret = i;
	return 0;
}

int score_set_tempo(struct score *s, double at, double bpm, struct err *err)
{
	size_t i;
	if (!beats_ok(at) || !isfinite(bpm) || bpm <= 0)
		return err_set(err, -EINVAL, "tempo %g at beat %g", bpm, at);
	int r = place(&s->tempos, &s->n_tempos, &s->room_tempos, sizeof(*s->tempos), at, &i, err);
	if (r == 0)
		s->tempos[i] = (struct score_tempo){ at, bpm };
	return r;
}

int score_set_meter(struct score *s, double at, unsigned num, unsigned den, struct err *err)
{
	size_t i;
	if (!beats_ok(at) || num < 1 || num > 65535 || den < 1 || den > 32768 || (den & (den - 1)))
		return err_set(err, -EINVAL, "meter %u/%u at beat %g", num, den, at);
	int r = place(&s->meters, &s->n_meters, &s->room_meters, sizeof(*s->meters), at, &i, err);
	if (r == 0)
		s->meters[i] = (struct score_meter){ at, (uint16_t)num, (uint16_t)den };
	return r;
}

int score_set_key(struct score *s, double at, int sharps, bool minor, struct err *err)
{
	size_t i;
	if (!beats_ok(at) || sharps < -7 || sharps > 7)
		return err_set(err, -EINVAL, "key with %d sharps at beat %g", sharps, at);
	int r = place(&s->keys, &s->n_keys, &s->room_keys, sizeof(*s->keys), at, &i, err);
	if (r == 0)
		s->keys[i] = (struct score_key){ at, (int8_t)sharps, minor };
	return r;
}

int score_add_text(struct score *s, enum score_text_kind kind, int voice, double at, const char *text,
		   struct err *err)
{
	if (!beats_ok(at) || (unsigned)kind >= SCORE_TEXT_KIND_COUNT || voice < -1 ||
	    voice >= (int)s->n_voices)
		return err_set(err, -EINVAL, "text of kind %d in voice %d at beat %g", (int)kind, voice, at);
	int r = score_check_end(at, err);
	if (r < 0)
		return r;
	if (s->n_texts >= LIMIT_SCORE_EVENTS)
		return err_set(err, -EMSGSIZE, "more than %d texts", LIMIT_SCORE_EVENTS);
	if (mem_grow(&s->texts, &s->room_texts, s->n_texts + 1, sizeof(*s->texts)) < 0)
		return no_memory(err);
	char *copy = copy_or_empty(text);
	if (!copy)
		return no_memory(err);
	s->texts[s->n_texts++] = (struct score_text){ at, kind, voice, copy };
	return 0;
}

static int by_beat(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct note *a = pa, *b = pb;
	int c = by_beat(a->start_beats, b->start_beats);
	if (c == 0)
		c = (int)a->pitch - b->pitch;
	if (c == 0)
		c = (int)a->channel - b->channel;
	return c;
}

static int compare_controls(const void *pa, const void *pb)
{
	const struct score_control *a = pa, *b = pb;
	return by_beat(a->at_beats, b->at_beats);
}

static int compare_texts(const void *pa, const void *pb)
{
	const struct score_text *a = pa, *b = pb;
	return by_beat(a->at_beats, b->at_beats);
}

/*
 * Merge sort, because order must be stable. Where memory for the second half is out it falls back to
 * insertion, so that sorting cannot fail.
 */
static void insertion(char *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	char hold[64];
	for (size_t i = 1; i < n; i++) {
		size_t j = i;
		memcpy(hold, items + i * size, size);
		while (j > 0 && compare(items + (j - 1) * size, hold) > 0)
			j--;
		memmove(items + (j + 1) * size, items + j * size, (i - j) * size);
		memcpy(items + j * size, hold, size);
	}
}

static void merge_runs(char *items, char *spare, size_t n, size_t half, size_t size,
		       int (*compare)(const void *, const void *))
{
	size_t i = 0, j = half, out = 0;
	memcpy(spare, items, half * size);
	while (i < half && j < n)
		if (compare(spare + i * size, items + j * size) <= 0)
			memcpy(items + out++ * size, spare + i++ * size, size);
		else {
			memmove(items + out * size, items + j * size, size);
			out++;
			j++;
		}
	memcpy(items + out * size, spare + i * size, (half - i) * size);
}

static void merge_sort(char *items, char *spare, size_t n, size_t size,
		       int (*compare)(const void *, const void *))
{
	if (n <= 16) {
		insertion(items, n, size, compare);
		return;
	}
	size_t half = n / 2;
	merge_sort(items, spare, half, size, compare);
	merge_sort(items + half * size, spare, n - half, size, compare);
	if (compare(items + (half - 1) * size, items + half * size) > 0)
		merge_runs(items, spare, n, half, size, compare);
}

static void sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	bool sorted = true;
	for (size_t i = 1; sorted && i < n; i++)
		sorted = compare((char *)items + (i - 1) * size, (char *)items + i * size) <= 0;
	if (sorted)
		return;
	char *spare = mem_new_array(n / 2 + 1, size);
	if (spare)
		merge_sort(items, spare, n, size, compare);
	else
		insertion(items, n, size, compare);
	free(spare);
}

void score_sort(struct score *s)
{
	for (size_t i = 0; i < s->n_voices; i++) {
		struct score_voice *v = &s->voices[i];
		sort_items(v->notes, v->n_notes, sizeof(*v->notes), compare_notes);
		sort_items(v->controls, v->n_controls, sizeof(*v->controls), compare_controls);
	}
	sort_items(s->texts, s->n_texts, sizeof(*s->texts), compare_texts);
}

size_t score_n_notes(const struct score *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_voices; i++)
		n += s->voices[i].n_notes;
	return n;
}

struct note *score_merge_notes(const struct score *s, size_t *ret_n)
{
	size_t n = score_n_notes(s), at = 0;
	struct note *all = mem_new_array(n, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < s->n_voices; i++) {
		const struct score_voice *v = &s->voices[i];
		if (v->n_notes)
			memcpy(all + at, v->notes, v->n_notes * sizeof(*all));
		at += v->n_notes;
	}
	sort_items(all, n, sizeof(*all), compare_notes);
	*ret_n = n;
	return all;
}
