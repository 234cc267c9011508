/*
 * handlers.h - a daemon's dispatch table, expanded from the catalogue.
 *
 * A daemon says who it is and what its handlers work on, once, in its private header:
 *
 *   struct garden;
 *   #define WIRE_DAEMON  CHAOSGARDEN
 *   #define WIRE_CONTEXT struct garden
 *   #include "wire/handlers.h"
 *   WIRE_HANDLER_PROTOTYPES                 // int transport_seek_run(struct garden *, ...); one for each it owns
 *   extern const struct wire_handler garden_handlers[WIRE_MESSAGE_COUNT];
 *
 * and has WIRE_HANDLERS(garden_handlers); in one source. Requests of owner ALL are answered by the service
 * (WIRE_DAEMON SERVICE). A row with a NULL `run` belongs to somebody else; a request that is declared and has no handler
 * does not link.
 *
 * A handler gets its request decoded and checked, a result that is zeroed, and returns 0 or a negative errno with err
 * filled in. What the result points to must live until the handler's caller has encoded it: static text, the daemon's
 * own state, or memory of the call's arena. What else a return value may mean is said in service.h.
 */
#ifndef WIRE_HANDLERS_H
#define WIRE_HANDLERS_H

#include "base/err.h"
#include "wire/catalogue.h"

struct wire_call;

struct wire_handler {
	const struct wire_message *message;
	int (*run)(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err);
};

/* WIRE_OWNED_<owner>_BY_<daemon>(x) is x where the daemon answers for the owner. */
#define WIRE_OWNED_ALL_BY_SERVICE(...)            __VA_ARGS__
#define WIRE_OWNED_HOOTENANNY_BY_SERVICE(...)
#define WIRE_OWNED_CHAOSGARDEN_BY_SERVICE(...)
#define WIRE_OWNED_LUANETTE_BY_SERVICE(...)
#define WIRE_OWNED_VIBEWEAVER_BY_SERVICE(...)
#define WIRE_OWNED_ALL_BY_HOOTENANNY(...)
#define WIRE_OWNED_ALL_BY_CHAOSGARDEN(...)
#define WIRE_OWNED_ALL_BY_LUANETTE(...)
#define WIRE_OWNED_ALL_BY_VIBEWEAVER(...)
#define WIRE_OWNED_HOOTENANNY_BY_HOOTENANNY(...)  __VA_ARGS__
#define WIRE_OWNED_HOOTENANNY_BY_CHAOSGARDEN(...)
#define WIRE_OWNED_HOOTENANNY_BY_LUANETTE(...)
#define WIRE_OWNED_HOOTENANNY_BY_VIBEWEAVER(...)
#define WIRE_OWNED_CHAOSGARDEN_BY_HOOTENANNY(...)
#define WIRE_OWNED_CHAOSGARDEN_BY_CHAOSGARDEN(...) __VA_ARGS__
#define WIRE_OWNED_CHAOSGARDEN_BY_LUANETTE(...)
#define WIRE_OWNED_CHAOSGARDEN_BY_VIBEWEAVER(...)
#define WIRE_OWNED_LUANETTE_BY_HOOTENANNY(...)
#define WIRE_OWNED_LUANETTE_BY_CHAOSGARDEN(...)
#define WIRE_OWNED_LUANETTE_BY_LUANETTE(...)      __VA_ARGS__
#define WIRE_OWNED_LUANETTE_BY_VIBEWEAVER(...)
#define WIRE_OWNED_VIBEWEAVER_BY_HOOTENANNY(...)
#define WIRE_OWNED_VIBEWEAVER_BY_CHAOSGARDEN(...)
#define WIRE_OWNED_VIBEWEAVER_BY_LUANETTE(...)
#define WIRE_OWNED_VIBEWEAVER_BY_VIBEWEAVER(...)  __VA_ARGS__

#define WIRE_OWNED_PASTE(owner, daemon) WIRE_OWNED_##owner##_BY_##daemon
#define WIRE_OWNED(owner, daemon)       WIRE_OWNED_PASTE(owner, daemon)

#define WIRE_PROTOTYPE(name) \
	int name##_run(WIRE_CONTEXT *context, const struct wire_call *call, const struct name *req, \
		       struct name##_result *ret, struct err *err);
#define WIRE_THUNK(name) \
	static int name##_thunk(void *context, const struct wire_call *call, const void *req, void *ret, \
				struct err *err) \
	{ \
		return name##_run(context, call, req, ret, err); \
	}
#define WIRE_ROW(name) [WIRE_MESSAGE_##name] = { &wire_messages[WIRE_MESSAGE_##name], name##_thunk },

#define WIRE_X_PROTOTYPE(name, NAME, owner, ...) WIRE_OWNED(owner, WIRE_DAEMON)(WIRE_PROTOTYPE(name))
#define WIRE_X_THUNK(name, NAME, owner, ...)     WIRE_OWNED(owner, WIRE_DAEMON)(WIRE_THUNK(name))
#define WIRE_X_ROW(name, NAME, owner, ...)       WIRE_OWNED(owner, WIRE_DAEMON)(WIRE_ROW(name))

#define WIRE_HANDLER_PROTOTYPES WIRE_ALL_REQUESTS(WIRE_X_PROTOTYPE)
#define WIRE_HANDLERS(table) \
	WIRE_ALL_REQUESTS(WIRE_X_THUNK) \
	const struct wire_handler table[WIRE_MESSAGE_COUNT] = { WIRE_ALL_REQUESTS(WIRE_X_ROW) }

#endif
