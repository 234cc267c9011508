#include "model/drum_styles_priv.h"

#include "base/mem.h"
#include "model/drums.h"
#include "music/drum_kit.h"

#include "base/banned.h"

#define ALWAYS 0, 100, false
#define PULSE  0, 100, true
#define SOFT   0, 74, true    /* the line of quiet bars */
#define LOUD   75, 100, true  /* the line of loud bars, in its place */

static const struct drum_layer rock[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... ..2. X.6. ..1." },
	{ DRUM_KICK, ALWAYS, "B", "X.3. ..x. ..X. ..2." },
	{ DRUM_KICK, ALWAYS, "C", "X... ..x. x.x. ..4." },
	{ DRUM_SNARE, ALWAYS, "", ".... X..b .a.. X..1" },
	{ DRUM_HAT, SOFT, "", "X.x. X.x. X.x. X.x." },
	{ DRUM_RIDE, LOUD, "", "X.x. X.x. X.x. X.x." },
	{ DRUM_HAT_OPEN, ALWAYS, "", ".... .... .... ..2." },
};
static const struct drum_layer pop[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... ..4. ..x. ...." },
	{ DRUM_KICK, ALWAYS, "B", "X... .... X... ..3." },
	{ DRUM_SNARE, ALWAYS, "", ".... X... .... X..." },
	{ DRUM_CLAP, 65, 100, false, "", ".... x... .... x..." },
	{ DRUM_HAT, PULSE, "", "X2x2 X2x2 X2x2 X2x2" },
	{ DRUM_TAMBOURINE, 60, 100, true, "", "..5. x.5. ..5. x.5." },
};
static const struct drum_layer ballad[] = {
	{ DRUM_KICK, ALWAYS, "", "X... .... x.3. ..1." },
	{ DRUM_RIM, 0, 64, false, "", ".... X... .... X..." },
	{ DRUM_SNARE, 65, 100, false, "", ".... X... .... X..c" },
	{ DRUM_HAT, SOFT, "", "x.o. x.o. x.o. x.o." },
	{ DRUM_RIDE, LOUD, "", "X.x. X.x. X.x. X.x." },
};
static const struct drum_layer halftime[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... ..3. .... ..5." },
	{ DRUM_KICK, ALWAYS, "B", "X..x ..4. ...2 ..x." },
	{ DRUM_SNARE, ALWAYS, "", "...a ...b X..b .a.1" },
	{ DRUM_HAT, SOFT, "", "X.x. X.x3 X.x. X3x." },
	{ DRUM_RIDE, LOUD, "", "X.x. X.x. X.x. X.x." },
};
static const struct drum_layer shuffle[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... ..2. X... ..4." },
	{ DRUM_KICK, ALWAYS, "B", "X... x... X... x.3." },
	{ DRUM_SNARE, ALWAYS, "", "..b. X.c. ..b. X.c." },
	{ DRUM_HAT, SOFT, "", "X.x. X.x. X.x. X.x." },
	{ DRUM_RIDE, LOUD, "", "X.x. X.x. X.x. X.x." },
};
static const struct drum_layer blues[] = {
	{ DRUM_KICK, ALWAYS, "", "X..... ....2. X...6. ....2." },
	{ DRUM_SNARE, ALWAYS, "", "...... X...a. ...... X...b." },
	{ DRUM_HAT, SOFT, "", "X.x.x. X.x.x. X.x.x. X.x.x." },
	{ DRUM_RIDE, LOUD, "", "X.x.x. X.x.x. X.x.x. X.x.x." },
};
static const struct drum_layer funk[] = {
	{ DRUM_KICK, ALWAYS, "A", "X.x. ..3. ..X. .3.." },
	{ DRUM_KICK, ALWAYS, "B", "X..4 ..x. ..x. ..5." },
	{ DRUM_KICK, ALWAYS, "C", "X.X. ...4 ..Xx .2.." },
	{ DRUM_SNARE, ALWAYS, "A", "..a. X..o .o.o X..c" },
	{ DRUM_SNARE, ALWAYS, "B", ".b.. X..f ...o X.c." },
	{ DRUM_SNARE, ALWAYS, "C", "..a. X..o .o.. .oX." },
	{ DRUM_HAT, PULSE, "", "X6x5 X6x5 X6x5 X6x5" },
	{ DRUM_HAT_OPEN, 55, 100, false, "", ".... ..2. .... ..5." },
};
static const struct drum_layer disco[] = {
	{ DRUM_KICK, ALWAYS, "", "X... X... X... X..2" },
	{ DRUM_SNARE, ALWAYS, "", ".... X... .... X.2." },
	{ DRUM_HAT, PULSE, "", "x5.4 x5.4 x5.4 x5.4" },
	{ DRUM_HAT_OPEN, ALWAYS, "", "..X. ..X. ..X. ..X." },
	{ DRUM_TAMBOURINE, 70, 100, true, "", "x.x. X.x. x.x. X.x." },
};
static const struct drum_layer hiphop[] = {
	{ DRUM_KICK, ALWAYS, "A", "X..3 ...2 ..x. .4.." },
	{ DRUM_KICK, ALWAYS, "B", "X... ..x. .xx. ...2" },
	{ DRUM_KICK, ALWAYS, "C", "X.x. ...4 ..x. ..3." },
	{ DRUM_SNARE, ALWAYS, "", ".... X..a .b.. X..b" },
	{ DRUM_HAT, PULSE, "", "X.x3 x.x2 X.x3 x.x4" },
	{ DRUM_HAT_OPEN, 50, 100, false, "", ".... .... ..3. ..2." },
};
static const struct drum_layer trap[] = {
	{ DRUM_KICK, ALWAYS, "A", "X..3 ..x. ...4 ..3." },
	{ DRUM_KICK, ALWAYS, "B", "X... ...x ..x. .4.." },
	{ DRUM_CLAP, ALWAYS, "", ".... .... X... ...." },
	{ DRUM_SNARE, 60, 100, false, "", ".... .... x... ..2a" },
	{ DRUM_HAT, ALWAYS, "A", "X.x. x.R. X.x. xRx." },
	{ DRUM_HAT, ALWAYS, "B", "X3x3 x.x. X.RR x3x." },
	{ DRUM_HAT_OPEN, 55, 100, false, "", "..3. .... .... ..4." },
};
static const struct drum_layer house[] = {
	{ DRUM_KICK, ALWAYS, "", "X... X... X... X..." },
	{ DRUM_CLAP, ALWAYS, "", ".... X... .... X..2" },
	{ DRUM_HAT_OPEN, ALWAYS, "", "..X. ..X. ..X. ..X." },
	{ DRUM_HAT, PULSE, "", "4c.c 4c.c 4c.c 4c.c" },
	{ DRUM_MARACAS, 60, 100, true, "", "x5x6 x5x6 x5x6 x5x6" },
	{ DRUM_RIM, 50, 100, false, "A", "...4 ..5. .3.. ...." },
	{ DRUM_CONGA_HIGH, 50, 100, false, "B", "..3. .4.3 ..3. .5.." },
};
static const struct drum_layer techno[] = {
	{ DRUM_KICK, ALWAYS, "", "X... X... X... X..." },
	{ DRUM_HAT_OPEN, ALWAYS, "", "..X. ..X. ..X. ..X." },
	{ DRUM_HAT, 40, 100, true, "", "x7x7 x7x7 x7x7 x7x7" },
	{ DRUM_CLAP, 50, 100, false, "", ".... X... .... X..." },
	{ DRUM_RIM, ALWAYS, "A", "...5 ..5. .5.. 5..." },
	{ DRUM_TOM_FLOOR, ALWAYS, "B", "..cf ..cf ..cf .ccf" },
	{ DRUM_RIDE, 85, 100, true, "", "x.X. x.X. x.X. x.X." },
};
static const struct drum_layer dnb[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... .... ..X. ...." },
	{ DRUM_KICK, ALWAYS, "B", "X.x. .... ..xX ...." },
	{ DRUM_KICK, ALWAYS, "C", "X... ...3 ..X. ..3." },
	{ DRUM_SNARE, ALWAYS, "A", ".... X..b .b.. X..a" },
	{ DRUM_SNARE, ALWAYS, "B", ".... X..o .o.. X..o" },
	{ DRUM_SNARE, ALWAYS, "C", ".... X.b. .b.. X.c2" },
	{ DRUM_HAT, SOFT, "", "X5x. X5x. X5x. X5x." },
	{ DRUM_RIDE, LOUD, "", "X.x. X.x. X.x. X.x." },
};
static const struct drum_layer breakbeat[] = {
	{ DRUM_KICK, ALWAYS, "A", "X.x. .... ..x. .2.." },
	{ DRUM_KICK, ALWAYS, "B", "X..x .... .xx. ...." },
	{ DRUM_SNARE, ALWAYS, "", ".... X..d .d.. X..d" },
	{ DRUM_HAT, PULSE, "", "X.x. X.x. X.x. X.x." },
	{ DRUM_HAT_OPEN, 45, 100, false, "", ".... .... ..4. ...." },
};
static const struct drum_layer reggae[] = {
	{ DRUM_KICK, ALWAYS, "A", ".... .... X... ...." },
	{ DRUM_KICK, ALWAYS, "B", "X... .... X... ...." },
	{ DRUM_KICK, ALWAYS, "C", "X... X... X... X..." },
	{ DRUM_RIM, ALWAYS, "", "..1. .... X... ..2." },
	{ DRUM_HAT, PULSE, "", "x.X. x.X. x.X. x.X3" },
	{ DRUM_HAT_OPEN, 50, 100, false, "", ".... .... .... ..3." },
};
static const struct drum_layer ska[] = {
	{ DRUM_KICK, ALWAYS, "", "X... 2... X... 2..." },
	{ DRUM_SNARE, ALWAYS, "", ".... X... .... X..." },
	{ DRUM_HAT, PULSE, "", "..X. ..X. ..X. ..X." },
	{ DRUM_HAT_PEDAL, ALWAYS, "", "x... x... x... x..." },
};
static const struct drum_layer bossa[] = {
	{ DRUM_KICK, ALWAYS, "", "X... ..x. X... ..x.|X... ..x. X... ..x." },
	{ DRUM_RIM, ALWAYS, "A", "X... ..X. .... X...|.... X... ..X. ...." },
	{ DRUM_RIM, ALWAYS, "B", ".... X... ..X. ....|X... ..X. .... X..." },
	{ DRUM_HAT, PULSE, "", "x.o. x.o. x.o. x.o.|x.o. x.o. x.o. x.o." },
	{ DRUM_HAT_PEDAL, ALWAYS, "", ".... 7... .... 7...|.... 7... .... 7..." },
	{ DRUM_MARACAS, 55, 100, true, "", "x4o4 x4o4 x4o4 x4o4|x4o4 x4o4 x4o4 x4o4" },
};
static const struct drum_layer samba[] = {
	{ DRUM_KICK, ALWAYS, "", "x..x X..x|x..x X..x" },
	{ DRUM_SNARE, ALWAYS, "", "oaXa oaoX|oaoX oXao" },
	{ DRUM_MARACAS, PULSE, "", "XooX XooX|XooX XooX" },
	{ DRUM_BLOCK_HIGH, 40, 100, false, "A", "X..X .X.X|..X. X.X." },
	{ DRUM_AGOGO_HIGH, 40, 100, false, "B", "X.X. .X.X|.X.. X.X." },
	{ DRUM_AGOGO_LOW, 40, 100, false, "B", "...x x.x.|x.xx .x.x" },
};
#define SALSA(clave_one, clave_two, cascara_one, cascara_two) \
	{ DRUM_CLAVES, ALWAYS, "", clave_one "|" clave_two }, \
	{ DRUM_TIMBALE_HIGH, 30, 69, false, "", cascara_one "|" cascara_two }, \
	{ DRUM_COWBELL, 70, 100, false, "", "X... X.x. X.x. X.x.|X... X.x. X.x. X.x." }, \
	{ DRUM_CONGA_MUTE, ALWAYS, "", "o.o. X.o. o.o. ....|o.o. X.o. o.o. ...." }, \
	{ DRUM_CONGA_HIGH, ALWAYS, "", ".... .... .... X.x.|.... .... .... X.x." }, \
	{ DRUM_CONGA_LOW, 50, 100, false, "", ".... ..3. .... ....|.... ..5. .... ...." }, \
	{ DRUM_KICK, 40, 100, false, "", ".... ..x. .... 4...|.... ..x. .... 4..." }, \
	{ DRUM_MARACAS, 55, 100, true, "", "x.o. x.o. x.o. x.o.|x.o. x.o. x.o. x.o." }
