/*
 * up_options.c - the words of holler up, the programs it starts and their arguments. See up.h.
 */
#include "up.h"

#include "flags.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "have.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define WAIT_MS     20000
#define MAX_WORKERS 16

const char up_help[] =
	"usage: holler [--family DIR] up [OPTION]...\n"
	"Start hootenanny, chaosgarden and hoot-worker, and keep them running. What runs already "
	"is adopted.\n"
	"Ctrl-C (or holler down) stops the family; killing this process in any other way stops "
	"nothing.\n\n"
	"  --detach            go into the background once the family answers\n"
	"  --bind ENDPOINT     tcp://HOST:PORT (0: all picked) or ipc://PATH, for all programs\n"
	"  --keys              make the family's CURVE keys, which any ENDPOINT but loopback "
	"needs\n"
	"  --device KIND       auto, pipewire, null or stepped\n"
	"  --cas-root DIR      where content is kept\n"
	"  --import DIR        artifact_import may read below DIR; may be given several times\n"
	"  --soundfont FILE    what the worker renders with\n"
	"  --workers N         0 to 16 (default: 1)\n"
	"  --only NAME[,NAME]  only these programs\n"
	"  --pass NAME:ARG     one more argument for a program; may be given several times\n"
	"  --bin DIR           where the programs are (default: beside this one)\n"
	"  --wait-ms N         how long the family may take to answer (default: 20000)\n\n"
	"examples:\n"
	"  holler up --detach --bind tcp://127.0.0.1:0\n"
	"  holler up --device null --pass chaosgarden:--quantum=128\n";

const struct up_program up_programs[] = {
	{"hootenanny", "../hootenanny/hootenanny", true},
	{"chaosgarden", "../chaosgarden/chaosgarden", true},
	{"hoot-worker", "../../workers/hoot-worker/hoot-worker", false},
};
const size_t up_n_programs = COUNT_OF(up_programs);

/* --- options ---------------------------------------------------------------------------------- */

enum {
	OPT_DETACH = FLAGS_FIRST,
	OPT_BIND,
	OPT_DEVICE,
	OPT_CAS_ROOT,
	OPT_IMPORT,
	OPT_SOUNDFONT,
	OPT_WORKERS,
	OPT_ONLY,
	OPT_PASS,
	OPT_BIN,
	OPT_WAIT_MS,
	OPT_KEYS,
};

static const struct flag flag_rows[] = {
	{"--detach", OPT_DETACH, false},      {"--bind", OPT_BIND, true},       {"--device", OPT_DEVICE, true},
	{"--cas-root", OPT_CAS_ROOT, true},   {"--import", OPT_IMPORT, true},   {"--soundfont", OPT_SOUNDFONT, true},
	{"--workers", OPT_WORKERS, true},     {"--only", OPT_ONLY, true},       {"--pass", OPT_PASS, true},
	{"--bin", OPT_BIN, true},             {"--wait-ms", OPT_WAIT_MS, true}, {"--keys", OPT_KEYS, false},
};

static int add_text(const char **list, size_t *n, const char *text, const char *flag,
		    struct err *err)
{
	if (*n == UP_MAX_PASSED)
		return err_field(err, -EINVAL, flag, "at most %d times", UP_MAX_PASSED);
	list[(*n)++] = text;
	return 0;
}

static int take_flag(struct up_options *o, int key, const struct flags *f, struct err *err)
{
	const char *v = f->value;
	switch (key) {
	case OPT_DETACH:
		o->detach = true;
		return 0;
	case OPT_BIND:
		o->bind = v;
		return wire_endpoint_check(v, err);
	case OPT_DEVICE:
		o->device = v;
		return flags_choice(f, "auto|pipewire|null|stepped", err);
	case OPT_CAS_ROOT:
		o->cas_root = v;
		return 0;
	case OPT_IMPORT:
		return add_text(o->imports, &o->n_imports, v, "--import", err);
	case OPT_SOUNDFONT:
		o->soundfont = v;
		return 0;
	case OPT_WORKERS:
		return flags_int(f, 0, MAX_WORKERS, &o->n_workers, err);
	case OPT_ONLY:
		o->only = v;
		return 0;
	case OPT_PASS:
		return add_text(o->passed, &o->n_passed, v, "--pass", err);
	case OPT_BIN:
		o->bin = v;
		return 0;
	case OPT_WAIT_MS:
		return flags_int(f, 100, 600000, &o->wait_ms, err);
	case OPT_KEYS:
		o->keys = true;
		return 0;
	default:
		return key; /* an error */
	}
}

