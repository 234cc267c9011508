#include "wire/envelope.h"

#include "base/json.h"
#include "base/limits.h"
#include "wire/scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool wire_slice_eq(struct wire_slice a, const char *b)
{
	return a.n == strlen(b) && memcmp(a.s, b, a.n) == 0;
}

/* The text of a string value of 1 to max bytes. */
static int short_string(struct wire_slice v, const char *field, size_t max, char *ret,
			struct err *err)
{
	if (v.n < 2 || v.s[0] != '"')
		return err_field(err, -EINVAL, field, "%s must be a string", field);
	if (!wire_string_copy(v, ret, max + 1) || !ret[0]) {
		ret[0] = '\0';
		return err_field(err, -EINVAL, field, "%s must have 1 to %zu bytes", field, max);
	}
	return 0;
}

static int read_id(struct wire_envelope *e, struct wire_slice v, struct err *err)
{
	char id[UUID_SIZE];
	int r = short_string(v, "id", UUID_SIZE - 1, id, err);
	if (r < 0)
		return r;
	if (!uuid_valid(id))
		return err_field(err, -EINVAL, "id", "id '%s' is no UUID", id);
	memcpy(e->id, id, sizeof(id));
	return 0;
}

static int read_actor(struct wire_envelope *e, struct wire_slice v, struct err *err)
{
	int r = short_string(v, "actor", WIRE_KEY_MAX, e->actor, err);
	for (const unsigned char *c = (const unsigned char *)e->actor; r == 0 && *c; c++) {
		if (*c < 0x20 || *c == 0x7f) {
			e->actor[0] = '\0';
			r = err_field(err, -EINVAL, "actor", "actor must be one line without control characters");
			break;
		}
	}
	return r;
}

static int read_key(struct wire_envelope *e, struct wire_slice v, struct err *err)
{
	return short_string(v, "idempotency_key", WIRE_KEY_MAX, e->idempotency_key, err);
}

/*
 * A broken traceparent begins a new trace, as the recommendation asks; it is no reason to refuse
 * the work.
 */
static int read_trace(struct wire_envelope *e, struct wire_slice v, struct err *err)
{
	if (v.n < 2 || v.s[0] != '"')
		return err_field(err, -EINVAL, "traceparent", "traceparent must be a string");
	if (trace_parse(v.s + 1, v.n - 2, &e->trace) < 0)
		memset(&e->trace, 0, sizeof(e->trace));
	return 0;
}

static int read_deadline(struct wire_envelope *e, struct wire_slice v, struct err *err)
{
	int64_t ms = 0;
	bool ok = v.n > 0 && v.n <= 9;
	for (size_t i = 0; ok && i < v.n; i++) {
		ok = v.s[i] >= '0' && v.s[i] <= '9';
		ms = ms * 10 + (v.s[i] - '0');
	}
	if (!ok || ms < 1 || ms > WIRE_DEADLINE_MAX_MS)
		return err_field(err, -EINVAL, "deadline_ms",
				 "deadline_ms must be an integer from 1 to %d",
				 WIRE_DEADLINE_MAX_MS);
	e->deadline_ms = ms;
	return 0;
}

/* Sorted by name. */
static const struct envelope_key {
	const char *name;
	int (*read)(struct wire_envelope *e, struct wire_slice v, struct err *err);
	bool nullable;
} envelope_keys[] = {
	{"actor", read_actor, true},
	{"deadline_ms", read_deadline, true},
	{"id", read_id, false},
	{"idempotency_key", read_key, true},
	{"traceparent", read_trace, true},
};
#define N_ENVELOPE_KEYS (sizeof(envelope_keys) / sizeof(envelope_keys[0]))
#define SEEN_PAYLOAD    (1u << N_ENVELOPE_KEYS)

static struct wire_slice scan_slice(const struct scan *c, size_t from)
{
	return (struct wire_slice){c->s + from, c->at - from};
}

/* After '{' or ',': the key without its quotes, then the colon. */
static int scan_member_key(struct scan *c, struct wire_slice *ret, struct err *err)
{
	scan_space(c);
	size_t from = c->at;
	int r = scan_string(c, err);
	if (r < 0)
		return r;
	*ret = (struct wire_slice){c->s + from + 1, c->at - from - 2};
	r = scan_take(c, ':', err);
	if (r == 0)
		scan_space(c);
	return r;
}

/* After a member: 1 when another follows, 0 at the closing brace (taken). */
static int scan_member_end(struct scan *c, struct err *err)
{
	char ch = scan_peek(c);
	if (ch != ',' && ch != '}')
		return scan_fail(c, err, "expected ',' or '}'");
	c->at++;
	return ch == ',';
}

