/*
 * midi.c - reads MIDI files and compares the events with reference dumps, then writes and reads again.
 *
 * FILE is a cases.json with a folder files/ beside it: {"cases": [{file, verdict, events?}]}.
 */
#include <stdbool.h>

#include "base/fs.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/limits.h"
#include "music/smf.h"
#include "tally.h"

static json_t *event_json(const struct smf *f, const struct smf_event *e)
{
	json_t *j = json_array();
	json_array_append_new(j, json_integer((json_int_t)e->tick));
	json_array_append_new(j, json_string(smf_kind_name(e->kind)));
	if (e->kind >= SMF_META) {
		AUTO_STRBUF hex = STRBUF_INIT;
		for (uint32_t i = 0; i < e->n_data; i++)
			strbuf_addf(&hex, "%02x", smf_data(f, e)[i]);
		if (e->kind == SMF_META)
			json_array_append_new(j, json_integer(e->a));
		json_array_append_new(j, json_string(hex.s ? hex.s : ""));
		return j;
	}
	json_array_append_new(j, json_integer(e->channel));
	if (e->kind == SMF_BEND) {
		json_array_append_new(j, json_integer(e->a | e->b << 7));
		return j;
	}
	json_array_append_new(j, json_integer(e->a));
	if (e->kind != SMF_PROGRAM && e->kind != SMF_PRESSURE)
		json_array_append_new(j, json_integer(e->b));
	return j;
}

static json_t *smf_json(const struct smf *f)
{
	json_t *j = json_object(), *tracks = json_array();
	json_object_set_new(j, "format", json_integer(f->format));
	json_object_set_new(j, "ntrks_header", json_integer(f->n_tracks_in_header));
	if (f->smpte_fps) {
		json_t *s = json_object();
		json_object_set_new(s, "fps_code", json_integer(f->smpte_fps));
		json_object_set_new(s, "ticks_per_frame", json_integer(f->smpte_ticks));
		json_object_set_new(j, "smpte", s);
		json_object_set_new(j, "ticks_per_quarter", json_null());
	} else {
		json_object_set_new(j, "smpte", json_null());
		json_object_set_new(j, "ticks_per_quarter", json_integer(f->ticks_per_quarter));
	}
	for (size_t i = 0; i < f->n_tracks; i++) {
		json_t *t = json_array();
		for (size_t k = 0; k < f->tracks[i].n_events; k++)
			json_array_append_new(t, event_json(f, &f->tracks[i].events[k]));
		json_array_append_new(tracks, t);
	}
	json_object_set_new(j, "tracks", tracks);
	return j;
}

/* Whether the file written again reads as the same events (an end-of-track may have been added). */
static const char *round_trip(const struct smf *f, unsigned flags)
{
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n = 0;
	AUTO(smf) again = NULL;
	struct err err = ERR_INIT;
	if (f->format == 0 && f->n_tracks != 1)
		return NULL; /* the writer refuses these */
	if (smf_write(f, flags, &bytes, &n, &err) < 0 || smf_read(bytes, n, &again, &err) < 0)
		return "what was written does not read";
	AUTO_JSON json_t *a = smf_json(f);
	AUTO_JSON json_t *b = smf_json(again);
	json_object_del(a, "ntrks_header");
	json_object_del(b, "ntrks_header");
	for (size_t i = 0; i < f->n_tracks && i < again->n_tracks; i++)
		if (again->tracks[i].n_events == f->tracks[i].n_events + 1) {
			json_t *t = json_array_get(json_object_get(b, "tracks"), i);
			json_array_remove(t, json_array_size(t) - 1);
		}
	return json_equal(a, b) ? NULL : "written and read again it has other events";
}

static const char *check(const char *verdict, json_t *want, const char *bytes, size_t n, struct err *err)
{
	AUTO(smf) f = NULL;
	AUTO(score) s = NULL;
	int r = smf_read(bytes, n, &f, err);
	if (r < 0 && strcmp(verdict, "accept") == 0)
		return err->msg;
	if (r < 0)
		return err->msg[0] ? NULL : "refused without a message";
	if (strcmp(verdict, "reject") == 0)
		return "accepted a damaged file";
	AUTO_JSON json_t *got = smf_json(f);
	if (want && !json_equal(got, want))
		return "other events";
	if (smf_to_score(f, &s, err) < 0)
		return err->msg;
	const char *why = round_trip(f, SMF_WRITE_PLAIN);
	return why ? why : round_trip(f, SMF_WRITE_RUNNING_STATUS);
}

static int run_case(const char *folder, const json_t *c, struct tally *t)
{
	struct err err = ERR_INIT;
	const char *file = NULL, *verdict = NULL;
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	if (json_get_string(c, "file", &file, &err) < 0 ||
	    json_get_string(c, "verdict", &verdict, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	char AUTO_MEM *in = fs_join(folder, "files");
	char AUTO_MEM *path = fs_join(in, file);
	if (fs_read(path, LIMIT_SMF_BYTES, &bytes, &n, &err) < 0)
		tally_case(t, file, err.msg);
	else
		tally_case(t, file, check(verdict, json_object_get(c, "events"), bytes, n, &err));
	return 0;
}

static int run_file(const char *path, struct tally *t)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *doc = NULL;
	json_t *cases = NULL;
	char AUTO_MEM *folder = fs_dirname(path);
	if (json_parse_file(path, &doc, &err) < 0 || json_get_array(doc, "cases", &cases, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(cases); i++)
		if (run_case(folder, json_array_get(cases, i), t) < 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}
