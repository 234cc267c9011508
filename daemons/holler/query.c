/*
 * query.c - holler query: a question about everything that is live, or about the garden alone.
 */
#include "flags.h"
#include "query.h"
#include "query_errors.h"
#include "query_table.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TEXT_MOST    (1 << 20) /* a question is shorter: hootenanny tells what it takes */
#define TIMEOUT_MS   5000
#define BESIDE_MS    10000 /* the reply's way, beside the time that the query may take */

static const char help[] =
	"usage: holler [--family DIR] query TEXT|NAME [OPTION]...\n"
	"       holler [--family DIR] query -f FILE [OPTION]...\n"
	"       holler [--family DIR] query --list [NAME] | --remove NAME\n"
	"Ask about everything that is live: regions, artifacts and where they came from, jobs, workers, what was heard in\n"
	"them … A TEXT has braces; a NAME is a saved query. `holler schema` tells what can be asked, docs/query.md how.\n\n"
	"  -f, --file FILE  the question is in this file; - is standard input\n"
	"  --var NAME=VALUE a value for $NAME: JSON where it is (3, 0.5, true, [\"a\", \"b\"]), else text; --var 'n=\"3\"' is text\n"
	"  --limit N        rows at most (default: 1000)\n"
	"  --timeout MS     how long it may take (default: 5000)\n"
	"  --wait-ms MS     how long to wait for what has to be heard first (default: 0, not known is null)\n"
	"  --at-least-revision N\n"
	"                   wait until this revision of the timeline has arrived at hootenanny: that of an edit of yours\n"
	"  --garden         ask chaosgarden alone, about the timeline\n"
	"  --explain        also how it was run, and what it cost\n"
	"  --json           the whole answer as one object\n"
	"  --jsonl          each row as a line of JSON\n"
	"  --watch          print rows as they appear (+) and disappear (-), until Ctrl-C\n"
	"  --every-ms MS    with --watch: look no more often than this (default: 250)\n"
	"  --count N        with --watch: end after N lines\n"
	"  --for SECONDS    with --watch: end after that time\n"
	"  --save NAME      give the question a name; values of --var are used where a caller gives none\n"
	"  --doc TEXT       with --save: what it answers\n"
	"  --list           the saved queries, or with a NAME the text of one\n"
	"  --remove NAME    forget a saved query\n\n"
	"exit status: 0 it was answered, 1 it was not, 2 the question or the command line is wrong\n\n"
	"examples:\n"
	"  holler query '{ Region { name @output position_beats @output } }'\n"
	"  holler query '{ RegionByTag(tag: \"chorus\") { name @output } }' --json | jq .rows\n"
	"  holler query '{ Artifact { space @filter(op: \"=\", value: [\"$space\"]) artifact_id @output } }' --var space=midi\n"
	"  holler query late-jobs --watch\n"
	"  holler query -f mine.graphql --save mine --doc 'what I look at all the time'\n";

enum action { ACTION_ASK, ACTION_SAVE, ACTION_LIST, ACTION_REMOVE };

struct asked {
	struct question q;
	enum action action;
	const char *word, *file, *named; /* named: of --save and --remove */
	bool watch, timed;               /* timed: an option of --watch was given */
};

/* --- the command line ---------------------------------------------------------------------------------------------- */

static int add_variable(struct asked *a, const char *word, struct err *err)
{
	const char *equals = strchr(word, '=');
	json_t *v = NULL;
	if (!equals || equals == word)
		return err_field(err, -EINVAL, "--var", "'%.64s' is not NAME=VALUE", word);
	char AUTO_MEM *name = strndup(word + (*word == '$'), (size_t)(equals - word) - (*word == '$'));
	if (!name)
		return err_set(err, -ENOMEM, "--var");
	if (json_object_get(a->q.variables, name))
		return err_field(err, -EINVAL, "--var", "$%.64s is given twice", name);
	AUTO_STRBUF item = STRBUF_INIT; /* a document need not be an object or a list for us, but for the parser */
	AUTO_JSON json_t *list = NULL;
	(void)strbuf_addf(&item, "[%s]", equals + 1);
	if (strbuf_ok(&item) && json_parse(item.s, item.n, &list, NULL) == 0 && json_array_size(list) == 1)
		v = json_incref(json_array_get(list, 0));
	else if (str_utf8_valid(equals + 1, strlen(equals + 1)))
		v = json_string(equals + 1);
	else
		return err_field(err, -EINVAL, "--var", "the value of $%.64s is no UTF-8", name);
	return json_object_set_new(a->q.variables, name, v) < 0 ? err_set(err, -ENOMEM, "--var") : 0;
}

