#include "cas/path.h"

#include <string.h>

#include "base/str.h"

#include "base/banned.h"

#define PREFIX "sha256:"

bool cas_hash_valid(const char *hash)
{
	if (!hash || !str_starts(hash, PREFIX))
		return false;
	const char *digits = hash + strlen(PREFIX);
	return strspn(digits, "0123456789abcdef") == 64 && digits[64] == '\0';
}

int cas_path(const char *root, const char *hash, char **ret, struct err *err)
{
	if (!cas_hash_valid(hash))
		return err_set(err, -EINVAL, "'%.80s' is not 'sha256:' and 64 lower-case digits",
			       hash ? hash : "");
	const char *digits = hash + strlen(PREFIX);
	char *path = str_printf("%s/objects/sha256/%.2s/%s", root, digits, digits + 2);
	if (!path)
		return err_set(err, -ENOMEM, "path of %s", hash);
	*ret = path;
	return 0;
}
