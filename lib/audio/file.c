#include "audio/file.h"

#include "audio/wav.h"
#include "base/limits.h"
#include "base/str.h"
#include "have.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if HAVE_SNDFILE
#include <sndfile.h>
#endif

#include "base/banned.h"

/* What a whole-file load reads at a time, so that a stated length is never believed in advance. */
#define LOAD_STEP_FRAMES 65536

struct audio_file {
	struct audio_info info;
	struct wav_reader *wav; /* NULL when libsndfile reads it */
#if HAVE_SNDFILE
	SNDFILE *sndfile;
#endif
};

void audio_file_close(struct audio_file *f)
{
	if (!f)
		return;
	wav_reader_close(f->wav);
#if HAVE_SNDFILE
	if (f->sndfile)
		sf_close(f->sndfile);
#endif
	free(f);
}

static int open_wav(struct audio_file *f, const char *path, struct err *err)
{
	int code = wav_reader_open(path, &f->wav, err);
	if (code < 0)
		return code;
	const struct wav_info *info = wav_reader_info(f->wav);
	f->info.rate_hz = info->rate_hz;
	f->info.n_channels = info->n_channels;
	f->info.n_frames = info->n_frames;
	AUTO_MEM char *format = str_printf("%s, %s", info->rf64 ? "RF64" : "WAV", wav_encoding_name(info->encoding));
	(void)str_copy(f->info.format, sizeof(f->info.format), format ? format : "WAV");
	return 0;
}

#if HAVE_SNDFILE
static int open_sndfile(struct audio_file *f, const char *path, struct err *err)
{
	SF_INFO info = { 0 };
	f->sndfile = sf_open(path, SFM_READ, &info);
	if (!f->sndfile)
		return err_set(err, -EBADMSG, "'%s': %s", path, sf_strerror(NULL));
	if (info.channels < 1 || info.channels > LIMIT_AUDIO_CHANNELS)
		return err_set(err, -EMSGSIZE, "'%s': %d channels, at most %d are read", path, info.channels,
			       LIMIT_AUDIO_CHANNELS);
	if (info.samplerate < WAV_RATE_MIN_HZ || info.samplerate > WAV_RATE_MAX_HZ || info.frames < 0)
		return err_set(err, -EBADMSG, "'%s': %" PRId64 " frames at %d Hz", path, (int64_t)info.frames,
			       info.samplerate);
	f->info.rate_hz = (uint32_t)info.samplerate;
	f->info.n_channels = (uint32_t)info.channels;
	f->info.n_frames = info.frames;
	SF_FORMAT_INFO format = { .format = info.format & SF_FORMAT_TYPEMASK };
	bool known = sf_command(NULL, SFC_GET_FORMAT_INFO, &format, sizeof(format)) == 0 && format.name;
	(void)str_copy(f->info.format, sizeof(f->info.format), known ? format.name : "libsndfile");
	return 0;
}
#else
static int open_sndfile(struct audio_file *f, const char *path, struct err *err)
{
	(void)f;
	err_set(err, -ENOTSUP, "'%s': only WAV can be read: this build has no libsndfile (-Dsndfile=enabled)", path);
	return -ENOTSUP;
}
#endif

/* Whether the file begins like something that our own reader should have. */
static int sniff_wav(const char *path, bool *ret, struct err *err)
{
	uint8_t head[12] = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	int code = fstat(fd, &st) < 0 ? err_sys(err, "open '%s'", path) :
		   !S_ISREG(st.st_mode) ? err_set(err, -EINVAL, "'%s' is not a regular file", path) :
					  0;
	ssize_t n = code < 0 ? 0 : pread(fd, head, sizeof(head), 0);
	if (n < 0)
		code = err_sys(err, "read '%s'", path);
	close(fd);
	bool riff = memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0;
	*ret = riff && (n < 12 || memcmp(head + 8, "WAVE", 4) == 0);
	return code;
}

int audio_file_open(const char *path, struct audio_file **ret, struct err *err)
{
	bool is_wav = false;
	int code = sniff_wav(path, &is_wav, err);
	if (code < 0)
		return code;
	AUTO(audio_file) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "open '%s'", path);
	code = is_wav ? open_wav(f, path, err) : open_sndfile(f, path, err);
	if (HAVE_SNDFILE && is_wav && code == -ENOTSUP) {
		/* A compressed WAV: the other library may know its codec. */
		code = open_sndfile(f, path, err);
	}
	if (code < 0)
		return code;
	*ret = TAKE(f);
	return 0;
}

