#include "music/smf_info.h"

#include <string.h>

#include "music/spell.h"
#include "music/text_priv.h"

struct facts {
	const struct smf *file;
	json_t *tempos, *meters, *keys, *tracks; /* references that the report takes */
	char *title, *copyright;
	int64_t n_tempos, n_events, n_notes, n_lyrics, n_markers;
	uint64_t end_tick;
	unsigned channels;
	bool programs[128];
	double first_bpm, least_bpm, most_bpm;
	bool failed;
};

/* What is found out about one track. */
struct track_facts {
	char *name, *instrument;
	int64_t n_notes, n_lyrics;
	unsigned channels;
	int program, lowest, highest;
	uint64_t from, to;
};

static void add(struct facts *f, json_t *list, json_t *item)
{
	if (json_array_size(list) >= SMF_INFO_CHANGES)
		json_decref(item);
	else if (!item || json_array_append_new(list, item) < 0)
		f->failed = true;
}

static void take_text(struct facts *f, char **where, const struct smf_event *e)
{
	if (*where)
		return;
	*where = music_text(smf_data(f->file, e), e->n_data);
	f->failed |= !*where;
}

static void tempo(struct facts *f, const struct smf_event *e)
{
	const uint8_t *p = smf_data(f->file, e);
	unsigned us = e->n_data >= 3 ? (unsigned)(p[0] << 16 | p[1] << 8 | p[2]) : 0;
	if (us == 0)
		return;
	double bpm = 60e6 / us;
	if (f->n_tempos++ == 0)
		f->first_bpm = f->least_bpm = f->most_bpm = bpm;
	f->least_bpm = bpm < f->least_bpm ? bpm : f->least_bpm;
	f->most_bpm = bpm > f->most_bpm ? bpm : f->most_bpm;
	add(f, f->tempos, json_pack("{s:I, s:f}", "tick", (json_int_t)e->tick, "bpm", bpm));
}

static void meta(struct facts *f, size_t track, struct track_facts *t, const struct smf_event *e)
{
	const uint8_t *p = smf_data(f->file, e);
	if (e->a == SMF_META_TEMPO)
		tempo(f, e);
	else if (e->a == SMF_META_METER && e->n_data >= 2 && p[1] < 16)
		add(f, f->meters, json_pack("{s:I, s:i, s:i}", "tick", (json_int_t)e->tick, "num", p[0], "den", 1 << p[1]));
	else if (e->a == SMF_META_KEY && e->n_data >= 2)
		add(f, f->keys, json_pack("{s:I, s:s}", "tick", (json_int_t)e->tick, "key", key_name((int8_t)p[0], p[1] == 1)));
	else if (e->a == SMF_META_NAME) {
		take_text(f, &t->name, e);
		if (track == 0)
			take_text(f, &f->title, e);
	} else if (e->a == SMF_META_INSTRUMENT)
		take_text(f, &t->instrument, e);
	else if (e->a == SMF_META_COPYRIGHT)
		take_text(f, &f->copyright, e);
	else if (e->a == SMF_META_LYRIC)
		t->n_lyrics++;
	else if (e->a == SMF_META_MARKER)
		f->n_markers++;
}

static void channel_event(struct facts *f, struct track_facts *t, const struct smf_event *e)
{
	t->channels |= 1u << e->channel;
	if (e->kind == SMF_PROGRAM) {
		f->programs[e->a & 127] = true;
		if (t->program < 0)
			t->program = e->a;
	}
	if (e->kind != SMF_NOTE_ON || e->b == 0)
		return;
	if (t->n_notes++ == 0)
		t->from = e->tick;
	t->lowest = e->a < t->lowest ? e->a : t->lowest;
	t->highest = e->a > t->highest ? e->a : t->highest;
}

