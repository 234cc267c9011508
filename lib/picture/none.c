/* none.c - the pictures of a build without cairo: there are none, and everybody is told so. */
#include "picture/picture.h"

#include <stdlib.h>

#include "base/banned.h"

static int no_cairo(struct err *err)
{
	int r = err_set(err, -ENOTSUP, "this build has no cairo to draw with");
	return err_hint(err, r, "install libcairo2-dev and build with -Dcairo=enabled");
}

const char *picture_engine_version(void)
{
	return "";
}

void picture_done(struct picture *p)
{
	free(p->bytes);
	*p = (struct picture){ 0 };
}

size_t picture_columns(const struct picture_look *look)
{
	return 1;
}

size_t picture_rows(const struct picture_look *look)
{
	return 1;
}

int picture_waveform(const struct waveform *w, const struct picture_look *look, struct picture *ret, struct err *err)
{
	return no_cairo(err);
}

int picture_spectrogram(const struct spectrogram *s, const struct spectrogram_scale *scale, const struct picture_look *look,
			struct picture *ret, struct err *err)
{
	return no_cairo(err);
}

int picture_piano_roll(const struct score *s, const struct picture_look *look, struct picture *ret, struct err *err)
{
	return no_cairo(err);
}
