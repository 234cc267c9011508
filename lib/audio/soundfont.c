#include "audio/soundfont.h"

#include "base/limits.h"
#include "base/str.h"
#include "audio/wav_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* --- the file: in memory or on disk --- */

struct input {
	const uint8_t *bytes; /* NULL: the file */
	FILE *file;
	uint64_t n;
};

static int get(const struct input *in, uint64_t at, void *ret, size_t n, struct err *err)
{
	if (at > in->n || in->n - at < n)
		return err_set(err, -EBADMSG, "the SoundFont ends at byte %llu, in the middle of a chunk", (unsigned long long)in->n);
	if (in->bytes) {
		memcpy(ret, in->bytes + at, n);
		return 0;
	}
	if (fseeko(in->file, (off_t)at, SEEK_SET) < 0)
		return err_sys(err, "SoundFont");
	if (fread(ret, 1, n, in->file) != n)
		return ferror(in->file) ? err_sys(err, "SoundFont") : err_set(err, -EBADMSG, "the SoundFont became shorter");
	return 0;
}

/* --- its lists --- */

enum list_kind { PHDR, PBAG, PGEN, INST, IBAG, IGEN, SHDR, LIST_COUNT };

static const struct {
	const char *id;
	size_t row;
} lists[LIST_COUNT] = { { "phdr", 38 }, { "pbag", 4 }, { "pgen", 4 }, { "inst", 22 }, { "ibag", 4 }, { "igen", 4 }, { "shdr", 46 } };

enum { GEN_INSTRUMENT = 41, GEN_KEY_RANGE = 43, GEN_SAMPLE = 53, GEN_EXCLUSIVE = 57, GEN_ROOT = 58 };

struct soundfont {
	struct soundfont_info info;
	uint8_t *pdta;
	struct {
		const uint8_t *at;
		size_t n; /* rows, the last one is the end's */
	} list[LIST_COUNT];
	struct soundfont_preset *presets;
	size_t n_presets;
	struct soundfont_sample *samples;
	size_t n_samples;
	char (*instruments)[SOUNDFONT_NAME_SIZE];
	size_t n_instruments;
	uint64_t work; /* rows looked at so far */
};

static const uint8_t *row(const struct soundfont *s, enum list_kind k, size_t i)
{
	return s->list[k].at + i * lists[k].row;
}

/* n bytes, ended by the first NUL, as UTF-8 without control characters. */
static void copy_text(char *ret, size_t size, const uint8_t *bytes, size_t n)
{
	size_t out = 0, at = 0;
	n = strnlen((const char *)bytes, n);
	while (at < n) {
		size_t one = str_utf8_length((const char *)bytes + at, n - at);
		if (out + (one ? one : 1) >= size)
			break;
		if (one > 1 || (one == 1 && bytes[at] >= 0x20)) {
			memcpy(ret + out, bytes + at, one);
			out += one;
		} else {
			ret[out++] = one == 1 ? ' ' : '?';
		}
		at += one ? one : 1;
	}
	while (out > 0 && ret[out - 1] == ' ')
		out--;
	ret[out] = '\0';
}

/* --- chunks --- */

struct chunk {
	char id[5];
	uint64_t at, n; /* of its data */
};

/* The chunk at *at, which moves behind it; data may not reach beyond `end`. */
static int next_chunk(const struct input *in, uint64_t *at, uint64_t end, struct chunk *ret, struct err *err)
{
	uint8_t head[8];
	int r = get(in, *at, head, sizeof(head), err);
	if (r < 0)
		return r;
	memcpy(ret->id, head, 4);
	ret->id[4] = '\0';
	ret->at = *at + 8;
	ret->n = wav_get32(head + 4);
	if (ret->at > end || end - ret->at < ret->n)
		return err_set(err, -EBADMSG, "byte %llu: a chunk of %llu bytes reaches beyond its list", (unsigned long long)*at,
			       (unsigned long long)ret->n);
	*at = ret->at + ret->n + (ret->n & 1);
	return 0;
}

static int read_info_text(const struct input *in, const struct chunk *c, char *ret, size_t size, struct err *err)
{
	uint8_t bytes[1024];
	size_t n = c->n < sizeof(bytes) ? (size_t)c->n : sizeof(bytes);
	int r = get(in, c->at, bytes, n, err);
	if (r == 0)
		copy_text(ret, size, bytes, n);
	return r;
}

