#include "hash.h"

#include "base/hex.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>

#include "base/banned.h"

int hash_file(const char *path, char ret[65], struct err *err)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_sys(err, "'%s'", path);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
	uint8_t block[65536], digest[EVP_MAX_MD_SIZE];
	size_t n;
	while (ok && (n = fread(block, 1, sizeof(block), f)) > 0)
		ok = EVP_DigestUpdate(md, block, n) == 1;
	ok = ok && !ferror(f) && EVP_DigestFinal_ex(md, digest, NULL) == 1;
	EVP_MD_CTX_free(md);
	(void)fclose(f); /* nothing was written */
	if (!ok)
		return err_set(err, -EIO, "'%s' cannot be read", path);
	hex_encode(ret, digest, 32);
	return 0;
}