static int take_action(struct asked *a, enum action action, const char *named, struct err *err)
{
	if (a->action != ACTION_ASK)
		return err_set(err, -EINVAL, "one of --save, --list and --remove");
	a->action = action;
	a->named = named;
	return 0;
}

enum {
	FILE_ = FLAGS_FIRST, VAR, LIMIT, TIMEOUT, WAIT, REVISION, GARDEN, EXPLAIN, JSONL, WATCH, EVERY, COUNT, FOR, SAVE, DOC, LIST, REMOVE
};

static int take_flag(struct asked *a, int key, const struct flags *f, struct err *err)
{
	switch (key) {
	case FLAGS_WORD: a->word = f->value; return 0;
	case FILE_: a->file = f->value; return 0;
	case VAR: return add_variable(a, f->value, err);
	case LIMIT: return flags_int(f, 1, 65536, &a->q.limit, err);
	case TIMEOUT: return flags_int(f, 1, 600000, &a->q.timeout_ms, err);
	case WAIT: return flags_int(f, 0, 600000, &a->q.wait_ms, err);
	case REVISION: return flags_int(f, 0, INT64_C(9000000000000000), &a->q.revision, err);
	case GARDEN: a->q.garden = true; return 0;
	case EXPLAIN: a->q.explain = true; return 0;
	case JSONL: a->q.form = QUERY_JSONL; return 0;
	case WATCH: a->watch = true; return 0;
	case EVERY: a->timed = true; return flags_int(f, 50, 60000, &a->q.every_ms, err);
	case COUNT: a->timed = true; return flags_int(f, 1, INT64_MAX, &a->q.count, err);
	case FOR: a->timed = true; return flags_seconds(f, &a->q.seconds, err);
	case SAVE: return take_action(a, ACTION_SAVE, f->value, err);
	case DOC: a->q.doc = f->value; return 0;
	case LIST: return take_action(a, ACTION_LIST, NULL, err);
	case REMOVE: return take_action(a, ACTION_REMOVE, f->value, err);
	default: return key;
	}
}

static int check(const struct asked *a, struct err *err)
{
	bool asks = a->action == ACTION_ASK || a->action == ACTION_SAVE;
	if (a->word && a->file)
		return err_field(err, -EINVAL, "--file", "the question is either on the command line or in a file");
	if (asks && !a->word && !a->file) {
		int r = err_set(err, -EINVAL, "what is the question?");
		return err_hint(err, r, "holler query --list has some that are ready; holler query --help has examples");
	}
	if (a->timed && !a->watch)
		return err_field(err, -EINVAL, a->q.every_ms ? "--every-ms" : a->q.count ? "--count" : "--for", "only goes with --watch");
	if (a->q.doc && a->action != ACTION_SAVE)
		return err_field(err, -EINVAL, "--doc", "only goes with --save");
	if (a->watch && (a->action != ACTION_ASK || a->q.garden || a->q.explain))
		return err_field(err, -EINVAL, "--watch", "does not go with --garden, --explain, --save, --list and --remove");
	if (a->watch && (a->q.timeout_ms || a->q.wait_ms || a->q.revision >= 0))
		return err_field(err, -EINVAL, "--watch", "goes on by itself: without --timeout, --wait-ms and --at-least-revision");
	if (a->q.garden && a->action != ACTION_ASK)
		return err_field(err, -EINVAL, "--garden", "does not go with --save, --list and --remove");
	if (a->q.garden && (a->q.wait_ms || a->q.revision >= 0))
		return err_field(err, -EINVAL, "--garden", "is of its own time: there is nothing to wait for");
	return 0;
}

static int parse(struct asked *a, int argc, char **argv, struct err *err)
{
	static const struct flag rows[] = {
		{ "--file", FILE_, true },    { "-f", FILE_, true },       { "--var", VAR, true },	 { "--limit", LIMIT, true },
		{ "--timeout", TIMEOUT, true }, { "--wait-ms", WAIT, true }, { "--at-least-revision", REVISION, true }, { "--garden", GARDEN, false }, { "--explain", EXPLAIN, false },
		{ "--jsonl", JSONL, false }, { "--watch", WATCH, false },   { "--every-ms", EVERY, true },
		{ "--count", COUNT, true },   { "--for", FOR, true },      { "--save", SAVE, true },	 { "--doc", DOC, true },
		{ "--list", LIST, false },    { "--remove", REMOVE, true },
	};
	struct flags f = { "query", rows, COUNT_OF(rows), argc, argv, .max_words = 1 };
	int key = 0, r = 0;
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END)
		r = take_flag(a, key, &f, err);
	return r < 0 ? r : check(a, err);
}

