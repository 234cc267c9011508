/*
 * complete.c - holler completion: the shell's script, and holler complete: what that script asks for candidates.
 */
#include "flags.h"
#include "query.h"
#include "reach.h"
#include "up.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "trustfall/schema.h"
#include "wire/cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* bash takes words apart at colons, which ids have: they are put together again, and what was typed before is cut off. */
static const char bash_script[] = "_holler() {\n"
				  "\tlocal words=() word cut i\n"
				  "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
				  "\t\tword=${COMP_WORDS[i]}\n"
				  "\t\tif ((${#words[@]})) && [[ $word == :* || ${words[-1]} == *: ]]; then\n"
				  "\t\t\twords[-1]+=$word\n"
				  "\t\telse\n"
				  "\t\t\twords+=(\"$word\")\n"
				  "\t\tfi\n"
				  "\tdone\n"
				  "\tmapfile -t COMPREPLY < <(\"${COMP_WORDS[0]}\" complete -- \"${words[@]}\" 2>/dev/null)\n"
				  "\tword=${words[-1]}\n"
				  "\tif [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
				  "\t\tcut=${word%\"${word##*:}\"}\n"
				  "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
				  "\tfi\n"
				  "}\n"
				  "complete -o default -F _holler holler\n";

static const char zsh_script[] =
	"#compdef holler\n"
	"_holler() {\n"
	"\tlocal -a candidates\n"
	"\tcandidates=(${(f)\"$($words[1] complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
	"\tif (( $#candidates )); then compadd -a candidates; else _files; fi\n"
	"}\n"
	"compdef _holler holler\n";

/* Files only where we have nothing to offer. */
static const char fish_script[] = "function __holler\n"
				  "\tset -l words (commandline -opc) (commandline -ct)\n"
				  "\tset -l holler $words[1]\n"
				  "\tset -e words[1]\n"
				  "\tset -l found ($holler complete -- $words 2>/dev/null)\n"
				  "\tif test (count $found) -gt 0\n"
				  "\t\tprintf '%s\\n' $found\n"
				  "\telse\n"
				  "\t\t__fish_complete_path (commandline -ct)\n"
				  "\tend\n"
				  "end\n"
				  "complete -c holler -f -a '(__holler)'\n";

static const struct completion_shell {
	const char *name, *script, *install;
} shells[] = {
	{ "bash", bash_script,
	  "holler completion bash > ~/.local/share/bash-completion/completions/holler" },
	{ "fish", fish_script, "holler completion fish > ~/.config/fish/completions/holler.fish" },
	{ "zsh", zsh_script, "holler completion zsh > \"${fpath[1]}/_holler\"" },
};

int holler_completion(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	bool help = holler_wants_help(argc, argv);
	if (!help && flags_words("completion", argc, argv, 1, &err) < 0)
		return holler_fail(h, "completion", &err);
	for (size_t i = 0; i < COUNT_OF(shells) && !help && argc == 2; i++)
		if (strcmp(argv[1], shells[i].name) == 0)
			return fputs(shells[i].script, stdout) < 0;
	FILE *out = help ? stdout : stderr;
	fputs("usage: holler completion bash|fish|zsh\n\nPrint the script that completes holler's "
	      "words.\n\nexamples:\n",
	      out);
	for (size_t i = 0; i < COUNT_OF(shells); i++)
		fprintf(out, "  %s\n", shells[i].install);
	return out == stdout ? 0 : 2;
}

/* --- candidates ------------------------------------------------------------------------------- */

static void candidate(const char *word, const char *partial)
{
	if (str_starts(word, partial))
		puts(word);
}

