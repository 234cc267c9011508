#include "model/accompaniment.h"

#include "base/rng.h"
#include "model/pattern_priv.h"
#include "model/pen_priv.h"
#include "model/voice_leading.h"

#include "base/banned.h"

const char *const accompaniment_styles[] = { "block", "pad", "oompah", "waltz", "stride", "bossa", "strum", "ballad", "alberti", "march",
					     "reggae", "rock", "tango", "habanera", "comping", "picking", NULL };

#define P accompaniment_params
static const struct model_param rows[] = {
	CHORDS_ROWS(accompaniment_params),
	PARAM_CHOICE(P, style, accompaniment_styles, ACC_BLOCK, "the rhythm of the hands"),
	PARAM_INT(P, lo, 36, 72, 52, "pitch", "lowest note of the chords"),
	PARAM_INT(P, hi, 60, 108, 74, "pitch", "highest note, at least 16 above the lowest"),
	PARAM_FLAG(P, bass, 1, "the low hand plays, too"),
	PARAM_NUM(P, dynamics, 0, 1, 0.5, "", "how much strokes differ in strength"),
	PARAM_INT(P, program, 0, 127, 0, "", "instrument, a General MIDI program from 0"),
};
const struct model_table accompaniment_table = MODEL_TABLE(rows);

/* The low hand: R bass, 5 fifth. The high hand: C chord, c softly, s c strummed down, u up, 1 to 3 a note of it. */
static const struct {
	struct pattern low, high;
} styles[ACC_COUNT] = {
	[ACC_BLOCK] = { { "R---------------", "R-----------", "R-----", "------" }, { "C---c---C---c---", "C---c---c---", "C-----", "c-----" } },
	[ACC_PAD] = { { "R---------------", "R-----------", "R-----", "------" }, { "C---------------", "C-----------", "C-----", "------" } },
	[ACC_OOMPAH] = { { "R---....5---....", "R---....5---", "R---..", "5---.." }, { "....C---....C---", "....C---....", "....C-", "....C-" } },
	[ACC_WALTZ] = { { "R---....5---....", "R---........", "R-....", "5-...." }, { "....C---....c---", "....C---c---", "..C-c-", "..C-c-" } },
	[ACC_STRIDE] = { { "R---....5---....", "R---....5---", "R-....", "5-...." }, { "....C-......C-..", "....C-......", "....C-", "....C-" } },
	[ACC_BOSSA] = { { "R-----5-5-----R-", "R---5-----R-", "R---5-", "5---R-" }, { "C---..C-..c---C-", "C---..C-..c-", "C---c-", "..C-c-" } },
	[ACC_STRUM] = { { "................", "............", "......", "......" }, { "s---s-u-..u-s-u-", "s---s-u-s-u-", "s---u-", "s-u-u-" } },
	[ACC_BALLAD] = { { "R-------5-------", "R-------5---", "R-----", "5-----" }, { "1-2-3-2-1-2-3-2-", "1-2-3-2-3-2-", "1-2-3-", "3-2-1-" } },
	[ACC_ALBERTI] = { { "................", "............", "......", "......" }, { "1-3-2-3-1-3-2-3-", "1-3-2-3-2-3-", "1-3-2-", "1-3-2-" } },
	[ACC_MARCH] = { { "R---....5---....", "R---....5---", "R-....", "5-...." }, { "....C-......C-c-", "....C-....c-", "..C-c-", "..C-c-" } },
	[ACC_REGGAE] = { { "................", "............", "......", "......" }, { "....C.......C...", "....C...C...", "..C...", "..C..." } },
	[ACC_ROCK] = { { "R-R-R-R-R-R-R-R-", "R-R-R-R-R-R-", "R-R-R-", "R-R-R-" }, { "C-----C-C---c---", "C-----C-c---", "C---c-", "C---c-" } },
	[ACC_TANGO] = { { "R---5---R---5-R-", "R---5---R---", "R---5-", "R---5-" }, { "C---C---C---C-c-", "C---C---C---", "C---c-", "C---c-" } },
	[ACC_HABANERA] = { { "R-----5-8---5---", "R-----5-8---", "R---5-", "8---5-" }, { "....C-......C-..", "....C-..C-..", "..C-c-", "..C-c-" } },
	[ACC_COMPING] = { { "................", "............", "......", "......" }, { "C-....C-........", "C-....C-....", "C---c-", "..C-.." } },
	[ACC_PICKING] = { { "R---5---R---5---", "R---5---5---", "R-----", "5-----" }, { "..2-..3-..2-3-1-", "..2-..3-..2-", "..2-3-", "..3-2-" } },
};

/* Comping changes from bar to bar. */
static const char *const comping[] = {
	"C-....C-........", "......C-....C---", "..C---....C-....", "C---..C-..C-....", "....C-....C-..c-", "C-----........C-",
};

struct hands {
	const struct harmony *h;
	const struct accompaniment_params *p;
	const struct voicing *v; /* by chord */
	struct rng rng;
	const struct pen *pen;
	int64_t n;
};

static int strength(struct hands *x, int32_t at, bool soft)
{
	int weight = meter_weight(&x->h->meter, at % x->h->meter.bar_ticks), spread = (int)(x->p->dynamics * 24);
	return 64 + weight * spread / 3 - (soft ? spread / 2 : 0) + (int)rng_below(&x->rng, 5);
}

