# SPDX-License-Identifier: AGPL-3.0-or-later
# stack - what is missing, and private servers under run/.

.PHONY: setup stack stack-stop

# Install the Debian packages the build needs; `make setup FOR=test` for more.
FOR ?= build
setup:
	@scripts/setup $(FOR)

# A private PostgreSQL and RabbitMQ for working by hand: eval "$$(scripts/stack env run)"
stack:
	@scripts/setup demo
	@scripts/stack start run
	@scripts/stack status run

stack-stop:
	@scripts/stack stop run
