/*
 * space.def.h - the spaces that content lives in, and who can bring it from one to another.
 *
 * Nothing of it is configured: the spaces are those of the artifacts that are there and of what the workers offer, and a
 * way between two is found among the projections that are offered just now.
 */
#ifndef WIRE_MESSAGES_SPACE_DEF_H
#define WIRE_MESSAGES_SPACE_DEF_H

#define SPACE_ENUMS(E)
#define SPACE_OBJECT(F) \
	F(STR, space, NONE, REQ, ANY, "its name", "\"midi\"") \
	F(INT, n_artifacts, COUNT, REQ, RANGE(0, 9e15), "artifacts that live in it", "12") \
	F(INT, n_in, COUNT, REQ, RANGE(0, 9e9), "ways into it: projections and samplers", "3") \
	F(INT, n_out, COUNT, REQ, RANGE(0, 9e9), "ways on from it", "9")
#define SPACE_EDGE_OBJECT(F) \
	F(STR, verb, NONE, REQ, ANY, "sample, continue, bridge, project, embed", "\"project\"") \
	F(STR, from_space, NONE, REQ, ANY, "space of the first input; empty for a sample out of nothing", "\"midi\"") \
	F(STR, to_space, NONE, REQ, ANY, "space of the result", "\"audio\"") \
	F(STR, model, NONE, REQ, ANY, "name of the model", "\"soundfont\"") \
	F(STR, model_version, NONE, REQ, ANY, "its version", "\"1\"") \
	F(BOOL, deterministic, FLAG, REQ, ANY, "the same seed gives the same bytes", "true") \
	F(INT, n_workers, COUNT, REQ, RANGE(1, 9e9), "workers online that offer it", "1") \
	F(JSON, params_schema, NONE, OPT, ANY, "JSON Schema of its parameters, when asked for", "{\"type\": \"object\"}")
#define SPACE_OBJECTS(O) \
	O(space_view, SPACE_OBJECT, "a space") \
	O(space_edge, SPACE_EDGE_OBJECT, "something that workers can do between two spaces")

#define SPACE_LIST_FIELDS(F) \
	F(STR, verb, NONE, DEF(""), LEN(0, 64), "only what is done by this verb", "\"sample\"") \
	F(STR, from_space, NONE, OPT, LEN(0, 64), "only from this space; empty: out of nothing", "\"midi\"") \
	F(STR, to_space, NONE, DEF(""), LEN(0, 64), "only to this space", "\"audio\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "only this model", "\"drums\"") \
	F(BOOL, schemas, FLAG, DEF(false), ANY, "with the JSON Schema of the parameters", "true")
#define SPACE_LIST_RESULT(F) \
	F(LIST(OBJ(space_view)), spaces, NONE, REQ, LEN(0, 4096), "all spaces, by name", "[]") \
	F(LIST(OBJ(space_edge)), edges, NONE, REQ, LEN(0, 4096), "what can be done between them now, first choice first", "[]")
#define SPACE_ROUTE_FIELDS(F) \
	F(STR, from_space, NONE, REQ, LEN(1, 64), "where it is", "\"abc\"") \
	F(STR, to_space, NONE, REQ, LEN(1, 64), "where it should be", "\"audio\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model of the last step; empty is any", "\"\"")
#define SPACE_ROUTE_RESULT(F) \
	F(BOOL, found, FLAG, REQ, ANY, "there is a way", "true") \
	F(LIST(OBJ(space_edge)), route, NONE, REQ, LEN(0, 4096), "the projections, first one first", "[]") \
	F(STR, missing, NONE, OPT, ANY, "without a way: what is missing", \
	  "\"nobody projects to video; from abc there is a way to: midi, audio\"")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define SPACE_REQUESTS(M) \
	M(space_list, SPACE_LIST, HOOTENANNY, OWNER, QUICK, READ_ONLY, CORE, "List the spaces, and what models can do in and between them.") \
	M(space_route, SPACE_ROUTE, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Find the projections that lead from one space to another.")
#define SPACE_EVENTS(N)
#define SPACE_UNIONS(U)

#endif
