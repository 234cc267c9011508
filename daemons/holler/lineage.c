/*
 * lineage.c - holler lineage: where an artifact came from, or what became of it.
 *
 * It is named by its id, by its content's hash, by the region where it sounds, or by the job that made it.
 */
#include "columns.h"
#include "flags.h"
#include "lineage_draw.h"
#include "reach.h"

#include "base/mem.h"
#include "wire/route.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define DEPTH_DEFAULT 16

static const char help[] =
	"usage: holler [--family DIR] lineage ARTIFACT|HASH|REGION|JOB [OPTION]...\n"
	"Draw where something came from: each artifact with its verb, space, title, model, seed and parameters, then\n"
	"its id, its content, who made it and when; below it what it was made from. A content's HASH stands for the\n"
	"newest artifact with it, a REGION for what sounds there, a JOB for its result.\n\n"
	"  --descendants   what became of it instead\n"
	"  --depth N       generations at most, 1 to 64 (default: 16)\n"
	"  --json          the result of artifact_lineage\n\n"
	"examples:\n"
	"  holler lineage 01938e6a-7c00-7000-8000-000000000001\n"
	"  holler lineage sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --descendants\n"
	"  holler --family jam/family lineage hoot:01938e6a-7c00-7000-8000-000000000001\n";

struct asked {
	const struct holler *h;
	const char *word;
	bool descendants;
	int64_t depth;
	struct reach hoot, garden;
	struct wire_arena arena;
	const char *artifact;
};

#define ASK(a, reach, name, req, ret, err) \
	wire_client_call((a)->reach.client, &wire_messages[WIRE_MESSAGE_##name], (req), NULL, &(a)->arena, (ret), (err))

static int parse(struct asked *a, int argc, char **argv, struct err *err)
{
	enum { DESCENDANTS = FLAGS_FIRST, DEPTH };
	static const struct flag rows[] = { { "--descendants", DESCENDANTS, false }, { "--depth", DEPTH, true } };
	struct flags f = { "lineage", rows, COUNT_OF(rows), argc, argv, .max_words = 1 };
	int key = 0, r = 0;
	a->depth = DEPTH_DEFAULT;
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END) {
		if (key == FLAGS_WORD)
			a->word = f.value;
		else if (key == DESCENDANTS)
			a->descendants = true;
		else if (key == DEPTH)
			r = flags_int(&f, 1, 64, &a->depth, err);
		else
			r = key;
	}
	if (r < 0 || a->word)
		return r;
	r = err_set(err, -EINVAL, "whose lineage? It takes an artifact, a hash, a region or a job");
	return err_hint(err, r, "holler call artifact_list");
}

/* --- what was meant ------------------------------------------------------------------------------------------------ */

static int by_hash(struct asked *a, struct err *err)
{
	struct artifact_list req = { .has_content_hash = true, .content_hash = a->word, .cursor = "", .limit = 1 };
	struct artifact_list_result got;
	int r = ASK(a, hoot, artifact_list, &req, &got, err);
	if (r == 0 && !got.artifacts.n)
		r = err_set(err, -ENOENT, "no artifact has the content '%s'", a->word);
	if (r == 0)
		a->artifact = got.artifacts.v[0].artifact_id;
	return r;
}

static int by_job(struct asked *a, struct err *err)
{
	struct job_status req = { .job_id = a->word };
	struct job_status_result got;
	int r = ASK(a, hoot, job_status, &req, &got, err);
	if (r < 0)
		return r;
	const struct job_view *job = &got.job;
	if (!job->has_artifact_id)
		return err_set(err, -ENOENT, "job %s has made no artifact (it is %s)", a->word,
			       wire_enum_name(&wire_enum_job_state, (int)job->state));
	a->artifact = job->artifact_id;
	return 0;
}

static void print_region(const struct asked *a, const struct region_view *r)
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)strbuf_addf(&b, "region %s", r->region_id);
	if (r->has_name)
		(void)strbuf_addf(&b, " \"%s\"", r->name);
	(void)strbuf_addf(&b, " by %s", r->actor);
	if (r->has_intent && r->intent.has_verb)
		(void)strbuf_addf(&b, ", wanted: %s %s", r->intent.verb, r->intent.has_space ? r->intent.space : "");
	if (r->has_job_id)
		(void)strbuf_addf(&b, ", job %s", r->job_id);
	if (!strbuf_ok(&b) || a->h->json)
		return;
	AUTO_STRBUF line = STRBUF_INIT;
	columns_cut(&line, b.s, SIZE_MAX);
	printf("%s\n", line.s ? line.s : "");
}