static int read_file(struct asked *a, struct err *err)
{
	FILE *in = str_eq(a->file, "-") ? stdin : fopen(a->file, "re");
	AUTO_STRBUF text = STRBUF_INIT;
	char block[4096];
	size_t n;
	if (!in)
		return err_hint(err, err_sys(err, "%s", a->file), "-f takes the name of a file, or - for standard input");
	while (text.n <= TEXT_MOST && (n = fread(block, 1, sizeof(block), in)) > 0)
		(void)strbuf_add(&text, block, n);
	int r = ferror(in) ? err_sys(err, "%s", a->file) : 0;
	if (in != stdin)
		fclose(in);
	if (r == 0 && (text.n > TEXT_MOST || !str_utf8_valid(text.s ? text.s : "", text.n) || strlen(text.s ? text.s : "") != text.n)) {
		r = err_field(err, -EINVAL, "--file", "'%s' is no question", a->file);
		r = err_hint(err, r, "a question is UTF-8 text of at most 65536 bytes");
	}
	a->q.text = r == 0 ? strbuf_take(&text) : NULL;
	return r == 0 && !a->q.text ? err_set(err, -ENOMEM, "%s", a->file) : r;
}

/* Braces make the difference; what is to be saved or asked of chaosgarden is a text in any case. */
static int find_text(struct asked *a, struct err *err)
{
	if (a->file)
		return read_file(a, err);
	if (!a->word)
		return 0;
	if (a->action == ACTION_LIST || (a->action == ACTION_ASK && !a->q.garden && !strchr(a->word, '{'))) {
		a->q.name = a->word;
		return 0;
	}
	if (!str_utf8_valid(a->word, strlen(a->word)))
		return err_set(err, -EINVAL, "the question is no UTF-8");
	a->q.text = strdup(a->word);
	return a->q.text ? 0 : err_set(err, -ENOMEM, "the question");
}

/* --- asking once --------------------------------------------------------------------------------------------------- */

static json_t *ask_payload(const struct question *q)
{
	AUTO_JSON json_t *p = query_payload(q, q->garden ? "garden_query" : "graph_query");
	bool ok = p;
	if (ok && q->limit)
		ok = json_object_set_new(p, "limit", json_integer(q->limit)) == 0;
	if (ok && q->timeout_ms)
		ok = json_object_set_new(p, "timeout_ms", json_integer(q->timeout_ms)) == 0;
	if (ok && q->wait_ms)
		ok = json_object_set_new(p, "wait_ms", json_integer(q->wait_ms)) == 0;
	if (ok && q->revision >= 0)
		ok = json_object_set_new(p, "at_least_revision", json_integer(q->revision)) == 0;
	if (ok && q->explain)
		ok = json_object_set_new(p, "explain", json_true()) == 0;
	return ok ? TAKE(p) : NULL;
}

/* Why there are no more rows, for who reads them. */
static const char *stopped(const json_t *result)
{
	static const struct {
		const char *name, *text;
	} words[] = { { "rows", "--limit was reached, there may be more" },
		      { "deadline", "--timeout was reached, there may be more" },
		      { "memory", "its memory was used up, there may be more; a @fold takes less when it counts, or is filtered" },
		      { "cancelled", "it was cancelled, there may be more" },
		      { "bytes", "the answer is as long as a message may be, there may be more" } };
	const char *why = json_string_value(json_object_get(result, "stopped"));
	for (size_t i = 0; why && i < COUNT_OF(words); i++)
		if (str_eq(words[i].name, why))
			return words[i].text;
	return NULL;
}

static long long number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_notes(const json_t *result, FILE *out)
{
	const char *why = stopped(result);
	if (!json_array_size(json_object_get(result, "columns")))
		fputs("nothing of them is shown: @output behind a property does that\n", out);
	if (why)
		fprintf(out, "these are not all: %s\n", why);
	const char *timeline = json_string_value(json_object_get(result, "timeline"));
	if (timeline)
		fprintf(out, "the timeline: %s\n", timeline);
	if (number(result, "n_unknown"))
		fprintf(out, "not known yet: %lld, found out now; ask again, or wait with --wait-ms 10000\n",
			number(result, "n_unknown"));
}

