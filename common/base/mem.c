/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mem - see mem.h.  The one place where the C allocator is called. */
#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NO_MEMORY 70

/* Nothing that could allocate may run here. */
static _Noreturn void die(void)
{
	static const char text[] = "out of memory: raise the memory limit of this process\n";
	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)written;
	_exit(EXIT_NO_MEMORY);
}

void *mem_alloc(size_t size)
{
	void *ptr = malloc(size > 0 ? size : 1);

	if (ptr == NULL)
		die();
	return ptr;
}

void *mem_calloc(size_t count, size_t size)
{
	void *ptr = count > 0 && size > 0 ? calloc(count, size) : calloc(1, 1);

	if (ptr == NULL)
		die();
	return ptr;
}

void *mem_realloc(void *ptr, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		die();
	ptr = realloc(ptr, bytes > 0 ? bytes : 1);
	if (ptr == NULL)
		die();
	return ptr;
}

char *mem_strdup(const char *s)
{
	return s != NULL ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
	size_t used = strnlen(s, len);
	char *copy = mem_alloc(used + 1);

	memcpy(copy, s, used);
	copy[used] = '\0';
	return copy;
}

void mem_free(void *ptr)
{
	free(ptr);
}
