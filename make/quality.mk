# SPDX-License-Identifier: AGPL-3.0-or-later
# Quality: how the code is written, how much of it the tests run, and what rubbish does to it.
#
#   make format      clang-format every C file in place
#   make lint        check format, cppcheck, banned calls; silent when all is well
#   make coverage    line coverage of unit and system tests; fails under COVERAGE_MIN % of all C code
#   make coverage-unit  what the unit tests' last run in the debug build reached, held for common/; part of make test
#   make fuzz        each fuzz target for FUZZ_S seconds (default 600)
#   make fuzz-quick  each for 20 s

.PHONY: format lint lint-format lint-cppcheck lint-banned coverage coverage-unit fuzz fuzz-quick

SOURCE_DIRS := $(wildcard common $(DAEMONS) cli tests)
C_FILES      = $(shell find $(SOURCE_DIRS) -name node_modules -prune -o \( -name '*.[ch]' -o -name '*.cc' \) -print)

format:
	@clang-format -i $(C_FILES)

lint: lint-format lint-cppcheck lint-banned

lint-format:
	@clang-format --dry-run -Werror $(C_FILES) || { echo "lint: run make format"; exit 1; }

# A finding that is wrong is silenced where it stands, with its reason:
#   /* cppcheck-suppress nullPointer ; start() has set it */
# It does not read Check's headers, so it is told that assertions do not return.
CPPCHECK_ASSERTS = -D'ck_assert(e)=if(!(e))abort()' -D'ck_assert_msg(e,...)=if(!(e))abort()' \
	-D'ck_assert_ptr_nonnull(p)=if(!(p))abort()' -D'ck_assert_ptr_ne(p,q)=if((p)==(q))abort()'
lint-cppcheck:
	@mkdir -p build/cppcheck
	@cppcheck --quiet -j 2 --cppcheck-build-dir=build/cppcheck --error-exitcode=1 --std=c11 -I. \
		-D_GNU_SOURCE $(CPPCHECK_ASSERTS) --library=posix --enable=warning,performance,portability \
		--suppressions-list=make/cppcheck-off.txt --inline-suppr --template=gcc $(SOURCE_DIRS)
	@! grep -nE 'cppcheck-suppress [^;]*$$' $(C_FILES) || { echo "lint: a suppression needs ; and its reason"; exit 1; }

# Unbounded or unchecked calls are banned everywhere, bare allocation everywhere but in mem.
BANNED_CALLS     := strcpy|strcat|sprintf|vsprintf|atoi|atol|atoll|gets
BANNED_ALLOCATOR := malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf
lint-banned:
	@! grep -nE '\b($(BANNED_CALLS))[[:space:]]*\(' $(C_FILES) || \
		{ echo "lint: banned calls; use snprintf, buf or strtol with checks"; exit 1; }
	@! grep -nE '\b($(BANNED_ALLOCATOR))[[:space:]]*\(' $(filter-out common/base/mem.c,$(C_FILES)) || \
		{ echo "lint: bare allocation; use mem_* of common/base/mem.h"; exit 1; }

COVERAGE_MIN ?= 90
coverage:
	@scripts/coverage $(COVERAGE_MIN)
coverage-unit:
	@scripts/coverage $(COVERAGE_MIN) unit

FUZZ_S ?= 600
fuzz: fuzz-bins
	@printf '%s\n' $(FUZZ_BIN) | xargs -P "$$(nproc)" -n 1 scripts/fuzz $(FUZZ_S)
fuzz-quick: fuzz-bins
	@printf '%s\n' $(FUZZ_BIN) | xargs -P "$$(nproc)" -n 1 scripts/fuzz 20
