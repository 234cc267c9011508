/*
 * gallery_piece.c - a piece of the gallery: read, asked for, rendered, drawn, understood.
 */
#include "gallery.h"

#include "audio/export.h"
#include "base/fs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PIECE_BYTES (256 * 1024)
#define WAIT_MS     120000

/* --- the files --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct piece *)a)->name, ((const struct piece *)b)->name);
}

static int check_piece(const struct piece *p, struct err *err)
{
	const json_t *ask = json_object_get(p->file, "ask"), *inputs = json_object_get(p->file, "inputs");
	if (!json_is_string(json_object_get(p->file, "title")))
		return err_field(err, -EINVAL, "title", "%s.json has no title", p->name);
	if (!json_is_object(ask) || !json_is_string(json_object_get(ask, "type")))
		return err_field(err, -EINVAL, "ask", "%s.json asks for nothing: ask must be a request with a type", p->name);
	if (inputs && !json_is_array(inputs))
		return err_field(err, -EINVAL, "inputs", "%s.json: inputs must be a list of names", p->name);
	return 0;
}

static int read_piece(struct gallery *g, const char *name, struct piece *p, struct err *err)
{
	AUTO_MEM char *path = fs_join(g->pieces, name);
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	if (!path)
		return err_set(err, -ENOMEM, "piece");
	(void)snprintf(p->name, sizeof(p->name), "%.*s", (int)(strlen(name) - 5), name);
	int r = fs_read(path, PIECE_BYTES, &text, &n, err);
	if (r == 0)
		r = json_parse(text, n, &p->file, err);
	if (r < 0)
		return err_wrap(err, r, "%s", path);
	return check_piece(p, err);
}

static bool is_piece(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && n < sizeof(((struct piece *)0)->name) && strcmp(name + n - 5, ".json") == 0;
}

int gallery_read(struct gallery *g, struct err *err)
{
	DIR *d = opendir(g->pieces);
	struct dirent *e;
	int r = d ? 0 : err_sys(err, "folder '%s'", g->pieces);
	while (r == 0 && (e = readdir(d))) {
		if (!is_piece(e->d_name))
			continue;
		struct piece *more = realloc(g->v, (g->n + 1) * sizeof(*more));
		if (!more) {
			r = err_set(err, -ENOMEM, "pieces");
			break;
		}
		g->v = more;
		memset(&g->v[g->n], 0, sizeof(*g->v));
		r = read_piece(g, e->d_name, &g->v[g->n++], err);
	}
	if (d)
		closedir(d);
	if (r == 0 && !g->n)
		r = err_set(err, -ENOENT, "the folder '%s' has no pieces (*.json)", g->pieces);
	if (r == 0)
		qsort(g->v, g->n, sizeof(*g->v), by_name);
	return r;
}

void gallery_done(struct gallery *g)
{
	for (size_t i = 0; i < g->n; i++) {
		json_decref(g->v[i].file);
		json_decref(g->v[i].job);
		json_decref(g->v[i].report);
		json_decref(g->v[i].sound);
	}
	free(g->v);
	g->v = NULL;
	g->n = 0;
}

/* --- asking --- */

static int ask(struct gallery *g, const json_t *payload, json_t **ret, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF result = STRBUF_INIT;
	const struct wire_request_options o = { .deadline_ms = WAIT_MS + 5000 };
	int r = json_write(&text, payload, JSON_OUT_COMPACT);
	if (r == 0)
		r = wire_client_call_json(g->client, text.s, text.n, &o, &result, err);
	return r < 0 ? r : json_parse(result.s, result.n, ret, err);
}

/* The same for what starts a job: *ret is the reply, whose job is complete. */
static int ask_job(struct gallery *g, json_t *payload, json_t **ret, struct err *err)
{
	AUTO_JSON json_t *held = payload;
	AUTO_JSON json_t *reply = NULL;
	if (!held || json_object_set_new(held, "wait_ms", json_integer(WAIT_MS)) < 0)
		return err_set(err, -ENOMEM, "request");
	int r = ask(g, held, &reply, err);
	if (r < 0)
		return r;
	const json_t *job = json_object_get(reply, "job");
	const char *state = json_string_value(json_object_get(job, "state"));
	if (!state || !str_eq(state, "complete")) {
		const char *why = json_string_value(json_object_get(job, "error"));
		if (!why)
			why = json_string_value(json_object_get(job, "waiting_for"));
		return err_set(err, -EIO, "%s: %.300s", state ? state : "no job", why ? why : "not done in time");
	}
	*ret = TAKE(reply);
	return 0;
}

