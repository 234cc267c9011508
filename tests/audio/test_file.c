#include "audio/analysis.h"
#include "audio/file.h"
#include "audio/wav.h"
#include "have.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if HAVE_SNDFILE
#include <sndfile.h>
#endif

static char path[] = "/tmp/hoot-file-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	return 0;
}

static void write_sine(uint32_t rate_hz, uint32_t n_channels, size_t n_frames)
{
	struct wav_spec spec = { rate_hz, n_channels, WAV_PCM24, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (size_t i = 0; i < n_frames; i++) {
		float frame[8];
		for (uint32_t c = 0; c < n_channels; c++)
			frame[c] = (float)(0.25 * (c + 1) * sin(2 * M_PI * 440 * (double)i / rate_hz));
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static void test_file_loads_a_wav_as_it_is(void **state)
{
	write_sine(22050, 2, 70000);
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(path, 0, &b, NULL), 0);
	assert_int_equal(b->n_frames, 70000);
	assert_int_equal(b->n_channels, 2);
	assert_int_equal(b->rate_hz, 22050);
	AUTO(audio_file) f = NULL;
	assert_int_equal(audio_file_open(path, &f, NULL), 0);
	assert_string_equal(audio_file_info(f)->format, "WAV, 24-bit PCM");
	float two[4];
	size_t got;
	assert_int_equal(audio_file_seek(f, 1234, NULL), 0);
	assert_int_equal(audio_file_read(f, two, 2, &got, NULL), 0);
	assert_int_equal(got, 2);
	assert_memory_equal(two, b->samples + 2 * 1234, sizeof(two));
}

static void test_file_too_long_is_refused_before_it_is_loaded(void **state)
{
	struct err err = ERR_INIT;
	struct audio_buffer *b = NULL;
	write_sine(8000, 1, 1001);
	assert_int_equal(audio_load(path, 1000, &b, &err), -EMSGSIZE);
	assert_non_null(strstr(err.msg, "1001 frames"));
	assert_int_equal(audio_load(path, 1001, &b, &err), 0);
	audio_buffer_free(b);
}

static void test_file_that_is_no_audio_is_refused_with_its_name(void **state)
{
	FILE *f = fopen(path, "wb");
	fputs("certainly not a sound", f);
	fclose(f);
	struct err err = ERR_INIT;
	struct audio_file *a = NULL;
	assert_int_equal(audio_file_open(path, &a, &err), HAVE_SNDFILE ? -EBADMSG : -ENOTSUP);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(audio_file_open("/nowhere/a.flac", &a, &err), -ENOENT);
	assert_int_equal(audio_file_open("/tmp", &a, &err), -EINVAL);
}

static void test_file_reads_flac_and_ogg_through_libsndfile(void **state)
{
#if HAVE_SNDFILE
	static const int formats[] = { SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
				       SF_FORMAT_AIFF | SF_FORMAT_PCM_24, SF_FORMAT_WAV | SF_FORMAT_ULAW };
	static float x[44100];
	for (size_t i = 0; i < COUNT_OF(x); i++)
		x[i] = (float)(0.5 * sin(2 * M_PI * 330 * (double)i / 44100));
	for (size_t k = 0; k < COUNT_OF(formats); k++) {
		SF_INFO info = { .samplerate = 44100, .channels = 1, .format = formats[k] };
		SNDFILE *s = sf_open(path, SFM_WRITE, &info);
		assert_non_null(s);
		assert_int_equal(sf_writef_float(s, x, 44100), 44100);
		sf_close(s);
		AUTO(audio_buffer) b = NULL;
		struct err err = ERR_INIT;
		if (audio_load(path, 0, &b, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(b->n_frames, 44100);
		assert_int_equal(b->rate_hz, 44100);
		assert_true(fabs(audio_pitch_hz(b->samples + 4000, 4096, 44100, 100, 2000) - 330) < 1);
		audio_buffer_free(TAKE(b));
		assert_int_equal(audio_load(path, 44099, &b, &err), -EMSGSIZE);
	}
#else
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_loads_a_wav_as_it_is),
		cmocka_unit_test(test_file_too_long_is_refused_before_it_is_loaded),
		cmocka_unit_test(test_file_that_is_no_audio_is_refused_with_its_name),
		cmocka_unit_test(test_file_reads_flac_and_ogg_through_libsndfile),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