static void print_explained(const json_t *result)
{
	const json_t *cost = json_object_get(result, "cost");
	const char *plan = json_string_value(json_object_get(result, "plan"));
	AUTO_STRBUF b = STRBUF_INIT;
	if (plan)
		(void)strbuf_addf(&b, "\n%s%s", plan, str_ends(plan, "\n") ? "" : "\n");
	query_make_harmless(&b);
	fputs(b.s ? b.s : "", stdout);
	long long vertices = number(cost, "vertices"), edges = number(cost, "edges");
	printf("%lld vert%s, %lld edge%s, %lld bytes at most; ", vertices, vertices == 1 ? "ex" : "ices", edges, edges == 1 ? "" : "s",
	       number(cost, "peak_bytes"));
	if (json_is_number(json_object_get(cost, "first_row_ms")))
		printf("first row after %.3g ms, ", json_number_value(json_object_get(cost, "first_row_ms")));
	printf("%.3g ms in all\n", json_number_value(json_object_get(cost, "total_ms")));
}

static int print_table(const struct question *q, const json_t *result, struct err *err)
{
	const json_t *rows = json_object_get(result, "rows");
	AUTO_STRBUF b = STRBUF_INIT;
	bool empty = !json_array_size(rows) || !json_array_size(json_object_get(result, "columns"));
	int r = empty ? 0 : query_table_draw(json_object_get(result, "columns"), rows, query_width(), &b);
	if (r < 0)
		return err_set(err, r, "the table");
	size_t n = json_array_size(rows);
	printf("%s%s%zu row%s\n", b.s ? b.s : "", b.s ? "\n" : "", n, n == 1 ? "" : "s");
	print_notes(result, stdout);
	if (q->explain)
		print_explained(result);
	return 0;
}

static int print_lines(const json_t *result, struct err *err)
{
	const json_t *row;
	size_t i;
	json_array_foreach(json_object_get(result, "rows"), i, row)
	{
		char AUTO_MEM *text = json_text(row, JSON_OUT_COMPACT);
		if (!text)
			return err_set(err, -ENOMEM, "a row");
		if (puts(text) == EOF)
			return err_set(err, -EIO, "standard output is closed");
	}
	print_notes(result, stderr);
	return 0;
}

static int print_answer(const struct question *q, const json_t *result, struct err *err)
{
	if (q->form == QUERY_TABLE)
		return print_table(q, result, err);
	if (q->form == QUERY_JSONL)
		return print_lines(result, err);
	char AUTO_MEM *text = json_text(result, JSON_OUT_COMPACT);
	return text ? holler_print_json(q->h, text, strlen(text), err) : err_set(err, -ENOMEM, "the answer");
}

static int ask(const struct question *q, struct reach *reach)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	struct err err = ERR_INIT;
	int64_t patience_ms = (q->timeout_ms ? q->timeout_ms : TIMEOUT_MS) + q->wait_ms + BESIDE_MS;
	if (query_send(reach, ask_payload(q), patience_ms, &reply) < 0)
		return query_fail_of(q, reach, &reply);
	int r = print_answer(q, reply.result, &err);
	return r < 0 ? holler_fail(q->h, "query", &err) : 0;
}

/* ------------------------------------------------------------------------------------------------------------------- */

static int run(struct asked *a)
{
	AUTO_REACH reach = { NULL, NULL };
	struct err err = ERR_INIT;
	int r = find_text(a, &err);
	if (r == 0)
		r = a->q.garden ? reach_socket(a->q.h, "chaosgarden", "query", &reach, &err)
				: reach_open(a->q.h, "hootenanny", &reach, &err);
	if (r < 0)
		return holler_fail(a->q.h, "query", &err);
	switch (a->action) {
	case ACTION_SAVE: return query_save(&a->q, &reach, a->named);
	case ACTION_LIST: return query_list(&a->q, &reach);
	case ACTION_REMOVE: return query_remove(&a->q, &reach, a->named);
	case ACTION_ASK: break;
	}
	return a->watch ? query_watch(&a->q, &reach) : ask(&a->q, &reach);
}

int holler_query(const struct holler *given, int argc, char **argv)
{
	struct holler mine = *given;
	struct asked a = { .q = { .h = &mine, .form = given->json ? QUERY_JSON : QUERY_TABLE, .revision = -1, .variables = json_object() } };
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv)) {
		json_decref(a.q.variables);
		return fputs(help, stdout) < 0;
	}
	int r = a.q.variables ? parse(&a, argc, argv, &err) : err_set(&err, -ENOMEM, "query");
	mine.json |= a.q.form != QUERY_TABLE;
	int status = r < 0 ? holler_fail(&mine, "query", &err) : run(&a);
	free(a.q.text);
	json_decref(a.q.variables);
	return status;
}