const struct audio_info *audio_file_info(const struct audio_file *f)
{
	return &f->info;
}

int audio_file_seek(struct audio_file *f, int64_t frame, struct err *err)
{
	if (f->wav)
		return wav_reader_seek(f->wav, frame, err);
#if HAVE_SNDFILE
	if (frame < 0 || frame > f->info.n_frames)
		return err_set(err, -EINVAL, "frame %" PRId64 " is outside 0 to %" PRId64, frame, f->info.n_frames);
	if (sf_seek(f->sndfile, frame, SEEK_SET) < 0)
		return err_set(err, -EIO, "seek to frame %" PRId64 ": %s", frame, sf_strerror(f->sndfile));
#endif
	return 0;
}

int audio_file_read(struct audio_file *f, float *out, size_t n_frames, size_t *ret, struct err *err)
{
	if (f->wav)
		return wav_reader_read(f->wav, out, n_frames, ret, err);
#if HAVE_SNDFILE
	sf_count_t got = sf_readf_float(f->sndfile, out, (sf_count_t)n_frames);
	if (got < 0 || (got < (sf_count_t)n_frames && sf_error(f->sndfile) != SF_ERR_NO_ERROR))
		return err_set(err, -EBADMSG, "%s: %s", f->info.format, sf_strerror(f->sndfile));
	for (size_t i = 0; i < (size_t)got * f->info.n_channels; i++)
		out[i] = isfinite(out[i]) ? out[i] : 0.0f;
	*ret = (size_t)got;
#else
	*ret = 0;
#endif
	return 0;
}

struct audio_buffer *audio_buffer_new(size_t n_frames, uint32_t n_channels, uint32_t rate_hz)
{
	size_t n_samples;
	if (__builtin_mul_overflow(n_frames, (size_t)n_channels, &n_samples))
		return NULL;
	struct audio_buffer *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->samples = mem_new_array(n_samples, sizeof(float));
	if (!b->samples) {
		free(b);
		return NULL;
	}
	b->n_frames = n_frames;
	b->n_channels = n_channels;
	b->rate_hz = rate_hz;
	return b;
}

void audio_buffer_free(struct audio_buffer *b)
{
	if (!b)
		return;
	free(b->samples);
	free(b);
}

static int load_frames(struct audio_file *f, const char *path, size_t max_frames, struct audio_buffer *b,
		       struct err *err)
{
	size_t room = b->n_frames * b->n_channels;
	b->n_frames = 0;
	for (;;) {
		size_t got = 0, want = (b->n_frames + LOAD_STEP_FRAMES) * b->n_channels;
		if (mem_grow(&b->samples, &room, want, sizeof(float)) < 0)
			return err_set(err, -ENOMEM, "'%s': no room after %zu frames", path, b->n_frames);
		int code = audio_file_read(f, b->samples + b->n_frames * b->n_channels, LOAD_STEP_FRAMES, &got, err);
		if (code < 0)
			return err_wrap(err, code, "'%s'", path);
		if (got == 0)
			return 0;
		b->n_frames += got;
		if (b->n_frames > max_frames)
			return err_set(err, -EMSGSIZE, "'%s' has more than the %zu frames allowed", path, max_frames);
	}
}

int audio_load(const char *path, size_t max_frames, struct audio_buffer **ret, struct err *err)
{
	AUTO(audio_file) f = NULL;
	int code = audio_file_open(path, &f, err);
	if (code < 0)
		return code;
	if (max_frames == 0 || max_frames > LIMIT_AUDIO_LOAD_FRAMES)
		max_frames = LIMIT_AUDIO_LOAD_FRAMES;
	if (f->wav && (uint64_t)f->info.n_frames > max_frames)
		return err_set(err, -EMSGSIZE, "'%s' has %" PRId64 " frames, %zu are allowed", path, f->info.n_frames,
			       max_frames);
	/* A WAV file's length was checked against its bytes; other lengths are only claims. */
	size_t at_once = f->wav ? (size_t)f->info.n_frames + LOAD_STEP_FRAMES : LOAD_STEP_FRAMES;
	AUTO(audio_buffer) b = audio_buffer_new(at_once, f->info.n_channels, f->info.rate_hz);
	if (!b)
		return err_set(err, -ENOMEM, "'%s': %zu frames", path, at_once);
	code = load_frames(f, path, max_frames, b, err);
	if (code < 0)
		return code;
	*ret = TAKE(b);
	return 0;
}