/* *ret_there: the timeline has a region of that id, whatever is in it. */
static int by_region(struct asked *a, bool *ret_there, struct err *err)
{
	struct region_get req = { .region_id = a->word };
	struct region_get_result got;
	int r = reach_open(a->h, "chaosgarden", &a->garden, err);
	if (r == 0)
		r = ASK(a, garden, region_get, &req, &got, err);
	if (r < 0)
		return r;
	*ret_there = true;
	const struct region_view *region = &got.region;
	if (!region->has_content || !region->content.has_artifact_id)
		return err_set(err, -ENOENT, "region %s has no artifact%s%s%s", a->word, region->has_content ? "" : " yet (",
			       region->has_content ? "" : wire_enum_name(&wire_enum_region_state_view, (int)region->state),
			       region->has_content ? "" : ")");
	a->artifact = region->content.artifact_id;
	print_region(a, region);
	return 0;
}

static int find_artifact(struct asked *a, struct err *err)
{
	if (str_starts(a->word, "sha256:"))
		return by_hash(a, err);
	if (wire_job_owner(a->word))
		return by_job(a, err);
	struct artifact_get req = { .artifact_id = a->word };
	struct artifact_get_result got;
	struct err why = ERR_INIT;
	int r = ASK(a, hoot, artifact_get, &req, &got, err);
	if (r == 0)
		a->artifact = got.artifact.artifact_id;
	if (r != -ENOENT)
		return r;
	bool there = false;
	r = by_region(a, &there, &why);
	if (r == 0)
		return 0;
	if (there) {
		*err = why;
		return r;
	}
	r = err_set(err, -ENOENT, "'%s' is no artifact, region or job here", a->word);
	return err_hint(err, r, "holler call artifact_list and holler timeline list them");
}

/* --- the answer ---------------------------------------------------------------------------------------------------- */

static int show(struct asked *a, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct artifact_lineage req = { .artifact_id = a->artifact, .depth = a->depth,
					.direction = a->descendants ? LINEAGE_DESCENDANTS : LINEAGE_ANCESTORS };
	struct artifact_lineage_result l;
	size_t lines, columns = columns_of_terminal(&lines);
	int r = ASK(a, hoot, artifact_lineage, &req, &l, err);
	if (r == 0 && a->h->json)
		r = wire_encode(wire_messages[WIRE_MESSAGE_artifact_lineage].result, &l, &b, err);
	else if (r == 0)
		r = lineage_draw(&l, a->artifact, a->descendants ? LINEAGE_DOWN : LINEAGE_UP, lines ? columns : 0, &b, err);
	if (r < 0)
		return r;
	printf("%s%s", b.s ? b.s : "", a->h->json ? "\n" : "");
	if (!a->h->json && !l.complete)
		printf("there is more: --depth %lld goes further\n", (long long)(a->depth * 2 < 64 ? a->depth * 2 : 64));
	return fflush(stdout) != 0 ? err_set(err, -EIO, "standard output is closed") : 0;
}

int holler_lineage(const struct holler *h, int argc, char **argv)
{
	struct asked a = { .h = h, .arena = WIRE_ARENA_INIT };
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	int r = parse(&a, argc, argv, &err);
	if (r == 0)
		r = reach_open(h, "hootenanny", &a.hoot, &err);
	if (r == 0)
		r = find_artifact(&a, &err);
	if (r == 0)
		r = show(&a, &err);
	reach_close(&a.hoot);
	reach_close(&a.garden);
	wire_arena_done(&a.arena);
	return r < 0 ? holler_fail(h, "lineage", &err) : 0;
}