static int payload_member(struct scan *c, struct wire_envelope *e, struct err *err)
{
	struct wire_slice key;
	int r = scan_member_key(c, &key, err);
	if (r < 0)
		return r;
	size_t from = c->at;
	r = scan_value(c, 2, err);
	if (r == 0 && wire_slice_eq(key, "result"))
		e->result = scan_slice(c, from);
	if (r < 0 || !wire_slice_eq(key, "type"))
		return r;
	if (e->type[0])
		return err_field(err, -EINVAL, "payload.type", "payload.type is there twice");
	return short_string(scan_slice(c, from), "payload.type", WIRE_NAME_MAX, e->type, err);
}

static int scan_payload(struct scan *c, struct wire_envelope *e, struct err *err)
{
	size_t from = c->at;
	if (scan_peek(c) != '{')
		return err_field(err, -EINVAL, "payload", "payload must be an object");
	c->at++;
	int r = 1;
	if (scan_peek(c) == '}') {
		c->at++;
		r = 0;
	}
	while (r > 0) {
		r = payload_member(c, e, err);
		if (r == 0)
			r = scan_member_end(c, err);
	}
	if (r < 0)
		return r;
	if (!e->type[0])
		return err_field(err, -EINVAL, "payload.type", "payload needs a type");
	e->payload = scan_slice(c, from);
	return 0;
}

static int envelope_value(struct scan *c, struct wire_slice key, struct wire_envelope *e,
			  unsigned *seen, struct err *err)
{
	size_t from = c->at;
	if (wire_slice_eq(key, "payload")) {
		if (*seen & SEEN_PAYLOAD)
			return err_field(err, -EINVAL, "payload", "payload is there twice");
		*seen |= SEEN_PAYLOAD;
		return scan_payload(c, e, err);
	}
	int r = scan_value(c, 1, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < N_ENVELOPE_KEYS; i++) {
		const struct envelope_key *k = &envelope_keys[i];
		if (!wire_slice_eq(key, k->name))
			continue;
		if (*seen & 1u << i)
			return err_field(err, -EINVAL, k->name, "%s is there twice", k->name);
		*seen |= 1u << i;
		struct wire_slice v = scan_slice(c, from);
		return k->nullable && wire_slice_eq(v, "null") ? 0 : k->read(e, v, err);
	}
	return 0;
}

static enum wire_payload_kind kind_of(const char *type)
{
	static const char *const names[] = {
		[WIRE_SUCCESS] = "success", [WIRE_ERROR] = "error", [WIRE_PROGRESS] = "progress"};
	for (size_t i = WIRE_SUCCESS; i < WIRE_PAYLOAD_KIND_COUNT; i++)
		if (strcmp(type, names[i]) == 0)
			return (enum wire_payload_kind)i;
	return WIRE_REQUEST;
}

/*
 * Where something is wrong, a later "id" still makes the error answerable: goes on looking for
 * one with a scan that needs no more than well-formed members.
 */
static void rescue_id(const char *bytes, size_t n, struct wire_envelope *e)
{
	struct scan c = {bytes, n, 0};
	int r = scan_take(&c, '{', NULL) < 0 ? -1 : 1;
	while (r > 0 && !e->id[0]) {
		struct wire_slice key;
		r = scan_member_key(&c, &key, NULL);
		size_t from = c.at;
		if (r == 0)
			r = scan_value(&c, 1, NULL);
		if (r == 0 && wire_slice_eq(key, "id"))
			(void)read_id(e, scan_slice(&c, from), NULL);
		if (r == 0)
			r = scan_member_end(&c, NULL);
	}
}

static int parse(struct scan *c, struct wire_envelope *e, struct err *err)
{
	unsigned seen = 0;
	int r = scan_take(c, '{', err);
	if (r < 0)
		return r;
	r = 1;
	if (scan_peek(c) == '}') {
		c->at++;
		r = 0;
	}
	while (r > 0) {
		struct wire_slice key;
		r = scan_member_key(c, &key, err);
		if (r == 0)
			r = envelope_value(c, key, e, &seen, err);
		if (r == 0)
			r = scan_member_end(c, err);
	}
	if (r < 0)
		return r;
	scan_space(c);
	if (c->at < c->n)
		return scan_fail(c, err, "something follows the envelope");
	if (!e->id[0])
		return err_field(err, -EINVAL, "id", "the envelope needs an id");
	if (!(seen & SEEN_PAYLOAD))
		return err_field(err, -EINVAL, "payload", "the envelope needs a payload");
	e->kind = kind_of(e->type);
	return 0;
}

