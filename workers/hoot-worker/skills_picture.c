/* skills_picture.c - sound and notes to images: waveforms, spectrograms, piano rolls. */
#include "skill.h"

#include "audio/file.h"
#include "picture/picture.h"

#include "base/str.h"
#include "have.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

static const char *const formats[] = { "png", "svg", NULL };
static const char *const themes[] = { "dark", "light", NULL };
static const char *const scales[] = { "linear", "log", "mel", NULL };

/* What every picture takes. */
#define LOOK_FIELDS                             \
	int64_t width, height, format, theme; \
	char title[256];
#define LOOK_ROWS(type, height_)                                                                    \
	PARAM_INT(type, width, PICTURE_WIDTH_MIN, PICTURE_WIDTH_MAX, 1200, "px", "width"),          \
	PARAM_INT(type, height, PICTURE_HEIGHT_MIN, PICTURE_HEIGHT_MAX, height_, "px", "height"),   \
	PARAM_CHOICE(type, format, formats, 0, "kind of file"),                                     \
	PARAM_CHOICE(type, theme, themes, 0, "light on dark, or dark on white"),                    \
	PARAM_TEXT(type, title, "", "what to write over it; empty: the title, where it has one")

/* What of a sound. */
#define RANGE_FIELDS double from_s, to_s;
#define RANGE_ROWS(type)                                                                          \
	PARAM_NUM(type, from_s, 0, 1e6, 0, "s", "where in the sound the picture begins"),         \
	PARAM_NUM(type, to_s, 0, 1e6, 0, "s", "where it ends; 0 is the end of the sound")

struct waveform_params {
	LOOK_FIELDS
	RANGE_FIELDS
};
static const struct model_param waveform_rows[] = { LOOK_ROWS(waveform_params, 240), RANGE_ROWS(waveform_params) };
static const struct model_table waveform_table = MODEL_TABLE(waveform_rows);

struct spectrogram_params {
	LOOK_FIELDS
	RANGE_FIELDS
	int64_t scale;
	double lo_hz, hi_hz, range_db, window_s;
};
static const struct model_param spectrogram_rows[] = {
	LOOK_ROWS(spectrogram_params, 480),
	RANGE_ROWS(spectrogram_params),
	PARAM_CHOICE(spectrogram_params, scale, scales, 1, "how frequencies are spread"),
	PARAM_NUM(spectrogram_params, lo_hz, 1, 20000, 40, "Hz", "lowest frequency"),
	PARAM_NUM(spectrogram_params, hi_hz, 0, 200000, 16000, "Hz", "highest frequency; at most half the rate, and 0 is that"),
	PARAM_NUM(spectrogram_params, range_db, 20, 140, 80, "dB", "from the loudest down to black"),
	PARAM_NUM(spectrogram_params, window_s, 0.002, 1, 0.046, "s", "window: longer shows pitches, shorter shows attacks"),
};
static const struct model_table spectrogram_table = MODEL_TABLE(spectrogram_rows);

struct roll_params {
	LOOK_FIELDS
};
static const struct model_param roll_rows[] = { LOOK_ROWS(roll_params, 480) };
static const struct model_table roll_table = MODEL_TABLE(roll_rows);

#define LOOK(p) \
	{ (enum picture_format)(p)->format, (int)(p)->width, (int)(p)->height, (p)->theme == 1, (p)->title }

/* The picture as the result, and what is known of it. */
static int deliver(struct skill_run *run, const struct picture_look *look, struct picture *p, int code, json_t *more,
		   struct err *err)
{
	if (code == 0)
		code = skill_write_bytes(run, p->bytes, p->n, p->mime_type, err);
	picture_done(p);
	if (code == 0) {
		run->metadata = json_pack("{s:i, s:i, s:s}", "width", look->width, "height", look->height, "format",
					  formats[look->format]);
		if (!more || !run->metadata || json_object_update(run->metadata, more) < 0)
			code = err_set(err, -ENOMEM, "metadata");
	}
	json_decref(more);
	return code;
}

static int open_audio(struct skill_run *run, const char **ret_path, struct audio_info *ret, struct err *err)
{
	struct audio_file *f = NULL;
	if (!run->lease->inputs.n)
		return err_field(err, -EINVAL, "inputs", "there is nothing to draw");
	*ret_path = run->lease->inputs.v[0].path;
	int code = audio_file_open(*ret_path, &f, err);
	if (code == 0)
		*ret = *audio_file_info(f);
	audio_file_close(f);
	return code < 0 ? err_wrap(err, code, "artifact %s", run->lease->inputs.v[0].artifact_id) : 0;
}

static double seconds_of(const struct audio_info *i)
{
	return i->rate_hz ? (double)i->n_frames / i->rate_hz : 0;
}

/* The part of the sound that is asked for, cut at its end. */
static int check_range(double from_s, double *to_s, const struct audio_info *info, struct err *err)
{
	double end_s = seconds_of(info);
	if (*to_s != 0 && *to_s <= from_s)
		return err_field(err, -EINVAL, "params.to_s", "to_s is %g; it must lie behind from_s, which is %g", *to_s, from_s);
	if (from_s > 0 && from_s >= end_s)
		return err_field(err, -EINVAL, "params.from_s", "from_s is %g; the sound ends after %g s", from_s, end_s);
	*to_s = *to_s != 0 && *to_s < end_s ? *to_s : end_s;
	return 0;
}

