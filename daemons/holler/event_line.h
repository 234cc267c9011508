/*
 * event_line.h - what an event says, on one line for people; holler --json events prints all of it.
 *
 * Shape:  " name=value" for each field but "type"; an object as {name=value …}, where what is empty is left out and what has
 *         parts of its own is {…} or […] unless it is short; texts are cut, numbers have nine digits.
 * Errors: they stick in the buffer (strbuf_ok).
 */
#ifndef HOLLER_EVENT_LINE_H
#define HOLLER_EVENT_LINE_H

#include "base/str.h"
#include "wire/envelope.h"

void event_line_draw(struct wire_slice payload, struct strbuf *b);

#endif
