# SPDX-License-Identifier: AGPL-3.0-or-later
# bench - measured on this machine, with its own PostgreSQL and RabbitMQ under run/bench.
#
#   make bench            a campaign of N clients (200000), figures as a table and in bench-results.jsonl
#   make bench-peers      the same load through Debian's Kannel and through Vestnik
#   make bench-smppd      one SMPP account alone: N waiting messages (500000) submitted, answers stored
#   make bench-http       one HTTP account alone: N waiting messages (100000), a request each, answered after 50 ms
#   make bench-render     texts that one core renders a second
#   make bench-tariff     what one price costs, of 20 accounts with 100,000 rows
#   make bench-route      what one decision costs, of as many; also part of make bench

.PHONY: bench bench-peers bench-smppd bench-http bench-render bench-tariff bench-route

bench:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s bench-route
	@scripts/bench bench.mjs

bench-peers:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s all
	@scripts/bench peers.mjs

bench-smppd:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s all
	@scripts/bench smppd.mjs

bench-http:
	@scripts/setup bench
	@$(MAKE) --no-print-directory -s all
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -I. tests/bench/http_peer.c build/release/libcommon.a -o build/release/http_peer
	@scripts/bench httpgwd.mjs

bench-render:
	@$(MAKE) --no-print-directory -s all
	@$(CC) -std=gnu11 -O2 -I. tests/bench/render_bench.c build/release/libcommon.a -o build/release/render_bench
	@build/release/render_bench

bench-tariff:
	@$(MAKE) --no-print-directory -s all
	@$(CC) -std=gnu11 -O2 -I. tests/bench/tariff_bench.c build/release/libcommon.a -o build/release/tariff_bench $$(pkg-config --cflags --libs libpq) -lm -pthread
	@build/release/tariff_bench

bench-route:
	@$(MAKE) --no-print-directory -s all
	@$(CC) -std=gnu11 -O2 -D_GNU_SOURCE -I. tests/bench/route_bench.c build/release/libcommon.a -o build/release/route_bench $$(pkg-config --cflags --libs libpq) -lm -pthread
	@build/release/route_bench
