/*
 * Each subject's version is a row of store_schema; steps are applied one by one, each in a
 * transaction with its new version, so that a crash between two leaves a file that the next start
 * goes on from.
 */
#include "store/conn_priv.h"

#include "base/banned.h"

static int version_of(struct store_conn *c, const char *name, int *ret, struct err *err)
{
	int64_t version = 0;
	int r = store_int(c, &version, err, "SELECT version FROM store_schema WHERE name = ?", "t",
			  name);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = (int)version;
	return 0;
}

static int apply(struct store_conn *c, const struct store_schema *schema, int step, struct err *err)
{
	int r = store_script(c, "BEGIN IMMEDIATE", err);
	if (r < 0)
		return r;
	r = store_script(c, schema->steps[step], err);
	if (r == 0)
		r = store_exec(c, err,
			       "INSERT OR REPLACE INTO store_schema(name, version) VALUES(?, ?)",
			       "ti", schema->name, (int64_t)step + 1);
	if (r == 0)
		r = store_script(c, "COMMIT", err);
	if (r == 0)
		return 0;
	if (!store_conn_lost(c))
		(void)store_script(c, "ROLLBACK", NULL); /* the first error is the one to tell */
	return err_wrap(err, r, "tables of '%s', step %d", schema->name, step + 1);
}

static int migrate_one(struct store_conn *c, const struct store_schema *schema, struct err *err)
{
	int version;
	int r = version_of(c, schema->name, &version, err);
	if (r < 0)
		return r;
	if (version > schema->n_steps) {
		r = err_set(err, -ENOTSUP, "%s: '%s' has version %d, this program knows %d", c->path, schema->name,
			    version, schema->n_steps);
		return err_hint(err, r, "a newer version wrote this file; run that one");
	}
	for (int i = version; r == 0 && i < schema->n_steps; i++)
		r = apply(c, schema, i, err);
	return r;
}

int store_migrate(struct store_conn *c, const struct store_schema *const *schemas, size_t n,
		  struct err *err)
{
	int r = store_script(c,
			     "CREATE TABLE IF NOT EXISTS store_schema(name TEXT PRIMARY KEY, "
			     "version INTEGER NOT NULL)",
			     err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = migrate_one(c, schemas[i], err);
	return r;
}
