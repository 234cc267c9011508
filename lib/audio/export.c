#include "audio/export.h"

#include "audio/file.h"
#include "audio/wav.h"
#include "have.h"

#include <stdlib.h>
#include <unistd.h>

#if HAVE_SNDFILE
#include <sndfile.h>
#endif

#include "base/banned.h"

#define BLOCK_FRAMES 4096

/* Where samples go: one of the two. */
struct sink {
	struct wav_writer *wav;
#if HAVE_SNDFILE
	SNDFILE *coded;
#endif
};

static int sink_open(struct sink *s, const char *path, enum audio_format f, const struct audio_info *i, struct err *err)
{
	if (f == AUDIO_WAV16 || f == AUDIO_WAV_FLOAT) {
		const struct wav_spec spec = { i->rate_hz, i->n_channels, f == AUDIO_WAV16 ? WAV_PCM16 : WAV_FLOAT32, 0 };
		return wav_writer_open(path, &spec, &s->wav, err);
	}
#if HAVE_SNDFILE
	SF_INFO info = { .samplerate = (int)i->rate_hz, .channels = (int)i->n_channels,
			 .format = f == AUDIO_OGG ? SF_FORMAT_OGG | SF_FORMAT_VORBIS : SF_FORMAT_FLAC | SF_FORMAT_PCM_16 };
	s->coded = sf_open(path, SFM_WRITE, &info);
	if (!s->coded)
		return err_set(err, -EINVAL, "'%s' with %u channels at %u Hz: %s", path, i->n_channels, i->rate_hz, sf_strerror(NULL));
	double quality = 0.5;
	if (f == AUDIO_OGG)
		(void)sf_command(s->coded, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof(quality));
	return 0;
#else
	return err_set(err, -ENOTSUP, "this build writes WAV only (-Dsndfile=enabled)");
#endif
}

static int sink_write(struct sink *s, const float *samples, size_t n, struct err *err)
{
	if (s->wav)
		return wav_writer_write(s->wav, samples, n, err);
#if HAVE_SNDFILE
	if (sf_writef_float(s->coded, samples, (sf_count_t)n) != (sf_count_t)n)
		return err_set(err, -EIO, "%s", sf_strerror(s->coded));
#endif
	return 0;
}

static int sink_close(struct sink *s, struct err *err)
{
	int r = s->wav ? wav_writer_close(s->wav, err) : 0;
#if HAVE_SNDFILE
	if (s->coded && sf_close(s->coded) != 0)
		r = err_set(err, -EIO, "the end of the file could not be written");
#endif
	return r;
}

static size_t clip(float *samples, size_t n)
{
	size_t clipped = 0;
	for (size_t i = 0; i < n; i++) {
		if (samples[i] > 1 || samples[i] < -1) {
			samples[i] = samples[i] > 1 ? 1 : -1;
			clipped++;
		}
	}
	return clipped;
}

static int copy_all(struct audio_file *from, struct sink *to, bool clips, const struct model_watch *watch, size_t *ret_clipped,
		    struct err *err)
{
	const struct audio_info *i = audio_file_info(from);
	AUTO_MEM float *block = malloc(BLOCK_FRAMES * i->n_channels * sizeof(*block));
	int64_t done = 0;
	if (!block)
		return err_set(err, -ENOMEM, "export");
	for (;;) {
		size_t n = 0;
		int r = audio_file_read(from, block, BLOCK_FRAMES, &n, err);
		if (r < 0 || n == 0)
			return r;
		*ret_clipped += clips ? clip(block, n * i->n_channels) : 0;
		r = sink_write(to, block, n, err);
		if (r < 0)
			return r;
		done += (int64_t)n;
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		if (i->n_frames > 0)
			model_progress(watch, (double)done / (double)i->n_frames, "written");
	}
}

int audio_export(const char *from, const char *to, enum audio_format f, const struct model_watch *watch, size_t *ret_clipped,
		 struct err *err)
{
	struct sink sink = { 0 };
	struct audio_file *in = NULL;
	size_t clipped = 0;
	int r = audio_file_open(from, &in, err);
	if (r < 0)
		return r;
	r = sink_open(&sink, to, f, audio_file_info(in), err);
	if (r == 0)
		r = copy_all(in, &sink, f != AUDIO_WAV_FLOAT, watch, &clipped, err);
	struct err ignored = ERR_INIT;
	int closed = sink_close(&sink, r == 0 ? err : &ignored);
	audio_file_close(in);
	r = r == 0 ? closed : r;
	if (r < 0)
		(void)unlink(to); /* may never have been made */
	if (ret_clipped)
		*ret_clipped = clipped;
	return r;
}
