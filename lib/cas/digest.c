#include "cas/cas_priv.h"

#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/str.h"

#include "base/banned.h"

int cas_digest_init(struct cas *c, struct cas_digest *d)
{
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx)
		return -ENOMEM;
	return EVP_DigestInit_ex2(d->ctx, c->sha256, NULL) == 1 ? 0 : -EIO;
}

int cas_digest_add(struct cas_digest *d, const void *bytes, size_t n)
{
	return EVP_DigestUpdate(d->ctx, bytes, n) == 1 ? 0 : -EIO;
}

int cas_digest_end(struct cas_digest *d, char ret[CAS_HASH_SIZE])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (EVP_DigestFinal_ex(d->ctx, sum, &n) != 1 || n != 32)
		return -EIO;
	str_copy(ret, CAS_HASH_SIZE, "sha256:");
	hex_encode(ret + 7, sum, 32);
	return 0;
}

void cas_digest_done(struct cas_digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

int cas_digest_bytes(struct cas *c, const void *bytes, size_t n, char ret[CAS_HASH_SIZE])
{
	struct cas_digest d;
	int r = cas_digest_init(c, &d);
	if (r == 0)
		r = cas_digest_add(&d, bytes, n);
	if (r == 0)
		r = cas_digest_end(&d, ret);
	cas_digest_done(&d);
	return r;
}

static int add_file(struct cas_digest *d, int fd, char *buffer, size_t room, int64_t *ret_size,
		    char *head, size_t *ret_head)
{
	int64_t at = 0;
	ssize_t n;
	while ((n = pread(fd, buffer, room, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (at == 0 && head) {
			*ret_head = (size_t)n < CAS_MIME_BYTES ? (size_t)n : CAS_MIME_BYTES;
			memcpy(head, buffer, *ret_head);
		}
		int r = cas_digest_add(d, buffer, (size_t)n);
		if (r < 0)
			return r;
		at += n;
	}
	*ret_size = at;
	return 0;
}

int cas_digest_file(struct cas *c, int fd, char ret[CAS_HASH_SIZE], int64_t *ret_size, char *head,
		    size_t *ret_head)
{
	enum { ROOM = 256 * 1024 };
	char AUTO_MEM *buffer = malloc(ROOM);
	if (!buffer)
		return -ENOMEM;
	struct cas_digest d;
	int r = cas_digest_init(c, &d);
	if (head)
		*ret_head = 0;
	if (r == 0)
		r = add_file(&d, fd, buffer, ROOM, ret_size, head, ret_head);
	if (r == 0)
		r = cas_digest_end(&d, ret);
	cas_digest_done(&d);
	return r;
}