/* Options before a command or a request that take a value. */
static bool takes_value(const char *word)
{
	static const char *const words[] = { "--family", "--actor", "--daemon", "--deadline-ms",
					     "--key" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* The first word that is no option nor an option's value; n when there is none before the last. */
static int first_word(int n, char **words)
{
	int i = 0;
	while (i < n - 1 && words[i][0] == '-')
		i += takes_value(words[i]) ? 2 : 1;
	return i;
}

/* --- what exists in the running family -------------------------------------------------------- */

#define ASK_MS 500

/* Where ids of a kind are listed; the flags that take one, and whether lineage does. */
static const struct source {
	const char *flags, *daemon, *payload, *list, *id;
	bool lineage;
} sources[] = {
	{ " --artifact-id --artifact-ids --inputs --parents ", "hootenanny", "{\"type\":\"artifact_list\",\"limit\":200}",
	  "artifacts", "artifact_id", true },
	{ " --region-id --replaces ", "chaosgarden", "{\"type\":\"region_list\",\"limit\":500}", "regions", "region_id", true },
	{ " --job-id --job-ids ", "hootenanny", "{\"type\":\"job_list\"}", "jobs", "job_id", true },
	{ " --worker-id ", "hootenanny", "{\"type\":\"worker_list\"}", "workers", "worker_id", false },
	{ " --hash --cas-hash --content-hash ", "hootenanny", "{\"type\":\"artifact_list\",\"limit\":200}", "artifacts",
	  "content_hash", false },
	{ " --model ", "hootenanny", "{\"type\":\"space_list\"}", "edges", "model", false },
	{ " --space --from-space --to-space ", "hootenanny", "{\"type\":\"space_list\"}", "spaces", "space", false },
	{ " --list --remove ", "hootenanny", "{\"type\":\"query_list\"}", "queries", "name", false },
};

static bool row_is(const json_t *row, const char *key, const char *value)
{
	const char *got = json_string_value(json_object_get(row, key));
	return got && value && strcmp(got, value) == 0;
}

/* Of rows that tell a verb only those of the request, where there are such: the models of sample are not those of embed. */
static void offer_rows(const json_t *rows, const char *id, const char *request, const char *partial)
{
	bool by_verb = false;
	for (size_t i = 0; i < json_array_size(rows) && !by_verb; i++)
		by_verb = row_is(json_array_get(rows, i), "verb", request);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *word = json_string_value(json_object_get(row, id));
		bool take = word && (!by_verb || row_is(row, "verb", request));
		for (size_t k = 0; k < i && take; k++) /* once each */
			take = !row_is(json_array_get(rows, k), id, word) || (by_verb && !row_is(json_array_get(rows, k), "verb", request));
		if (take)
			candidate(word, partial);
	}
}

/* Nobody there, or no answer in time: no candidates. */
static void complete_ids(const struct holler *h, const struct source *s, const char *request, const char *partial)
{
	AUTO_REACH reach = { NULL, NULL };
	AUTO_STRBUF answer = STRBUF_INIT;
	AUTO_JSON json_t *result = NULL;
	struct wire_request_options o = { .deadline_ms = ASK_MS };
	struct err ignored = ERR_INIT;
	if (reach_open(h, s->daemon, &reach, &ignored) < 0 ||
	    wire_client_call_json(reach.client, s->payload, strlen(s->payload), &o, &answer, &ignored) < 0 ||
	    json_parse(answer.s, answer.n, &result, &ignored) < 0)
		return;
	offer_rows(json_object_get(result, s->list), s->id, request, partial);
}

/* Whether the flag (of a request, or NULL) takes an id of some kind; then those that exist are offered. */
static bool complete_id_flag(const struct holler *h, const char *request, const char *flag, const char *partial)
{
	char word[80];
	(void)snprintf(word, sizeof(word), " %s ", flag);
	for (size_t i = 0; i < COUNT_OF(sources) && flag[0] == '-'; i++)
		if (strstr(sources[i].flags, word)) {
			complete_ids(h, &sources[i], request, partial);
			return true;
		}
	return false;
}

/* Types of the schema; behind a dot what they have. */
static void complete_types(const struct holler *h, bool garden, const char *partial)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	AUTO(tf_schema) s = NULL;
	size_t n = strcspn(partial, ".");
	char word[160];
	const char *text = schema_fetch(h, garden, ASK_MS, &reply) == 0 ? json_string_value(json_object_get(reply.result, "schema")) : NULL;
	if (!text || tf_schema_parse(text, strlen(text), &s, NULL) < 0)
		return;
	for (size_t i = 0; i <= tf_schema_n_types(s); i++) {
		const struct tf_type_def *t = i ? tf_schema_type_at(s, i - 1) : tf_schema_root(s);
		if (!partial[n])
			candidate(t->name, partial);
		for (size_t k = 0; partial[n] && strncmp(t->name, partial, n) == 0 && !t->name[n] && k < t->n_fields; k++) {
			(void)snprintf(word, sizeof(word), "%s.%s", t->name, t->fields[k].name);
			candidate(word, partial);
		}
	}
}

