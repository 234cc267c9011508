/*
 * log.h - one line per event on stderr: for people on a terminal, JSON otherwise.
 *
 * A file says its topic once, before including this:
 *
 *   #define LOG_TOPIC "wire"
 *   #include "base/log.h"
 *   log_warn("peer is gone, reconnecting", LOG_STR("peer", name), LOG_INT("attempt", n));
 *
 * Format:    `12:00:01.250 warn  wire: peer is gone, reconnecting peer='x' attempt=3` on a terminal, otherwise
 *            {"time":"2026-…Z","level":"warn","topic":"wire","program":"holler","pid":7,"msg":"…","peer":"x","attempt":3}.
 *            Control characters and malformed UTF-8 are escaped, so that an event is always one line; an event
 *            longer than LOG_LINE_SIZE is cut and says so ("cut":true).
 * Choice:    HOOT_LOG=LEVEL[,TOPIC=LEVEL]... with error, warn, info, debug or off; the default is info.
 *            HOOT_LOG_FORMAT=text|json overrules the terminal's choice.
 * Threads:   any thread but the audio thread; each event is one write(2). The settings are process-wide, like
 *            stderr itself: the one exception to "no mutable globals", kept in log.c.
 * Errors:    none; a line that cannot be written is lost. Nothing here allocates.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_OFF, LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_COUNT };

enum log_kind { LOG_KIND_STR, LOG_KIND_INT, LOG_KIND_NUM, LOG_KIND_BOOL };

struct log_field {
	const char *key; /* NULL: the field is left out */
	enum log_kind kind;
	union {
		const char *s; /* NULL prints as null */
		int64_t i;
		double d;
		bool b;
	} v;
};

#define LOG_STR(name, value) ((struct log_field){ (name), LOG_KIND_STR, { .s = (value) } })
#define LOG_INT(name, value) ((struct log_field){ (name), LOG_KIND_INT, { .i = (int64_t)(value) } })
#define LOG_NUM(name, value) ((struct log_field){ (name), LOG_KIND_NUM, { .d = (value) } })
#define LOG_BOOL(name, value) ((struct log_field){ (name), LOG_KIND_BOOL, { .b = (value) } })
/* The message of a struct err as error='...'. */
#define LOG_ERR(err) LOG_STR("error", err_msg(err))

/* log_X("plain text", fields...): at most 32 fields; the text is not a printf format. */
#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)

#define LOG_AT(level, text, ...) \
	do { \
		if (log_enabled(level, LOG_TOPIC)) { \
			const struct log_field log_fields_[] = { { NULL, LOG_KIND_INT, { .i = 0 } }, ##__VA_ARGS__ }; \
			log_write(level, LOG_TOPIC, text, log_fields_, \
				sizeof(log_fields_) / sizeof(log_fields_[0])); \
		} \
	} while (0)

bool log_enabled(enum log_level level, const char *topic);
void log_write(enum log_level level, const char *topic, const char *text, const struct log_field *fields, size_t n);

/* The program's name for JSON lines; call once at start, `name` must stay valid. */
void log_set_program(const char *name);
/* Replaces the choice of levels (same syntax as HOOT_LOG); -EINVAL says what is wrong and changes nothing. */
int log_set_levels(const char *spec, struct err *err);
/* Where lines go (default 2) and how they look; for tests and for --log-format. */
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
void log_set_output(int fd, enum log_format format);

#define LOG_LINE_SIZE 4096
/*
 * Formats one event with its newline; returns its length. What log_write prints, as a pure function.
 * `format` must not be AUTO.
 */
size_t log_format_line(char ret[LOG_LINE_SIZE], enum log_format format, int64_t real_ns, const char *program,
		       int pid, enum log_level level, const char *topic, const char *text,
		       const struct log_field *fields, size_t n);

#endif