static bool list_has(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = list; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strncmp(p, name, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

/* A name that is no program's must not vanish. */
static int check_names(const struct up_options *o, struct err *err)
{
	const char *names[8];
	for (size_t i = 0; i < up_n_programs; i++)
		names[i] = up_programs[i].name;
	for (size_t k = 0; k < o->n_passed; k++) {
		bool known = false;
		for (size_t i = 0; i < up_n_programs; i++)
			known |= str_starts(o->passed[k], names[i]) &&
				 o->passed[k][strlen(names[i])] == ':';
		if (!known)
			return err_field(err, -EINVAL, "--pass", "'%s' is not PROGRAM:ARGUMENT",
					 o->passed[k]);
	}
	for (const char *p = o->only; p && *p;) {
		char word[64];
		size_t n = strcspn(p, ",");
		(void)snprintf(word, sizeof(word), "%.*s", (int)(n < 60 ? n : 60), p);
		const char *near = str_nearest(word, names, up_n_programs);
		if (!near || strcmp(near, word) != 0)
			return err_field(err, -EINVAL, "--only", "there is no program '%s'", word);
		p += n + (p[n] == ',');
	}
	return 0;
}

int up_parse(int argc, char **argv, struct up_options *o, struct err *err)
{
	struct flags f = {"up", flag_rows, COUNT_OF(flag_rows), argc, argv};
	int key, r = 0;
	*o = (struct up_options){.n_workers = 1, .wait_ms = WAIT_MS};
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END)
		r = take_flag(o, key, &f, err);
	return r < 0 ? r : check_names(o, err);
}

bool up_wants(const struct up_options *o, const struct up_program *p)
{
	return !o->only || list_has(o->only, p->name);
}

/* --- the programs ----------------------------------------------------------------------------- */

static bool try_path(char ret[PATH_MAX], const char *dir, const char *name)
{
	return snprintf(ret, PATH_MAX, "%s/%s", dir, name) < PATH_MAX && access(ret, X_OK) == 0 &&
	       !fs_is_dir(ret);
}

/* --bin, beside this program, where the build puts it, where it was installed. */
int up_find(const char *bin, const char *self, const struct up_program *p, char ret[PATH_MAX],
	    struct err *err)
{
	char *AUTO_MEM here = fs_dirname(self);
	if (!here)
		return err_set(err, -ENOMEM, "%s", p->name);
	bool found = bin ? try_path(ret, bin, p->name) : try_path(ret, here, p->name) || try_path(ret, here, p->in_build) ||
				      try_path(ret, HOOT_LIBEXECDIR, p->name);
	if (found)
		return 0;
	int r = err_set(err, -ENOENT, "cannot find the program %s", p->name);
	return err_hint(err, r, "say where it is with --bin DIR");
}

/* tcp://HOST:N is chaosgarden's first port; hootenanny's are as far from it as the usual ones. */
static int bind_of(const struct up_options *o, const char *name, char ret[WIRE_ENDPOINT_SIZE],
		   struct err *err)
{
	const char *bind = o->bind, *colon = strrchr(bind, ':');
	int64_t port;
	if (str_starts(bind, "ipc://")) {
		(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%s-%s", bind, name);
		return wire_endpoint_check(ret, err);
	}
	int r = str_to_int(colon + 1, &port);
	if (r == 0 && port && strcmp(name, "hootenanny") == 0)
		port += 5580 - 5555;
	(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s:%d", (int)(colon - bind), bind, (int)port);
	return r < 0 ? r : wire_endpoint_check(ret, err);
}

static void add(struct up_arguments *a, const char *flag, const char *value)
{
	if (!value || a->n + 3 > COUNT_OF(a->v))
		return;
	if (flag)
		a->v[a->n++] = flag;
	a->v[a->n++] = value;
}

static void add_own(const struct up_options *o, const struct up_program *p, struct up_arguments *a)
{
	if (strcmp(p->name, "chaosgarden") == 0)
		add(a, "--device", o->device);
	if (strcmp(p->name, "hoot-worker") == 0)
		add(a, "--soundfont", o->soundfont);
	else
		add(a, "--cas-root", o->cas_root);
	for (size_t i = 0; i < o->n_imports && strcmp(p->name, "hootenanny") == 0; i++)
		add(a, "--import", o->imports[i]);
	for (size_t i = 0; i < o->n_passed; i++) {
		size_t n = strlen(p->name);
		if (strncmp(o->passed[i], p->name, n) == 0 && o->passed[i][n] == ':')
			add(a, NULL, o->passed[i] + n + 1);
	}
}

int up_arguments(const struct up_options *o, const char *self, const char *family_dir,
		 const struct up_program *p, const char *name, struct up_arguments *ret,
		 struct err *err)
{
	bool bind = p->daemon && o->bind;
	ret->n = 0;
	int r = up_find(o->bin, self, p, ret->path, err);
	if (r == 0 && bind)
		r = bind_of(o, name, ret->bind, err);
	if (r < 0)
		return r;
	add(ret, NULL, ret->path);
	add(ret, "--family", family_dir);
	add(ret, "--bind", bind ? ret->bind : NULL);
	add(ret, "--name", p->daemon ? NULL : name);
	add_own(o, p, ret);
	ret->v[ret->n] = NULL;
	return 0;
}
