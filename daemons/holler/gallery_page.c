/*
 * gallery_page.c - the page: each piece with its sound, its pictures and what it takes to make it again.
 */
#include "gallery.h"

#include "base/fs.h"
#include "base/svg.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char head[] =
	"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>Hootenanny: gallery</title>\n<style>\n"
	":root{color-scheme:dark;--back:#13151b;--card:#1b1e27;--line:#2c3140;--text:#e6e8f0;--faint:#98a0b3;--accent:#6ab0ff}\n"
	"*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:16px/1.55 system-ui,sans-serif}\n"
	"header,main{max-width:1060px;margin:0 auto;padding:0 20px}header{padding-top:40px}h1{font-size:32px;margin:0}\n"
	"header p{color:var(--faint);max-width:46em}nav{display:flex;flex-wrap:wrap;gap:6px;margin:18px 0 30px}\n"
	"nav a{border:1px solid var(--line);border-radius:99px;padding:3px 12px;color:var(--text);text-decoration:none;font-size:14px}\n"
	"nav a:hover{border-color:var(--accent)}article{background:var(--card);border:1px solid var(--line);border-radius:12px;"
	"padding:20px 22px;margin:0 0 26px}\n"
	"h2{margin:0 0 2px;font-size:21px}.about{color:var(--faint);margin:0 0 12px}audio{width:100%;margin:4px 0 12px}\n"
	"img{width:100%;display:block;border-radius:8px;margin:0 0 10px;background:#0b0c10}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0;font-size:14px}dt{color:var(--faint)}"
	"dd{margin:0;overflow-wrap:anywhere}\n"
	"details{font-size:14px}summary{cursor:pointer;color:var(--accent)}pre{overflow-x:auto;background:var(--back);border-radius:8px;"
	"padding:12px}\n"
	".trouble{color:#ff8a80}footer{color:var(--faint);text-align:center;padding:10px 0 40px;font-size:14px}\n</style>\n";

static void row(struct strbuf *b, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	(void)strbuf_adds(b, "<dt>");
	svg_escape(b, name, 60);
	(void)strbuf_adds(b, "</dt><dd>");
	svg_escape(b, value, 600);
	(void)strbuf_adds(b, "</dd>\n");
}

/* What stands beside every piece; the rest is behind the fold. */
static const char *const headlines[] = { "headline", "form", "genre", "mood", "tempo", "loudness_lufs" };

static bool is_headline(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(headlines); i++) {
		if (str_eq(headlines[i], key))
			return true;
	}
	return false;
}

/* Of numbers that were measured nobody wants all digits. */
static char *text_of(const json_t *value)
{
	return json_is_real(value) ? str_printf("%.6g", json_real_value(value)) : json_text(value, JSON_OUT_COMPACT);
}

/* Texts and numbers of an object, one row each; what is larger stays in the artifact. */
static void facts(struct strbuf *b, const json_t *o, bool headline)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)o, key, value) {
		if (json_is_null(value) || is_headline(key) != headline)
			continue;
		const char *said = json_string_value(value);
		AUTO_MEM char *text = said ? NULL : text_of(value);
		row(b, key, said ? said : text);
	}
}

static void sources(struct strbuf *b, const struct piece *p)
{
	AUTO_STRBUF names = STRBUF_INIT;
	const json_t *inputs = json_object_get(p->file, "inputs");
	for (size_t i = 0; i < json_array_size(inputs); i++)
		(void)strbuf_addf(&names, "%s%s", i ? ", " : "", json_string_value(json_array_get(inputs, i)));
	if (names.n && strbuf_ok(&names))
		row(b, "made from", names.s);
}

static void steps(struct strbuf *b, const struct piece *p)
{
	const json_t *list = json_object_get(p->job, "steps");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		AUTO_MEM char *params = json_text(json_object_get(s, "params"), JSON_OUT_COMPACT);
		AUTO_MEM char *said = str_printf("%s, seed %lld, %s", json_string_value(json_object_get(s, "model")),
						 (long long)json_integer_value(json_object_get(s, "seed")), params ? params : "{}");
		row(b, json_string_value(json_object_get(s, "verb")), said);
	}
}

static void request(struct strbuf *b, const struct piece *p)
{
	AUTO_MEM char *text = json_text(json_object_get(p->file, "ask"), JSON_OUT_PRETTY);
	(void)strbuf_adds(b, "<details><summary>the request, and all that is known of the piece</summary>\n<pre>");
	svg_escape(b, text ? text : "", 8000);
	(void)strbuf_adds(b, "</pre>\n<dl>");
	facts(b, p->report, false);
	facts(b, p->sound, false);
	(void)strbuf_adds(b, "</dl></details>\n");
}

static void card(struct strbuf *b, const struct piece *p)
{
	const char *about = json_string_value(json_object_get(p->file, "about"));
	(void)strbuf_addf(b, "<article id=\"%s\">\n<h2>", p->name);
	svg_escape(b, json_string_value(json_object_get(p->file, "title")), 200);
	(void)strbuf_adds(b, "</h2>\n<p class=\"about\">");
	svg_escape(b, about ? about : "", 1000);
	(void)strbuf_adds(b, "</p>\n");
	if (!p->sound) {
		(void)strbuf_adds(b, "<p class=\"trouble\">This piece could not be made.</p>\n</article>\n");
		return;
	}
	(void)strbuf_addf(b, "<audio controls preload=\"none\" src=\"%s.ogg\"></audio>\n", p->name);
	if (p->has_notes)
		(void)strbuf_addf(b, "<img loading=\"lazy\" alt=\"piano roll\" src=\"%s-roll.svg\">\n", p->name);
	(void)strbuf_addf(b, "<img loading=\"lazy\" alt=\"waveform\" src=\"%s-wave.svg\">\n<dl>\n", p->name);
	sources(b, p);
	steps(b, p);
	facts(b, p->report, true);
	facts(b, p->sound, true);
	(void)strbuf_adds(b, "</dl>\n");
	request(b, p);
	if (p->has_notes)
		(void)strbuf_addf(b, "<p><a style=\"color:var(--accent)\" href=\"%s.mid\">MIDI file</a></p>\n", p->name);
	(void)strbuf_adds(b, "</article>\n");
}

int gallery_page(const struct gallery *g, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_MEM char *path = str_printf("%s/index.html", g->out);
	(void)strbuf_adds(&b, head);
	(void)strbuf_adds(&b, "<header>\n<h1>Gallery</h1>\n<p>A piece for every way in which Hootenanny makes music by itself: each was asked for "
			      "with the request shown, made by the embedded worker without a network, rendered with its SoundFont. "
			      "The same request with the same seed makes the same piece.</p>\n<nav>\n");
	for (size_t i = 0; i < g->n; i++) {
		(void)strbuf_addf(&b, "<a href=\"#%s\">", g->v[i].name);
		svg_escape(&b, json_string_value(json_object_get(g->v[i].file, "title")), 60);
		(void)strbuf_adds(&b, "</a>\n");
	}
	(void)strbuf_adds(&b, "</nav>\n</header>\n<main>\n");
	for (size_t i = 0; i < g->n; i++)
		card(&b, &g->v[i]);
	(void)strbuf_adds(&b, "</main>\n<footer>made with holler gallery</footer>\n</html>\n");
	if (!path || !strbuf_ok(&b))
		return err_set(err, -ENOMEM, "page");
	return fs_write_atomic(path, b.s, b.n, 0644, err);
}