static const struct drum_layer salsa32[] = {
	SALSA("X... ..X. .... X...", ".... X... X... ....", "X.x. x.X. X.x. ..x.", "X.x. ..x. ..X. x.x."),
};
static const struct drum_layer salsa23[] = {
	SALSA(".... X... X... ....", "X... ..X. .... X...", "X.x. ..x. ..X. x.x.", "X.x. x.X. X.x. ..x."),
};
static const struct drum_layer tango[] = {
	{ DRUM_KICK, ALWAYS, "A", "X... x... X... x.3." },
	{ DRUM_KICK, ALWAYS, "B", "X..x ..x. X..x ..x." },
	{ DRUM_SNARE, ALWAYS, "A", ".... o... .... o.RX" },
	{ DRUM_SNARE, ALWAYS, "B", "...o ..o. ...o ..RX" },
	{ DRUM_RIM, 50, 100, false, "", "x.3. x.3. x.3. x.3." },
};
static const struct drum_layer afro[] = {
	{ DRUM_COWBELL, ALWAYS, "", "X...x. ..x.x. ..X... x...x." },
	{ DRUM_CONGA_LOW, ALWAYS, "", "X..... ....x. X..... ....4." },
	{ DRUM_CONGA_HIGH, ALWAYS, "", "..x.5. ..x... ..x.5. ..x..." },
	{ DRUM_MARACAS, 35, 100, true, "", "X.o.o. X.o.o. X.o.o. X.o.o." },
	{ DRUM_KICK, 45, 100, false, "", "X..... X..... X..... X....." },
};
static const struct drum_layer jazz[] = {
	{ DRUM_RIDE, PULSE, "", "x... X.x. x... X.x." },
	{ DRUM_HAT_PEDAL, ALWAYS, "", ".... X... .... X..." },
	{ DRUM_KICK_SOFT, ALWAYS, "", "f... e.1. f... e.1." },
	{ DRUM_SNARE, ALWAYS, "A", "..b. ..c. ..b. ..d." },
	{ DRUM_SNARE, ALWAYS, "B", "..c. b.a. ..2. ..c." },
};
static const struct drum_layer jazzwaltz[] = {
	{ DRUM_RIDE, PULSE, "", "X... x.x. x.4." },
	{ DRUM_HAT_PEDAL, ALWAYS, "", ".... X... ...." },
	{ DRUM_KICK_SOFT, ALWAYS, "", "x... .... ..3." },
	{ DRUM_SNARE, ALWAYS, "", ".... ..c. d.c." },
};
static const struct drum_layer waltz[] = {
	{ DRUM_KICK, ALWAYS, "", "X... .... ..2." },
	{ DRUM_SNARE, ALWAYS, "", ".... x... x.b." },
	{ DRUM_HAT, PULSE, "", "4... x.3. x.3." },
};
static const struct drum_layer jig[] = {
	{ DRUM_CONGA_LOW, ALWAYS, "", "X...x. X...x." },
	{ DRUM_CONGA_MUTE, ALWAYS, "", "..x.a5 ..x.a5" },
	{ DRUM_RIM, 60, 100, false, "", "....4. ....4." },
};
static const struct drum_layer reel[] = {
	{ DRUM_CONGA_LOW, ALWAYS, "A", "X..3 x..2 X..3 x..." },
	{ DRUM_CONGA_LOW, ALWAYS, "B", "X... X..4 x... X..2" },
	{ DRUM_CONGA_MUTE, ALWAYS, "", "..x5 ..x. ..x5 ..xb" },
	{ DRUM_RIM, 60, 100, false, "", "..4. ..4. ..4. ..4." },
};
static const struct drum_layer polka[] = {
	{ DRUM_KICK, ALWAYS, "", "X... x..." },
	{ DRUM_SNARE, ALWAYS, "", "..x. ..xb" },
	{ DRUM_HAT, PULSE, "", "..x. ..x." },
};
static const struct drum_layer march[] = {
	{ DRUM_KICK, ALWAYS, "", "X... X...|X... X..." },
	{ DRUM_SNARE, ALWAYS, "A", "F.xx X.x.|F.xR X.X." },
	{ DRUM_SNARE, ALWAYS, "B", "X.RR X.RR|F.x. Fx.x" },
	{ DRUM_CRASH, 55, 100, false, "", "x... ....|.... x..." },
};
static const struct drum_layer country[] = {
	{ DRUM_KICK, ALWAYS, "", "X... x... X... x..." },
	{ DRUM_SNARE, ALWAYS, "", "ooXo ooXo ooXo oaXo" },
	{ DRUM_HAT_PEDAL, ALWAYS, "", "..x. ..x. ..x. ..x." },
};

