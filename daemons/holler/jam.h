/*
 * jam.h - a performance in one command: a tune, its continuation by a model, mixed in while it plays.
 *
 * Everything happens through the family's messages, as any participant could do it: holler reads the tune, asks
 * hootenanny to project and continue it, puts regions on chaosgarden's timeline, decides, listens and records.
 *
 * Threads: one; the two clients and the two subscribers share a loop.
 */
#ifndef HOLLER_JAM_H
#define HOLLER_JAM_H

#include "command.h"
#include "run.h"

#include "base/err.h"
#include "music/notes.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/family.h"
#include "wire/loop.h"

#include <inttypes.h>
#include <stdint.h>
#include <sys/types.h>

#define JAM_ID_SIZE     72
#define JAM_MAX_STATES  32
#define JAM_TAIL_S      2.0  /* the last notes ring out */
#define JAM_TUNE_MAX_S  16.0 /* a longer tune is excerpted */
#define JAM_TOTAL_S     28.0 /* what the performance aims at */
#define JAM_TOTAL_MAX_S 44.0

struct jam_options {
	const char *tune; /* NULL: the default one */
	const char *dir;
	const char *device; /* "auto", "null", "pipewire" */
	int64_t number;     /* X: of the tune in an ABC file, 0 for the first */
	int64_t seed;       /* -1: drawn by hootenanny */
	int64_t n_bars;     /* of the continuation, 0: chosen */
	bool keep;          /* leave the family running */
};

/* Where everything is; absolute paths. */
struct jam_paths {
	char dir[3072], family[3200], wav[3200], mid[3200], svg[3200], log[3200];
};

/* The plan: all positions in beats from the start of the timeline, which is the start of the excerpt. */
struct jam_plan {
	double pickup_beats, bar_beats;
	double tune_end_beats;  /* the bar line where the tune is over */
	int64_t enter_bar;      /* the latent enters at the start of this bar, the last one of the tune */
	double enter_beats;
	int64_t n_bars;         /* bars that are new */
	double new_end_beats;   /* the bar line where the continuation is over */
	double end_beats;       /* everything has rung out */
	double tune_s, total_s; /* length of the tune and of the whole */
};

/* One stretch of the latent's life, for the picture. */
struct jam_state {
	char name[24];
	double at_s; /* since the transport started; negative before */
};

struct jam {
	const struct holler *h;
	struct jam_options o;
	struct jam_paths paths;
	struct jam_plan plan;

	struct wire_family *family;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_client *hoot, *garden;
	struct wire_subscriber *hoot_events, *garden_events;
	struct wire_timer *memory_timer;
	struct wire_watch *signals[HOLLER_N_STOPS];
	bool started;     /* the family is ours */
	bool interrupted; /* by Ctrl-C or the like: stop cleanly */
	struct wire_arena arena;

	char *bytes;                /* of the tune's file */
	size_t n_bytes;
	bool midi;                  /* it is a MIDI file, else ABC notation */
	struct score *tune;         /* the excerpt as it is performed */
	struct score *continuation; /* what the model made, with the lead-in bar */
	char title[160];

	char tune_artifact[JAM_ID_SIZE], midi_artifact[JAM_ID_SIZE], excerpt_artifact[JAM_ID_SIZE];
	char audio_artifact[JAM_ID_SIZE], new_midi_artifact[JAM_ID_SIZE], new_audio_artifact[JAM_ID_SIZE];
	char tune_region[JAM_ID_SIZE], latent_region[JAM_ID_SIZE], job[JAM_ID_SIZE], decision[JAM_ID_SIZE];
	char model[136];
	int64_t seed;

	/* what the events said */
	struct jam_state states[JAM_MAX_STATES];
	size_t n_states;
	bool resolved, mixed_in, failed;
	double mixed_in_beat;
	int64_t mixed_in_frame;
	double position_beats;
	int64_t position_bar;
	bool at_end;
	char trouble[240]; /* the first content error or failure */
	int64_t xruns;

	int64_t began_ns, played_ns; /* monotonic */
	int64_t peak_pss_bytes;
	bool playing;   /* and recording */
	bool live_line; /* a progress line stands on the terminal */
};

/* jam_family.c: the family of its own. */
int jam_family_start(struct jam *j, struct err *err);
void jam_family_stop(struct jam *j);
/* Proportional memory of all processes of the family and this one, now. */
int64_t jam_family_pss(struct jam *j);

/* jam_check.c: the file is looked at before anything is started; mistakes in its notation are shown. */
int jam_tune_check(struct jam *j, struct err *err);

/* jam_tune.c: what to perform, and the plan. */
int jam_tune_store(struct jam *j, struct err *err);
int jam_tune_plan(struct jam *j, struct err *err);
int jam_tune_default(const char *self, char *ret, size_t size, struct err *err);
/* The whole performance as one score: the tune, and the new part as voices of its own. */
int jam_performance(const struct jam *j, struct score **ret, struct err *err);
int jam_read_midi(struct jam *j, const char *artifact_id, struct score **ret, struct err *err);

/* jam_report.c: what is printed. */
void jam_step(struct jam *j, const char *what, const char *fmt, ...) PRINTF(3, 4);
/* A path as it is best read: without the folder that we are in. */
const char *jam_shown(const char *path);
/* Lines below a step, as they are. */
void jam_lines(struct jam *j, const char *text);
/* The live line: on a terminal it is overwritten, elsewhere it is left out. */
void jam_progress(struct jam *j, const char *what, double fraction, const char *note);
int jam_print_lineage(struct jam *j, struct err *err);
/* jam.svg, from the recording and the scores. */
int jam_draw(struct jam *j, struct err *err);

/* One request; the result's strings live in j->arena. */
#define JAM_CALL(j, client, name, req, ret, err) \
	wire_client_call((client), &wire_messages[WIRE_MESSAGE_##name], (req), NULL, &(j)->arena, (ret), (err))

#endif
