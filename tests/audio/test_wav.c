#include "audio/wav.h"
#include "base/limits.h"

#include "../check.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	char dir[64];
	char path[96];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/hoot-wav-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/a.wav", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void put_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static uint32_t random_next(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

static void write_noise(const char *path, const struct wav_spec *spec, float *noise, size_t n_frames, uint32_t seed)
{
	struct err err = ERR_INIT;
	struct wav_writer *w = NULL;
	for (size_t i = 0; i < n_frames * spec->n_channels; i++)
		noise[i] = (float)((int)(random_next(&seed) % 65536) - 32768) / 32768.0f;
	assert_int_equal(wav_writer_open(path, spec, &w, &err), 0);
	for (size_t at = 0; at < n_frames;) {
		size_t n = 1 + random_next(&seed) % 700;
		n = n < n_frames - at ? n : n_frames - at;
		assert_int_equal(wav_writer_write(w, noise + at * spec->n_channels, n, &err), 0);
		at += n;
		assert_int_equal(wav_writer_frames(w), at);
	}
	assert_int_equal(wav_writer_close(w, &err), 0);
}

static void test_wav_gives_back_what_was_written_in_every_encoding(void **state)
{
	struct fixture *f = *state;
	static const enum wav_encoding encodings[] = { WAV_PCM16, WAV_PCM24, WAV_PCM32, WAV_FLOAT32, WAV_FLOAT64 };
	float noise[5 * 3001], back[5 * 3001];
	for (size_t e = 0; e < COUNT_OF(encodings); e++) {
		for (uint32_t n_channels = 1; n_channels <= 5; n_channels++) {
			struct wav_spec spec = { 44100, n_channels, encodings[e], 0 };
			size_t n_frames = 3001, got = 0, done = 0;
			write_noise(f->path, &spec, noise, n_frames, 7 * n_channels + (uint32_t)e);

			AUTO(wav_reader) r = NULL;
			assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
			const struct wav_info *info = wav_reader_info(r);
			assert_int_equal(info->n_frames, n_frames);
			assert_int_equal(info->rate_hz, 44100);
			assert_int_equal(info->n_channels, n_channels);
			assert_int_equal(info->encoding, encodings[e]);
			assert_false(info->rf64);
			while (done < n_frames) {
				assert_int_equal(wav_reader_read(r, back + done * n_channels, 997, &got, NULL), 0);
				assert_true(got > 0);
				done += got;
			}
			assert_int_equal(wav_reader_read(r, back, 0, &got, NULL), 0);
			assert_int_equal(got, 0);
			assert_memory_equal(noise, back, n_frames * n_channels * sizeof(float));
		}
	}
}

