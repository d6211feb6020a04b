# SPDX-License-Identifier: AGPL-3.0-or-later
# demo - see it run: make demo, or make demo DEMO_EXIT=1 to end as soon as all is there.

.PHONY: demo
export DEMO_EXIT DEMO_CLIENTS DEMO_DIR
demo:
	@scripts/demo
