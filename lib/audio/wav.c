/*
 * wav.c - the WAV reader.
 *
 * Layout, little-endian:
 *   0   "RIFF" or "RF64"   4  u32 bytes that follow (ignored; ~0 in RF64)   8  "WAVE"
 *   12  chunks: id[4], u32 bytes, contents, one pad byte when the size is odd
 *   "ds64" (RF64 only, before "data"): u64 riff bytes, u64 data bytes, u64 frames, u32 table length, table
 *   "fmt ": u16 format, u16 channels, u32 rate, u32 bytes per second, u16 bytes per frame, u16 bits per sample,
 *           then for format 0xFFFE: u16 extra bytes (22), u16 valid bits, u32 channel mask, u8 guid[16]
 *   "data": frames; a size of ~0 in an RF64 file means the size in "ds64"
 * Other chunks are skipped. What follows "data" is not read.
 */
#include "audio/wav.h"

#include "audio/wav_priv.h"
#include "base/limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define STAGE_BYTES 32768

struct wav_reader {
	int fd;               /* -1 when reading memory */
	const uint8_t *bytes; /* NULL when reading a file */
	uint64_t n_bytes;
	struct wav_info info;
	int64_t frame;
	uint64_t n_bad;
	uint8_t stage[STAGE_BYTES];
};

/* What the walk over the chunks knows so far. */
struct wav_walk {
	uint64_t at; /* the next chunk's header */
	uint64_t ds64_data_bytes;
	bool have_fmt, have_ds64;
};

static int truncated(struct err *err, uint64_t at, const char *what)
{
	return err_set(err, -EBADMSG, "byte %" PRIu64 ": the file ends inside %s", at, what);
}

static int read_at(struct wav_reader *r, uint64_t at, void *out, size_t n, const char *what, struct err *err)
{
	if (at > r->n_bytes || n > r->n_bytes - at)
		return truncated(err, r->n_bytes, what);
	if (r->bytes) {
		memcpy(out, r->bytes + at, n);
		return 0;
	}
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(r->fd, (char *)out + done, n - done, (off_t)(at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "byte %" PRIu64, at + done);
		if (got == 0)
			return truncated(err, at + done, what);
		done += (size_t)got;
	}
	return 0;
}

static int encoding_of(uint32_t format, uint32_t bits, enum wav_encoding *ret)
{
	static const struct {
		uint32_t format, bits;
		enum wav_encoding encoding;
	} known[] = {
		{ WAV_FORMAT_PCM, 8, WAV_PCM8 },       { WAV_FORMAT_PCM, 16, WAV_PCM16 },
		{ WAV_FORMAT_PCM, 24, WAV_PCM24 },     { WAV_FORMAT_PCM, 32, WAV_PCM32 },
		{ WAV_FORMAT_FLOAT, 32, WAV_FLOAT32 }, { WAV_FORMAT_FLOAT, 64, WAV_FLOAT64 },
	};
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (known[i].format == format && known[i].bits == bits) {
			*ret = known[i].encoding;
			return 0;
		}
	}
	return -ENOTSUP;
}

static int fmt_check(struct wav_info *info, uint64_t at, uint32_t frame_bytes, struct err *err)
{
	if (info->n_channels == 0)
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": a format without channels", at + 2);
	if (info->n_channels > LIMIT_AUDIO_CHANNELS)
		return err_set(err, -EMSGSIZE, "byte %" PRIu64 ": %u channels, at most %d are read", at + 2,
			       info->n_channels, LIMIT_AUDIO_CHANNELS);
	if (info->rate_hz < WAV_RATE_MIN_HZ || info->rate_hz > WAV_RATE_MAX_HZ)
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": a rate of %u Hz, allowed are %d to %d", at + 4,
			       info->rate_hz, WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
	if (frame_bytes != info->n_channels * wav_sample_bytes(info->encoding))
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": %u bytes per frame do not fit %u channels of %s",
			       at + 12, frame_bytes, info->n_channels, wav_encoding_name(info->encoding));
	return 0;
}