static void test_wav_sizes_are_right_after_every_sync(void **state)
{
	struct fixture *f = *state;
	struct wav_spec spec = { 8000, 1, WAV_PCM24, 0 };
	struct wav_writer *w = NULL;
	float one = 0.25f, back[8];
	size_t got;
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0);
	for (int i = 0; i < 7; i++) {
		AUTO(wav_reader) r = NULL;
		assert_int_equal(wav_writer_sync(w, NULL), 0);
		assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
		assert_int_equal(wav_reader_info(r)->n_frames, i);
		assert_int_equal(wav_reader_read(r, back, 8, &got, NULL), 0);
		assert_int_equal(got, i);
		for (int k = 0; k < i; k++)
			assert_true(back[k] == one);
		struct stat st;
		assert_int_equal(stat(f->path, &st), 0);
		assert_int_equal(st.st_size % 2, 0);
		assert_int_equal(wav_writer_write(w, &one, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static void test_wav_becomes_rf64_beyond_the_riff_size(void **state)
{
	struct fixture *f = *state;
	struct wav_spec spec = { 48000, 2, WAV_FLOAT32, 1000 };
	float noise[2 * 500], back[2 * 500];
	size_t got;
	write_noise(f->path, &spec, noise, 100, 3);
	struct wav_reader *r = NULL;
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_false(wav_reader_info(r)->rf64);
	wav_reader_close(r);

	write_noise(f->path, &spec, noise, 500, 4);
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_true(wav_reader_info(r)->rf64);
	assert_int_equal(wav_reader_info(r)->n_frames, 500);
	assert_int_equal(wav_reader_read(r, back, 500, &got, NULL), 0);
	assert_int_equal(got, 500);
	assert_memory_equal(noise, back, sizeof(noise));
	wav_reader_close(r);
}

static void test_wav_clips_and_counts_in_pcm_and_keeps_in_float(void **state)
{
	struct fixture *f = *state;
	const float loud[4] = { 1.5f, -1.5f, 1.0f, -1.0f };
	float back[4];
	size_t got;
	struct wav_spec spec = { 48000, 1, WAV_PCM16, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, loud, 4, NULL), 0);
	assert_int_equal(wav_writer_clipped(w), 2);
	assert_int_equal(wav_writer_close(w, NULL), 0);
	struct wav_reader *r = NULL;
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_int_equal(wav_reader_read(r, back, 4, &got, NULL), 0);
	assert_true(back[0] == 32767.0f / 32768.0f && back[1] == -1.0f && back[2] == back[0] && back[3] == -1.0f);
	wav_reader_close(r);

	spec.encoding = WAV_FLOAT32;
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, loud, 4, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_int_equal(wav_reader_read(r, back, 4, &got, NULL), 0);
	assert_memory_equal(loud, back, sizeof(loud));
	wav_reader_close(r);
}

static void test_wav_reads_what_is_not_a_number_as_silence(void **state)
{
	struct fixture *f = *state;
	const float odd[4] = { NAN, 0.5f, INFINITY, -INFINITY };
	float back[4];
	size_t got;
	struct wav_spec spec = { 48000, 1, WAV_FLOAT32, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, odd, 4, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
	AUTO(wav_reader) r = NULL;
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_int_equal(wav_reader_read(r, back, 4, &got, NULL), 0);
	assert_true(back[0] == 0.0f && back[1] == 0.5f && back[2] == 0.0f && back[3] == 0.0f);
	assert_int_equal(wav_reader_bad_samples(r), 3);
}

static void test_wav_seeks_to_any_frame_and_no_further(void **state)
{
	struct fixture *f = *state;
	struct wav_spec spec = { 48000, 2, WAV_PCM16, 0 };
	float noise[2 * 1000], back[2];
	uint32_t seed = 5;
	size_t got;
	write_noise(f->path, &spec, noise, 1000, 9);
	AUTO(wav_reader) r = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	for (int i = 0; i < 300; i++) {
		uint32_t at = random_next(&seed) % 1000;
		assert_int_equal(wav_reader_seek(r, at, NULL), 0);
		assert_int_equal(wav_reader_read(r, back, 1, &got, NULL), 0);
		assert_int_equal(got, 1);
		assert_memory_equal(back, noise + 2 * at, sizeof(back));
	}
	assert_int_equal(wav_reader_seek(r, 1000, NULL), 0);
	assert_int_equal(wav_reader_seek(r, 1001, &err), -EINVAL);
	assert_int_equal(wav_reader_seek(r, -1, &err), -EINVAL);
}

/* A small file in memory that each case below damages in its own way. */
static size_t make_wav(uint8_t *b)
{
	static const uint8_t plain[] = "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x80\xbb\0\0\0\xee\2\0\4\0\x10\0"
				       "data\x08\0\0\0\1\0\2\0\3\0\4";
	memcpy(b, plain, sizeof(plain));
	return sizeof(plain);
}

static void check_refused(const uint8_t *b, size_t n, int code, const char *says)
{
	struct err err = ERR_INIT;
	struct wav_reader *r = NULL;
	int got = wav_reader_open_memory(b, n, &r, &err);
	if (got != code || !strstr(err.msg, says))
		fail_msg("got %d '%s', expected %d '%s'", got, err.msg, code, says);
	assert_null(r);
}

static void test_wav_of_the_cases_below_is_valid_before_it_is_damaged(void **state)
{
	uint8_t b[128];
	size_t n = make_wav(b), got;
	float back[4];
	assert_int_equal(n, 52);
	AUTO(wav_reader) r = NULL;
	assert_int_equal(wav_reader_open_memory(b, n, &r, NULL), 0);
	assert_int_equal(wav_reader_info(r)->n_frames, 2);
	assert_int_equal(wav_reader_read(r, back, 2, &got, NULL), 0);
	assert_true(back[0] == 1.0f / 32768.0f && back[3] == 4.0f / 32768.0f);
}

static void test_wav_truncated_at_any_byte_is_an_error_that_says_where(void **state)
{
	uint8_t b[128];
	size_t n = make_wav(b);
	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		memcpy(exact, b, cut);
		char where[32];
		snprintf(where, sizeof(where), "byte %zu: ", cut);
		check_refused(exact, cut, -EBADMSG, where);
		free(exact);
	}
}

static void test_wav_damage_is_named_with_its_place(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		int n_bytes, code;
		const char *says;
	} cases[] = {
		{ 0, 'X', 1, -EBADMSG, "byte 0: not a WAV" },
		{ 8, 'X', 1, -EBADMSG, "byte 8: a RIFF file, but not" },
		{ 12, 'X', 1, -EBADMSG, "byte 44: 'data' before 'fmt '" },
		{ 16, 14, 4, -EBADMSG, "byte 20: 'fmt ' chunk of 14 bytes" },
		{ 16, 0xFFFFFFFF, 4, -EBADMSG, "the file ends inside" },
		{ 16, 0x7FFFFFFF, 4, -EBADMSG, "the file ends inside" },
		{ 20, 2, 2, -ENOTSUP, "byte 20: format 2 with 16 bits" },
		{ 20, 0xFFFE, 2, -EBADMSG, "byte 20: extensible format of 16 bytes" },
		{ 20, 3, 2, -ENOTSUP, "format 3 with 16 bits" },
		{ 22, 0, 2, -EBADMSG, "byte 22: a format without channels" },
		{ 22, 65535, 2, -EMSGSIZE, "byte 22: 65535 channels" },
		{ 22, 1, 2, -EBADMSG, "byte 32: 4 bytes per frame do not fit 1 channels" },
		{ 24, 0, 4, -EBADMSG, "byte 24: a rate of 0 Hz" },
		{ 24, 0xFFFFFFFF, 4, -EBADMSG, "byte 24: a rate of 4294967295 Hz" },
		{ 32, 0, 2, -EBADMSG, "byte 32: 0 bytes per frame" },
		{ 34, 0, 2, -ENOTSUP, "format 1 with 0 bits" },
		{ 34, 12, 2, -ENOTSUP, "format 1 with 12 bits" },
		{ 40, 9, 4, -EBADMSG, "byte 52: truncated: 'data' should have 9 bytes from byte 44" },
		{ 40, 0xFFFFFFFF, 4, -EBADMSG, "byte 52: truncated: 'data' should have 4294967295 bytes" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t b[128];
		size_t n = make_wav(b);
		for (int k = 0; k < cases[i].n_bytes; k++)
			b[cases[i].at + (size_t)k] = (uint8_t)(cases[i].value >> (8 * k));
		check_refused(b, n, cases[i].code, cases[i].says);
	}
}

static void test_wav_ignores_the_riff_size_and_bytes_after_the_last_whole_frame(void **state)
{
	uint8_t b[128];
	size_t n = make_wav(b);
	b[4] = 0xFF;
	b[40] = 7;
	AUTO(wav_reader) r = NULL;
	assert_int_equal(wav_reader_open_memory(b, n, &r, NULL), 0);
	assert_int_equal(wav_reader_info(r)->n_frames, 1);
	assert_int_equal(wav_reader_info(r)->data_bytes, 4);
}

static void test_wav_with_too_many_chunks_is_refused(void **state)
{
	size_t n_chunks = LIMIT_WAV_CHUNKS + 1, n = 12 + 8 * n_chunks + 40;
	uint8_t *b = calloc(1, n);
	memcpy(b, "RIFF....WAVE", 12);
	for (size_t i = 0; i < n_chunks; i++)
		memcpy(b + 12 + 8 * i, "LIST", 4);
	check_refused(b, n, -EMSGSIZE, "chunks before 'data'");
	free(b);
}

static void test_wav_rf64_needs_its_ds64_and_does_not_trust_it(void **state)
{
	uint8_t b[128];
	size_t n = make_wav(b);
	memcpy(b, "RF64", 4);
	memset(b + 40, 0xFF, 4);
	check_refused(b, n, -EBADMSG, "byte 44: RF64 without a 'ds64' chunk");

	/* With a ds64 that promises the whole address space. */
	uint8_t c[128] = "RF64\xff\xff\xff\xffWAVEds64\x1c\0\0";
	memset(c + 20, 0xFF, 28);
	memcpy(c + 48, b + 12, n - 12);
	check_refused(c, 48 + n - 12, -EBADMSG, "truncated: 'data' should have 18446744073709551615 bytes");
}

static void test_wav_shrinking_while_read_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct wav_spec spec = { 48000, 2, WAV_PCM16, 0 };
	float *noise = calloc(2 * 20000, sizeof(float));
	size_t got;
	struct err err = ERR_INIT;
	write_noise(f->path, &spec, noise, 20000, 9);
	AUTO(wav_reader) r = NULL;
	assert_int_equal(wav_reader_open(f->path, &r, NULL), 0);
	assert_int_equal(truncate(f->path, 20000), 0);
	assert_int_equal(wav_reader_read(r, noise, 20000, &got, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "byte 20000"));
	free(noise);
}

static void test_wav_names_the_file_it_cannot_open(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct wav_reader *r = NULL;
	struct wav_writer *w = NULL;
	struct wav_spec spec = { 48000, 2, WAV_PCM16, 0 };
	assert_int_equal(wav_reader_open("/nowhere/x.wav", &r, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nowhere/x.wav"));
	assert_int_equal(wav_reader_open(f->dir, &r, &err), -EINVAL);
	assert_int_equal(wav_writer_open("/nowhere/x.wav", &spec, &w, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nowhere/x.wav"));
}

static void test_wav_writer_refuses_nonsense_and_names_the_range(void **state)
{
	struct fixture *f = *state;
	struct wav_writer *w = NULL;
	static const struct {
		struct wav_spec spec;
		const char *field;
	} cases[] = {
		{ { 48000, 0, WAV_PCM16, 0 }, "n_channels" },     { { 48000, 1000, WAV_PCM16, 0 }, "n_channels" },
		{ { 0, 2, WAV_PCM16, 0 }, "rate_hz" },            { { 4000000, 2, WAV_PCM16, 0 }, "rate_hz" },
		{ { 48000, 2, WAV_PCM8, 0 }, "encoding" },        { { 48000, 2, WAV_ENCODING_COUNT, 0 }, "encoding" },
	};
	unlink(f->path);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(wav_writer_open(f->path, &cases[i].spec, &w, &err), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
	}
	assert_int_not_equal(access(f->path, F_OK), 0);
}

static void test_wav_writer_reports_a_full_disk(void **state)
{
	struct fixture *f = *state;
	struct wav_writer *w = NULL;
	struct wav_spec spec = { 48000, 2, WAV_PCM16, 0 };
	struct err err = ERR_INIT;
	static const float silence[2 * 40000];
	struct rlimit old, low;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = (struct rlimit){ .rlim_cur = 100000, .rlim_max = old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	unlink(f->path);
	assert_int_equal(wav_writer_open(f->path, &spec, &w, &err), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int r = wav_writer_write(w, silence, 40000, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(r < 0);
	assert_non_null(strstr(err.msg, f->path));
	(void)wav_writer_close(w, NULL);

	unlink(f->path);
	low.rlim_cur = 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	r = wav_writer_open(f->path, &spec, &w, &err); /* not even the header */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(r < 0);
	assert_int_not_equal(access(f->path, F_OK), 0);
}

/* A path that was mistyped must not cost a journal, a database or the content of a store. */
static void test_wav_writer_leaves_alone_what_is_no_wav(void **state)
{
	struct fixture *f = *state;
	static const char precious[] = "HOOTJRNL and all that was ever edited";
	struct wav_writer *w = NULL, *second = NULL;
	struct wav_spec spec = { 48000, 2, WAV_PCM16, 0 };
	struct err err = ERR_INIT;
	struct stat st;
	unlink(f->path);
	put_file(f->path, precious, sizeof(precious));
	assert_int_equal(wav_writer_open(f->path, &spec, &w, &err), -EEXIST);
	assert_non_null(strstr(err.msg, f->path));
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, sizeof(precious));

	unlink(f->path);
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_open(f->path, &spec, &second, &err), -EBUSY); /* two writers in one file */
	assert_int_equal(wav_writer_close(w, NULL), 0);
	assert_int_equal(wav_writer_open(f->path, &spec, &w, NULL), 0); /* the take before it may go */
	assert_int_equal(wav_writer_close(w, NULL), 0);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_true(wav_writer_open(f->path, &spec, &w, NULL) < 0);

	unlink(f->path);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(wav_writer_open(f->path, &spec, &w, &err), -EINVAL); /* and nobody waits for a reader */
	unlink(f->path);
	assert_int_equal(wav_writer_open("/dev/null", &spec, &w, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wav_gives_back_what_was_written_in_every_encoding),
		cmocka_unit_test(test_wav_sizes_are_right_after_every_sync),
		cmocka_unit_test(test_wav_becomes_rf64_beyond_the_riff_size),
		cmocka_unit_test(test_wav_clips_and_counts_in_pcm_and_keeps_in_float),
		cmocka_unit_test(test_wav_reads_what_is_not_a_number_as_silence),
		cmocka_unit_test(test_wav_seeks_to_any_frame_and_no_further),
		cmocka_unit_test(test_wav_of_the_cases_below_is_valid_before_it_is_damaged),
		cmocka_unit_test(test_wav_truncated_at_any_byte_is_an_error_that_says_where),
		cmocka_unit_test(test_wav_damage_is_named_with_its_place),
		cmocka_unit_test(test_wav_ignores_the_riff_size_and_bytes_after_the_last_whole_frame),
		cmocka_unit_test(test_wav_with_too_many_chunks_is_refused),
		cmocka_unit_test(test_wav_rf64_needs_its_ds64_and_does_not_trust_it),
		cmocka_unit_test(test_wav_shrinking_while_read_is_an_error),
		cmocka_unit_test(test_wav_names_the_file_it_cannot_open),
		cmocka_unit_test(test_wav_writer_refuses_nonsense_and_names_the_range),
		cmocka_unit_test(test_wav_writer_reports_a_full_disk),
		cmocka_unit_test(test_wav_writer_leaves_alone_what_is_no_wav),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