static json_t *channel_list(unsigned channels)
{
	json_t *list = json_array();
	for (int c = 0; list && c < 16; c++)
		if (channels >> c & 1 && json_array_append_new(list, json_integer(c)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *number_or_null(bool there, int64_t v)
{
	return there ? json_integer(v) : json_null();
}

static json_t *report_track(const struct track_facts *t, size_t index, size_t n_events)
{
	return json_pack("{s:I, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "index", (json_int_t)index, "name",
			 t->name ? t->name : "", "instrument", t->instrument ? t->instrument : "", "events",
			 (json_int_t)n_events, "notes", (json_int_t)t->n_notes, "channels", channel_list(t->channels), "program",
			 number_or_null(t->program >= 0, t->program), "lowest", number_or_null(t->n_notes, t->lowest),
			 "highest", number_or_null(t->n_notes, t->highest), "from_tick",
			 number_or_null(t->n_notes, (int64_t)t->from), "to_tick", number_or_null(t->n_notes, (int64_t)t->to),
			 "lyrics", (json_int_t)t->n_lyrics);
}

static void look_at_track(struct facts *f, size_t index)
{
	const struct smf_track *track = &f->file->tracks[index];
	struct track_facts t = { .program = -1, .lowest = 127 };
	for (size_t i = 0; i < track->n_events; i++) {
		const struct smf_event *e = &track->events[i];
		if (e->kind == SMF_META)
			meta(f, index, &t, e);
		else if (e->kind != SMF_SYSEX && e->kind != SMF_ESCAPE)
			channel_event(f, &t, e);
		if (e->kind == SMF_NOTE_OFF || e->kind == SMF_NOTE_ON)
			t.to = e->tick;
		f->end_tick = e->tick > f->end_tick ? e->tick : f->end_tick;
	}
	f->n_events += (int64_t)track->n_events;
	f->n_notes += t.n_notes;
	f->n_lyrics += t.n_lyrics;
	f->channels |= t.channels;
	json_t *one = report_track(&t, index, track->n_events);
	if (!one || json_array_append_new(f->tracks, one) < 0)
		f->failed = true;
	free(t.name);
	free(t.instrument);
}

static json_t *program_list(const struct facts *f)
{
	json_t *list = json_array();
	for (int p = 0; list && p < 128; p++)
		if (f->programs[p] && json_array_append_new(list, json_integer(p)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *smpte(const struct smf *f)
{
	return f->smpte_fps ? json_pack("{s:i, s:i}", "fps", f->smpte_fps, "ticks", f->smpte_ticks) : json_null();
}

/* Takes the lists of `f`. */
static json_t *report(struct facts *f, const struct score *s)
{
	const struct smf *x = f->file;
	double bpm = f->n_tempos ? f->first_bpm : 120, least = f->n_tempos ? f->least_bpm : 120,
	       most = f->n_tempos ? f->most_bpm : 120;
	json_t *j = json_pack("{s:i, s:I, s:o, s:o, s:I, s:I, s:I, s:f, s:f, s:I, s:f, s:[f,f], s:I, s:o, s:o, s:o, s:s, s:s,"
			      " s:o, s:o, s:I, s:I, s:o}",
			      "format", x->format, "tracks", (json_int_t)x->n_tracks, "ppq",
			      number_or_null(!x->smpte_fps, x->ticks_per_quarter), "smpte", smpte(x), "events",
			      (json_int_t)f->n_events, "notes", (json_int_t)f->n_notes, "end_tick", (json_int_t)f->end_tick,
			      "beats", s->end_beats, "duration_s", score_seconds_at(s, s->end_beats), "bars",
			      (json_int_t)score_n_bars(s), "tempo", bpm, "tempo_range", least, most, "n_tempo_changes",
			      (json_int_t)f->n_tempos, "tempo_changes", f->tempos, "time_signatures", f->meters, "keys", f->keys,
			      "title", f->title ? f->title : "", "copyright", f->copyright ? f->copyright : "", "channels",
			      channel_list(f->channels), "programs", program_list(f), "lyrics", (json_int_t)f->n_lyrics,
			      "markers", (json_int_t)f->n_markers, "per_track", f->tracks);
	return j;
}

int smf_info(const struct smf *file, json_t **ret, struct err *err)
{
	AUTO(score) s = NULL;
	int r = smf_to_score(file, &s, err);
	if (r < 0)
		return r;
	struct facts f = { .file = file, .tempos = json_array(), .meters = json_array(), .keys = json_array(),
			   .tracks = json_array() };
	f.failed = !f.tempos || !f.meters || !f.keys || !f.tracks;
	for (size_t i = 0; !f.failed && i < file->n_tracks; i++)
		look_at_track(&f, i);
	json_t *j = report(&f, s);
	free(f.title);
	free(f.copyright);
	if (j && !f.failed) {
		*ret = j;
		return 0;
	}
	json_decref(j);
	return err_set(err, -ENOMEM, "out of memory for the report");
}
