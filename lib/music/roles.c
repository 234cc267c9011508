#include "music/roles.h"

#include "music/roles_priv.h"

#include "base/banned.h"

const char *const voice_role_names[VOICE_ROLE_COUNT + 1] = {
	[ROLE_MELODY] = "melody",   [ROLE_COUNTER_MELODY] = "counter_melody", [ROLE_BASS] = "bass",
	[ROLE_CHORDS] = "chords",   [ROLE_PAD] = "pad",                       [ROLE_ARPEGGIO] = "arpeggio",
	[ROLE_RIFF] = "riff",       [ROLE_DRONE] = "drone",                   [ROLE_PERCUSSION] = "percussion",
};

/* The role that a voice is surest of among those in `allowed` (bits). */
static enum voice_role best_of(const struct role_guess *g, unsigned allowed)
{
	enum voice_role best = ROLE_PAD;
	double sure = -1;
	for (int i = 0; i < VOICE_ROLE_COUNT; i++)
		if (allowed >> i & 1 && g->confidences[i] > sure) {
			best = (enum voice_role)i;
			sure = g->confidences[i];
		}
	return best;
}

/*
 * Leaves `only` to the voice that is surest of it; the others take what they are best at besides what is settled. The
 * melody comes first, then the bass: a voice that lost the melody may still compete for the bass.
 */
static void leave_to_one(struct role_guess *g, size_t n, enum voice_role only, unsigned settled)
{
	size_t keeper = n;
	for (size_t i = 0; i < n; i++)
		if (g[i].role == only && (keeper == n || g[i].confidence > g[keeper].confidence))
			keeper = i;
	for (size_t i = 0; i < n; i++) {
		if (g[i].role != only || i == keeper)
			continue;
		g[i].role = best_of(&g[i], ~settled);
		g[i].confidence = g[i].confidences[g[i].role];
		g[i].moved = true;
	}
}

/* An answer needs something that it answers. */
static void find_missing_melody(struct role_guess *g, size_t n)
{
	size_t best = n;
	for (size_t i = 0; i < n; i++) {
		if (g[i].role == ROLE_MELODY)
			return;
		if (g[i].role == ROLE_COUNTER_MELODY && (best == n || g[i].confidences[ROLE_MELODY] > g[best].confidences[ROLE_MELODY]))
			best = i;
	}
	if (best < n) {
		g[best].role = ROLE_MELODY;
		g[best].confidence = g[best].confidences[ROLE_MELODY];
	}
}

int roles_guess(const struct score *s, const struct model_watch *watch, struct role_guess **ret, struct err *err)
{
	struct role_guess AUTO_MEM *g = mem_new_array(s->n_voices, sizeof(*g));
	struct role_features AUTO_MEM *features = mem_new_array(s->n_voices, sizeof(*features));
	if (!g || !features)
		return err_set(err, -ENOMEM, "roles");
	int code = role_features_find(s, watch, features, err);
	if (code < 0)
		return code;
	for (size_t i = 0; i < s->n_voices; i++) {
		g[i].features = features[i];
		role_weigh(&features[i], g[i].confidences);
		g[i].role = best_of(&g[i], ~0u);
		g[i].confidence = g[i].confidences[g[i].role];
		if (features[i].n_notes == 0)
			g[i].role = ROLE_PAD;
	}
	leave_to_one(g, s->n_voices, ROLE_MELODY, 1u << ROLE_MELODY);
	leave_to_one(g, s->n_voices, ROLE_BASS, 1u << ROLE_MELODY | 1u << ROLE_BASS);
	find_missing_melody(g, s->n_voices);
	*ret = TAKE(g);
	return 0;
}
