#include "cas/mime.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "base/banned.h"

static const struct {
	size_t at;
	const char *bytes;
	size_t n;
	const char *mime;
} magic[] = {
	{0, "MThd", 4, "audio/midi"},    {8, "WAVE", 4, "audio/wav"}, /* RIFF and RF64 */
	{0, "fLaC", 4, "audio/flac"},    {0, "OggS", 4, "audio/ogg"},
	{0, "ID3", 3, "audio/mpeg"},     {8, "sfbk", 4, "audio/x-soundfont"},
	{0, "\x89PNG", 4, "image/png"},  {0, "X:", 2, "text/vnd.abc"},
	{0, "<svg", 4, "image/svg+xml"}, {0, "{", 1, "application/json"},
	{0, "[", 1, "application/json"},
};

/*
 * Text is valid UTF-8 without control characters; a character cut by the end of the window does not
 * count.
 */
static bool is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 && !memchr("\t\n\r\f", s[i], 4))
			return false;
	for (size_t cut = 0; cut < 4 && cut < n; cut++)
		if (str_utf8_valid(s, n - cut))
			return true;
	return false;
}

const char *cas_mime_guess(const void *bytes, size_t n)
{
	if (n > CAS_MIME_BYTES)
		n = CAS_MIME_BYTES;
	for (size_t i = 0; i < COUNT_OF(magic); i++)
		if (n >= magic[i].at + magic[i].n &&
		    memcmp((const char *)bytes + magic[i].at, magic[i].bytes, magic[i].n) == 0)
			return magic[i].mime;
	return n && is_text(bytes, n) ? "text/plain" : "application/octet-stream";
}
