# SPDX-License-Identifier: AGPL-3.0-or-later
# web - the interface in the browser, built from web/ into build/web, where apid takes it from.
#
#   make web         build it when something changed, with .br and .gz beside each file
#   make web-check   its types, style and tests

.PHONY: web web-check web-packages

# Without what its build writes there.
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f ! -name schema.d.ts \
	! -name resources.d.ts -print) apid/openapi.yaml scripts/compress.mjs

build/web/.made: $(WEB_SOURCES) | web-packages
	@echo '  WEB  build/web'
	@mkdir -p build
	@cd web && npm run --silent build -- --logLevel warn
	@node scripts/compress.mjs build/web
	@touch $@

web: build/web/.made

# npm's packages, when package-lock.json changed.
web-packages:
	@scripts/setup web

web-check: web-packages
	@cd web && npm run --silent check
