/*
 * gallery.c - `holler gallery`: a family of its own makes every piece of a folder and a page that shows them.
 */
#include "gallery.h"

#include "flags.h"
#include "reach.h"
#include "run.h"

#include "base/clock.h"
#include "base/fs.h"
#include "have.h"
#include "wire/family.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

static const char gallery_help[] =
	"usage: holler gallery [--pieces DIR] [--out DIR] [--only NAME]\n\n"
	"Makes every piece of a folder with a family of its own, and a page that shows them: sound, pictures, parameters,\n"
	"and what was understood of each. A piece is a JSON file with a title, its inputs and the request that makes it.\n\n"
	"options:\n"
	"  --pieces DIR   the pieces (default: those that ship with Hootenanny)\n"
	"  --out DIR      where everything goes (default: gallery)\n"
	"  --only NAME    this piece alone; what it is made from must be files\n\n"
	"It leaves DIR/index.html. The exit status is 1 when a piece could not be made. Ctrl-C stops it and its family\n"
	"after the piece that is being made; the exit status is then 130.\n\n"
	"examples:\n"
	"  holler gallery\n"
	"  holler gallery --pieces my-pieces --out /tmp/mine\n";

struct gallery_options {
	const char *pieces, *out, *only;
};

/* Where our own pieces are: beside this program as it was installed or moved, where it was to be installed, in the sources. */
static int default_pieces(const char *self, char *ret, size_t size, struct err *err)
{
	AUTO_MEM char *here = fs_dirname(self);
	AUTO_MEM char *beside = here ? str_printf("%s/../share/hootenanny/gallery", here) : NULL;
	const char *const dirs[] = { beside, HOOT_DATADIR "/gallery", HOOT_SOURCE_DIR "/examples/gallery" };
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		if (dirs[i] && fs_exists(dirs[i]) && str_copy(ret, size, dirs[i]))
			return 0;
	}
	int r = err_set(err, -ENOENT, "the pieces of the gallery are not installed");
	return err_hint(err, r, "name a folder: --pieces DIR");
}

static int parse(struct gallery_options *o, int argc, char **argv, struct err *err)
{
	enum { PIECES = FLAGS_FIRST, OUT, ONLY };
	static const struct flag rows[] = { { "--pieces", PIECES, true }, { "--out", OUT, true }, { "--only", ONLY, true } };
	struct flags f = { "gallery", rows, COUNT_OF(rows), argc, argv };
	int key;
	while ((key = flags_next(&f, err)) > FLAGS_WORD) {
		const char **to = key == PIECES ? &o->pieces : key == OUT ? &o->out : &o->only;
		*to = f.value;
	}
	return key;
}

static int keep_only(struct gallery *g, const char *only, struct err *err)
{
	for (size_t i = 0; only && i < g->n; i++) {
		if (!str_eq(g->v[i].name, only))
			continue;
		struct piece it = g->v[i];
		g->v[i] = g->v[0];
		g->v[0] = it;
		struct gallery rest = { .v = g->v + 1, .n = g->n - 1 };
		for (size_t k = 0; k < rest.n; k++)
			json_decref(rest.v[k].file);
		g->n = 1;
		return 0;
	}
	return only ? err_field(err, -ENOENT, "--only", "the folder '%s' has no piece '%s'", g->pieces, only) : 0;
}

/* One object a line; takes it over. */
static void print_object(const struct holler *h, json_t *object)
{
	AUTO_JSON json_t *o = object;
	AUTO_MEM char *text = o ? json_text(o, JSON_OUT_COMPACT) : NULL;
	struct err err = ERR_INIT;
	int r = text ? holler_print_json(h, text, strlen(text), &err) : err_set(&err, -ENOMEM, "gallery");
	if (r < 0)
		(void)holler_fail(h, "gallery", &err);
}

static void tell(const struct gallery *g, const struct piece *p, size_t i, int64_t began_ns, int r, const struct err *err)
{
	double s = (double)(clock_monotonic_ns(clock_system()) - began_ns) * 1e-9;
	if (g->h->json)
		print_object(g->h, json_pack("{s:s, s:b, s:f, s:s*}", "piece", p->name, "ok", r >= 0, "seconds", s, "message",
				       r < 0 ? err_msg(err) : NULL));
	else if (r < 0)
		fprintf(stderr, "%2zu of %zu  %-24s %s\n", i + 1, g->n, p->name, err_msg(err));
	else
		printf("%2zu of %zu  %-24s %.1f s\n", i + 1, g->n, p->name, s);
	(void)fflush(stdout);
}