static int read_info(struct soundfont *s, const struct input *in, const struct chunk *list, struct err *err)
{
	struct soundfont_info *i = &s->info;
	const struct {
		const char *id;
		char *text;
		size_t size;
	} texts[] = {
		{ "INAM", i->name, sizeof(i->name) }, { "isng", i->engine, sizeof(i->engine) }, { "IENG", i->author, sizeof(i->author) },
		{ "ICOP", i->copyright, sizeof(i->copyright) }, { "ICMT", i->comment, sizeof(i->comment) },
		{ "ICRD", i->made, sizeof(i->made) },
	};
	uint64_t at = list->at + 4, end = list->at + list->n;
	int r = 0;
	while (r == 0 && at + 8 <= end) {
		struct chunk c;
		uint8_t version[4];
		r = next_chunk(in, &at, end, &c, err);
		if (r == 0 && str_eq(c.id, "ifil") && c.n >= 4) {
			r = get(in, c.at, version, 4, err);
			if (r == 0)
				i->major = wav_get16(version), i->minor = wav_get16(version + 2);
		}
		for (size_t k = 0; r == 0 && k < COUNT_OF(texts); k++) {
			if (str_eq(c.id, texts[k].id))
				r = read_info_text(in, &c, texts[k].text, texts[k].size, err);
		}
	}
	return r;
}

static int find_lists(struct soundfont *s, size_t n, struct err *err)
{
	const struct input in = { .bytes = s->pdta, .n = n };
	uint64_t at = 0;
	while (at + 8 <= n) {
		struct chunk c;
		int r = next_chunk(&in, &at, n, &c, err);
		if (r < 0)
			return r;
		for (int k = 0; k < LIST_COUNT; k++) {
			if (!str_eq(c.id, lists[k].id))
				continue;
			if (c.n % lists[k].row)
				return err_set(err, -EBADMSG, "the list %s has %llu bytes, no multiple of %zu", c.id,
					       (unsigned long long)c.n, lists[k].row);
			s->list[k].at = s->pdta + c.at;
			s->list[k].n = (size_t)c.n / lists[k].row;
		}
	}
	for (int k = 0; k < LIST_COUNT; k++) {
		if (!s->list[k].n)
			return err_set(err, -EBADMSG, "the SoundFont has no list %s", lists[k].id);
	}
	return 0;
}

static int read_pdta(struct soundfont *s, const struct input *in, const struct chunk *list, struct err *err)
{
	if (list->n - 4 > LIMIT_SOUNDFONT_BYTES)
		return err_set(err, -EMSGSIZE, "the SoundFont's lists have %llu bytes; %d are read at most", (unsigned long long)list->n,
			       LIMIT_SOUNDFONT_BYTES);
	if (s->pdta)
		return err_set(err, -EBADMSG, "the SoundFont has two lists of presets");
	size_t n = (size_t)list->n - 4;
	s->pdta = malloc(n + 1);
	if (!s->pdta)
		return err_set(err, -ENOMEM, "SoundFont");
	int r = get(in, list->at + 4, s->pdta, n, err);
	return r < 0 ? r : find_lists(s, n, err);
}

static int read_samples_size(struct soundfont *s, const struct input *in, const struct chunk *list, struct err *err)
{
	uint64_t at = list->at + 4, end = list->at + list->n;
	int r = 0;
	while (r == 0 && at + 8 <= end) {
		struct chunk c;
		r = next_chunk(in, &at, end, &c, err);
		if (r == 0)
			s->info.sample_bytes += c.n;
	}
	return r;
}

static int read_chunks(struct soundfont *s, const struct input *in, struct err *err)
{
	uint8_t head[12];
	int r = get(in, 0, head, sizeof(head), err);
	if (r < 0 || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "sfbk", 4) != 0)
		return r < 0 && r != -EBADMSG ? r : err_set(err, -EBADMSG, "this is no SoundFont: it does not begin with RIFF … sfbk");
	uint64_t at = 12, end = 8 + (uint64_t)wav_get32(head + 4);
	end = end < in->n ? end : in->n;
	while (at + 8 <= end) {
		struct chunk c;
		uint8_t kind[4];
		r = next_chunk(in, &at, end, &c, err);
		if (r < 0)
			return r;
		if (!str_eq(c.id, "LIST") || c.n < 4)
			continue;
		r = get(in, c.at, kind, 4, err);
		if (r == 0 && memcmp(kind, "INFO", 4) == 0)
			r = read_info(s, in, &c, err);
		else if (r == 0 && memcmp(kind, "sdta", 4) == 0)
			r = read_samples_size(s, in, &c, err);
		else if (r == 0 && memcmp(kind, "pdta", 4) == 0)
			r = read_pdta(s, in, &c, err);
		if (r < 0)
			return r;
	}
	return s->pdta ? 0 : err_set(err, -EBADMSG, "the SoundFont has no list of presets");
}

