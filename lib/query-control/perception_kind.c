#include "query-control/perception.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

#include "base/banned.h"

const struct perception_kind_row perception_kinds[PERCEPTION_KIND_COUNT] = {
	[PERCEIVE_UNDERSTAND] = {"understand", PERCEIVE_NOTES, "project", "midi", "analysis", "understand", false},
	[PERCEIVE_LISTEN] = {"listen", PERCEIVE_SOUND, "project", "audio", "analysis", "listen", false},
	[PERCEIVE_NOTES_VECTOR] = {"notes_vector", PERCEIVE_NOTES, "embed", "midi", "embedding", "features", false},
	[PERCEIVE_SOUND_VECTOR] = {"sound_vector", PERCEIVE_SOUND, "embed", "audio", "embedding", "ear", false},
	[PERCEIVE_WAVEFORM] = {"waveform", PERCEIVE_SOUND, "project", "audio", "image", "waveform", true},
	[PERCEIVE_SPECTROGRAM] = {"spectrogram", PERCEIVE_SOUND, "project", "audio", "image", "spectrogram", true},
	[PERCEIVE_PIANO_ROLL] = {"piano_roll", PERCEIVE_NOTES, "project", "midi", "image", "piano-roll", false},
};

int perception_family_of(const char *space, enum perception_family *ret)
{
	static const struct {
		const char *space;
		enum perception_family family;
	} rows[] = {{"abc", PERCEIVE_NOTES}, {"audio", PERCEIVE_SOUND}, {"midi", PERCEIVE_NOTES}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (str_eq(rows[i].space, space)) {
			*ret = rows[i].family;
			return 0;
		}
	}
	return -ENOENT;
}

int perception_key_init(struct perception_key *ret, enum perception_kind kind, const char *space, const char *hash)
{
	ret->kind = kind;
	(void)str_copy(ret->params, sizeof(ret->params), "{}");
	return str_copy(ret->hash, sizeof(ret->hash), hash) && str_copy(ret->space, sizeof(ret->space), space) ? 0 : -EINVAL;
}

static double to_ms(double s)
{
	return round(s * 1000) / 1000;
}

int perception_key_part(struct perception_key *k, double from_s, double to_s)
{
	char from[JSON_DOUBLE_SIZE], to[JSON_DOUBLE_SIZE];
	if (!perception_kinds[k->kind].ranged || !(from_s >= 0) || !(to_s >= 0) || !isfinite(from_s) || !isfinite(to_s) ||
	    (to_s > 0 && to_ms(to_s) <= to_ms(from_s)))
		return -EINVAL;
	(void)str_copy(k->params, sizeof(k->params), "{}");
	if (from_s == 0 && to_s == 0)
		return 0;
	(void)json_format_double(from, to_ms(from_s));
	(void)json_format_double(to, to_ms(to_s));
	(void)snprintf(k->params, sizeof(k->params), "{\"from_s\":%s,\"to_s\":%s}", from, to);
	return 0;
}