#define FOUR(bars) 4, 4, 4, 4, bars
#define LAYERS(l)  l, COUNT_OF(l)

const struct drum_style drum_styles[] = {
	[DRUM_STYLE_ROCK] = { FOUR(1), 3, 120, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(rock) },
	[DRUM_STYLE_POP] = { FOUR(1), 2, 110, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(pop) },
	[DRUM_STYLE_BALLAD] = { FOUR(1), 1, 72, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(ballad) },
	[DRUM_STYLE_HALFTIME] = { FOUR(1), 2, 140, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 16, LAYERS(halftime) },
	[DRUM_STYLE_SHUFFLE] = { FOUR(1), 2, 120, 100, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(shuffle) },
	[DRUM_STYLE_BLUES] = { 12, 8, 4, 6, 1, 1, 90, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(blues) },
	[DRUM_STYLE_FUNK] = { FOUR(1), 3, 104, 15, DRUM_SWING_SIXTEENTHS, DRUM_FILL_KIT, 0, LAYERS(funk) },
	[DRUM_STYLE_DISCO] = { FOUR(1), 1, 120, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(disco) },
	[DRUM_STYLE_HIPHOP] = { FOUR(1), 3, 90, 45, DRUM_SWING_SIXTEENTHS, DRUM_FILL_MACHINE, 24, LAYERS(hiphop) },
	[DRUM_STYLE_TRAP] = { FOUR(1), 2, 140, 0, DRUM_SWING_SIXTEENTHS, DRUM_FILL_MACHINE, 25, LAYERS(trap) },
	[DRUM_STYLE_HOUSE] = { FOUR(1), 2, 124, 15, DRUM_SWING_SIXTEENTHS, DRUM_FILL_MACHINE, 25, LAYERS(house) },
	[DRUM_STYLE_TECHNO] = { FOUR(1), 2, 132, 0, DRUM_SWING_SIXTEENTHS, DRUM_FILL_MACHINE, 25, LAYERS(techno) },
	[DRUM_STYLE_DNB] = { FOUR(1), 3, 174, 0, DRUM_SWING_SIXTEENTHS, DRUM_FILL_MACHINE, 24, LAYERS(dnb) },
	[DRUM_STYLE_BREAKBEAT] = { FOUR(1), 2, 130, 10, DRUM_SWING_SIXTEENTHS, DRUM_FILL_KIT, 0, LAYERS(breakbeat) },
	[DRUM_STYLE_REGGAE] = { FOUR(1), 3, 76, 40, DRUM_SWING_EIGHTHS, DRUM_FILL_LATIN, 0, LAYERS(reggae) },
	[DRUM_STYLE_SKA] = { FOUR(1), 1, 160, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(ska) },
	[DRUM_STYLE_BOSSA] = { FOUR(2), 2, 130, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_JAZZ, 0, LAYERS(bossa) },
	[DRUM_STYLE_SAMBA] = { 2, 4, 2, 4, 2, 2, 100, 0, DRUM_SWING_SIXTEENTHS, DRUM_FILL_LATIN, 0, LAYERS(samba) },
	[DRUM_STYLE_SALSA32] = { FOUR(2), 1, 180, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_LATIN, 0, LAYERS(salsa32) },
	[DRUM_STYLE_SALSA23] = { FOUR(2), 1, 180, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_LATIN, 0, LAYERS(salsa23) },
	[DRUM_STYLE_TANGO] = { FOUR(1), 2, 120, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_SNARE, 0, LAYERS(tango) },
	[DRUM_STYLE_AFRO] = { 12, 8, 4, 6, 1, 1, 165, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_LATIN, 0, LAYERS(afro) },
	[DRUM_STYLE_JAZZ] = { FOUR(1), 2, 150, 90, DRUM_SWING_EIGHTHS, DRUM_FILL_JAZZ, 32, LAYERS(jazz) },
	[DRUM_STYLE_JAZZWALTZ] = { 3, 4, 3, 4, 1, 1, 150, 90, DRUM_SWING_EIGHTHS, DRUM_FILL_JAZZ, 32, LAYERS(jazzwaltz) },
	[DRUM_STYLE_WALTZ] = { 3, 4, 3, 4, 1, 1, 150, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_SNARE, 48, LAYERS(waltz) },
	[DRUM_STYLE_JIG] = { 6, 8, 2, 6, 1, 1, 174, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_FRAME, 0, LAYERS(jig) },
	[DRUM_STYLE_REEL] = { FOUR(1), 2, 200, 20, DRUM_SWING_EIGHTHS, DRUM_FILL_FRAME, 0, LAYERS(reel) },
	[DRUM_STYLE_POLKA] = { 2, 4, 2, 4, 1, 1, 120, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_SNARE, 0, LAYERS(polka) },
	[DRUM_STYLE_MARCH] = { 2, 4, 2, 4, 2, 2, 116, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_SNARE, 48, LAYERS(march) },
	[DRUM_STYLE_COUNTRY] = { FOUR(1), 1, 112, 0, DRUM_SWING_EIGHTHS, DRUM_FILL_KIT, 0, LAYERS(country) },
};

_Static_assert(COUNT_OF(drum_styles) == DRUM_STYLE_COUNT, "every style has its data");
