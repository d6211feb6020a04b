# SPDX-License-Identifier: AGPL-3.0-or-later
# install - programs, units, user, folders and documents; DESTDIR for packagers.
#
# Configuration already there is kept: examples go beside it as *.yaml.example.

PREFIX      ?= /usr/local
BINDIR      ?= $(PREFIX)/bin
LIBEXECDIR  ?= $(PREFIX)/libexec/vestnik
DOCDIR      ?= $(PREFIX)/share/doc/vestnik
CONFDIR     ?= /etc/vestnik
# Where the vestnik command looks, whatever the prefix.
MIGRATIONSDIR ?= /usr/share/vestnik/migrations
PROVIDERSDIR  ?= /usr/share/vestnik/providers
# Where apid looks, likewise.
WEBDIR      ?= /usr/share/vestnik/web
UNITDIR     ?= $(if $(filter /usr,$(PREFIX)),/lib/systemd/system,/etc/systemd/system)
SYSUSERSDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib/sysusers.d,/etc/sysusers.d)
TMPFILESDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib/tmpfiles.d,/etc/tmpfiles.d)

INSTALLED_DAEMONS = $(filter $(DAEMONS),$(PROGRAMS))
INSTALLED_UNITS   = $(foreach d,$(INSTALLED_DAEMONS),$(wildcard systemd/vestnik-$(d).service.in systemd/vestnik-$(d)@.service.in)) \
	systemd/vestnik.target.in

# Fill in where things are, and the lines every unit shares.
fill_in = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' -e 's|@CONFDIR@|$(CONFDIR)|g' \
	-e 's|@DOCDIR@|$(DOCDIR)|g' -e '/^@HARDENING@$$/{' -e 'r systemd/hardening.conf' -e 'd' -e '}'

.PHONY: install verify-units

install: all web
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(CONFDIR) \
		$(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(TMPFILESDIR)
	$(if $(filter cli,$(PROGRAMS)),install -m 755 $(B)/bin/vestnik $(DESTDIR)$(BINDIR)/)
	install -m 755 $(foreach d,$(INSTALLED_DAEMONS),$(B)/bin/$(d)) $(DESTDIR)$(LIBEXECDIR)/
	install -d $(DESTDIR)$(MIGRATIONSDIR)
	install -m 644 $(wildcard migrations/*.sql) $(DESTDIR)$(MIGRATIONSDIR)/
	install -d $(DESTDIR)$(PROVIDERSDIR)
	install -m 644 $(wildcard providers/*.yaml) $(DESTDIR)$(PROVIDERSDIR)/
	rm -rf $(DESTDIR)$(WEBDIR)/assets
	cd build/web && find . -type f ! -name '.*' -exec install -D -m 644 {} $(abspath $(DESTDIR)$(WEBDIR))/{} \;
	install -m 644 $(wildcard docs/*.md) $(DESTDIR)$(DOCDIR)/
	install -d $(DESTDIR)$(DOCDIR)/amqp
	install -m 644 $(wildcard docs/amqp/*.json) $(DESTDIR)$(DOCDIR)/amqp/
	for conf in systemd/conf/*.yaml; do \
		install -m 640 $$conf $(DESTDIR)$(CONFDIR)/$$(basename $$conf).example || exit; \
	done
	for unit in $(INSTALLED_UNITS); do \
		$(fill_in) $$unit | install -m 644 /dev/stdin $(DESTDIR)$(UNITDIR)/$$(basename $$unit .in) || exit; \
	done
	install -m 644 systemd/sysusers.conf $(DESTDIR)$(SYSUSERSDIR)/vestnik.conf
	$(fill_in) systemd/tmpfiles.conf.in | install -m 644 /dev/stdin $(DESTDIR)$(TMPFILESDIR)/vestnik.conf

# What systemd would say, of units installed into build/; also holds the example configurations
# against the daemons that read them.
verify-units: all
	@scripts/verify-units
