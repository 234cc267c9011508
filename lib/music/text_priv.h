/*
 * text_priv.h - texts out of music files, whose encoding nobody wrote down.
 */
#ifndef MUSIC_TEXT_PRIV_H
#define MUSIC_TEXT_PRIV_H

#include <stddef.h>

/*
 * The bytes as a malloc'ed UTF-8 string: as they are when they are UTF-8, else read as Latin-1.
 * Ends at a NUL; control characters become spaces; spaces at both ends are dropped. NULL when
 * memory is out.
 */
char *music_text(const void *bytes, size_t n);

#endif
