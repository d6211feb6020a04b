# SPDX-License-Identifier: AGPL-3.0-or-later
# test - `make test` is everything CI asks; stages and their times are in scripts/test.

.PHONY: test test-size unit-programs print-unit-programs

test:
	@scripts/test

# Millions of rows and long campaigns; run before an issue is closed.
test-size:
	@scripts/test size

unit-programs: $(UNIT_BIN)
print-unit-programs:
	@printf '%s\n' $(UNIT_BIN)

# Shell scripts are held to shellcheck by `make lint`, as C is to cppcheck.
.PHONY: lint-shell
lint: lint-shell
lint-shell:
	@shellcheck $$(grep -lsE '^#!/bin/(ba)?sh' scripts/* .ci/run)

# A database for measuring with: two million clients, thirty million actions.
.PHONY: seed-large
CLIENTS ?= 2000000
ACTIONS ?= 30000000
seed-large:
	@test -n "$(VESTNIK_DATABASE)" || { echo 'seed-large: say which database: make seed-large VESTNIK_DATABASE=postgresql://...' >&2; exit 2; }
	@psql -q -v clients=$(CLIENTS) -v actions=$(ACTIONS) -f scripts/seed-large.sql "$(VESTNIK_DATABASE)"
