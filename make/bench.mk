# SPDX-License-Identifier: AGPL-3.0-or-later
# bench - measured on this machine, with its own PostgreSQL and RabbitMQ under run/bench.
#
#   make bench            a campaign of N clients (200000), figures as a table and in bench-results.jsonl
#   make bench-peers      the same load through Debian's Kannel and through Vestnik

.PHONY: bench bench-peers

bench:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s all
	@scripts/bench bench.mjs

bench-peers:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s all
	@scripts/bench peers.mjs