/* --- zones --- */

/* A hundred times what the largest banks need; zones that all refer to the largest instrument would need for ever. */
#define WORK_MOST UINT64_C(50000000)

/* A run of rows in another list; the end's row says where the last run ends. Empty for numbers that make no sense. */
struct span {
	size_t from, to;
};

static struct span span_of(const struct soundfont *s, enum list_kind k, size_t i, size_t field, enum list_kind into)
{
	size_t from = wav_get16(row(s, k, i) + field), to = wav_get16(row(s, k, i + 1) + field);
	size_t n = s->list[into].n - 1;
	return from <= to && to <= n ? (struct span){ from, to } : (struct span){ 0, 0 };
}

struct zone {
	uint8_t key_lo, key_hi;
	int target; /* instrument or sample; -1 in a global zone */
	int root;   /* -1 when the sample's own counts */
	uint8_t exclusive;
};

static struct zone zone_of(const struct soundfont *s, struct span gens, enum list_kind list, struct zone z)
{
	int terminal = list == PGEN ? GEN_INSTRUMENT : GEN_SAMPLE;
	z.target = -1;
	for (size_t g = gens.from; g < gens.to; g++) {
		const uint8_t *gen = row(s, list, g);
		int kind = wav_get16(gen), amount = wav_get16(gen + 2);
		if (kind == GEN_KEY_RANGE) {
			z.key_lo = gen[2] & 127;
			z.key_hi = gen[3] & 127;
		} else if (kind == terminal) {
			z.target = amount;
		} else if (kind == GEN_EXCLUSIVE) {
			z.exclusive = (uint8_t)(amount & 127);
		} else if (kind == GEN_ROOT && amount < 128) {
			z.root = amount;
		}
	}
	return z;
}

static const struct zone open_zone = { 0, 127, -1, -1, 0 };

/* Calls for each zone with a target, with what the global zone before says. */
typedef void zone_fn(void *arg, const struct zone *z);

static void each_zone(const struct soundfont *s, struct span bags, bool of_preset, uint64_t *work, zone_fn *fn, void *arg)
{
	enum list_kind bag = of_preset ? PBAG : IBAG, gen = of_preset ? PGEN : IGEN;
	size_t n_targets = of_preset ? s->n_instruments : s->n_samples;
	struct zone global = open_zone;
	for (size_t b = bags.from; b < bags.to && *work < WORK_MOST; b++) {
		struct span gens = span_of(s, bag, b, 0, gen);
		struct zone z = zone_of(s, gens, gen, global);
		*work += 1 + gens.to - gens.from;
		if (z.target < 0 && b == bags.from)
			global = z;
		else if (z.target >= 0 && (size_t)z.target < n_targets)
			fn(arg, &z);
	}
}

struct look {
	const struct soundfont *s;
	struct soundfont_preset *preset;
	struct soundfont_key *keys;
	uint64_t *work;
	struct zone outer;
};

static void on_inner(void *arg, const struct zone *z)
{
	struct look *l = arg;
	uint8_t lo = z->key_lo > l->outer.key_lo ? z->key_lo : l->outer.key_lo;
	uint8_t hi = z->key_hi < l->outer.key_hi ? z->key_hi : l->outer.key_hi;
	if (lo > hi)
		return;
	if (l->preset) {
		struct soundfont_preset *p = l->preset;
		p->key_lo = !p->n_zones || lo < p->key_lo ? lo : p->key_lo;
		p->key_hi = !p->n_zones || hi > p->key_hi ? hi : p->key_hi;
		p->n_zones++;
	}
	for (size_t key = lo; l->keys && key <= hi; key++) {
		struct soundfont_key *k = &l->keys[key];
		if (k->n_layers++)
			continue;
		k->instrument = l->s->instruments[l->outer.target];
		k->sample = &l->s->samples[z->target];
		k->root_key = z->root >= 0 ? (uint8_t)z->root : k->sample->root_key;
		k->exclusive_class = z->exclusive;
	}
}

static void on_outer(void *arg, const struct zone *z)
{
	struct look *l = arg;
	l->outer = *z;
	each_zone(l->s, span_of(l->s, INST, (size_t)z->target, 20, IBAG), false, l->work, on_inner, l);
}

