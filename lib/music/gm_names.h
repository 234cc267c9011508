/*
 * gm_names.h - the names of General MIDI Level 1: programs and their families.
 *
 * Source: General MIDI System Level 1 (MMA 1991), the sound set.
 */
#ifndef MUSIC_GM_NAMES_H
#define MUSIC_GM_NAMES_H

/* Of a program 0..127 ("Acoustic Grand Piano"); NULL for another number. */
const char *gm_program_name(int program);
/* The family of eight that it belongs to ("Piano"); NULL for another number. */
const char *gm_family_name(int program);

#endif
