# LogFlow. `make help` lists what there is; every target installs what it misses.
.DEFAULT_GOAL := help
BUILD ?= build
BENCH ?=
PYTEST_ARGS ?=

.PHONY: help run build test test-all bench check format coverage fuzz install clean distclean bootstrap

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

bootstrap:
	@tools/bootstrap.sh build

build: bootstrap ## the release program, at build/logflow
	@tools/build.sh release

run: build ## converts the files of examples/ and looks into one of the results
	@tools/run_examples.sh $(BUILD)/logflow

test: build ## unit and end-to-end tests; the last line counts them
	@rm -f $(BUILD)/test-result.txt
	@tools/bootstrap.sh test
	@$(BUILD)/venv/bin/python tests/run.py $(PYTEST_ARGS)

test-all: build ## also sanitizers, both compilers, Spark, large files (an hour, 30 GB of disk)
	@tools/bootstrap.sh test-all
	@$(BUILD)/venv/bin/python tests/run.py --all $(PYTEST_ARGS)

bench: build ## compares with DuckDB, Polars, pyarrow and chDB; writes bench/RESULTS.md (BENCH="--runs 1")
	@tools/bootstrap.sh bench
	@$(BUILD)/venv/bin/python bench/bench.py $(BENCH)

check: ## layers, style, headers, symbols: under 30 seconds
	@tools/bootstrap.sh check
	@python3 tools/check.py

format: ## lays out all C files
	@find include src tests bench python -name '*.[ch]' | xargs clang-format -i

coverage: ## which lines `make test` runs; over 85 % (COVERAGE="--only unit")
	@tools/bootstrap.sh build
	@tools/coverage.sh

fuzz: ## each fuzzer for FUZZ_SECONDS (600); FUZZ="csv late" chooses (clang)
	@tools/bootstrap.sh test-all
	@tools/fuzz.sh

install: build ## the program, the library and its packages (PREFIX=/usr/local)
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean: ## removes what was built, keeps the Python peers and the benchmark data
	@[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv ! -name bench-data ! -name downloads -exec rm -rf {} +
	@rm -rf out

distclean: ## removes everything that git does not know
	@rm -rf $(BUILD) out
