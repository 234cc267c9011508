/*
 * schema.c - holler schema: what can be asked, with documentation.
 */
#include "flags.h"
#include "query.h"
#include "schema_show.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char help[] =
	"usage: holler [--family DIR] schema [TYPE[.PROPERTY]] [OPTION]...\n"
	"Print what `holler query` can be asked: the whole schema, or one type with its properties and edges, or one of\n"
	"these. The type of starting points is Root.\n\n"
	"  --garden         what chaosgarden alone can be asked\n"
	"  --json           as an object\n\n"
	"examples:\n"
	"  holler schema Root\n"
	"  holler schema Region\n"
	"  holler schema Artifact.parents\n"
	"  holler schema > schema.graphql\n";

struct asked {
	const char *word;
	bool garden;
};

static int parse(struct asked *a, int argc, char **argv, struct err *err)
{
	enum { GARDEN = FLAGS_FIRST };
	static const struct flag rows[] = { { "--garden", GARDEN, false } };
	struct flags f = { "schema", rows, COUNT_OF(rows), argc, argv, .max_words = 1 };
	int key = 0, r = 0;
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END) {
		if (key == FLAGS_WORD)
			a->word = f.value;
		else if (key == GARDEN)
			a->garden = true;
		else
			r = key;
	}
	return r;
}

int schema_fetch(const struct holler *h, bool garden, int64_t deadline_ms, struct query_reply *ret)
{
	AUTO_REACH reach = { NULL, NULL };
	ret->code = garden ? reach_socket(h, "chaosgarden", "query", &reach, &ret->err) : reach_open(h, "hootenanny", &reach, &ret->err);
	if (ret->code < 0)
		return ret->code;
	return query_send(&reach, json_pack("{s:s}", "type", garden ? "garden_schema" : "graph_schema"), deadline_ms, ret);
}

static int print_word(const struct holler *h, const struct tf_schema *s, const char *word, struct err *err)
{
	struct schema_word w;
	AUTO_STRBUF b = STRBUF_INIT;
	int r = schema_word_find(s, word, &w, err);
	if (r < 0)
		return r;
	if (h->json) {
		AUTO_JSON json_t *o = schema_show_json(s, &w);
		char AUTO_MEM *text = o ? json_text(o, JSON_OUT_COMPACT) : NULL;
		return text ? holler_print_json(h, text, strlen(text), err) : err_set(err, -ENOMEM, "schema");
	}
	schema_show(s, &w, query_width(), &b);
	if (!strbuf_ok(&b))
		return err_set(err, -ENOMEM, "schema");
	fputs(b.s ? b.s : "", stdout);
	return 0;
}

static int print(const struct holler *h, const json_t *result, const char *word, struct err *err)
{
	const char *text = json_string_value(json_object_get(result, "schema"));
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_schema) s = NULL;
	if (!text)
		return err_set(err, -EBADMSG, "the answer has no schema");
	if (!word && h->json) {
		char AUTO_MEM *all = json_text(result, JSON_OUT_COMPACT);
		return all ? holler_print_json(h, all, strlen(all), err) : err_set(err, -ENOMEM, "schema");
	}
	if (!word)
		return printf("%s%s", text, str_ends(text, "\n") ? "" : "\n") < 0 ? err_set(err, -EIO, "standard output is closed") : 0;
	int r = tf_schema_parse(text, strlen(text), &s, &errors);
	if (r < 0)
		return errors.n ? tf_errors_err(&errors, err) : err_set(err, r, "schema");
	return print_word(h, s, word, err);
}

int holler_schema(const struct holler *h, int argc, char **argv)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	struct asked a = { NULL, false };
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	int r = parse(&a, argc, argv, &reply.err);
	if (r == 0)
		r = schema_fetch(h, a.garden, 0, &reply);
	if (r == 0)
		r = print(h, reply.result, a.word, &reply.err);
	return r < 0 ? holler_fail(h, "schema", &reply.err) : 0;
}
