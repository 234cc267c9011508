#include "music/text_priv.h"

#include <string.h>

#include "base/str.h"

static char *trim(char *s)
{
	size_t n = strlen(s), skip = 0;
	while (n && s[n - 1] == ' ')
		s[--n] = '\0';
	while (s[skip] == ' ')
		skip++;
	memmove(s, s + skip, n - skip + (s[n] == '\0'));
	return s;
}

char *music_text(const void *bytes, size_t n)
{
	const unsigned char *p = bytes ? bytes : (const void *)"";
	AUTO_STRBUF b = STRBUF_INIT;
	size_t length = 0;
	while (length < n && p[length])
		length++;
	bool utf8 = str_utf8_valid((const char *)p, length);
	for (size_t i = 0; i < length; i++) {
		if (p[i] < 0x20 || p[i] == 0x7F) {
			strbuf_addc(&b, ' ');
		} else if (p[i] < 0x80 || utf8) {
			strbuf_addc(&b, (char)p[i]);
		} else {
			strbuf_addc(&b, (char)(0xC0 | p[i] >> 6));
			strbuf_addc(&b, (char)(0x80 | (p[i] & 0x3F)));
		}
	}
	char *s = strbuf_take(&b);
	return s ? trim(s) : NULL;
}
