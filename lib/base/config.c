#include "base/config_priv.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "no memory for the configuration");
}

const char *config_getenv(const struct config *c, const char *name)
{
	size_t n = strlen(name);
	const char *const *env = c->setup.env ? c->setup.env : (const char *const *)environ;
	for (; env && *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static size_t find_key(const struct config *c, const char *name)
{
	size_t i = 0;
	while (i < c->setup.n_keys && strcmp(c->setup.keys[i].name, name) != 0)
		i++;
	return i;
}

static bool is_foreign(const struct config *c, const char *section)
{
	for (const char *const *f = c->setup.foreign; f && *f; f++)
		if (strcmp(*f, section) == 0)
			return true;
	return false;
}

/* Whether any key lives below "name." */
static bool is_section(const struct config *c, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < c->setup.n_keys; i++)
		if (strncmp(c->setup.keys[i].name, name, n) == 0 && c->setup.keys[i].name[n] == '.')
			return true;
	return false;
}

/* The section, of this program or of another, whose name is nearest; false when none is near. */
static bool nearest_section(const struct config *c, const char *name, char *ret, size_t size)
{
	unsigned best = strlen(name) / 3 < 2 ? 2 : (unsigned)(strlen(name) / 3);
	bool found = false;
	size_t n_foreign = 0;
	while (c->setup.foreign && c->setup.foreign[n_foreign])
		n_foreign++;
	for (size_t i = 0; i < c->setup.n_keys + n_foreign; i++) {
		char section[64];
		(void)str_copy(section, sizeof(section),
			       i < n_foreign ? c->setup.foreign[i] : c->setup.keys[i - n_foreign].name);
		char *dot = strchr(section, '.');
		if (i >= n_foreign && !dot)
			continue;
		if (dot)
			*dot = '\0';
		unsigned d = str_distance(name, section, best);
		if (d <= best && (!found || d < best)) {
			(void)str_copy(ret, size, section);
			best = d;
			found = true;
		}
	}
	return found;
}

static int unknown_key(const struct config *c, const char *path, unsigned line, const char *name, struct err *err)
{
	const char **names AUTO_MEM = mem_new_array(c->setup.n_keys, sizeof(*names));
	if (!names)
		return no_memory(err);
	for (size_t i = 0; i < c->setup.n_keys; i++)
		names[i] = c->setup.keys[i].name;
	const char *near = str_nearest(name, names, c->setup.n_keys);
	const char *last = strrchr(name, '.');
	for (size_t i = 0; !near && i < c->setup.n_keys; i++) { /* the right key in a wrong section */
		const char *own = strrchr(names[i], '.');
		if (str_eq(own ? own + 1 : names[i], last ? last + 1 : name))
			near = names[i];
	}
	char section[64];
	if (!near && nearest_section(c, name, section, sizeof(section)))
		near = section;
	if (near)
		return err_field(err, -EINVAL, name, "%s:%u: unknown key '%.60s'; did you mean '%s'?", path, line, name,
				 near);
	return err_field(err, -EINVAL, name, "%s:%u: unknown key '%.60s'", path, line, name);
}

static int read_entry(struct config *c, const char *path, const char *name, const struct toml_entry *e, struct err *err);

static int read_table(struct config *c, const char *path, const char *prefix, const struct toml *table, struct err *err)
{
	for (size_t i = 0; i < table->v.table.n; i++) {
		const struct toml_entry *e = &table->v.table.entries[i];
		char *name AUTO_MEM = str_printf("%s%s%s", prefix, *prefix ? "." : "", e->key);
		int r = name ? read_entry(c, path, name, e, err) : no_memory(err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_entry(struct config *c, const char *path, const char *name, const struct toml_entry *e, struct err *err)
{
	if (e->value->kind == TOML_TABLE && is_section(c, name))
		return read_table(c, path, name, e->value, err);
	if (e->value->kind == TOML_TABLE && is_foreign(c, name))
		return 0;
	size_t i = find_key(c, name);
	if (i == c->setup.n_keys || strlen(e->key) != e->n_key)
		return unknown_key(c, path, e->line, name, err);
	char *origin AUTO_MEM = str_printf("%s:%u", path, e->line);
	return origin ? config_set_toml(c, i, e->value, origin, err) : no_memory(err);
}

static int read_file(struct config *c, const char *path, struct err *err)
{
	AUTO(toml) root = NULL;
	int r = toml_parse_file(path, &root, err);
	return r < 0 ? r : read_table(c, path, "", root, err);
}

static int is_toml(const struct dirent *e)
{
	return e->d_name[0] != '.' && str_ends(e->d_name, ".toml");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Every NAME.toml of a folder, in byte order; a folder that is not there is an empty one. */
static int read_folder(struct config *c, const char *dir, struct err *err)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_toml, by_bytes);
	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(err, "read folder '%s'", dir);
	int r = n <= LIMIT_CONFIG_FILES ? 0 :
					  err_set(err, -EMSGSIZE, "'%s' holds %d files, more than %d", dir, n,
						  LIMIT_CONFIG_FILES);
	for (int i = 0; i < n; i++) {
		char *path AUTO_MEM = r < 0 ? NULL : fs_join(dir, entries[i]->d_name);
		if (r == 0)
			r = path ? read_file(c, path, err) : no_memory(err);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int read_user_folder(struct config *c, struct err *err)
{
	const char *xdg = config_getenv(c, "XDG_CONFIG_HOME"), *home = config_getenv(c, "HOME");
	char *dir AUTO_MEM = NULL;
	if (c->setup.user_dir)
		dir = strdup(c->setup.user_dir);
	else if (xdg && xdg[0] == '/')
		dir = fs_join(xdg, "hootenanny");
	else if (home)
		dir = fs_join(home, ".config/hootenanny");
	else
		return 0;
	if (!dir)
		return no_memory(err);
	return *dir ? read_folder(c, dir, err) : 0;
}

static int read_files(struct config *c, struct err *err)
{
	const char *etc = c->setup.etc_dir ? c->setup.etc_dir : "/etc/hootenanny";
	int r = *etc ? read_folder(c, etc, err) : 0;
	if (r == 0)
		r = read_user_folder(c, err);
	if (r < 0)
		return r;
	if (c->config_file)
		return read_file(c, c->config_file, err);
	const char *project = c->setup.project_file ? c->setup.project_file : "./hootenanny.toml";
	return *project && fs_exists(project) ? read_file(c, project, err) : 0;
}

static int read_defaults(struct config *c, struct err *err)
{
	static const char *const none[CONFIG_TYPE_COUNT] = {
		"", "", "0", "0", "false", "0", "", "",
	};
	for (size_t i = 0; i < c->setup.n_keys; i++) {
		const struct config_key *k = &c->setup.keys[i];
		/* "Unset" is not held to the range; it is the program's word for "not given". */
		struct config_value *v = &c->values[i];
		int r = 0;
		if (k->value) {
			r = config_set_text(c, i, k->value, "built-in", err);
		} else {
			v->text = strdup(none[k->type]);
			v->origin = strdup("built-in");
			r = v->text && v->origin ? 0 : no_memory(err);
		}
		if (r < 0)
			return r;
		v->set = false;
	}
	return 0;
}

static int warn(struct config *c, const char *text, struct err *err)
{
	return !text || string_list_add(&c->warnings, text, strlen(text)) < 0 ? no_memory(err) : 0;
}

/* HOOT_ variables that are read elsewhere, or that belong to another program's section. */
static bool is_known_env(const struct config *c, const char *name)
{
	static const char *const known[] = { "HOOT_LOG", "HOOT_LOG_FORMAT", "HOOT_FAMILY" };
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	for (const char *const *f = c->setup.foreign; f && *f; f++) {
		char prefix[CONFIG_NAME_SIZE];
		if (is_section(c, *f))
			continue;
		struct config_key section = { .name = *f };
		config_env_name(&section, prefix);
		if (str_starts(name, prefix) && name[strlen(prefix)] == '_')
			return true;
	}
	return false;
}

static int unknown_env(struct config *c, const char *name, struct err *err)
{
	char(*texts)[CONFIG_NAME_SIZE] AUTO_MEM = mem_new_array(c->setup.n_keys, sizeof(*texts));
	const char **names AUTO_MEM = mem_new_array(c->setup.n_keys, sizeof(*names));
	if (!texts || !names)
		return no_memory(err);
	for (size_t i = 0; i < c->setup.n_keys; i++) {
		config_env_name(&c->setup.keys[i], texts[i]);
		names[i] = texts[i];
	}
	const char *near = str_nearest(name, names, c->setup.n_keys);
	char *text AUTO_MEM = near ? str_printf("unknown variable %s, ignoring it; did you mean %s?", name, near) :
				     str_printf("unknown variable %s, ignoring it", name);
	return warn(c, text, err);
}

static int read_env_item(struct config *c, const char *item, struct err *err)
{
	const char *eq = strchr(item, '=');
	char *name AUTO_MEM = strndup(item, (size_t)(eq - item));
	if (!name)
		return no_memory(err);
	for (size_t i = 0; i < c->setup.n_keys; i++) {
		char env[CONFIG_NAME_SIZE], origin[CONFIG_NAME_SIZE + 16];
		config_env_name(&c->setup.keys[i], env);
		if (strcmp(env, name) != 0)
			continue;
		(void)snprintf(origin, sizeof(origin), "environment %s", env);
		return config_set_text(c, i, eq + 1, origin, err);
	}
	return !str_starts(name, "HOOT_") || is_known_env(c, name) ? 0 : unknown_env(c, name, err);
}

static int read_env(struct config *c, struct err *err)
{
	const char *const *env = c->setup.env ? c->setup.env : (const char *const *)environ;
	for (; env && *env; env++) {
		int r = strchr(*env, '=') ? read_env_item(c, *env, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Flag number i, with the items of earlier flags of the same list before its own. */
static int apply_flag(struct config *c, size_t i, struct err *err)
{
	const struct config_flag *f = &c->flags[i];
	char flag[CONFIG_NAME_SIZE], origin[CONFIG_NAME_SIZE + 16];
	config_flag_name(&c->setup.keys[f->key], flag);
	(void)snprintf(origin, sizeof(origin), "flag --%s", flag);
	if (c->setup.keys[f->key].type != CONFIG_LIST)
		return config_set_text(c, f->key, f->text, origin, err);

	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t j = 0; j <= i; j++)
		if (c->flags[j].key == f->key)
			(void)strbuf_addf(&b, "%s%s", b.n ? "," : "", c->flags[j].text); /* strbuf_take tells */
	char *all AUTO_MEM = strbuf_take(&b);
	return all ? config_set_text(c, f->key, all, origin, err) : no_memory(err);
}

int config_load(const struct config_setup *setup, struct config **ret, struct err *err)
{
	AUTO(config) c = calloc(1, sizeof(*c));
	if (!c)
		return no_memory(err);
	c->setup = *setup;
	c->values = mem_new_array(setup->n_keys, sizeof(*c->values));
	if (!c->values)
		return no_memory(err);

	int r = config_read_flags(c, err);
	if (r == 0)
		r = read_defaults(c, err);
	/* Somebody who asks for help must get it, also when a file is broken. */
	bool rest = r == 0 && c->action != CONFIG_HELP && c->action != CONFIG_VERSION;
	if (rest)
		r = read_files(c, err);
	if (rest && r == 0)
		r = read_env(c, err);
	for (size_t i = 0; rest && r == 0 && i < c->n_flags; i++)
		r = apply_flag(c, i, err);
	if (r == 0)
		*ret = TAKE(c);
	return r;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->values && i < c->setup.n_keys; i++)
		config_value_done(&c->values[i]);
	free(c->values);
	free(c->flags);
	string_list_done(&c->args);
	string_list_done(&c->warnings);
	free(c);
}

enum config_action config_action(const struct config *c)
{
	return c->action;
}

/* The value of a key that the program declared with one of the types in the mask. */
static const struct config_value *value_of(const struct config *c, const char *name, unsigned types)
{
	size_t i = find_key(c, name);
	assert(i < c->setup.n_keys && (types >> c->setup.keys[i].type & 1));
	return &c->values[i];
}

const char *config_string(const struct config *c, const char *name)
{
	return value_of(c, name, 1u << CONFIG_STRING | 1u << CONFIG_PATH | 1u << CONFIG_CHOICE)->text;
}

int64_t config_int(const struct config *c, const char *name)
{
	return value_of(c, name, 1u << CONFIG_INT | 1u << CONFIG_PORT)->integer;
}

double config_number(const struct config *c, const char *name)
{
	return value_of(c, name, 1u << CONFIG_NUMBER | 1u << CONFIG_INT)->number;
}

bool config_bool(const struct config *c, const char *name)
{
	return value_of(c, name, 1u << CONFIG_BOOL)->boolean;
}

size_t config_list_count(const struct config *c, const char *name)
{
	return value_of(c, name, 1u << CONFIG_LIST)->list.n;
}

const char *config_list_at(const struct config *c, const char *name, size_t i)
{
	const struct string_list *l = &value_of(c, name, 1u << CONFIG_LIST)->list;
	return i < l->n ? l->items[i] : NULL;
}

bool config_explain(const struct config *c, size_t i, struct config_row *ret)
{
	if (i >= c->setup.n_keys)
		return false;
	const struct config_key *k = &c->setup.keys[i];
	const struct config_value *v = &c->values[i];
	*ret = (struct config_row){ k->name, k->secret && *v->text ? "********" : v->text, v->origin,
				    k->doc ? k->doc : "" };
	return true;
}

int config_explain_text(const struct config *c, struct strbuf *b)
{
	int n_key = 0, n_value = 0;
	struct config_row row;
	for (size_t i = 0; config_explain(c, i, &row); i++) {
		n_key = (int)strlen(row.key) > n_key ? (int)strlen(row.key) : n_key;
		n_value = (int)strlen(row.value) > n_value ? (int)strlen(row.value) : n_value;
	}
	if (n_value > 48)
		n_value = 48; /* one long value must not push every origin off the screen */
	for (size_t i = 0; config_explain(c, i, &row); i++)
		(void)strbuf_addf(b, "%-*s  %-*s  %s\n", n_key, row.key, n_value, row.value, row.origin);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

static int show_string(struct strbuf *b, const char *s)
{
	AUTO_JSON json_t *text = json_string(s); /* its escapes are TOML's */
	return text ? json_write(b, text, JSON_OUT_COMPACT) : -ENOMEM;
}

static int show_value(struct strbuf *b, enum config_type type, const struct config_value *v)
{
	int r = 0;
	switch (type) {
	case CONFIG_STRING:
	case CONFIG_PATH:
	case CONFIG_CHOICE:
		return show_string(b, v->text);
	case CONFIG_LIST:
		for (size_t i = 0; r == 0 && i < v->list.n; i++) {
			(void)strbuf_adds(b, i ? ", " : "[");
			r = show_string(b, v->list.items[i]);
		}
		return r < 0 ? r : strbuf_addc(b, ']');
	default:
		return strbuf_adds(b, v->text);
	}
}

int config_show_text(const struct config *c, struct strbuf *b)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < c->setup.n_keys; i++) {
		const struct config_key *k = &c->setup.keys[i];
		const struct config_value *v = &c->values[i];
		if (!*v->text || k->secret) {
			(void)strbuf_addf(b, "# %s is %s\n", k->name, *v->text ? "a secret" : "not set");
			continue;
		}
		(void)strbuf_addf(b, "%s = ", k->name);
		r = show_value(b, k->type, v);
		(void)strbuf_addc(b, '\n');
	}
	return r < 0 || !strbuf_ok(b) ? -ENOMEM : 0;
}

int config_tell(const struct config *c, const char *version, struct strbuf *b)
{
	if (c->action == CONFIG_HELP)
		return config_help(&c->setup, b);
	if (c->action == CONFIG_SHOW)
		return config_show_text(c, b);
	if (c->action == CONFIG_EXPLAIN)
		return config_explain_text(c, b);
	return strbuf_addf(b, "%s %s\n", c->setup.program, version);
}

size_t config_arg_count(const struct config *c)
{
	return c->args.n;
}

const char *config_arg(const struct config *c, size_t i)
{
	return i < c->args.n ? c->args.items[i] : NULL;
}

const char *config_warning(const struct config *c, size_t i)
{
	return i < c->warnings.n ? c->warnings.items[i] : NULL;
}
