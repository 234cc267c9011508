/*
 * trace.h - what the shim writes down: every system call that changes files below $POWER_ROOT, in
 * order.
 *
 * Format: records of struct trace_record, each followed by n_first and n_second bytes. Host byte
 *         order: the trace does not outlive the test.
 */
#ifndef TESTS_CAS_POWER_TRACE_H
#define TESTS_CAS_POWER_TRACE_H

#include <stdint.h>

enum trace_op {
	TRACE_OPEN, /* fd; first: path; a: flags (O_CREAT, O_TRUNC, O_TMPFILE as they were given) */
	TRACE_CLOSE,    /* fd */
	TRACE_WRITE,    /* fd; a: offset; first: bytes */
	TRACE_TRUNCATE, /* fd; a: length */
	TRACE_SYNC,     /* fd: fsync and fdatasync, of files and folders */
	TRACE_SYNC_ALL, /* syncfs */
	TRACE_LINK,     /* fd: a file that had no name; first: the name */
	TRACE_RENAME,   /* first: from; second: to */
	TRACE_UNLINK,   /* first: path */
	TRACE_MKDIR,    /* first: path */
	TRACE_ACK,      /* first: what was promised */
	TRACE_OP_COUNT
};

struct trace_record {
	uint32_t op;
	int32_t fd;
	int64_t a;
	uint32_t n_first, n_second;
};

#endif
