/*
 * all.def.h - the list of topics. A new topic adds its include and its row here, and nothing anywhere else.
 */
#ifndef WIRE_MESSAGES_ALL_DEF_H
#define WIRE_MESSAGES_ALL_DEF_H

#include "wire/messages/system.def.h"
#include "wire/messages/cas.def.h"
#include "wire/messages/artifact.def.h"
#include "wire/messages/decision.def.h"
#include "wire/messages/job.def.h"
#include "wire/messages/worker.def.h"
#include "wire/messages/music.def.h"
#include "wire/messages/space.def.h"
#include "wire/messages/transport.def.h"
#include "wire/messages/timeline.def.h"
#include "wire/messages/latent.def.h"
#include "wire/messages/record.def.h"
#include "wire/messages/query.def.h"

/* T(TOPIC, X): X travels along, so that one list macro serves every use. */
#define WIRE_TOPICS(T, X) \
	T(SYSTEM, X) \
	T(CAS, X) \
	T(ARTIFACT, X) \
	T(JOB, X) \
	T(DECISION, X) \
	T(WORKER, X) \
	T(SPACE, X) \
	T(MUSIC, X) \
	T(TRANSPORT, X) \
	T(TIMELINE, X) \
	T(LATENT, X) \
	T(RECORD, X) \
	T(QUERY, X)

#define WIRE_T_ENUMS(TOPIC, X)    TOPIC##_ENUMS(X)
#define WIRE_T_OBJECTS(TOPIC, X)  TOPIC##_OBJECTS(X)
#define WIRE_T_UNIONS(TOPIC, X)   TOPIC##_UNIONS(X)
#define WIRE_T_REQUESTS(TOPIC, X) TOPIC##_REQUESTS(X)
#define WIRE_T_EVENTS(TOPIC, X)   TOPIC##_EVENTS(X)

#define WIRE_ALL_ENUMS(E)    WIRE_TOPICS(WIRE_T_ENUMS, E)
#define WIRE_ALL_OBJECTS(O)  WIRE_TOPICS(WIRE_T_OBJECTS, O)
#define WIRE_ALL_UNIONS(U)   WIRE_TOPICS(WIRE_T_UNIONS, U)
#define WIRE_ALL_REQUESTS(M) WIRE_TOPICS(WIRE_T_REQUESTS, M)
#define WIRE_ALL_EVENTS(N)   WIRE_TOPICS(WIRE_T_EVENTS, N)

#endif
