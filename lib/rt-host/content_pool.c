#include "rt-host/content_pool.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "audio/file.h"
#include "audio/resample.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "music/smf.h"
#include "rt-host/rt_heap.h"

#include "base/banned.h"

enum { WINDOW_FRAMES = 16384 };

static const struct rt_heap heap = RT_HEAP_MALLOC;

struct content_pool {
	uint32_t rate_hz, n_channels;
	void (*on_done)(void *arg);
	void *arg;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* guards the list and n_loading */
	pthread_cond_t work, idle;
	bool quit;
	struct content_item *items; /* newest first */
	size_t n_loading, n_items;
};

/* ---- audio ---- */

static void reverse_frames(struct audio_buffer *b)
{
	for (size_t i = 0, k = b->n_frames; i + 1 < k; i++) {
		k--;
		for (uint32_t c = 0; c < b->n_channels; c++) {
			float v = b->samples[i * b->n_channels + c];
			b->samples[i * b->n_channels + c] = b->samples[k * b->n_channels + c];
			b->samples[k * b->n_channels + c] = v;
		}
	}
}

/* Interleaved frames into planar windows, the last one padded with silence. */
static void fill_windows(const struct audio_buffer *b, float *memory, size_t n_windows)
{
	for (size_t w = 0; w < n_windows; w++) {
		float *window = memory + w * WINDOW_FRAMES * b->n_channels;
		size_t first = w * WINDOW_FRAMES;
		size_t n = b->n_frames - first < WINDOW_FRAMES ? b->n_frames - first : WINDOW_FRAMES;
		for (uint32_t c = 0; c < b->n_channels; c++)
			for (size_t i = 0; i < n; i++)
				window[c * WINDOW_FRAMES + i] = b->samples[(first + i) * b->n_channels + c];
	}
}

