/*
 * gallery.h - `holler gallery`: pieces asked for in files, made by a family, and shown on a page with sound and pictures.
 *
 * A piece is a JSON file: {"title", "about", "inputs": [earlier pieces by file name without its end, or tunes], "ask": {a request
 * as it goes to hootenanny, without its inputs}}. Pieces are made in the order of their file names.
 */
#ifndef HOLLER_GALLERY_H
#define HOLLER_GALLERY_H

#include "command.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/client.h"

#define GALLERY_ID_SIZE 72

struct piece {
	char name[64]; /* of the file, without its end */
	json_t *file;
	json_t *job;      /* as it ended */
	char artifact[GALLERY_ID_SIZE], space[64];
	char audio[GALLERY_ID_SIZE]; /* "" until it was rendered */
	json_t *report;              /* midi_understand's summary, NULL when there is none */
	json_t *sound;               /* metadata of the render */
	bool has_notes;
};

struct gallery {
	const struct holler *h;
	const char *pieces, *out; /* folders */
	struct wire_client *client;
	struct piece *v;
	size_t n;
};

/* gallery_piece.c */
int gallery_read(struct gallery *g, struct err *err);
/* Asks for the piece and everything that is shown of it; its files lie in the folder `out`. */
int gallery_make(struct gallery *g, struct piece *p, struct err *err);
void gallery_done(struct gallery *g);

/* gallery_page.c: out/index.html */
int gallery_page(const struct gallery *g, struct err *err);

#endif
