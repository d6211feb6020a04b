# The operator's command prints the version too.
$(B)/cli/main.o: CFLAGS += -DVESTNIK_VERSION='"$(VERSION)"'
