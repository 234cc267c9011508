/*
 * roles_priv.h - between the features of voices and the rules that weigh them.
 */
#ifndef MUSIC_ROLES_PRIV_H
#define MUSIC_ROLES_PRIV_H

#include "music/roles.h"

/* Fills features[n_voices]. */
int role_features_find(const struct score *s, const struct model_watch *watch, struct role_features *features, struct err *err);
/* How sure each role is, from 0 to 1. */
void role_weigh(const struct role_features *f, double ret[VOICE_ROLE_COUNT]);

#endif
