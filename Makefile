# netkit. "make help" lists the targets. Sources are found, never listed.
PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
VERSION = 0.1.0
APPLETS ?= $(patsubst applets/%.c,%,$(wildcard applets/*.c)) $(notdir $(patsubst %/,%,$(wildcard applets/*/)))
FUZZ_SECONDS ?= 30

# One folder of objects for each way of building, so that none has to be thrown away.
B = build$(if $(SANITIZE),/sanitize)
WARN = -Wall -Wextra -Wshadow -Werror
HARDEN = -fPIE -fstack-protector-strong $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
Q = $(if $(V),,@)
SAN = $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
comma = ,
CFLAGS ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -Iinclude -DNK_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=gnu11 $(WARN) $(HARDEN) $(SAN) -pthread -MMD -MP $(CFLAGS)
# What is linked: no shared library but libc; all others are loaded when they are used.
LIBS = -l:libinih.a
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,--as-needed $(SAN) -pthread $(LDFLAGS)

CORE_SRC = $(filter-out core/main.c,$(wildcard core/*/*.c))
APPLET_SRC = $(foreach a,$(APPLETS),$(wildcard applets/$(a).c applets/$(a)/*.c))
SRC = $(CORE_SRC) $(APPLET_SRC) core/main.c
OBJ = $(SRC:%.c=$(B)/%.o)
UNIT_SRC = $(wildcard tests/unit/test_*.c)
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: FORCE all help deps check unit live lint bench man fuzz demo picture install completions clean
.SECONDARY:
.DELETE_ON_ERROR:

all: $(B)/netkit

help:
	@sed -n 's/^#: //p' Makefile

#: make             build build/netkit (V=1 shows the commands)
$(B)/netkit: $(OBJ)
	$(if $(V),,@echo '  LINK  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The applets that the chosen sources define, as some share a folder; made again when the choice
# changes.
CHOSEN = $(shell sed -n 's/^const struct nk_applet \([a-z0-9]*\)_applet = {.*/\1/p' $(APPLET_SRC) /dev/null)
$(B)/applets.list: FORCE
	@mkdir -p $(@D)
	@echo '$(sort $(CHOSEN))' | cmp -s - $@ || echo '$(sort $(CHOSEN))' >$@
$(B)/applets.h: $(B)/applets.list applets/list.h
	@grep -E '^NK_APPLET\(($(subst $(space),|,$(strip $(CHOSEN))))\)' applets/list.h >$@
space := $(subst ,, )
FORCE:

$(B)/core/main.o: $(B)/applets.h
$(B)/core/main.o: CPPFLAGS += -I$(B)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC    $<')
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

-include $(OBJ:.o=.d)

#: make deps        install what building and testing needs (DEPS="build check lint bench fuzz")
DEPS ?= build check lint
deps:
	@tests/lib/deps.sh $(DEPS)

#: make check       every test; SANITIZE=1 runs them under ASan and UBSan
check: deps
	@$(MAKE) --no-print-directory -j2 $(B)/netkit $(B)/unit $(B)/corpus
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit live

# The unit tests link everything but main.c.
$(B)/unit: $(UNIT_SRC:%.c=$(B)/%.o) $(filter-out $(B)/core/main.o,$(OBJ))
	$(if $(V),,@echo '  LINK  $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcriterion
-include $(UNIT_SRC:%.c=$(B)/%.d)

#: make unit        the unit tests and the fuzz corpora
unit: $(B)/unit $(B)/corpus
	@rm -f $(B)/leaks.*
	$(if $(SANITIZE),ASAN_OPTIONS=log_path=$(CURDIR)/$(B)/leaks) $(B)/unit -j2 --timeout 60; \
		result=$$?; ! grep -hs -A 40 'ERROR: ' $(B)/leaks.* && exit $$result
	$(B)/corpus

# The fuzz entries run over their corpora as plain tests.
$(B)/corpus: tests/fuzz/corpus.sh $(FUZZ:%=$(B)/fuzz_%_corpus)
	@cp $< $@ && chmod +x $@
$(B)/fuzz_%_corpus: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(filter-out $(B)/core/main.o,$(OBJ))
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

#: make live        the tests on real servers and scripted peers
live: $(B)/netkit
	NETKIT=$(CURDIR)/$(B)/netkit tests/lib/run.sh

#: make lint        format, layers, banned functions, headers alone, cppcheck, shellcheck
lint:
	@tests/lib/deps.sh lint
	@tests/lib/lint.sh

#: make fuzz        run every fuzzer for FUZZ_SECONDS (30)
fuzz:
	@tests/lib/deps.sh build fuzz
	@set -e; for f in $(FUZZ); do $(MAKE) --no-print-directory build/fuzz/$$f; \
		mkdir -p build/fuzz/work/$$f; \
		build/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
			-artifact_prefix=build/fuzz/ build/fuzz/work/$$f tests/fuzz/corpus/$$f; done
build/fuzz/%: tests/fuzz/fuzz_%.c $(CORE_SRC) $(APPLET_SRC)
	@mkdir -p $(@D)
	clang -std=gnu11 $(CPPFLAGS) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-pthread -o $@ $^ $(LIBS)

#: make bench       speed and memory beside the peers
bench: all
	@tests/lib/deps.sh build bench
	tests/bench/bench.sh

#: make demo        a tour on real servers
demo:
	@tests/lib/deps.sh build check
	@$(MAKE) --no-print-directory -j2 all
	@tests/lib/demo.sh

#: make picture     the picture of a terminal that README shows, anew
picture: all
	@tests/lib/deps.sh build picture
	tests/lib/tour.sh tests/lib/tour.svg

#: make man         the manual pages, in build/man
man: $(B)/netkit
	@mkdir -p build/man
	@$(B)/netkit help man build/man

#: make completions write completions/ anew from the tables
completions: $(B)/netkit
	$(B)/netkit completion bash >completions/netkit.bash
	$(B)/netkit completion zsh >completions/_netkit
	$(B)/netkit completion fish >completions/netkit.fish

#: make install     DESTDIR= PREFIX=
install: all man
	install -D -m 755 build/netkit $(DESTDIR)$(BINDIR)/netkit
	build/netkit --install -s -f $(DESTDIR)$(BINDIR)
	install -d $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5
	install -m 644 build/man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 build/man/*.5 $(DESTDIR)$(MANDIR)/man5
	install -D -m 644 completions/netkit.bash $(DESTDIR)$(BASHDIR)/netkit
	@for a in $$(build/netkit --list); do ln -sf netkit $(DESTDIR)$(BASHDIR)/$$a; done
	install -D -m 644 completions/_netkit $(DESTDIR)$(ZSHDIR)/_netkit
	install -D -m 644 completions/netkit.fish $(DESTDIR)$(FISHDIR)/netkit.fish

#: make clean       remove build/
clean:
	rm -rf build
