/*
 * garden_piece.h - a small garden that tests ask about.
 *
 *   tempo   0: 120, 8: 60 ramping to 120 at 16        meter  pick-up of 1 beat, 4/4, from beat 9 on 3/4
 *   regions r1 0-4 verse, tags drums chorus, artifact a1, by human:ann
 *           r2 2-6 tags chorus, content h2, by agent:drums
 *           r3 4-8 latent, running (job j1, half done)
 *           r4 8-12 latent, approved, enters at 10 over 2 beats in place of r5 (job j2, artifact a4)
 *           r5 8-16 content h5, taken over by r4
 *           r6 6-7 moves mix:gain
 *   markers m1 0 section "intro", m3 4 cue "drop", m2 8 section "bridge"
 *   edits   1 ann makes r1, 2 drums makes r2, 3 ann undoes 2, 4 drums makes r2 again (redo), 5 a step of r3
 *   waiting s7 at 32 (r1, by bob, conflicting), s3 at 20 (m3)
 *   playing at beat 9, on a stepped device
 */
#ifndef TESTS_QUERY_GARDEN_PIECE_H
#define TESTS_QUERY_GARDEN_PIECE_H

#include "query/garden_view.h"

#define PIECE_NOW_MS 1000000

struct garden_state *garden_piece(const struct clock *clock);

/* Adds a region to *d: `change` may fill in the parts before they are shared. */
typedef void piece_change(struct region_body *b, struct region_life *l);
piece_change piece_plain; /* nothing more */
void piece_region(struct document **d, const char *id, double position, double duration, int64_t revision, piece_change *change);
void piece_marker(struct document **d, const char *id, double position, const char *type, const char *label);
void piece_edit(struct garden_state *s, int64_t revision, enum edit_kind kind, const char *actor, int64_t of, const char *touched);
char *piece_copy(const char *s); /* never NULL */

#endif
