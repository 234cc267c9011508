#include "cas/cas_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/str.h"
#include "base/uuid.h"

#include "base/banned.h"

static const char *digits_of(const char *hash)
{
	return hash + strlen("sha256:");
}

void cas_object_name(const char *hash, char ret[CAS_NAME_SIZE])
{
	const char *digits = digits_of(hash);
	snprintf(ret, CAS_NAME_SIZE, "%.2s/%.62s", digits, digits + 2);
}

void cas_own_name(char ret[CAS_NAME_SIZE])
{
	char uuid[UUID_SIZE];
	uuid_new(uuid);
	snprintf(ret, CAS_NAME_SIZE, CAS_OWN_PREFIX "%s", uuid);
}

uint8_t cas_folder_of(const char *hash)
{
	uint8_t folder = 0;
	(void)hex_decode(&folder, digits_of(hash), 2); /* a valid hash has digits */
	return folder;
}

static void folder_name(uint8_t folder, char ret[3])
{
	hex_encode(ret, &folder, 1);
}

int cas_make_folder(struct cas *c, const char *hash, struct err *err)
{
	char name[3];
	folder_name(cas_folder_of(hash), name);
	if (mkdirat(c->objects_fd, name, 0755) == 0 || errno == EEXIST)
		return 0;
	return err_sys(err, "%s/objects/sha256/%s", c->root, name);
}

int cas_sync_folder(struct cas *c, uint8_t folder, struct err *err)
{
	char name[3];
	folder_name(folder, name);
	int fd = openat(c->objects_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int r = fd < 0 || fsync(fd) < 0 ? err_sys(err, "%s/objects/sha256/%s", c->root, name) : 0;
	if (fd >= 0)
		close(fd);
	if (r < 0 || atomic_load_explicit(&c->folder_synced[folder], memory_order_relaxed))
		return r;
	if (fsync(c->objects_fd) < 0)
		return err_sys(err, "%s/objects/sha256", c->root);
	atomic_store_explicit(&c->folder_synced[folder], true, memory_order_relaxed);
	return 0;
}

static int rename_into(struct cas *c, const char *staged, const char *object)
{
	return renameat(c->staging_fd, staged, c->objects_fd, object) == 0 ? 0 : -errno;
}

int cas_place(struct cas *c, const char *staged, const char *hash, struct err *err)
{
	char object[CAS_NAME_SIZE];
	cas_object_name(hash, object);
	int r = rename_into(c, staged, object);
	if (r == -ENOENT) {
		r = cas_make_folder(c, hash, err);
		if (r < 0)
			return r;
		r = rename_into(c, staged, object);
	}
	errno = -r;
	return r < 0 ? err_sys(err, "%s/objects/sha256/%s", c->root, object) : 0;
}