static int read_fmt(struct wav_reader *r, struct wav_walk *walk, uint64_t at, uint32_t size, struct err *err)
{
	uint8_t fmt[40] = { 0 };
	if (walk->have_fmt)
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": a second 'fmt ' chunk", at);
	if (size < 16)
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": 'fmt ' chunk of %u bytes, at least 16 are needed", at,
			       size);
	int ret = read_at(r, at, fmt, size < sizeof(fmt) ? size : sizeof(fmt), "the 'fmt ' chunk", err);
	if (ret < 0)
		return ret;

	uint32_t format = wav_get16(fmt), bits = wav_get16(fmt + 14);
	if (format == WAV_FORMAT_EXTENSIBLE) {
		if (size < 40 || wav_get16(fmt + 16) < 22)
			return err_set(err, -EBADMSG, "byte %" PRIu64 ": extensible format of %u bytes, 40 are needed",
				       at, size);
		if (memcmp(fmt + 26, wav_guid_tail, sizeof(wav_guid_tail)) != 0)
			return err_set(err, -ENOTSUP, "byte %" PRIu64 ": an extensible format we do not know", at + 24);
		format = wav_get16(fmt + 24);
		/* Fewer valid bits sit at the top of the container, so the container decides. */
	}
	if (encoding_of(format, bits, &r->info.encoding) < 0)
		return err_set(err, -ENOTSUP, "byte %" PRIu64 ": format %u with %u bits per sample is not read", at,
			       format, bits);
	r->info.n_channels = wav_get16(fmt + 2);
	r->info.rate_hz = wav_get32(fmt + 4);
	walk->have_fmt = true;
	return fmt_check(&r->info, at, wav_get16(fmt + 12), err);
}

static int read_ds64(struct wav_reader *r, struct wav_walk *walk, uint64_t at, uint32_t size, struct err *err)
{
	uint8_t ds64[28];
	if (size < sizeof(ds64))
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": 'ds64' chunk of %u bytes, 28 are needed", at, size);
	int ret = read_at(r, at, ds64, sizeof(ds64), "the 'ds64' chunk", err);
	if (ret < 0)
		return ret;
	walk->ds64_data_bytes = wav_get64(ds64 + 8);
	walk->have_ds64 = true;
	return 0;
}

static int read_data(struct wav_reader *r, const struct wav_walk *walk, uint64_t at, uint64_t size, struct err *err)
{
	if (!walk->have_fmt)
		return err_set(err, -EBADMSG, "byte %" PRIu64 ": 'data' before 'fmt '", at);
	if (r->info.rf64 && size == UINT32_MAX) {
		if (!walk->have_ds64)
			return err_set(err, -EBADMSG, "byte %" PRIu64 ": RF64 without a 'ds64' chunk", at);
		size = walk->ds64_data_bytes;
	}
	if (size > r->n_bytes - at)
		return err_set(err, -EBADMSG,
			       "byte %" PRIu64 ": truncated: 'data' should have %" PRIu64 " bytes from byte %" PRIu64,
			       r->n_bytes, size, at);
	uint64_t frame_bytes = r->info.n_channels * wav_sample_bytes(r->info.encoding);
	r->info.data_offset_bytes = at;
	r->info.n_frames = (int64_t)(size / frame_bytes);
	r->info.data_bytes = (uint64_t)r->info.n_frames * frame_bytes;
	return 0;
}

/* Reads one chunk; *done says that it was the data. */
static int read_chunk(struct wav_reader *r, struct wav_walk *walk, bool *done, struct err *err)
{
	uint8_t head[8];
	int ret = read_at(r, walk->at, head, sizeof(head), "a chunk header (there is no 'data' before it)", err);
	if (ret < 0)
		return ret;
	uint64_t at = walk->at + sizeof(head);
	uint32_t size = wav_get32(head + 4);
	if (memcmp(head, "data", 4) == 0) {
		*done = true;
		return read_data(r, walk, at, size, err);
	}
	if (memcmp(head, "fmt ", 4) == 0)
		ret = read_fmt(r, walk, at, size, err);
	else if (memcmp(head, "ds64", 4) == 0 && r->info.rf64)
		ret = read_ds64(r, walk, at, size, err);
	if (ret < 0)
		return ret;
	if (size > r->n_bytes - at)
		return truncated(err, r->n_bytes, "a chunk (there is no 'data' before it)");
	walk->at = at + size + (size & 1);
	return 0;
}

