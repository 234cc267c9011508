/* skills_harmony.c - the harmony family: progressions, melodies, counterpoint, basses, patterns, pieces from words. */
#include "skill.h"

#include "model/accompaniment.h"
#include "model/arpeggio.h"
#include "model/bassline.h"
#include "model/counterpoint.h"
#include "model/generator.h"
#include "model/harmonise.h"
#include "model/melody.h"
#include "model/piece.h"
#include "model/progression.h"

#include "base/banned.h"

static int make(struct skill_run *run, struct err *err)
{
	const struct generator *g = generator_find(run->lease->model);
	return g ? skill_generate(run, g, err) : err_field(err, -EINVAL, "model", "there is no generator '%s'", run->lease->model);
}

/* From nothing, or from one or more pieces. */
#define SAMPLE(from, name, v, t) \
	{ .verb = "sample", .from_space = from, .to_space = "midi", .model = name, .version = v, .table = t, .run = make }

static const struct skill skills[] = {
	SAMPLE("", "prompt", PIECE_VERSION, &piece_table), /* first: what a sample is that asks for nothing */
	SAMPLE("", "accompaniment", ACCOMPANIMENT_VERSION, &accompaniment_table),
	SAMPLE("midi", "accompaniment", ACCOMPANIMENT_VERSION, &accompaniment_table),
	SAMPLE("", "arpeggio", ARPEGGIO_VERSION, &arpeggio_table),
	SAMPLE("midi", "arpeggio", ARPEGGIO_VERSION, &arpeggio_table),
	SAMPLE("", "bass", BASS_VERSION, &bass_table),
	SAMPLE("midi", "bass", BASS_VERSION, &bass_table),
	SAMPLE("midi", "counterpoint", COUNTERPOINT_VERSION, &counterpoint_table),
	SAMPLE("midi", "harmonise", HARMONISE_VERSION, &harmonise_table),
	SAMPLE("", "melody", MELODY_VERSION, &melody_table),
	SAMPLE("midi", "melody", MELODY_VERSION, &melody_table),
	SAMPLE("", "progression", PROGRESSION_VERSION, &progression_table),
};
const struct skill_list skills_harmony = { skills, COUNT_OF(skills) };