static int publish_windows(struct content_item *it, const struct audio_buffer *b, struct err *err)
{
	size_t n_windows = (b->n_frames + WINDOW_FRAMES - 1) / WINDOW_FRAMES;
	it->memory_bytes = n_windows * WINDOW_FRAMES * b->n_channels * sizeof(float);
	it->memory = mmap(NULL, it->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (it->memory == MAP_FAILED) {
		it->memory = NULL;
		return err_set(err, -ENOMEM, "%s", it->path);
	}
	(void)mlock(it->memory, it->memory_bytes); /* best effort: the pages are there now */
	fill_windows(b, it->memory, n_windows);
	int r = audio_content_new(&heap, b->n_channels, (int64_t)b->n_frames, WINDOW_FRAMES, &it->audio);
	if (r < 0)
		return err_set(err, r, "%s", it->path);
	for (size_t w = 0; w < n_windows; w++)
		(void)audio_content_publish(it->audio, (uint32_t)w, it->memory + w * WINDOW_FRAMES * b->n_channels);
	return 0;
}

static int load_audio(const struct content_pool *p, struct content_item *it, struct err *err)
{
	AUTO(audio_buffer) b = NULL;
	int r = audio_load_at(it->path, p->rate_hz, p->n_channels, 0, &b, err);
	if (r < 0)
		return r;
	if (b->n_frames == 0)
		return err_set(err, -EBADMSG, "%s: no audio in it", it->path);
	if (it->reverse)
		reverse_frames(b);
	if (it->rate != 1) {
		AUTO(audio_buffer) other = NULL;
		b->rate_hz = (uint32_t)lrint(p->rate_hz * it->rate);
		r = resample_buffer(b, p->rate_hz, RESAMPLE_BEST, &other, err);
		if (r < 0)
			return r;
		audio_buffer_free(b);
		b = TAKE(other);
	}
	it->duration_seconds = (double)b->n_frames / p->rate_hz;
	return publish_windows(it, b, err);
}

/* ---- MIDI ---- */

struct event_list {
	struct midi_note_event *v;
	size_t n, room;
};

static int add_event(struct event_list *l, double beat, unsigned status, unsigned data1, unsigned data2)
{
	if (mem_grow(&l->v, &l->room, l->n + 1, sizeof(*l->v)) < 0)
		return -ENOMEM;
	l->v[l->n++] = (struct midi_note_event){ .beat = beat, .status = (uint8_t)status, .data1 = (uint8_t)data1,
						 .data2 = (uint8_t)data2 };
	return 0;
}

static int add_control(struct event_list *l, const struct score_control *c)
{
	switch (c->kind) {
	case SCORE_PROGRAM:
		return add_event(l, c->at_beats, 0xc0u | c->channel, c->value & 0x7f, 0);
	case SCORE_CONTROLLER:
		return add_event(l, c->at_beats, 0xb0u | c->channel, c->number, c->value & 0x7f);
	case SCORE_BEND:
		return add_event(l, c->at_beats, 0xe0u | c->channel, c->value & 0x7f, c->value >> 7 & 0x7f);
	case SCORE_PRESSURE:
		return add_event(l, c->at_beats, 0xd0u | c->channel, c->value & 0x7f, 0);
	case SCORE_POLY_PRESSURE:
		return add_event(l, c->at_beats, 0xa0u | c->channel, c->number, c->value & 0x7f);
	case SCORE_CONTROL_KIND_COUNT:
		break;
	}
	return 0;
}

static int add_voice(struct event_list *l, const struct score_voice *v)
{
	int r = 0;
	for (size_t i = 0; i < v->n_controls && r == 0; i++)
		r = add_control(l, &v->controls[i]);
	for (size_t i = 0; i < v->n_notes && r == 0; i++) {
		const struct note *n = &v->notes[i];
		r = add_event(l, n->start_beats, 0x90u | n->channel, n->pitch, n->velocity);
		if (r == 0)
			r = add_event(l, n->start_beats + n->duration_beats, 0x80u | n->channel, n->pitch, n->release);
	}
	return r;
}

static int read_score(const char *path, struct score **ret, struct err *err)
{
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	int r = fs_read(path, LIMIT_CONTENT_MIDI_BYTES, &bytes, &n, err);
	if (r < 0)
		return r;
	r = score_read_smf(bytes, n, ret, err);
	return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}

static int load_midi(struct content_item *it, struct err *err)
{
	AUTO(score) s = NULL;
	int r = read_score(it->path, &s, err);
	if (r < 0)
		return r;
	struct event_list l = { NULL, 0, 0 };
	for (size_t i = 0; i < s->n_voices && r == 0; i++)
		r = add_voice(&l, &s->voices[i]);
	if (r == 0)
		r = midi_content_new(&heap, l.v, (uint32_t)l.n, &it->midi);
	free(l.v);
	it->duration_beats = s->end_beats;
	return r < 0 ? err_set(err, r, "%s", it->path) : 0;
}

static bool is_midi(const char *path)
{
	char head[4] = "";
	FILE *f = fopen(path, "rbe");
	if (!f)
		return false;
	size_t n = fread(head, 1, sizeof(head), f);
	fclose(f);
	return n == sizeof(head) && memcmp(head, "MThd", sizeof(head)) == 0;
}

int content_probe(const char *path, double *ret_seconds, double *ret_beats, struct err *err)
{
	*ret_beats = -1;
	*ret_seconds = 0;
	if (is_midi(path)) {
		AUTO(score) s = NULL;
		int r = read_score(path, &s, err);
		if (r < 0)
			return r;
		*ret_beats = s->end_beats;
		return 0;
	}
	struct audio_file *f = NULL;
	int r = audio_file_open(path, &f, err);
	if (r < 0)
		return r;
	const struct audio_info *info = audio_file_info(f);
	*ret_seconds = (double)info->n_frames / info->rate_hz;
	audio_file_close(f);
	return 0;
}

/* ---- the pool ---- */

static void load(struct content_pool *p, struct content_item *it)
{
	struct err e = ERR_INIT;
	int r = is_midi(it->path) ? load_midi(it, &e) : load_audio(p, it, &e);
	if (r < 0)
		(void)str_copy(it->message, sizeof(it->message), err_msg(&e));
	atomic_store_explicit(&it->state, r < 0 ? CONTENT_FAILED : CONTENT_READY, memory_order_release);
}

/* The oldest item that waits; call with the lock held. */
static struct content_item *oldest_waiting(struct content_pool *p)
{
	struct content_item *found = NULL;
	for (struct content_item *i = p->items; i; i = i->next) {
		if (content_pool_state(i) == CONTENT_LOADING)
			found = i;
	}
	return found;
}

static void *loader(void *arg)
{
	struct content_pool *p = arg;
	pthread_mutex_lock(&p->lock);
	while (!p->quit) {
		struct content_item *it = oldest_waiting(p);
		if (!it) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		load(p, it);
		p->on_done(p->arg);
		pthread_mutex_lock(&p->lock);
		if (--p->n_loading == 0)
			pthread_cond_broadcast(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int content_pool_new(uint32_t rate_hz, uint32_t n_channels, void (*on_done)(void *arg), void *arg,
		     struct content_pool **ret, struct err *err)
{
	struct content_pool *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "content");
	p->rate_hz = rate_hz;
	p->n_channels = n_channels;
	p->on_done = on_done;
	p->arg = arg;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->idle, NULL);
	int e = pthread_create(&p->thread, NULL, loader, p);
	p->started = e == 0;
	if (e != 0) {
		content_pool_free(p);
		return err_set(err, -e, "content: %s", strerror(e));
	}
	*ret = p;
	return 0;
}

static void item_free(struct content_item *i)
{
	audio_content_unref(i->audio);
	midi_content_unref(i->midi);
	if (i->memory)
		munmap(i->memory, i->memory_bytes);
	free(i->path);
	free(i);
}

void content_pool_free(struct content_pool *p)
{
	if (!p)
		return;
	if (p->started) {
		pthread_mutex_lock(&p->lock);
		p->quit = true;
		pthread_cond_signal(&p->work);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	while (p->items) {
		struct content_item *next = p->items->next;
		item_free(p->items);
		p->items = next;
	}
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct content_item *find(struct content_pool *p, const struct content_source *s)
{
	for (struct content_item *i = p->items; i; i = i->next) {
		if (str_eq(i->path, s->path) && i->rate == s->rate && i->reverse == s->reverse &&
		    content_pool_state(i) != CONTENT_FAILED)
			return i;
	}
	return NULL;
}

int content_pool_get(struct content_pool *p, const struct content_source *s, struct content_item **ret, struct err *err)
{
	struct content_item *i = find(p, s);
	if (!i) {
		if (p->n_items >= (size_t)LIMIT_CONTENT_ITEMS)
			return err_set(err, -ENOSPC, "%zu files are open for playing", p->n_items);
		i = calloc(1, sizeof(*i));
		if (i)
			i->path = strdup(s->path);
		if (!i || !i->path) {
			free(i);
			return err_set(err, -ENOMEM, "%s", s->path);
		}
		i->rate = s->rate;
		i->reverse = s->reverse;
		pthread_mutex_lock(&p->lock);
		i->next = p->items;
		p->items = i;
		p->n_items++;
		p->n_loading++;
		pthread_cond_signal(&p->work);
		pthread_mutex_unlock(&p->lock);
	}
	*ret = i;
	return 0;
}

enum content_state content_pool_state(const struct content_item *i)
{
	return (enum content_state)atomic_load_explicit(&i->state, memory_order_acquire);
}

void content_pool_wait(struct content_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->n_loading)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

struct content_item *content_pool_next_done(struct content_pool *p)
{
	for (struct content_item *i = p->items; i; i = i->next) {
		if (!i->seen && content_pool_state(i) != CONTENT_LOADING) {
			i->seen = true;
			return i;
		}
	}
	return NULL;
}
