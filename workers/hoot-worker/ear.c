#include "ear.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

void ear_done(struct ear *l)
{
	hearing_free(l->h);
	onsets_done(&l->onsets);
	beats_done(&l->beats);
	chroma_done(&l->chroma);
	key_report_done(&l->key);
}

int ear_path(const struct skill_run *run, size_t i, const char **ret, struct err *err)
{
	if (i >= run->lease->inputs.n)
		return err_field(err, -EINVAL, "inputs", "the step has %zu inputs, it needs %zu", run->lease->inputs.n, i + 1);
	*ret = run->lease->inputs.v[i].path;
	return 0;
}

int ear_hear(struct skill_run *run, size_t i, struct ear *l, struct err *err)
{
	const char *path = NULL;
	int code = ear_path(run, i, &path, err);
	if (code < 0)
		return code;
	code = hearing_of(path, run->watch, &l->h, err);
	return code < 0 ? err_wrap(err, code, "artifact %s", run->lease->inputs.v[i].artifact_id) : 0;
}

int ear_beats(struct ear *l, const struct beat_options *o, double sensitivity, struct err *err)
{
	int code = skill_as_param(beats_find(l->h, o, &l->beats, err), err);
	return code < 0 ? code : onsets_find(l->h, sensitivity, &l->onsets, err);
}

int ear_key(struct ear *l, struct err *err)
{
	int code = chroma_of(l->h, &l->chroma, err);
	if (code == 0)
		audio_key_find(&l->chroma, &l->key);
	return code;
}

int ear_deliver(struct skill_run *run, json_t *report, json_t *metadata, struct err *err)
{
	int code = report && metadata ? skill_write_json(run, report, err) : err_set(err, -ENOMEM, "report");
	json_decref(report);
	if (code < 0)
		json_decref(metadata);
	else
		run->metadata = metadata;
	return code;
}