static int read_header(struct wav_reader *r, struct err *err)
{
	uint8_t head[12];
	int ret = read_at(r, 0, head, sizeof(head), "the RIFF header", err);
	if (ret < 0)
		return ret;
	r->info.rf64 = memcmp(head, "RF64", 4) == 0;
	if (!r->info.rf64 && memcmp(head, "RIFF", 4) != 0)
		return err_set(err, -EBADMSG, "byte 0: not a WAV file (no 'RIFF' or 'RF64')");
	if (memcmp(head + 8, "WAVE", 4) != 0)
		return err_set(err, -EBADMSG, "byte 8: a RIFF file, but not 'WAVE'");

	struct wav_walk walk = { .at = sizeof(head) };
	bool done = false;
	for (int n = 0; !done; n++) {
		if (n == LIMIT_WAV_CHUNKS)
			return err_set(err, -EMSGSIZE, "byte %" PRIu64 ": more than %d chunks before 'data'", walk.at,
				       LIMIT_WAV_CHUNKS);
		ret = read_chunk(r, &walk, &done, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static struct wav_reader *reader_new(void)
{
	struct wav_reader *r = calloc(1, sizeof(*r));
	if (r)
		r->fd = -1;
	return r;
}

int wav_reader_open(const char *path, struct wav_reader **ret, struct err *err)
{
	AUTO(wav_reader) r = reader_new();
	if (!r)
		return err_set(err, -ENOMEM, "open '%s'", path);
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0)
		return err_sys(err, "open '%s'", path);
	struct stat st;
	if (fstat(r->fd, &st) < 0)
		return err_sys(err, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "'%s' is not a regular file", path);
	r->n_bytes = (uint64_t)st.st_size;
	int code = read_header(r, err);
	if (code < 0)
		return err_wrap(err, code, "'%s'", path);
	*ret = TAKE(r);
	return 0;
}

int wav_reader_open_memory(const void *bytes, size_t n_bytes, struct wav_reader **ret, struct err *err)
{
	AUTO(wav_reader) r = reader_new();
	if (!r)
		return err_set(err, -ENOMEM, "WAV in memory");
	r->bytes = bytes ? bytes : (const uint8_t *)"";
	r->n_bytes = bytes ? n_bytes : 0;
	int code = read_header(r, err);
	if (code < 0)
		return code;
	*ret = TAKE(r);
	return 0;
}

void wav_reader_close(struct wav_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

const struct wav_info *wav_reader_info(const struct wav_reader *r)
{
	return &r->info;
}

uint64_t wav_reader_bad_samples(const struct wav_reader *r)
{
	return r->n_bad;
}

int wav_reader_seek(struct wav_reader *r, int64_t frame, struct err *err)
{
	if (frame < 0 || frame > r->info.n_frames)
		return err_set(err, -EINVAL, "frame %" PRId64 " is outside 0 to %" PRId64, frame, r->info.n_frames);
	r->frame = frame;
	return 0;
}

int wav_reader_read(struct wav_reader *r, float *out, size_t n_frames, size_t *ret, struct err *err)
{
	uint64_t frame_bytes = r->info.n_channels * wav_sample_bytes(r->info.encoding);
	uint64_t left = (uint64_t)(r->info.n_frames - r->frame);
	size_t want = n_frames < left ? n_frames : (size_t)left, done = 0;
	while (done < want) {
		size_t n = STAGE_BYTES / frame_bytes;
		n = want - done < n ? want - done : n;
		uint64_t at = r->info.data_offset_bytes + (uint64_t)r->frame * frame_bytes;
		int code = read_at(r, at, r->stage, n * frame_bytes, "the 'data' chunk", err);
		if (code < 0)
			return code;
		size_t n_samples = n * r->info.n_channels;
		r->n_bad += wav_decode(r->info.encoding, r->stage, out + done * r->info.n_channels, n_samples);
		r->frame += (int64_t)n;
		done += n;
	}
	*ret = done;
	return 0;
}
