/*
 * complete.c - holler completion: the shell's script, and holler complete: what that script asks for candidates.
 */
#include "command.h"
#include "flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "wire/cli.h"

#include <stdio.h>
#include <string.h>

static const char bash_script[] = "_holler() {\n"
				  "\tlocal IFS=$'\\n'\n"
				  "\tCOMPREPLY=($(\"${COMP_WORDS[0]}\" complete -- "
				  "\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
				  "}\n"
				  "complete -o default -F _holler holler\n";

static const char zsh_script[] =
	"#compdef holler\n"
	"_holler() {\n"
	"\tlocal -a candidates\n"
	"\tcandidates=(${(f)\"$($words[1] complete -- ${words[2,CURRENT]} 2>/dev/null)\"})\n"
	"\tif (( $#candidates )); then compadd -a candidates; else _files; fi\n"
	"}\n"
	"compdef _holler holler\n";

static const char fish_script[] = "function __holler\n"
				  "\tset -l words (commandline -opc) (commandline -ct)\n"
				  "\tset -l holler $words[1]\n"
				  "\tset -e words[1]\n"
				  "\t$holler complete -- $words 2>/dev/null\n"
				  "end\n"
				  "complete -c holler -a '(__holler)'\n";

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

/* Words of holler call that take a value. */
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

static void complete_daemons(const char *partial)
{
	for (int owner = WIRE_OWNER_ALL + 1; owner < WIRE_OWNER_COUNT; owner++)
		candidate(wire_owner_name(owner), partial);
}

/* words: after "call". */
static int complete_call(int n, char **words)
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
	const struct wire_message *m = at < n - 1 ? wire_message_find(words[at]) : NULL;
	if (at < n - 1 && !m)
		return 0;
	if (wire_cli_complete(m, previous, partial, &b) < 0)
		return 1;
	return b.n && fputs(b.s, stdout) < 0;
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

int holler_complete(const struct holler *h, int argc, char **argv)
{
	int skip = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	int n = argc - skip;
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
	if (strcmp(words[at], "call") == 0)
		return complete_call(n - at - 1, words + at + 1);
	if (strcmp(words[at], "send") == 0 && n - at == 2)
		complete_daemons(words[n - 1]);
	else if (strcmp(words[at], "completion") == 0 && n - at == 2)
		for (size_t i = 0; i < COUNT_OF(shells); i++)
			candidate(shells[i].name, words[n - 1]);
	candidate("--help", words[n - 1]);
	return 0;
}
