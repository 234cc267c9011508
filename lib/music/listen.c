#include "music/listen.h"
#include "music/ask_priv.h"

#include <string.h>

static double mean_dissonance(const struct tension_report *t)
{
	double sum = 0;
	for (size_t i = 0; i < t->n; i++)
		sum += t->v[i].dissonance / (double)t->n;
	return sum;
}

static unsigned with_needs(unsigned parts)
{
	if (parts & LISTEN_CHARACTER)
		parts |= LISTEN_CHORDS | LISTEN_TENSION;
	if (parts & (LISTEN_CHORDS | LISTEN_TENSION | LISTEN_FORM))
		parts |= LISTEN_METER;
	if (parts & (LISTEN_METER | LISTEN_CHORDS | LISTEN_TENSION))
		parts |= LISTEN_KEY;
	return parts;
}

static int hear_character(const struct score *s, struct listening *l, struct err *err)
{
	int code = texture_find(s, &l->key, &l->meter, &l->texture, err);
	struct character_input in = { s, &l->key, &l->meter, &l->chords, &l->texture, mean_dissonance(&l->tension) };
	return code < 0 ? code : character_find(&in, &l->character, err);
}

/* What is asked for, as long as nobody has cancelled. */
static bool wanted(const struct listening *l, unsigned part, const struct model_watch *watch, int *code, struct err *err)
{
	if (*code < 0 || !(l->parts & part))
		return false;
	*code = ask_on(watch, err);
	return *code == 0;
}

static int hear_form(const struct score *s, const struct model_watch *watch, struct listening *l, struct err *err)
{
	int code = form_find(s, &l->meter, &l->form, err);
	if (code == 0)
		code = ask_on(watch, err);
	if (code == 0)
		code = phrases_find(s, &l->meter, &l->phrases, err);
	if (code == 0)
		code = ask_on(watch, err);
	return code < 0 ? code : patterns_find(s, &l->patterns, err);
}

static int hear(const struct score *s, const struct track_options *tracks, const struct model_watch *watch, struct listening *l,
		struct err *err)
{
	int code = 0;
	if (wanted(l, LISTEN_TRACKS, watch, &code, err))
		code = track_profiles_find(s, tracks, &l->tracks, err);
	if (wanted(l, LISTEN_KEY, watch, &code, err))
		code = key_find(s, &l->key, err);
	if (wanted(l, LISTEN_METER, watch, &code, err))
		code = meter_find(s, l->key.n_guesses ? &l->key.guesses[0] : NULL, &l->meter, err);
	if (wanted(l, LISTEN_CHORDS, watch, &code, err))
		code = chords_find(s, &l->key, &l->meter, watch, &l->chords, err);
	if (wanted(l, LISTEN_FORM, watch, &code, err))
		code = hear_form(s, watch, l, err);
	if (wanted(l, LISTEN_TENSION, watch, &code, err))
		code = tension_find(s, &l->key, &l->meter, &l->tension, err);
	if (wanted(l, LISTEN_CHARACTER, watch, &code, err))
		code = hear_character(s, l, err);
	return code;
}

int score_listen(const struct score *s, unsigned parts, const struct track_options *tracks, const struct model_watch *watch,
		 struct listening *ret, struct err *err)
{
	static const struct track_options usual = TRACK_OPTIONS_INIT;
	struct listening l;
	memset(&l, 0, sizeof(l));
	l.parts = with_needs(parts);
	int code = hear(s, tracks ? tracks : &usual, watch, &l, err);
	if (code < 0)
		listening_done(&l);
	else
		*ret = l;
	return code;
}

void listening_done(struct listening *l)
{
	track_profiles_done(&l->tracks);
	key_report_done(&l->key);
	chord_report_done(&l->chords);
	form_report_done(&l->form);
	phrase_report_done(&l->phrases);
	tension_report_done(&l->tension);
}