static void complete_daemons(const char *partial)
{
	for (int owner = WIRE_OWNER_ALL + 1; owner < WIRE_OWNER_COUNT; owner++)
		candidate(wire_owner_name(owner), partial);
}

/* words: after "call". */
static int complete_call(const struct holler *h, int n, char **words)
{
	const char *partial = words[n - 1], *previous = n > 1 ? words[n - 2] : "";
	AUTO_STRBUF b = STRBUF_INIT;
	int at = first_word(n, words);
	if (strcmp(previous, "--daemon") == 0) {
		complete_daemons(partial);
		return 0;
	}
	if (at >= n - 1) {
		candidate("--daemon", partial);
		candidate("--deadline-ms", partial);
		candidate("--key", partial);
		candidate("--help", partial);
	}
	if (complete_id_flag(h, at < n - 1 ? words[at] : NULL, previous, partial))
		return 0;
	const struct wire_message *m = at < n - 1 ? wire_message_find(words[at]) : NULL;
	if (at < n - 1 && !m)
		return 0;
	if (wire_cli_complete(m, previous, partial, &b) < 0)
		return 1;
	if (b.n && fputs(b.s, stdout) < 0)
		return 1;
	if (m && partial[0] == '-') {
		candidate("--daemon", partial);
		candidate("--deadline-ms", partial);
	}
	return 0;
}

static void complete_commands(const char *partial)
{
	static const char *const options[] = { "--actor", "--family", "--help", "--json",
					       "--version" };
	for (unsigned i = 0; i < holler_n_commands; i++)
		candidate(holler_commands[i].name, partial);
	for (size_t i = 0; i < COUNT_OF(options); i++)
		candidate(options[i], partial);
}

/* --- flags of the commands -------------------------------------------------------------------- */

/* What the command says to --help: its flags are read from there, so that the two cannot disagree. */
static int help_of(const struct holler *h, const struct holler_command *c, struct strbuf *ret)
{
	char *argv[] = { (char[]){ "" }, (char[]){ "--help" }, NULL };
	char block[4096];
	ssize_t n;
	int fd = memfd_create("help", MFD_CLOEXEC), out = dup(STDOUT_FILENO), r = -EIO;
	if (fd >= 0 && out >= 0 && fflush(stdout) == 0 && dup2(fd, STDOUT_FILENO) >= 0) {
		r = c->run(h, 2, argv) == 0 && fflush(stdout) == 0 ? 0 : -EIO;
		if (dup2(out, STDOUT_FILENO) < 0)
			r = -EIO;
	}
	if (r == 0 && lseek(fd, 0, SEEK_SET) == 0)
		while ((n = read(fd, block, sizeof(block))) > 0 && r == 0)
			r = strbuf_add(ret, block, (size_t)n);
	if (fd >= 0)
		close(fd);
	if (out >= 0)
		close(out);
	return r;
}

/* The next flag that the help explains: a line "  --name VALUE   …"; false at the end. */
static bool next_flag(const char **at, char ret[48], bool *ret_value)
{
	for (const char *p; (p = strstr(*at, "\n  --")); *at = p + 3) {
		size_t n = strspn(p + 3, "abcdefghijklmnopqrstuvwxyz0123456789-");
		(void)snprintf(ret, 48, "%.*s", (int)(n < 47 ? n : 47), p + 3);
		*ret_value = p[3 + n] == ' ' && p[4 + n] >= 'A' && p[4 + n] <= 'Z';
		*at = p + 3 + n;
		return true;
	}
	return false;
}