int wire_envelope_parse(const char *bytes, size_t n, struct wire_envelope *ret, struct err *err)
{
	*ret = (struct wire_envelope){.payload = {"", 0}, .result = {"", 0}};
	int r;
	if (n > LIMIT_WIRE_MESSAGE_BYTES) {
		r = err_set(err, -EMSGSIZE, "the message has %zu bytes, more than %d", n,
			    LIMIT_WIRE_MESSAGE_BYTES);
	} else {
		struct scan c = {bytes, n, 0};
		r = parse(&c, ret, err);
	}
	if (r < 0 && !ret->id[0])
		rescue_id(bytes, n, ret);
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void add_slice(struct strbuf *b, struct wire_slice s)
{
	(void)strbuf_add(b, s.s, s.n);
}

static void add_trace(struct strbuf *b, const struct trace *t)
{
	char text[TRACE_TEXT_SIZE];
	if (!t || !trace_present(t))
		return;
	trace_format(t, text);
	(void)strbuf_adds(b, ",\"traceparent\":\"");
	(void)strbuf_add(b, text, TRACE_TEXT_SIZE - 1);
	(void)strbuf_addc(b, '"');
}

static void add_head(struct strbuf *b, const char *id, const struct trace *t)
{
	(void)strbuf_adds(b, "{\"id\":\"");
	(void)strbuf_adds(b, id);
	(void)strbuf_addc(b, '"');
	add_trace(b, t);
}

static void add_text(struct strbuf *b, const char *key, const char *text)
{
	struct json_out o;
	(void)strbuf_adds(b, key);
	json_out_init(&o, b);
	json_out_string(&o, text);
}

static int written(const struct strbuf *b)
{
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

int wire_envelope_write(struct strbuf *b, const struct wire_envelope *e)
{
	add_head(b, e->id, &e->trace);
	if (e->actor[0])
		add_text(b, ",\"actor\":", e->actor);
	if (e->deadline_ms)
		(void)strbuf_addf(b, ",\"deadline_ms\":%lld", (long long)e->deadline_ms);
	if (e->idempotency_key[0])
		add_text(b, ",\"idempotency_key\":", e->idempotency_key);
	(void)strbuf_adds(b, ",\"payload\":");
	add_slice(b, e->payload);
	(void)strbuf_addc(b, '}');
	return written(b);
}

int wire_success_write(struct strbuf *b, const char *id, const struct trace *t,
		       struct wire_slice result)
{
	add_head(b, id, t);
	(void)strbuf_adds(b, ",\"payload\":{\"type\":\"success\",\"result\":");
	add_slice(b, result);
	(void)strbuf_adds(b, "}}");
	return written(b);
}

/* Messages quote what came from outside, perhaps cut in the middle of a character. */
static void add_outside_text(struct strbuf *b, const char *key, const char *text)
{
	char clean[sizeof(((struct err *)0)->msg)];
	size_t n = strnlen(text, sizeof(clean) - 1), at = 0;
	while (at < n) {
		size_t more = 1;
		while (more < 4 && at + more < n && !str_utf8_valid(text + at, more))
			more++;
		bool ok = str_utf8_valid(text + at, more);
		more = ok ? more : 1;
		if (ok)
			memcpy(clean + at, text + at, more);
		else
			clean[at] = '?';
		at += more;
	}
	clean[n] = '\0';
	add_text(b, key, clean);
}

int wire_error_write(struct strbuf *b, const char *id, const struct trace *t, const struct err *e,
		     struct wire_slice details)
{
	const char *hint = e->hint[0] ? e->hint : err_code_hint(e->code);
	add_head(b, id, t);
	add_text(b, ",\"payload\":{\"type\":\"error\",\"code\":", err_name(e->code));
	add_outside_text(b, ",\"message\":", err_msg(e));
	if (e->field[0])
		add_outside_text(b, ",\"field\":", e->field);
	if (hint[0])
		add_outside_text(b, ",\"hint\":", hint);
	if (details.n) {
		(void)strbuf_adds(b, ",\"details\":");
		add_slice(b, details);
	}
	(void)strbuf_adds(b, "}}");
	return written(b);
}

int wire_progress_write(struct strbuf *b, const char *id, const struct trace *t, double fraction,
			const char *message, struct wire_slice details)
{
	add_head(b, id, t);
	(void)strbuf_adds(b, ",\"payload\":{\"type\":\"progress\"");
	if (fraction >= 0 && isfinite(fraction)) {
		char number[JSON_DOUBLE_SIZE];
		(void)strbuf_adds(b, ",\"fraction\":");
		(void)strbuf_add(b, number,
				 json_format_double(number, fraction > 1 ? 1 : fraction));
	}
	if (message && message[0])
		add_outside_text(b, ",\"message\":", message);
	if (details.n) {
		(void)strbuf_adds(b, ",\"details\":");
		add_slice(b, details);
	}
	(void)strbuf_adds(b, "}}");
	return written(b);
}