static void keep_id(char ret[GALLERY_ID_SIZE], const json_t *reply)
{
	const char *id = json_string_value(json_object_get(json_object_get(reply, "job"), "artifact_id"));
	(void)str_copy(ret, GALLERY_ID_SIZE, id ? id : "");
}

static int load_artifact(struct gallery *g, const char *id, json_t **ret, struct err *err)
{
	AUTO_JSON json_t *reply = NULL;
	AUTO_JSON json_t *payload = json_pack("{s:s, s:s}", "type", "artifact_get", "artifact_id", id);
	int r = payload ? ask(g, payload, &reply, err) : err_set(err, -ENOMEM, "request");
	if (r == 0)
		*ret = json_incref(json_object_get(reply, "artifact"));
	return r;
}

/* --- inputs --- */

static int project(struct gallery *g, const char *id, const char *space, const char *model, json_t *params,
		   char ret[GALLERY_ID_SIZE], struct err *err)
{
	AUTO_JSON json_t *reply = NULL;
	json_t *payload = json_pack("{s:s, s:s, s:s, s:s, s:o}", "type", "project", "artifact_id", id, "space", space, "model", model,
				    "params", params ? params : json_object());
	int r = ask_job(g, payload, &reply, err);
	if (r < 0)
		return err_wrap(err, r, "%s", *model ? model : space);
	keep_id(ret, reply);
	return 0;
}

/* A file below the pieces' folder, or beside it. */
static int import_file(struct gallery *g, const char *name, bool read_now, char ret[GALLERY_ID_SIZE], struct err *err)
{
	AUTO_MEM char *joined = str_printf("%s/%s", g->pieces, name);
	AUTO_MEM char *path = joined ? realpath(joined, NULL) : NULL;
	AUTO_JSON json_t *reply = NULL;
	if (!path)
		return err_set(err, -ENOENT, "'%s' is neither an earlier piece nor a file in '%s'", name, g->pieces);
	AUTO_JSON json_t *payload = json_pack("{s:s, s:s}", "type", "artifact_import", "path", path);
	int r = payload ? ask(g, payload, &reply, err) : err_set(err, -ENOMEM, "request");
	if (r < 0)
		return r;
	const json_t *a = json_object_get(reply, "artifact");
	const char *id = json_string_value(json_object_get(a, "artifact_id"));
	const char *space = json_string_value(json_object_get(a, "space"));
	(void)str_copy(ret, GALLERY_ID_SIZE, id ? id : "");
	/* A projection finds its way from notation; inputs of anything else must be in one space. */
	return read_now && space && str_eq(space, "abc") ? project(g, id, "midi", "", NULL, ret, err) : 0;
}

static int find_input(struct gallery *g, const struct piece *p, const char *name, bool read_now, char ret[GALLERY_ID_SIZE],
		      struct err *err)
{
	for (const struct piece *q = g->v; q < p; q++) {
		if (!str_eq(q->name, name))
			continue;
		if (!q->artifact[0])
			return err_set(err, -ENOENT, "the piece '%s' was not made", name);
		(void)str_copy(ret, GALLERY_ID_SIZE, q->artifact);
		return 0;
	}
	return import_file(g, name, read_now, ret, err);
}

/* Puts the inputs where the request wants them. */
static int add_inputs(struct gallery *g, const struct piece *p, json_t *request, struct err *err)
{
	const json_t *names = json_object_get(p->file, "inputs");
	const char *type = json_string_value(json_object_get(request, "type"));
	AUTO_JSON json_t *ids = json_array();
	for (size_t i = 0; i < json_array_size(names); i++) {
		char id[GALLERY_ID_SIZE];
		const char *name = json_string_value(json_array_get(names, i));
		int r = name ? find_input(g, p, name, !str_eq(type, "project"), id, err) : err_field(err, -EINVAL, "inputs", "a name must be a text");
		if (r < 0)
			return r;
		if (!ids || json_array_append_new(ids, json_string(id)) < 0)
			return err_set(err, -ENOMEM, "inputs");
	}
	int bad;
	if (str_eq(type, "sample") || str_eq(type, "forward")) {
		bad = json_object_set(request, "inputs", ids);
	} else {
		bad = json_array_size(ids) > 0 ? json_object_set(request, "artifact_id", json_array_get(ids, 0)) : 0;
		if (!bad && str_eq(type, "bridge") && json_array_size(ids) > 1)
			bad = json_object_set(request, "to_artifact_id", json_array_get(ids, 1));
	}
	return bad ? err_set(err, -ENOMEM, "inputs") : 0;
}

