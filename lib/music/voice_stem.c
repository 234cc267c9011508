/*
 * voice_stem.c - one voice of a score alone.
 */
#include "music/voices.h"

#include "base/banned.h"

static void drop_voice(struct score_voice *v)
{
	free(v->name);
	free(v->notes);
	free(v->controls);
}

/* Texts of the voice, and of the whole piece. */
static void keep_texts(struct score *s, size_t voice)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n_texts; i++) {
		struct score_text x = s->texts[i];
		if (x.voice >= 0 && (size_t)x.voice != voice) {
			free(x.text);
			continue;
		}
		x.voice = x.voice >= 0 ? 0 : -1;
		s->texts[kept++] = x;
	}
	s->n_texts = kept;
}

int score_stem(const struct score *s, size_t voice, struct score **ret, struct err *err)
{
	AUTO(score) one = NULL;
	if (voice >= s->n_voices)
		return err_field(err, -EINVAL, "voice", "there is no voice %zu; the piece has %zu, counted from 0", voice, s->n_voices);
	int code = score_clone(s, &one, err);
	if (code < 0)
		return code;
	struct score_voice kept = one->voices[voice];
	for (size_t i = 0; i < one->n_voices; i++)
		if (i != voice)
			drop_voice(&one->voices[i]);
	one->voices[0] = kept;
	one->n_voices = 1;
	keep_texts(one, voice);
	*ret = TAKE(one);
	return 0;
}