/* What could be made is shown, also when something could not. */
static int make_all(struct gallery *g, size_t *ret_failed, struct err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		struct err why = ERR_INIT;
		if (holler_signal_waits())
			return err_set(err, -ECANCELED, "stopped after %zu of %zu pieces", i, g->n);
		int64_t began_ns = clock_monotonic_ns(clock_system());
		int r = gallery_make(g, &g->v[i], &why);
		tell(g, &g->v[i], i, began_ns, r, &why);
		*ret_failed += r < 0;
	}
	return gallery_page(g, err);
}

/* What runs there is somebody's: it is not swept away. */
static int check_free(const char *path, struct err *err)
{
	AUTO(wire_family) family = NULL;
	pid_t pid = 0;
	if (!fs_exists(path))
		return 0;
	int r = wire_family_open(path, false, &family, err);
	if (r < 0 || wire_family_holder(family, "supervisor", &pid, NULL) < 0 || pid == 0)
		return r == -ENOENT ? 0 : r;
	r = err_set(err, -EBUSY, "a family is running in '%s'", path);
	return err_hint(err, r, "holler --family %s down", path);
}

static int with_family(struct gallery *g, size_t *ret_failed, struct err *err)
{
	AUTO_MEM char *family = str_printf("%s/family", g->out);
	AUTO_MEM char *log = str_printf("%s/gallery.log", g->out);
	AUTO_MEM char *above = str_printf("%s/..", g->pieces);
	AUTO_MEM char *imports = above ? realpath(above, NULL) : NULL;
	if (!family || !log || !imports)
		return err_set(err, -ENOMEM, "gallery");
	struct holler mine = *g->h;
	mine.family = family;
	int r = check_free(family, err);
	if (r == 0)
		r = fs_remove_tree(family, err);
	if (r < 0 && r != -ENOENT)
		return r;
	const char *const up[] = { "up", "--detach", "--only", "hootenanny,hoot-worker", "--bind", "tcp://127.0.0.1:0",
				   "--import", imports, NULL };
	const char *const down[] = { "down", NULL };
	holler_hold_signals(true); /* heard between the pieces, until we end */
	r = holler_run(&mine, family, log, up, err);
	if (r == 0) {
		AUTO_REACH reach = { NULL, NULL };
		r = reach_open(&mine, "hootenanny", &reach, err);
		g->client = reach.client;
		if (r == 0)
			r = make_all(g, ret_failed, err);
	}
	struct err ignored = ERR_INIT;
	int stopped = holler_run(&mine, family, log, down, r == 0 ? err : &ignored);
	r = r == 0 ? stopped : r;
	return r == 0 ? fs_remove_tree(family, err) : r;
}

int holler_gallery(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct gallery_options o = { .out = "gallery" };
	char pieces[4096];
	if (holler_wants_help(argc, argv))
		return fputs(gallery_help, stdout) < 0;
	int r = parse(&o, argc, argv, &err);
	if (r < 0)
		return holler_fail(h, "gallery", &err);
	if (!o.pieces)
		r = default_pieces(h->self, pieces, sizeof(pieces), &err);
	if (r == 0)
		r = fs_mkdir_p(o.out, 0755, &err);
	AUTO_MEM char *out = r == 0 ? realpath(o.out, NULL) : NULL;
	struct gallery g = { .h = h, .pieces = o.pieces ? o.pieces : pieces, .out = out };
	size_t n_failed = 0;
	if (r == 0 && !out)
		r = err_sys(&err, "folder '%s'", o.out);
	if (r == 0)
		r = gallery_read(&g, &err);
	if (r == 0)
		r = keep_only(&g, o.only, &err);
	if (r == 0)
		r = with_family(&g, &n_failed, &err);
	AUTO_MEM char *page = out ? str_printf("%s/index.html", out) : NULL;
	if (r == 0 && h->json)
		print_object(h, json_pack("{s:I, s:I, s:s*}", "made", (json_int_t)(g.n - n_failed), "pieces", (json_int_t)g.n, "page", page));
	else if (r == 0)
		printf("%zu of %zu pieces: %s\n", g.n - n_failed, g.n, page ? page : "");
	gallery_done(&g);
	int status = r < 0 ? holler_fail(h, "gallery", &err) : n_failed > 0;
	return r == -ECANCELED ? 128 + SIGINT : status;
}
