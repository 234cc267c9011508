#include "batch.h"

#include <stdlib.h>

#include "base/mem.h"

#include "base/banned.h"

#define GAP_BARS 8
#define CONTEXT_BARS 12
#define AFTER_BARS 4

void batch_done(struct batch *b)
{
	free(b->steps);
	free(b->targets);
	free(b->ends);
	*b = (struct batch){ 0 };
}

void batch_clear(struct batch *b)
{
	b->n = b->n_streams = 0;
}

struct net_batch batch_view(const struct batch *b)
{
	return (struct net_batch){ b->steps, b->targets, b->n, b->ends, b->n_streams };
}

static int count_lines(const uint16_t *v, size_t n)
{
	int lines = 0;
	for (size_t i = 0; i < n; i++) {
		if (v[i] == TUNE_TOKEN_BEFORE)
			lines = 0; /* what stands behind the gap is not to come */
		lines += v[i] == TUNE_TOKEN_BAR;
	}
	return lines;
}

static int add_stream(struct batch *b, const uint16_t *v, size_t n, bool tell_bars, struct err *err)
{
	struct tune_state s;
	int lines = count_lines(v, n);
	bool asked = true;
	if (mem_grow(&b->steps, &b->room_steps, b->n + n, sizeof(*b->steps)) < 0 ||
	    mem_grow(&b->targets, &b->room_targets, b->n + n, sizeof(*b->targets)) < 0 ||
	    mem_grow(&b->ends, &b->room_streams, b->n_streams + 1, sizeof(*b->ends)) < 0)
		return err_set(err, -ENOMEM, "batch");
	tune_state_init(&s);
	for (size_t i = 0; i + 1 < n; i++) {
		if (!tune_state_may(&s, v[i]))
			return err_set(err, -EBADMSG, "token %zu of a stream cannot stand there", i);
		tune_state_push(&s, v[i]);
		asked = v[i] == TUNE_TOKEN_AFTER ? false : v[i] == TUNE_TOKEN_BEFORE ? true : asked;
		bool tell = s.filling ? !s.after : tell_bars; /* how long a gap is, is always known */
		int left = tell ? lines - s.n_written : -1;
		tune_step_of(&s, v[i], i > 0 ? v[i - 1] : TUNE_TOKEN_NONE, i > 1 ? v[i - 2] : TUNE_TOKEN_NONE, left,
			     &b->steps[b->n]);
		b->targets[b->n++] = i < 2 || !asked ? TUNE_TOKEN_NONE : v[i + 1];
	}
	b->ends[b->n_streams++] = b->n;
	return 0;
}

int batch_add_whole(struct batch *b, const struct corpus_tune *t, struct err *err)
{
	return add_stream(b, t->stream.v, t->stream.n, false, err);
}

static size_t pick(struct rng *r, size_t lo, size_t hi)
{
	return (size_t)rng_range(r, (int64_t)lo, (int64_t)hi);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int add_gap(struct tune_stream *s, const struct tune *t, struct rng *r, struct err *err)
{
	size_t gap_from = pick(r, 1, t->n_bars - 3), gap_to = gap_from + pick(r, 1, least(GAP_BARS, t->n_bars - 1 - gap_from));
	size_t before = pick(r, 1, least(CONTEXT_BARS, gap_from)), after = pick(r, 1, least(AFTER_BARS, t->n_bars - gap_to));
	return tune_stream_gap(s, t, gap_from - before, gap_to, gap_to + after, err);
}

static int add_tail(struct tune_stream *s, const struct tune *t, struct rng *r, struct err *err)
{
	int code = tune_stream_header(s, t, err);
	if (code == 0)
		code = tune_stream_bars(s, t, pick(r, 1, t->n_bars - 2), t->n_bars, true, err);
	return code == 0 ? tune_stream_add(s, TUNE_TOKEN_END, err) : code;
}

int batch_add_variant(struct batch *b, const struct corpus_tune *t, struct rng *rng, struct err *err)
{
	AUTO_TUNE_STREAM s = { 0 };
	uint64_t kind = rng_below(rng, 100);
	bool forget_form = rng_below(rng, 4) == 0, tell_bars = rng_below(rng, 2) == 0;
	int r = kind < 20 ? add_gap(&s, &t->tune, rng, err) :
		kind < 30 ? add_tail(&s, &t->tune, rng, err) :
			    tune_stream_whole(&s, &t->tune, err);
	if (r == 0 && forget_form)
		s.v[2] = TUNE_TOKEN_FORM + TUNE_ANY;
	return r == 0 ? add_stream(b, s.v, s.n, tell_bars, err) : r;
}