/* Values that are one of a few; false where only the user knows them. */
static bool complete_value(const char *command, const char *flag, const char *partial)
{
	static const char *const devices[] = { "auto", "null", "pipewire", "stepped" };
	size_t n_devices = strcmp(command, "jam") == 0 ? 3 : COUNT_OF(devices); /* a jam takes its time from a clock */
	if (strcmp(flag, "--daemon") == 0) {
		complete_daemons(partial);
	} else if (strcmp(flag, "--device") == 0) {
		for (size_t i = 0; i < n_devices; i++)
			candidate(devices[i], partial);
	} else if (strcmp(flag, "--only") == 0) {
		for (size_t i = 0; i < up_n_programs; i++)
			candidate(up_programs[i].name, partial);
	} else {
		return false;
	}
	return true;
}

/* words: after the command. */
static int complete_flags(const struct holler *h, const struct holler_command *c, int n, char **words)
{
	const char *partial = words[n - 1], *previous = n > 1 ? words[n - 2] : "";
	AUTO_STRBUF help = STRBUF_INIT;
	char flag[48];
	bool value;
	if (complete_value(c->name, previous, partial) || complete_id_flag(h, NULL, previous, partial) || help_of(h, c, &help) < 0 || !help.s)
		return 0;
	for (const char *at = help.s; next_flag(&at, flag, &value);)
		if (value && strcmp(flag, previous) == 0)
			return 0; /* a number or a file: the shell's own business */
	if (partial[0] == '-') {
		for (const char *at = help.s; next_flag(&at, flag, &value);)
			candidate(flag, partial);
		if (c->json == JSON_ANYWHERE && !strstr(help.s, "\n  --json "))
			candidate("--json", partial);
		candidate("--help", partial);
	}
	return 0;
}

static bool has_word(int n, char **words, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void complete_words(const struct holler *h, const char *command, bool first, bool garden, const char *partial)
{
	if (strcmp(command, "send") == 0 && first)
		complete_daemons(partial);
	else if (strcmp(command, "ping") == 0)
		complete_daemons(partial);
	else if (strcmp(command, "completion") == 0 && first)
		for (size_t i = 0; i < COUNT_OF(shells); i++)
			candidate(shells[i].name, partial);
	else if (strcmp(command, "config") == 0)
		for (size_t i = 0; i < up_n_programs; i++)
			candidate(up_programs[i].name, partial);
	else if (strcmp(command, "query") == 0 && !strchr(partial, '{'))
		(void)complete_id_flag(h, NULL, "--list", partial);
	else if (strcmp(command, "schema") == 0)
		complete_types(h, garden, partial);
	else if (strcmp(command, "lineage") == 0)
		for (size_t i = 0; i < COUNT_OF(sources); i++)
			if (sources[i].lineage)
				complete_ids(h, &sources[i], NULL, partial);
}

int holler_complete(const struct holler *h, int argc, char **argv)
{
	int skip = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	int n = argc - skip;
	struct holler named = *h;
	char **words = argv + skip, *nothing[] = { (char[]){ "" } };
	if (n <= 0) {
		n = 1;
		words = nothing;
	}
	int at = first_word(n, words);
	if (at >= n - 1) {
		complete_commands(words[n - 1]);
		return 0;
	}
	for (int i = 0; i + 1 < at; i++)
		if (strcmp(words[i], "--family") == 0)
			named.family = words[i + 1];
	const struct holler_command *c = holler_find(words[at]);
	if (!c)
		return 0;
	n -= at + 1;
	words += at + 1;
	if (strcmp(c->name, "call") == 0)
		return complete_call(&named, n, words);
	if (words[n - 1][0] != '-' && (n == 1 || words[n - 2][0] != '-' || strcmp(words[n - 2], "--garden") == 0))
		complete_words(&named, c->name, n == 1, has_word(n - 1, words, "--garden"), words[n - 1]);
	return complete_flags(&named, c, n, words);
}
