/*
 * mime.h - the media type of content from its first bytes, where nobody has said it.
 */
#ifndef CAS_MIME_H
#define CAS_MIME_H

#include <stddef.h>

#define CAS_MIME_SIZE  128
#define CAS_MIME_BYTES 512 /* more than these are not looked at */

/* A literal; "application/octet-stream" for what is not recognised. */
const char *cas_mime_guess(const void *bytes, size_t n);

#endif
