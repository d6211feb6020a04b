/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* err - an error as a value: what kind it is and one sentence for a person.
 *
 * A function that can fail because of the world returns bool and takes `struct err *` last.  On
 * false the err is filled; on true it is untouched.  Callers add context with err_wrap() on the way
 * up; library code never logs an error it returns, the daemon logs it once.
 * Caller bugs are panic(), out of memory dies in mem_*. */
#ifndef VESTNIK_BASE_ERR_H
#define VESTNIK_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_IO,	      /* the operating system or a peer refused or vanished */
	ERR_INPUT,    /* somebody's data is wrong; the message says where and how to mend it */
	ERR_LIMIT,    /* a stated bound was reached */
	ERR_TIMEOUT,  /* a deadline passed; nothing is known to have happened */
	ERR_REFUSED,  /* the remote side understood and said no */
	ERR_RETRY,    /* transient (serialization failure, deadlock): the same call may succeed */
	ERR_LOST,     /* connection to store or broker is gone: reconnect, then decide */
	ERR_UNKNOWN,  /* a remote effect may or may not have happened: read back before going on */
	ERR_STOPPING, /* the daemon is being stopped */
};

struct err {
	enum err_kind kind;
	char msg[480]; /* UTF-8, no trailing full stop or newline */
};

/* Fill *err and return false, so that `return err_set(...)` reads as one statement. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "context: " before the message, keeping the kind.  Returns false. */
bool err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A caller's bug: print to stderr with place and abort.  Never for input. */
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void panic_at(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