static int open_part(struct skill_run *run, double from_s, double *to_s, const char **ret_path, struct audio_info *ret, struct err *err)
{
	int code = open_audio(run, ret_path, ret, err);
	return code < 0 ? code : check_range(from_s, to_s, ret, err);
}

static int draw_waveform(struct skill_run *run, struct err *err)
{
	struct waveform_params p;
	struct audio_info info;
	struct picture out = { 0 };
	const char *path;
	int code = model_params_read(&waveform_table, run->lease->params, &p, err);
	if (code == 0)
		code = open_part(run, p.from_s, &p.to_s, &path, &info, err);
	if (code < 0)
		return code;
	const struct picture_look look = LOOK(&p);
	struct waveform w = { .n = picture_columns(&look), .from_s = p.from_s, .duration_s = p.to_s - p.from_s };
	AUTO_MEM struct audio_peak *peaks = calloc(w.n, sizeof(*peaks));
	w.peaks = peaks;
	int64_t first = llround(p.from_s * info.rate_hz);
	code = peaks ? audio_file_peaks_of(path, first, llround(p.to_s * info.rate_hz) - first, peaks, w.n, err) :
		       err_set(err, -ENOMEM, "waveform");
	if (code == 0)
		code = picture_waveform(&w, &look, &out, err);
	double peak = 0;
	for (size_t i = 0; peaks && i < w.n; i++)
		peak = fmax(peak, fmax(peaks[i].max, -peaks[i].min));
	return deliver(run, &look, &out, code, json_pack("{s:f, s:f, s:f}", "from_s", w.from_s, "duration_s", w.duration_s, "peak_db", audio_db(peak)), err);
}

static double loudest(const struct spectrogram *s)
{
	double top = AUDIO_DB_FLOOR;
	for (size_t i = 0; i < s->n_columns * s->n_rows; i++)
		top = fmax(top, s->db[i]);
	return top;
}

static int draw_spectrogram(struct skill_run *run, struct err *err)
{
	struct spectrogram_params p;
	struct spectrogram s = { 0 };
	struct picture out = { 0 };
	struct audio_info info;
	const char *path;
	int code = model_params_read(&spectrogram_table, run->lease->params, &p, err);
	if (code == 0 && p.hi_hz > 0 && p.hi_hz <= p.lo_hz)
		code = err_field(err, -EINVAL, "params.hi_hz", "hi_hz is %g; it must lie above lo_hz, which is %g", p.hi_hz, p.lo_hz);
	if (code == 0)
		code = open_part(run, p.from_s, &p.to_s, &path, &info, err);
	if (code < 0)
		return code;
	const struct picture_look look = LOOK(&p);
	const struct spectrogram_options o = { .n_columns = picture_columns(&look), .n_rows = picture_rows(&look),
					       .scale = (enum band_scale)p.scale, .lo_hz = p.lo_hz, .hi_hz = p.hi_hz,
					       .window_s = p.window_s, .from_s = p.from_s, .to_s = p.to_s };
	code = audio_spectrogram(path, &o, run->watch, &s, err);
	double top = code == 0 ? loudest(&s) : 0;
	const struct spectrogram_scale scale = { o.scale, top - p.range_db, top };
	if (code == 0)
		code = picture_spectrogram(&s, &scale, &look, &out, err);
	json_t *more = json_pack("{s:f, s:f, s:s, s:f, s:f, s:f}", "from_s", s.from_s, "duration_s", s.duration_s, "scale", scales[p.scale], "lo_hz", s.lo_hz,
				 "hi_hz", s.hi_hz, "top_db", top);
	spectrogram_done(&s);
	return deliver(run, &look, &out, code, more, err);
}

static int draw_roll(struct skill_run *run, struct err *err)
{
	struct roll_params p;
	struct picture out = { 0 };
	AUTO(score) s = NULL;
	int code = model_params_read(&roll_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &s, err);
	if (code < 0)
		return code;
	if (!p.title[0] && s->title)
		(void)str_copy(p.title, sizeof(p.title), s->title);
	const struct picture_look look = LOOK(&p);
	code = picture_piano_roll(s, &look, &out, err);
	return deliver(run, &look, &out, code, skill_describe_score(s), err);
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "audio", .to_space = "image", .model = "waveform", .version = "2",
	  .table = &waveform_table, .run = draw_waveform },
	{ .verb = "project", .from_space = "audio", .to_space = "image", .model = "spectrogram", .version = "3",
	  .table = &spectrogram_table, .run = draw_spectrogram },
	{ .verb = "project", .from_space = "midi", .to_space = "image", .model = "piano-roll", .version = "2",
	  .table = &roll_table, .run = draw_roll },
};
/* A build without cairo offers none of them. */
const struct skill_list skills_picture = { skills, HAVE_CAIRO ? COUNT_OF(skills) : 0 };
