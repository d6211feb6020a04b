# SPDX-License-Identifier: AGPL-3.0-or-later
# e2e - the interface in Debian's Chromium, against private servers and all daemons.
#
#   make e2e           tests/e2e alone; part of make test
#   make screenshots   pictures of every page and of the first campaign, in build/screenshots

.PHONY: e2e screenshots

e2e:
	@scripts/test setup release e2e

screenshots:
	@scripts/setup test
	@$(MAKE) --no-print-directory -s all web
	@rm -rf build/screenshots
	@node tests/e2e/screenshots.mjs build/screenshots
