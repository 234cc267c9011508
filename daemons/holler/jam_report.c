/*
 * jam_report.c - what a jam prints: its steps as they happen, and where the sound came from.
 */
#include "jam.h"
#include "lineage_draw.h"

#include "base/clock.h"
#include "base/json.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double jam_elapsed_s(const struct jam *j)
{
	return (double)(clock_monotonic_ns(clock_system()) - j->began_ns) * 1e-9;
}

static void jam_wipe(struct jam *j)
{
	if (j->live_line)
		fputs("\r\033[K", stdout);
	j->live_line = false;
}

void jam_step(struct jam *j, const char *what, const char *fmt, ...)
{
	char text[600];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (j->h->json) {
		AUTO_JSON json_t *o = json_pack("{s:f, s:s, s:s}", "at_s", jam_elapsed_s(j), "step", what, "text", text);
		AUTO_STRBUF b = STRBUF_INIT;
		if (o && json_write(&b, o, JSON_OUT_COMPACT) == 0)
			puts(b.s);
	} else {
		jam_wipe(j);
		printf("[%5.1f s] %-9s %s\n", jam_elapsed_s(j), what, text);
	}
	fflush(stdout);
}

const char *jam_shown(const char *path)
{
	char here[PATH_MAX];
	size_t n;
	if (!getcwd(here, sizeof(here)) || (n = strlen(here)) < 2 || strncmp(path, here, n) != 0 || path[n] != '/')
		return path;
	return path + n + 1;
}

void jam_lines(struct jam *j, const char *text)
{
	jam_wipe(j);
	for (const char *p = text; *p && !j->h->json;) {
		int n = (int)strcspn(p, "\n");
		printf("           %.*s\n", n, p);
		p += n + (p[n] == '\n');
	}
}

void jam_progress(struct jam *j, const char *what, double fraction, const char *note)
{
	static const char full[] = "########################";
	static const char rest[] = "........................";
	int width = (int)sizeof(full) - 1;
	if (j->h->json || !isatty(STDOUT_FILENO))
		return;
	int n = (int)(fraction * width + 0.5);
	n = n < 0 ? 0 : n > width ? width : n;
	printf("\r\033[K[%5.1f s] %-9s [%.*s%.*s] %3.0f%% %s", jam_elapsed_s(j), what, n, full, width - n, rest,
	       fraction * 100, note ? note : "");
	j->live_line = true;
	fflush(stdout);
}

static int jam_lineage_json(struct jam *j, const struct artifact_lineage_result *l, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int r = wire_encode(wire_messages[WIRE_MESSAGE_artifact_lineage].result, l, &b, err);
	if (r == 0)
		printf("{\"step\":\"lineage\",\"region_id\":\"%s\",\"lineage\":%s}\n", j->latent_region, b.s);
	return r;
}

int jam_print_lineage(struct jam *j, struct err *err)
{
	struct artifact_lineage req = {
		.artifact_id = j->new_audio_artifact,
		.direction = LINEAGE_ANCESTORS,
		.depth = 16,
	};
	struct artifact_lineage_result l;
	int r = JAM_CALL(j, j->hoot, artifact_lineage, &req, &l, err);
	if (r < 0)
		return r;
	if (j->h->json)
		return jam_lineage_json(j, &l, err);

	jam_wipe(j);
	printf("\nfrom intent to sound\n"
	       "region %s wanted: continue \"%s\" for %" PRId64 " bars, then audio\n"
	       "job %s\n",
	       j->latent_region, j->title, j->plan.n_bars, j->job);
	AUTO_STRBUF tree = STRBUF_INIT;
	r = lineage_draw(&l, NULL, LINEAGE_DOWN, 0, &tree, err);
	if (r < 0)
		return r;
	fputs(tree.s ? tree.s : "", stdout);
	printf("decision %s: approved by %s, entered at bar %" PRId64 " (beat %g, frame %" PRId64 ")\n", j->decision,
	       j->h->actor, j->plan.enter_bar, j->mixed_in_beat, j->mixed_in_frame);
	return 0;
}