static void look_at(struct look *l, size_t at)
{
	each_zone(l->s, span_of(l->s, PHDR, at, 24, PBAG), true, l->work, on_outer, l);
}

void soundfont_keys(const struct soundfont *s, const struct soundfont_preset *p, struct soundfont_key ret[128])
{
	uint64_t work = 0;
	struct look l = { .s = s, .keys = ret, .work = &work };
	memset(ret, 0, 128 * sizeof(*ret));
	look_at(&l, p->at);
}

/* --- presets, instruments, samples --- */

static void read_names(struct soundfont *s)
{
	for (size_t i = 0; i < s->n_instruments; i++)
		copy_text(s->instruments[i], SOUNDFONT_NAME_SIZE, row(s, INST, i), 20);
	for (size_t i = 0; i < s->n_samples; i++) {
		const uint8_t *r = row(s, SHDR, i);
		struct soundfont_sample *to = &s->samples[i];
		uint32_t from = wav_get32(r + 20), end = wav_get32(r + 24);
		copy_text(to->name, sizeof(to->name), r, 20);
		to->n_frames = end > from ? end - from : 0;
		to->rate_hz = wav_get32(r + 36);
		to->root_key = r[40] < 128 ? r[40] : 60;
	}
}

static int by_number(const void *pa, const void *pb)
{
	const struct soundfont_preset *a = pa, *b = pb;
	if (a->bank != b->bank)
		return a->bank < b->bank ? -1 : 1;
	if (a->program != b->program)
		return a->program < b->program ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int read_rows(struct soundfont *s, struct err *err)
{
	s->n_presets = s->list[PHDR].n - 1;
	s->n_instruments = s->list[INST].n - 1;
	s->n_samples = s->list[SHDR].n - 1;
	s->presets = calloc(s->n_presets + 1, sizeof(*s->presets));
	s->instruments = calloc(s->n_instruments + 1, sizeof(*s->instruments));
	s->samples = calloc(s->n_samples + 1, sizeof(*s->samples));
	if (!s->presets || !s->instruments || !s->samples)
		return err_set(err, -ENOMEM, "SoundFont");
	read_names(s);
	for (size_t i = 0; i < s->n_presets; i++) {
		struct soundfont_preset *p = &s->presets[i];
		const uint8_t *r = row(s, PHDR, i);
		struct look l = { .s = s, .preset = p, .work = &s->work };
		copy_text(p->name, sizeof(p->name), r, 20);
		p->program = wav_get16(r + 20);
		p->bank = wav_get16(r + 22);
		p->at = i;
		look_at(&l, i);
	}
	if (s->work >= WORK_MOST)
		return err_set(err, -EBADMSG, "the SoundFont's zones refer to each other without end");
	qsort(s->presets, s->n_presets, sizeof(*s->presets), by_number);
	return 0;
}

static int read_all(const struct input *in, struct soundfont **ret, struct err *err)
{
	AUTO(soundfont) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "SoundFont");
	int r = read_chunks(s, in, err);
	if (r == 0)
		r = read_rows(s, err);
	if (r == 0)
		*ret = TAKE(s);
	return r;
}

int soundfont_read(const void *bytes, size_t n, struct soundfont **ret, struct err *err)
{
	const struct input in = { .bytes = bytes, .n = n };
	return read_all(&in, ret, err);
}

int soundfont_open(const char *path, struct soundfont **ret, struct err *err)
{
	struct input in = { .file = fopen(path, "rbe") };
	if (!in.file)
		return err_sys(err, "SoundFont '%s'", path);
	off_t n = fseeko(in.file, 0, SEEK_END) < 0 ? -1 : ftello(in.file);
	in.n = n < 0 ? 0 : (uint64_t)n;
	int r = n < 0 ? err_sys(err, "SoundFont '%s'", path) : read_all(&in, ret, err);
	(void)fclose(in.file);
	return r;
}

void soundfont_free(struct soundfont *s)
{
	if (!s)
		return;
	free(s->pdta);
	free(s->presets);
	free(s->samples);
	free(s->instruments);
	free(s);
}

const struct soundfont_info *soundfont_info(const struct soundfont *s)
{
	return &s->info;
}

const struct soundfont_preset *soundfont_presets(const struct soundfont *s, size_t *ret_n)
{
	*ret_n = s->n_presets;
	return s->presets;
}

const struct soundfont_sample *soundfont_samples(const struct soundfont *s, size_t *ret_n)
{
	*ret_n = s->n_samples;
	return s->samples;
}

size_t soundfont_n_instruments(const struct soundfont *s)
{
	return s->n_instruments;
}
