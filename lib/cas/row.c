#include "cas/cas_priv.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

#include "base/banned.h"

static const char *const steps[] = {
	/* The bytes in cas_journal belong to contents whose files are not synced yet. */
	"CREATE TABLE cas_content("
	" hash TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, mime_type TEXT NOT NULL,"
	" created_unix_ms INTEGER NOT NULL, damaged INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"CREATE TABLE cas_journal(id INTEGER PRIMARY KEY, hash TEXT NOT NULL, bytes BLOB NOT "
	"NULL);",
};
const struct store_schema cas_schema = {"cas", steps, (int)COUNT_OF(steps)};

static int insert_content(struct store_conn *c, struct cas_row *row, struct err *err)
{
	return store_exec(c, err,
			  "INSERT INTO cas_content(hash, size_bytes, mime_type, created_unix_ms) "
			  "VALUES(?, ?, ?, ?)"
			  " ON CONFLICT(hash) DO NOTHING",
			  "titi", row->info.hash, row->info.size_bytes, row->info.mime_type,
			  clock_real_ns(clock_system()) / NS_PER_MS);
}

static int read_content(struct store_conn *c, struct cas_info *info, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT size_bytes, mime_type, damaged FROM cas_content WHERE hash = ?",
			    "t", info->hash);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		info->size_bytes = sqlite3_column_int64(q, 0);
		str_copy(info->mime_type, sizeof(info->mime_type), store_text(q, 1));
		info->damaged = sqlite3_column_int(q, 2) != 0;
	}
	store_done(q);
	return r;
}

static int add_unit(struct store_conn *c, void *arg, struct err *err)
{
	struct cas_row *row = arg;
	int r = insert_content(c, row, err);
	if (r < 0)
		return r;
	row->info.existed = store_changes(c) == 0;
	row->journal_id = 0;
	if (row->info.existed)
		r = store_exec(c, err,
			       "UPDATE cas_content SET damaged = 0 WHERE hash = ? AND damaged", "t",
			       row->info.hash);
	if (r == 0 && row->info.existed)
		r = read_content(c, &row->info, err);
	if (r < 0 || !row->bytes)
		return r < 0 ? r : 0;
	r = store_exec(c, err, "INSERT INTO cas_journal(hash, bytes) VALUES(?, ?)", "tb",
		       row->info.hash, row->bytes, (size_t)row->info.size_bytes);
	row->journal_id = store_last_rowid(c);
	return r;
}

int cas_row_add(struct cas *c, struct cas_row *row, struct err *err)
{
	return store_write(c->store, add_unit, row, err);
}

static int get_unit(struct store_conn *c, void *arg, struct err *err)
{
	return read_content(c, arg, err);
}

int cas_row_get(struct cas *c, const char *hash, struct cas_info *ret, struct err *err)
{
	struct cas_info info = {.existed = true};
	if (!cas_hash_valid(hash))
		return err_set(err, -EINVAL, "'%.80s' is not a content hash", hash);
	str_copy(info.hash, sizeof(info.hash), hash);
	int r = store_read(c->store, get_unit, &info, err);
	if (r == 0)
		return err_set(err, -ENOENT, "no content %s", hash);
	if (r > 0)
		*ret = info;
	return r < 0 ? r : 0;
}

static int mark_unit(struct store_conn *c, void *arg, struct err *err)
{
	return store_exec(c, err, "UPDATE cas_content SET damaged = 1 WHERE hash = ?", "t",
			  (const char *)arg);
}

int cas_row_mark_damaged(struct cas *c, const char *hash, struct err *err)
{
	return store_write(c->store, mark_unit, (void *)hash, err);
}

bool cas_row_usable(struct cas *c, const char *hash, struct cas_info *ret)
{
	char name[CAS_NAME_SIZE];
	struct stat st;
	cas_object_name(hash, name);
	if (fstatat(c->objects_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false; /* the common case of something new: no need to ask the database */
	struct cas_info info;
	if (cas_row_get(c, hash, &info, NULL) < 0 || info.damaged || !S_ISREG(st.st_mode) ||
	    st.st_size != info.size_bytes)
		return false;
	*ret = info;
	return true;
}
