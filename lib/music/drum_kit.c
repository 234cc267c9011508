#include "music/drum_kit.h"

#include "base/mem.h"
#include "base/str.h"

#include <strings.h>

#include "base/banned.h"

static const char *const names[DRUM_LAST - DRUM_FIRST + 1] = {
	"kick2",       "kick",       "rim",        "snare",      "clap",       "snare2",      "floortom2",   "hat",
	"floortom",    "pedalhat",   "lowtom",     "openhat",    "midtom",     "hightom",     "crash",       "hightom2",
	"ride",        "china",      "ridebell",   "tambourine", "splash",     "cowbell",     "crash2",      "vibraslap",
	"ride2",       "hibongo",    "lowbongo",   "muteconga",  "hiconga",    "lowconga",    "hitimbale",   "lowtimbale",
	"hiagogo",     "lowagogo",   "cabasa",     "maracas",    "whistle",    "longwhistle", "guiro",       "longguiro",
	"claves",      "hiblock",    "lowblock",   "mutecuica",  "cuica",      "mutetriangle", "triangle",
};

static const struct {
	const char *name;
	int drum;
} others[] = {
	{ "agogo", 67 },   { "bassdrum", 36 }, { "bd", 36 },       { "bell", 53 },    { "block", 76 },   { "bongo", 60 },
	{ "ch", 42 },      { "clave", 75 },    { "conga", 63 },    { "cp", 39 },      { "hh", 42 },      { "hihat", 42 },
	{ "oh", 46 },      { "openhihat", 46 }, { "rimshot", 37 }, { "sd", 38 },      { "shaker", 70 },  { "sidestick", 37 },
	{ "timbale", 65 }, { "tom", 45 },      { "tom1", 50 },     { "tom2", 47 },    { "tom3", 43 },    { "woodblock", 76 },
};

const char *drum_name(int drum)
{
	return drum >= DRUM_FIRST && drum <= DRUM_LAST ? names[drum - DRUM_FIRST] : "";
}

int drum_of_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return DRUM_FIRST + (int)i;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcasecmp(others[i].name, name) == 0)
			return others[i].drum;
	return -1;
}

const char *drum_nearest_name(const char *name)
{
	return str_nearest(name, names, COUNT_OF(names));
}
