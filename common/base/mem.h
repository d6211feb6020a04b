/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mem - allocation that cannot fail: out of memory prints one line and exits with status 70.
 * Everything allocated here is released with mem_free(); sizes are checked for overflow. */
#ifndef VESTNIK_BASE_MEM_H
#define VESTNIK_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);		     /* uninitialised */
void *mem_calloc(size_t count, size_t size); /* zeroed */
void *mem_realloc(void *ptr, size_t count, size_t size);
char *mem_strdup(const char *s); /* NULL stays NULL */
char *mem_strndup(const char *s, size_t len);
void mem_free(void *ptr); /* NULL is fine */

#endif
