# Vestnik - one non-recursive makefile.
#
#   make            build the programs (release)        make demo    see it run
#   make web        build the web interface             make install
#   make test       set up, build, run every test       make bench   measure
#   MODE=debug      ASan, UBSan and gcov                MODE=coverage  gcov alone
#   CC=clang        the other compiler
#
# Folders tell what is built: common/*/*.c and *.cc are one library; a folder with a main.c is a program of
# that name; tests/unit/**/*_test.c is a Check program each; tests/fuzz/*_fuzz.c a libFuzzer target.

MODE ?= release
CC   ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
# One file of common/sms is C++, the shim over libphonenumber.
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

B := build/$(MODE)$(if $(findstring clang,$(CC)),-clang)

# Node.js from npm, where scripts/setup had to bring a newer one than the system has.
export PATH := $(CURDIR)/.node/node_modules/node/bin:$(PATH)

PKGS := libpq librabbitmq libevent libevent_openssl libevent_pthreads libcjson openssl yaml-0.1 libsystemd libmicrohttpd libargon2 liboath
# Linked only with programs where people sign in by a directory or OpenID Connect.
DIRECTORY_LIBS = -Wl,--push-state,--as-needed -lldap -llber -lcjose -Wl,--pop-state

CFLAGS_release  := -O2 -g
CFLAGS_debug    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer --coverage
CFLAGS_coverage := -O0 -g --coverage
CFLAGS_fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# Asked for only when something is compiled, so that `make setup` runs on a bare machine.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
# Linked only with programs that read workbooks, other databases or files over the network.
READER_PKGS := libarchive expat libcurl odbc
READER_LIBS = $(eval READER_LIBS := -Wl,--push-state,--as-needed $$(shell pkg-config --libs $(READER_PKGS)) -Wl,--pop-state)$(READER_LIBS)

ALL_CFLAGS = -std=gnu11 -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror \
	-D_GNU_SOURCE -fstack-protector-strong -I. -pthread $(CFLAGS_$(MODE)) $(PKG_CFLAGS) $(CFLAGS)
# vptr checks need a run time that the C compiler does not link.
ALL_CXXFLAGS = -std=gnu++17 -Wall -Wextra -Wshadow -Wvla -Wmissing-declarations -Werror \
	-D_GNU_SOURCE -fstack-protector-strong -I. -pthread $(CFLAGS_$(MODE)) -fno-sanitize=vptr $(CXXFLAGS)
# Only what asks about foreign numbers is linked with C++.
CXX_LIBS = -Wl,--push-state,--as-needed -lphonenumber -lprotobuf -lstdc++ -Wl,--pop-state
ALL_LIBS = $(PKG_LIBS) $(READER_LIBS) $(DIRECTORY_LIBS) $(CXX_LIBS) -lm -pthread $(LDFLAGS)

DAEMONS  := apid schedulerd dispatcherd smppd httpgwd dlrd crmd
PROGRAMS := $(foreach d,$(DAEMONS) cli tests/smscsim,$(if $(wildcard $(d)/main.c),$(d)))
bin_of    = $(B)/bin/$(if $(filter cli,$(1)),vestnik,$(notdir $(1)))

COMMON_SRC := $(wildcard common/*/*.c common/*/*.cc)
COMMON_OBJ := $(addprefix $(B)/,$(addsuffix .o,$(basename $(COMMON_SRC))))
COMMON_LIB := $(B)/libcommon.a
UNIT_SRC   := $(shell find tests/unit -name '*_test.c' 2>/dev/null)
UNIT_BIN   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
FUZZ_BIN   := $(patsubst tests/fuzz/%.c,build/fuzz/bin/%,$(wildcard tests/fuzz/*_fuzz.c))

.PHONY: all clean unit fuzz-bins
.DEFAULT_GOAL := all
all: $(foreach p,$(PROGRAMS),$(call bin_of,$(p)))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $<'
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.o: %.cc
	@mkdir -p $(@D)
	@echo '  CXX  $<'
	@$(CXX) $(ALL_CXXFLAGS) -MMD -MP -c $< -o $@

# Only the file that prints it depends on the version.
$(B)/common/base/daemon.o: CFLAGS += -DVESTNIK_VERSION='"$(VERSION)"'

$(COMMON_LIB): $(COMMON_OBJ)
	@rm -f $@
	@ar rcs $@ $^

# A program is its folder's modules and the library; tests link the modules without main.o.
define program_rule
$(call bin_of,$(1)): $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c)) $(COMMON_LIB)
	@mkdir -p $$(@D)
	@echo '  LD   $$@'
	@$$(CC) $$(ALL_CFLAGS) -o $$@ $$^ $$(ALL_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# tests/unit/smppd/pacer_test.c may use smppd's modules; tests/unit/sms/... links the library alone.
unit_folder  = $(firstword $(subst /, ,$(1)))
unit_modules = $(patsubst %.c,$(B)/%.o,$(filter-out %/main.c,$(wildcard $(unit_folder)/*.c tests/$(unit_folder)/*.c)))
define unit_rule
$(B)/unit/$(1): $(B)/tests/unit/$(1).o $(call unit_modules,$(1)) $(COMMON_LIB)
	@mkdir -p $$(@D)
	@echo '  LD   $$@'
	@$$(CC) $$(ALL_CFLAGS) -o $$@ $$^ $$(ALL_LIBS) $$$$(pkg-config --libs check)
endef
$(foreach t,$(UNIT_SRC),$(eval $(call unit_rule,$(patsubst tests/unit/%.c,%,$(t)))))

# Build and run every Check program; servers are started by the caller where a test needs one.
unit: $(UNIT_BIN)
	@set -e; for t in $^; do echo "== $$t"; ./$$t; done

# libFuzzer needs clang; its objects live apart.
build/fuzz/bin/%: tests/fuzz/%.c $(COMMON_SRC) $(wildcard common/*/*.h)
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang build/fuzz-clang/libcommon.a
	@mkdir -p $(@D)
	clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 -fsanitize=fuzzer,address,undefined -pthread $(PKG_CFLAGS) \
		-o $@ $< build/fuzz-clang/libcommon.a $(PKG_LIBS) $(READER_LIBS) $(CXX_LIBS) -lm
fuzz-bins: $(FUZZ_BIN)

clean:
	rm -rf build web/src/api/schema.d.ts web/src/i18n/resources.d.ts

-include make/*.mk
-include $(shell find $(B) -name '*.d' 2>/dev/null)
