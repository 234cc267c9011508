/*
 * abc_decor_priv.h - the decorations of ABC 2.1 (and what abcm2ps and abc2midi added), each with its usual name.
 */
#ifndef MUSIC_ABC_DECOR_PRIV_H
#define MUSIC_ABC_DECOR_PRIV_H

#define ABC_DECORS(D) \
	D(TRILL, "trill") \
	D(TRILL_BEGIN, "trill(") \
	D(TRILL_END, "trill)") \
	D(LOWER_MORDENT, "lowermordent") \
	D(UPPER_MORDENT, "uppermordent") \
	D(TURN, "turn") \
	D(TURN_SLASH, "turnx") \
	D(INVERTED_TURN, "invertedturn") \
	D(INVERTED_TURN_SLASH, "invertedturnx") \
	D(ROLL, "roll") \
	D(SLIDE, "slide") \
	D(STACCATO, "staccato") \
	D(STACCATISSIMO, "wedge") \
	D(TENUTO, "tenuto") \
	D(ACCENT, "accent") \
	D(MARCATO, "marcato") \
	D(FERMATA, "fermata") \
	D(INVERTED_FERMATA, "invertedfermata") \
	D(ARPEGGIO, "arpeggio") \
	D(TREMOLO_1, "/") \
	D(TREMOLO_2, "//") \
	D(TREMOLO_3, "///") \
	D(PPPP, "pppp") \
	D(PPP, "ppp") \
	D(PP, "pp") \
	D(P, "p") \
	D(MP, "mp") \
	D(MF, "mf") \
	D(F, "f") \
	D(FF, "ff") \
	D(FFF, "fff") \
	D(FFFF, "ffff") \
	D(SFZ, "sfz") \
	D(CRESCENDO_BEGIN, "crescendo(") \
	D(CRESCENDO_END, "crescendo)") \
	D(DIMINUENDO_BEGIN, "diminuendo(") \
	D(DIMINUENDO_END, "diminuendo)") \
	D(BREATH, "breath") \
	D(UP_BOW, "upbow") \
	D(DOWN_BOW, "downbow") \
	D(OPEN, "open") \
	D(THUMB, "thumb") \
	D(SNAP, "snap") \
	D(PLUS, "plus") \
	D(FINGER_0, "0") \
	D(FINGER_1, "1") \
	D(FINGER_2, "2") \
	D(FINGER_3, "3") \
	D(FINGER_4, "4") \
	D(FINGER_5, "5") \
	D(SHORT_PHRASE, "shortphrase") \
	D(MEDIUM_PHRASE, "mediumphrase") \
	D(LONG_PHRASE, "longphrase") \
	D(SEGNO, "segno") \
	D(CODA, "coda") \
	D(DAL_SEGNO, "D.S.") \
	D(DA_CAPO, "D.C.") \
	D(DA_CODA, "dacoda") \
	D(DA_CAPO_AL_FINE, "D.C.alfine") \
	D(DA_CAPO_AL_CODA, "D.C.alcoda") \
	D(DAL_SEGNO_AL_FINE, "D.S.alfine") \
	D(DAL_SEGNO_AL_CODA, "D.S.alcoda") \
	D(FINE, "fine") \
	D(OTTAVA_BEGIN, "8va(") \
	D(OTTAVA_END, "8va)") \
	D(OTTAVA_LOW_BEGIN, "8vb(") \
	D(OTTAVA_LOW_END, "8vb)") \
	D(GLISSANDO_BEGIN, "~(") \
	D(GLISSANDO_END, "~)") \
	D(PEDAL, "ped") \
	D(PEDAL_UP, "ped-up") \
	D(EDITORIAL, "editorial") \
	D(COURTESY, "courtesy")

enum abc_decor {
#define ABC_DECOR_ENUM(id, name) ABC_##id,
	ABC_DECORS(ABC_DECOR_ENUM)
#undef ABC_DECOR_ENUM
	ABC_DECOR_OTHER, /* of a name that nobody plays: "text" of the item has it */
	ABC_DECOR_COUNT
};

#endif
