/*
 * toml.c - runs our TOML parser over case files in the form of the public toml-test suite.
 *
 * Usage:     toml [--skip-missing] FILE... (tally.h)
 * Format:    a JSON list of {name, valid, toml | toml_base64, expected}; expected holds tables as objects, arrays as
 *            lists, and each scalar as {"type": …, "value": text}.
 */
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/toml.h"

#include "tally.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_CASES_BYTES (64u << 20)

static bool same(const struct toml *t, const json_t *expected);

static bool same_table(const struct toml *t, const json_t *expected)
{
	if (!json_is_object(expected) || json_object_size(expected) != t->v.table.n)
		return false;
	for (size_t i = 0; i < t->v.table.n; i++) {
		const struct toml_entry *e = &t->v.table.entries[i];
		const json_t *j = json_object_getn(expected, e->key, e->n_key);
		if (!j || !same(e->value, j))
			return false;
	}
	return true;
}

static bool same_array(const struct toml *t, const json_t *expected)
{
	if (!json_is_array(expected) || json_array_size(expected) != t->v.array.n)
		return false;
	for (size_t i = 0; i < t->v.array.n; i++)
		if (!same(t->v.array.items[i], json_array_get(expected, i)))
			return false;
	return true;
}

static bool same_float(double v, const char *text)
{
	char *end;
	double want = strtod(text, &end);
	return *end == '\0' && ((isnan(v) && isnan(want)) || v == want);
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* Seconds and nanoseconds of "[date]T[time][offset]" in one reading of our own, apart from the parser's. */
static bool read_moment(const char *s, int64_t *ret_sec, int64_t *ret_ns)
{
	int y = 1970, mo = 1, d = 1, h = 0, mi = 0, sec = 0, n = 0, oh = 0, om = 0;
	int64_t ns = 0;
	if (strlen(s) >= 10 && s[4] == '-') {
		if (sscanf(s, "%4d-%2d-%2d%n", &y, &mo, &d, &n) != 3)
			return false;
		s += n;
	}
	if (*s == 'T' || *s == 't' || *s == ' ')
		s++;
	if (*s && sscanf(s, "%2d:%2d:%2d%n", &h, &mi, &sec, &n) == 3) {
		s += n;
		int64_t unit = 100000000;
		if (*s == '.')
			for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
				ns += (*s - '0') * unit;
	}
	int sign = *s == '-' ? -1 : 1;
	if ((*s == '+' || *s == '-') && sscanf(s + 1, "%2d:%2d%n", &oh, &om, &n) == 2)
		s += 1 + n;
	else if (*s == 'Z' || *s == 'z')
		s++;
	*ret_sec = days_of(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - sign * (oh * 3600 + om * 60);
	*ret_ns = ns;
	return *s == '\0';
}

static bool same_time(const struct toml *t, const char *text)
{
	int64_t sec, ns;
	const struct toml_time *v = &t->v.time;
	bool dated = t->kind != TOML_LOCAL_TIME;
	if (!read_moment(text, &sec, &ns))
		return false;
	int64_t ours = days_of(dated ? v->year : 1970, dated ? v->month : 1, dated ? v->day : 1) * 86400 +
		       v->hour * 3600 + v->minute * 60 + v->second - v->offset_minutes * 60;
	return ours == sec && v->nanosecond == ns;
}

static bool same_scalar(const struct toml *t, const json_t *expected)
{
	static const char *const types[TOML_KIND_COUNT] = {
		[TOML_STRING] = "string", [TOML_INTEGER] = "integer", [TOML_FLOAT] = "float", [TOML_BOOL] = "bool",
		[TOML_OFFSET_DATETIME] = "datetime", [TOML_LOCAL_DATETIME] = "datetime-local",
		[TOML_LOCAL_DATE] = "date-local", [TOML_LOCAL_TIME] = "time-local",
	};
	const char *type = json_string_value(json_object_get(expected, "type"));
	const json_t *value = json_object_get(expected, "value");
	const char *text = json_string_value(value);
	if (!type || !text || json_object_size(expected) != 2 || strcmp(type, types[t->kind]) != 0)
		return false;
	int64_t want;
	switch (t->kind) {
	case TOML_STRING:
		return json_string_length(value) == t->v.string.n && memcmp(text, t->v.string.s, t->v.string.n) == 0;
	case TOML_INTEGER:
		return str_to_int(text, &want) == 0 && want == t->v.integer;
	case TOML_FLOAT:
		return same_float(t->v.real, text);
	case TOML_BOOL:
		return strcmp(text, t->v.boolean ? "true" : "false") == 0;
	default:
		return same_time(t, text);
	}
}

static bool same(const struct toml *t, const json_t *expected)
{
	if (t->kind == TOML_TABLE)
		return same_table(t, expected);
	return t->kind == TOML_ARRAY ? same_array(t, expected) : same_scalar(t, expected);
}

static int base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;
	return p ? (int)(p - digits) : -1;
}

static void base64_decode(struct strbuf *b, const char *s)
{
	unsigned bits = 0, n = 0;
	for (; base64_value(*s) >= 0; s++) {
		bits = bits << 6 | (unsigned)base64_value(*s);
		n += 6;
		if (n >= 8) {
			n -= 8;
			(void)strbuf_addc(b, (char)(bits >> n)); /* run_case looks */
		}
	}
}

/* "12:3: …": an error must say where it is. */
static bool has_place(const char *msg)
{
	unsigned line, column;
	int n = 0;
	return sscanf(msg, "%u:%u: %n", &line, &column, &n) == 2 && n > 0 && line > 0 && column > 0;
}

/* `why` receives what was wrong. */
static bool run_case(const json_t *c, char *why, size_t size)
{
	AUTO_STRBUF text = STRBUF_INIT;
	const json_t *plain = json_object_get(c, "toml");
	const char *coded = json_string_value(json_object_get(c, "toml_base64"));
	if (plain)
		(void)strbuf_add(&text, json_string_value(plain), json_string_length(plain));
	else if (coded)
		base64_decode(&text, coded);
	char *exact AUTO_MEM = malloc(text.n ? text.n : 1); /* so that a sanitizer sees one byte too many */
	(void)snprintf(why, size, "no text");
	if (!strbuf_ok(&text) || !exact || (!plain && !coded))
		return false;
	if (text.n)
		memcpy(exact, text.s, text.n);

	AUTO(toml) t = NULL;
	struct err e = ERR_INIT;
	int r = toml_parse(exact, text.n, &t, &e);
	bool valid = json_is_true(json_object_get(c, "valid"));
	(void)snprintf(why, size, "%s", r < 0 ? e.msg : valid ? "another meaning" : "accepted");
	if (r < 0)
		return !valid && r == -EBADMSG && has_place(e.msg);
	return valid && same(t, json_object_get(c, "expected"));
}

static int run_file(const char *path, struct tally *t)
{
	struct err e = ERR_INIT;
	char *text AUTO_MEM = NULL;
	size_t n, i;
	json_t *cases AUTO_JSON = NULL, *c;
	/* Case texts may hold \u0000. */
	if (fs_read(path, MAX_CASES_BYTES, &text, &n, &e) < 0 ||
	    json_parse_with(text, n, JSON_IN_NUL, &cases, &e) < 0 || !json_is_array(cases)) {
		fprintf(stderr, "%s: %s\n", path, cases ? "expected a list of cases" : err_msg(&e));
		return -1;
	}
	json_array_foreach(cases, i, c) {
		const char *name = json_string_value(json_object_get(c, "name"));
		char why[300];
		tally_case(t, name ? name : "(no name)", run_case(c, why, sizeof(why)) ? NULL : why);
	}
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}
