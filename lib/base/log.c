#include "base/log.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_TOPICS 32
#define TOPIC_SIZE 32

struct log_levels {
	enum log_level base;
	enum log_level most; /* the most talkative of all, for a quick no */
	size_t n;
	struct {
		char name[TOPIC_SIZE];
		enum log_level level;
	} topics[N_TOPICS];
};

/* Process-wide, as log.h says; `lock` guards everything but `most`, which only speeds up the usual no. */
static struct {
	pthread_once_t once;
	pthread_rwlock_t lock;
	_Atomic int most; /* relaxed: a stale value only costs or loses a line at the moment of a change */
	struct log_levels levels;
	const char *program;
	int fd;
	enum log_format format;
} state = { .once = PTHREAD_ONCE_INIT, .lock = PTHREAD_RWLOCK_INITIALIZER, .program = "", .fd = STDERR_FILENO };

static const char *const level_names[LOG_LEVEL_COUNT] = { "off", "error", "warn", "info", "debug" };

static int parse_level(const char *s, size_t n, enum log_level *ret)
{
	for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
		if (strlen(level_names[i]) == n && memcmp(level_names[i], s, n) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* One LEVEL or TOPIC=LEVEL of n bytes. */
static int parse_item(const char *s, size_t n, struct log_levels *l, struct err *err)
{
	const char *eq = memchr(s, '=', n);
	size_t n_topic = eq ? (size_t)(eq - s) : 0;
	const char *level = eq ? eq + 1 : s;
	enum log_level parsed;
	if (parse_level(level, n - (size_t)(level - s), &parsed) < 0)
		return err_set(err, -EINVAL, "log level '%.*s' is none of off, error, warn, info, debug",
			       (int)(n - (size_t)(level - s)), level);
	if (!eq) {
		l->base = parsed;
		return 0;
	}
	if (n_topic == 0 || n_topic >= TOPIC_SIZE || l->n == N_TOPICS)
		return err_set(err, -EINVAL, "log topic '%.*s' is empty or too long, or there are too many",
			       (int)n_topic, s);
	memcpy(l->topics[l->n].name, s, n_topic);
	l->topics[l->n].name[n_topic] = '\0';
	l->topics[l->n++].level = parsed;
	return 0;
}

static int parse_levels(const char *spec, struct log_levels *ret, struct err *err)
{
	struct log_levels l = { .base = LOG_LEVEL_INFO };
	while (*spec) {
		size_t n = strcspn(spec, ",");
		int r = n ? parse_item(spec, n, &l, err) : 0;
		if (r < 0)
			return r;
		spec += n + (spec[n] == ',');
	}
	l.most = l.base;
	for (size_t i = 0; i < l.n; i++)
		if (l.topics[i].level > l.most)
			l.most = l.topics[i].level;
	*ret = l;
	return 0;
}

static void state_set_levels(const struct log_levels *l)
{
	state.levels = *l;
	atomic_store_explicit(&state.most, (int)l->most, memory_order_relaxed);
}

static void state_init(void)
{
	struct log_levels l;
	const char *spec = getenv("HOOT_LOG"), *format = getenv("HOOT_LOG_FORMAT");
	if (!spec || parse_levels(spec, &l, NULL) < 0)
		(void)parse_levels("", &l, NULL); /* a bad variable must not stop a daemon: the default */
	state_set_levels(&l);
	if (state.format == LOG_FORMAT_AUTO && format)
		state.format = str_eq(format, "json")   ? LOG_FORMAT_JSON
			       : str_eq(format, "text") ? LOG_FORMAT_TEXT
							: LOG_FORMAT_AUTO;
}

bool log_enabled(enum log_level level, const char *topic)
{
	pthread_once(&state.once, state_init);
	if ((int)level > atomic_load_explicit(&state.most, memory_order_relaxed))
		return false;
	pthread_rwlock_rdlock(&state.lock);
	enum log_level limit = state.levels.base;
	for (size_t i = 0; i < state.levels.n; i++)
		if (strcmp(state.levels.topics[i].name, topic) == 0)
			limit = state.levels.topics[i].level;
	pthread_rwlock_unlock(&state.lock);
	return level <= limit;
}

int log_set_levels(const char *spec, struct err *err)
{
	struct log_levels l;
	int r = parse_levels(spec, &l, err);
	if (r < 0)
		return r;
	pthread_once(&state.once, state_init);
	pthread_rwlock_wrlock(&state.lock);
	state_set_levels(&l);
	pthread_rwlock_unlock(&state.lock);
	return 0;
}

void log_set_program(const char *name)
{
	pthread_rwlock_wrlock(&state.lock);
	state.program = name;
	pthread_rwlock_unlock(&state.lock);
}

void log_set_output(int fd, enum log_format format)
{
	pthread_once(&state.once, state_init);
	pthread_rwlock_wrlock(&state.lock);
	state.fd = fd;
	state.format = format;
	pthread_rwlock_unlock(&state.lock);
}

/* A line being made: what goes beyond `end` is dropped whole, one piece at a time, and `cut` remembers it. */
struct line {
	char *s;
	size_t n, end;
	bool cut;
};

static bool line_add(struct line *l, const char *s, size_t n)
{
	if (l->cut || n > l->end - l->n) {
		l->cut = true;
		return false;
	}
	memcpy(l->s + l->n, s, n);
	l->n += n;
	return true;
}

static void line_adds(struct line *l, const char *s)
{
	(void)line_add(l, s, strlen(s)); /* l->cut remembers */
}

/* Adds the text with `quote`, backslash, control characters and bytes that are no UTF-8 escaped. */
static void line_escape(struct line *l, const char *s, char quote, bool json)
{
	while (*s && !l->cut) {
		size_t n = str_utf8_length(s, strnlen(s, 4));
		unsigned char c = (unsigned char)*s;
		char e[8];
		/* U+0080 to U+009F are control characters of two bytes. */
		bool c1 = n == 2 && c == 0xC2 && (unsigned char)s[1] < 0xA0;
		if (c1)
			c = (unsigned char)s[1];
		if (c == (unsigned char)quote || c == '\\')
			(void)snprintf(e, sizeof(e), "\\%c", c);
		else if (n == 0 && json)
			(void)snprintf(e, sizeof(e), "\\ufffd"); /* JSON has no way to say a bare byte */
		else if (n == 0)
			(void)snprintf(e, sizeof(e), "\\x%02x", c);
		else if (c < 0x20 || c == 0x7F || c1)
			(void)snprintf(e, sizeof(e), json ? "\\u%04x" : "\\x%02x", c);
		else
			e[0] = '\0';
		if (e[0])
			line_adds(l, e);
		else
			(void)line_add(l, s, n);
		s += n ? n : 1;
	}
}

static void line_string(struct line *l, const char *s, bool json)
{
	char quote = json ? '"' : '\'';
	if (!s) {
		line_adds(l, "null");
		return;
	}
	(void)line_add(l, &quote, 1);
	line_escape(l, s, quote, json);
	(void)line_add(l, &quote, 1);
}

static void line_value(struct line *l, const struct log_field *f, bool json)
{
	char number[40];
	switch (f->kind) {
	case LOG_KIND_STR:
		line_string(l, f->v.s, json);
		return;
	case LOG_KIND_BOOL:
		line_adds(l, f->v.b ? "true" : "false");
		return;
	case LOG_KIND_INT:
		(void)snprintf(number, sizeof(number), "%lld", (long long)f->v.i);
		break;
	case LOG_KIND_NUM:
		(void)snprintf(number, sizeof(number), isfinite(f->v.d) || !json ? "%.9g" : "null", f->v.d);
		break;
	}
	line_adds(l, number);
}

/* A string that does not fit is cut at a character; anything else that does not fit is left out. */
static void line_field(struct line *l, const char *key, const struct log_field *f, bool json)
{
	size_t begin = l->n;
	line_adds(l, json ? ",\"" : " ");
	line_escape(l, key, '"', json);
	line_adds(l, json ? "\":" : "=");
	size_t value = l->n;
	if (!l->cut)
		line_value(l, f, json);
	if (!l->cut)
		return;
	if (f->kind == LOG_KIND_STR && l->n > value && l->n > begin)
		l->s[l->n++] = json ? '"' : '\''; /* line_end keeps room for it */
	else
		l->n = begin;
}

static void line_begin_json(struct line *l, int64_t real_ns, const char *program, int pid, enum log_level level,
			    const char *topic)
{
	char time[CLOCK_ISO_SIZE], head[160];
	clock_format_iso(real_ns, time);
	(void)snprintf(head, sizeof(head), "{\"time\":\"%s\",\"level\":\"%s\",\"topic\":\"%.31s\",\"pid\":%d", time,
		       level_names[level], topic, pid);
	line_adds(l, head);
	struct log_field f = LOG_STR("program", program);
	if (program[0])
		line_field(l, f.key, &f, true);
}

static void line_begin_text(struct line *l, int64_t real_ns, enum log_level level, const char *topic, const char *text)
{
	time_t t = (time_t)(real_ns / NS_PER_SEC);
	struct tm tm;
	localtime_r(&t, &tm);
	char head[96];
	(void)snprintf(head, sizeof(head), "%02d:%02d:%02d.%03d %-5s %.31s: ", tm.tm_hour, tm.tm_min, tm.tm_sec,
		       (int)(real_ns % NS_PER_SEC / NS_PER_MS), level_names[level], topic);
	line_adds(l, head);
	line_escape(l, text, '\0', false);
}

#define CUT_JSON ",\"cut\":true"
#define CUT_TEXT " cut=true"
#define TAIL_ROOM 24 /* a closing quote, the note about the cut, "}\n" */

size_t log_format_line(char ret[LOG_LINE_SIZE], enum log_format format, int64_t real_ns, const char *program, int pid,
		       enum log_level level, const char *topic, const char *text, const struct log_field *fields,
		       size_t n)
{
	bool json = format == LOG_FORMAT_JSON;
	struct line l = { ret, 0, LOG_LINE_SIZE - TAIL_ROOM, false };
	if (json) {
		struct log_field msg = LOG_STR("msg", text);
		line_begin_json(&l, real_ns, program, pid, level, topic);
		line_field(&l, msg.key, &msg, true);
	} else {
		line_begin_text(&l, real_ns, level, topic, text);
	}
	for (size_t i = 0; i < n && !l.cut; i++)
		if (fields[i].key)
			line_field(&l, fields[i].key, &fields[i], json);

	bool cut = l.cut;
	l.cut = false;
	l.end = LOG_LINE_SIZE;
	if (cut)
		line_adds(&l, json ? CUT_JSON : CUT_TEXT);
	line_adds(&l, json ? "}\n" : "\n");
	return l.n;
}

void log_write(enum log_level level, const char *topic, const char *text, const struct log_field *fields, size_t n)
{
	char line[LOG_LINE_SIZE];
	pthread_rwlock_rdlock(&state.lock);
	int fd = state.fd;
	enum log_format format = state.format;
	const char *program = state.program;
	pthread_rwlock_unlock(&state.lock);

	int saved = errno;
	if (format == LOG_FORMAT_AUTO)
		format = isatty(fd) ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON;
	size_t size = log_format_line(line, format, clock_real_ns(clock_system()), program, (int)getpid(), level, topic,
				      text, fields, n);
	ssize_t done;
	do {
		done = write(fd, line, size); /* one write, so that lines of several threads do not mix */
	} while (done < 0 && errno == EINTR);
	errno = saved;
}
