/*
 * question.h - what all requests with a query in them have in common: its text or its name, its values, its mistakes.
 *
 * Threads: the loop's; question_answer and question_refuse any.
 */
#ifndef HOOTENANNY_QUESTION_H
#define HOOTENANNY_QUESTION_H

#include "hoot.h"
#include "trustfall/error.h"

struct question_asked {
	const char *query, *name; /* one of them is "" */
	const json_t *variables;  /* NULL: none */
};
/* Its text, and its values with those that it was saved with: a new reference. -EINVAL when there is not one question; -ENOENT. */
int question_find(struct hoot *h, const struct wire_call *call, const struct question_asked *q, const char **ret_text,
		  json_t **ret_variables, struct err *err);
/* Answers with the result, JSON text; with -ENOMEM where writing it has failed. */
void question_answer(struct wire_reply *reply, const struct strbuf *result);
/* Answers with the error, and in its details all that is wrong with the query. */
void question_refuse(struct wire_reply *reply, const struct err *err, const struct tf_errors *errors);

#endif
