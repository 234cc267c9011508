# Thin front of meson and ninja. `make help` lists what there is.
BUILD  ?= build
PREFIX ?= /usr/local
JAM    ?= jam
TUNE   ?=
MESON  ?= meson
FLAGS  ?=

all: $(BUILD)/build.ninja ## build everything
	@ninja -C $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what building needs (Debian packages)
	@tools/deps build
deps-test: ## install what testing needs
	@tools/deps test
deps-bench: ## install what the benchmarks compare with
	@tools/deps bench

$(BUILD)/build.ninja: | deps
	@$(MESON) setup $(BUILD) --prefix $(PREFIX) $(FLAGS) >/dev/null || $(MESON) setup $(BUILD) --prefix $(PREFIX) $(FLAGS)

jam: all ## perform a tune: make jam [TUNE=file.abc|file.mid] [JAM=folder]
	@$(BUILD)/daemons/holler/holler jam --dir $(JAM) $(if $(TUNE),--tune '$(TUNE)')

gallery: all ## make a piece with every generator: gallery/index.html
	@$(BUILD)/daemons/holler/holler gallery --out gallery

test: deps-test ## all test builds; ends with `N passed, N failed, N skipped`
	@tools/test

race: deps-test ## the running programs under the thread sanitizer (some 6 minutes): make race [TESTS='system-jam ...']
	@TESTS='$(TESTS)' tools/test race

bench: deps-bench all ## compare with the peers; JSON lines in build/bench.jsonl and a table
	@tools/bench $(BUILD)

fuzz: deps-test ## fuzz every parser, SECONDS_EACH (default 60) each
	@tools/fuzz

seeds: deps-test all ## the property tests with SEEDS (default 20) other seeds
	@tools/seeds $(BUILD)

lint: deps-test all ## the structural checks alone
	@$(MESON) test -C $(BUILD) --suite lint --print-errorlogs

soak: all ## the engine for SOAK_SECONDS (default 3600) with counters at the end
	@tools/soak $(BUILD)

install: all ## make install DESTDIR= PREFIX=
	@$(MESON) configure $(BUILD) --prefix $(PREFIX)
	@DESTDIR='$(DESTDIR)' $(MESON) install -C $(BUILD)

clean: ## remove every build folder
	rm -rf build build-*

.PHONY: all help deps deps-test deps-bench jam gallery test race bench fuzz seeds lint soak install clean