static int low_note(struct hands *x, char letter, int32_t at, int32_t length, struct err *err)
{
	const struct harmony_chord *c = harmony_at(x->h, at);
	int root = x->v[c - x->h->chords].pitch[0], fifth = chord_fifth(&c->chord) < 0 ? 7 : chord_fifth(&c->chord);
	if (c->chord.bass != c->chord.root)
		fifth = 12;
	int pitch = letter == '5' ? (root - 12 + fifth >= x->p->lo - 16 ? root - 12 + fifth : root + fifth) : letter == '8' ? root + 12 : root;
	x->n++;
	return pen_note(x->pen, at, length, pitch, strength(x, at, false) + 4, err);
}

static int high_notes(struct hands *x, char letter, int32_t at, int32_t length, struct err *err)
{
	const struct voicing *v = &x->v[harmony_at(x->h, at) - x->h->chords];
	int code = 0, upper = v->n - 1, soft = letter == 'c' || letter == 'u', vel = strength(x, at, soft);
	if (letter >= '1' && letter <= '3') {
		x->n++;
		int k = letter - '1';
		return pen_note(x->pen, at, length, v->pitch[1 + (k < upper ? k : upper - 1)], vel, err);
	}
	int32_t late = letter == 's' || letter == 'u' ? METER_TICKS / 48 : 0;
	for (int k = 0; code == 0 && k < upper; k++) {
		int32_t wait = late * (letter == 'u' ? upper - 1 - k : k);
		x->n++;
		code = pen_note(x->pen, at + wait, length - wait, v->pitch[1 + k], vel, err);
	}
	return code;
}

typedef int begin_fn(struct hands *x, char letter, int32_t at, int32_t length, struct err *err);

/* A chord that begins under a held note or chord begins it anew. */
static int play_hand(struct hands *x, const struct pattern *p, char anew, int32_t bar, begin_fn *begin, struct err *err)
{
	char letters[PATTERN_STEPS];
	int32_t step;
	int n = pattern_bar(p, &x->h->meter, letters, &step), code = 0;
	for (int i = 0; code == 0 && i < n; i++) {
		int32_t at = bar + i * step;
		bool changes = letters[i] == '-' && harmony_at(x->h, at)->at == at && at > 0;
		if (letters[i] == '.' || (letters[i] == '-' && !changes))
			continue;
		int k = i + 1;
		while (k < n && letters[k] == '-' && harmony_at(x->h, bar + k * step)->at != bar + k * step)
			k++;
		code = begin(x, changes ? anew : letters[i], at, (k - i) * step, err);
	}
	return code;
}

static int play_bar(struct hands *x, int32_t bar, struct err *err)
{
	struct pattern high = styles[x->p->style].high;
	if (x->p->style == ACC_COMPING)
		high.four = comping[rng_below(&x->rng, COUNT_OF(comping))];
	int code = play_hand(x, &high, 'C', bar, high_notes, err);
	if (code == 0 && x->p->bass)
		code = play_hand(x, &styles[x->p->style].low, 'R', bar, low_note, err);
	return code;
}

/* The last bar: its chords held, each anew. */
static int hold_bar(struct hands *x, int32_t bar, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < x->h->n; i++) {
		const struct harmony_chord *c = &x->h->chords[i];
		int32_t at = c->at > bar ? c->at : bar, end = c->at + c->length;
		if (end <= bar)
			continue;
		code = high_notes(x, 'C', at, end - at, err);
		if (code == 0 && x->p->bass)
			code = low_note(x, 'R', at, end - at, err);
	}
	return code;
}

int accompaniment_under(const struct harmony *h, const struct accompaniment_params *p, uint64_t seed, const struct model_watch *watch,
			const struct pen *pen, int64_t *ret_n, struct err *err)
{
	if (p->hi - p->lo < VOICE_RANGE_MIN)
		return err_field(err, -EINVAL, "params.hi", "the range is %lld to %lld; allowed are %d semitones or more", (long long)p->lo,
				 (long long)p->hi, VOICE_RANGE_MIN);
	AUTO_MEM struct voicing *v = mem_new_array(h->n, sizeof(*v));
	if (!v)
		return err_set(err, -ENOMEM, "voicings");
	const struct voicing_rules rules = { .n_voices = 4, .lo = (int)p->lo, .hi = (int)p->hi, .bass_lo = (int)p->lo - 16 };
	int code = voice_lead(h, &rules, watch, v, err);
	struct hands x = { .h = h, .p = p, .v = v, .pen = pen };
	rng_init(&x.rng, seed);
	int32_t last = h->end_ticks - h->meter.bar_ticks;
	for (int32_t bar = 0; code == 0 && bar < last; bar += h->meter.bar_ticks)
		code = play_bar(&x, bar, err);
	if (code == 0)
		code = hold_bar(&x, last, err);
	*ret_n = x.n;
	return code;
}

static int play(const struct harmony *h, const void *params, uint64_t seed, const struct model_watch *watch, struct pen *pen,
		int64_t *ret_n, struct err *err)
{
	return accompaniment_under(h, params, seed, watch, pen, ret_n, err);
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct accompaniment_params *p = job->params;
	int code = model_params_check(&accompaniment_table, p, err);
	return code < 0 ? code : chords_part(&p->on, job, "accompaniment", (int)p->program, play, ret, err);
}

const struct generator accompaniment_generator = {
	.model = "accompaniment", .version = ACCOMPANIMENT_VERSION, .table = &accompaniment_table,
	.params_size = sizeof(struct accompaniment_params), .inputs_max = 1, .make = make,
};