/* --- what is shown of it --- */

static int copy_result(struct gallery *g, const char *id, const char *name, const char *suffix, json_t **ret, struct err *err)
{
	AUTO_JSON json_t *a = NULL;
	AUTO_MEM char *to = str_printf("%s/%s%s", g->out, name, suffix);
	AUTO_MEM char *bytes = NULL;
	size_t n = 0;
	int r = to ? load_artifact(g, id, &a, err) : err_set(err, -ENOMEM, "file");
	const char *path = r == 0 ? json_string_value(json_object_get(a, "path")) : NULL;
	if (r == 0)
		r = path ? fs_read(path, (size_t)256 << 20, &bytes, &n, err) : err_set(err, -EBADMSG, "artifact %s has no path", id);
	if (r == 0)
		r = fs_write_atomic(to, bytes, n, 0644, err);
	if (r == 0 && ret)
		*ret = json_incref(json_object_get(a, "metadata"));
	return r;
}

static json_t *look(int height)
{
	return json_pack("{s:s, s:i, s:i}", "format", "svg", "width", 1000, "height", height);
}

static int draw(struct gallery *g, const char *id, const char *model, const char *name, const char *suffix, int height, struct err *err)
{
	char picture[GALLERY_ID_SIZE];
	int r = project(g, id, "image", model, look(height), picture, err);
	return r < 0 ? r : copy_result(g, picture, name, suffix, NULL, err);
}

static int show_sound(struct gallery *g, struct piece *p, struct err *err)
{
	AUTO_JSON json_t *a = NULL;
	AUTO_MEM char *to = str_printf("%s/%s.ogg", g->out, p->name);
	int r = to ? load_artifact(g, p->audio, &a, err) : err_set(err, -ENOMEM, "file");
	const char *path = r == 0 ? json_string_value(json_object_get(a, "path")) : NULL;
	if (r == 0)
		r = path ? audio_export(path, to, AUDIO_OGG, NULL, NULL, err) : err_set(err, -EBADMSG, "no sound");
	if (r < 0)
		return r;
	p->sound = json_incref(json_object_get(a, "metadata"));
	return draw(g, p->audio, "waveform", p->name, "-wave.svg", 160, err);
}

static int understand(struct gallery *g, struct piece *p, struct err *err)
{
	AUTO_JSON json_t *reply = NULL;
	int r = ask_job(g, json_pack("{s:s, s:s}", "type", "midi_understand", "artifact_id", p->artifact), &reply, err);
	if (r == 0)
		p->report = json_incref(json_object_get(json_object_get(reply, "artifact"), "metadata"));
	return r < 0 ? err_wrap(err, r, "midi_understand") : 0;
}

static int show_notes(struct gallery *g, struct piece *p, struct err *err)
{
	int r = copy_result(g, p->artifact, p->name, ".mid", NULL, err);
	if (r == 0)
		r = draw(g, p->artifact, "piano-roll", p->name, "-roll.svg", 320, err);
	if (r == 0)
		r = understand(g, p, err);
	if (r == 0)
		r = project(g, p->artifact, "audio", "", NULL, p->audio, err);
	p->has_notes = r == 0;
	return r;
}

static int show(struct gallery *g, struct piece *p, struct err *err)
{
	AUTO_JSON json_t *a = NULL;
	int r = load_artifact(g, p->artifact, &a, err);
	if (r < 0)
		return r;
	const char *space = json_string_value(json_object_get(a, "space"));
	(void)str_copy(p->space, sizeof(p->space), space ? space : "");
	if (str_eq(p->space, "midi"))
		r = show_notes(g, p, err);
	else if (str_eq(p->space, "audio"))
		(void)str_copy(p->audio, sizeof(p->audio), p->artifact);
	else
		return err_set(err, -EINVAL, "a piece must end as midi or audio, not as '%s'", p->space);
	return r < 0 ? r : show_sound(g, p, err);
}

int gallery_make(struct gallery *g, struct piece *p, struct err *err)
{
	AUTO_JSON json_t *reply = NULL;
	json_t *request = json_deep_copy(json_object_get(p->file, "ask"));
	if (!request)
		return err_set(err, -ENOMEM, "request");
	int r = add_inputs(g, p, request, err);
	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = ask_job(g, request, &reply, err);
	if (r < 0)
		return r;
	p->job = json_incref(json_object_get(reply, "job"));
	keep_id(p->artifact, reply);
	return show(g, p, err);
}
