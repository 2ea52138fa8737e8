# make run    sets everything up and serves on http://localhost:8000
# make test   sets everything up and checks everything
PYTHON ?= python3
PORT ?= 8000
DATA ?= $(CURDIR)/data
MINUTES ?= 30
LEARNERS ?= 300
BIN := .venv/bin
NPM := npm --no-audit --no-fund --loglevel=error

.PHONY: run setup setup-test test lint types test-python test-js e2e e2e-all soak sabotage bench conformance clean

run: setup
	@$(BIN)/seattime serve --port $(PORT) --data-dir "$(DATA)" --demo

setup: .venv/.ready

CHECK_PYTHON := $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "SeatTime needs Python 3.11 or newer: make run PYTHON=python3.12"; exit 1; }

.venv/.ready: pyproject.toml
	@echo "Setting up the Python environment in .venv (the first time only) ..."
	@$(CHECK_PYTHON)
	@started=$$(date +%s); $(PYTHON) -m venv .venv \
	  && $(BIN)/pip install --quiet --disable-pip-version-check --editable . \
	  && touch $@ && echo "Set up in $$(($$(date +%s) - started)) s."

setup-test: .venv/.ready-test node_modules/.ready
	@$(BIN)/python -m e2e.browser

.venv/.ready-test: pyproject.toml
	@$(CHECK_PYTHON)
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --editable '.[dev]'
	@touch .venv/.ready $@

node_modules/.ready: package.json package-lock.json
	@$(NPM) ci
	@touch $@

test:
	@$(MAKE) --no-print-directory --jobs=2 setup-test
	@$(MAKE) --no-print-directory --jobs=2 lint types
	@$(MAKE) --no-print-directory test-python test-js e2e

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	npm run --silent lint

types: setup-test
	$(BIN)/mypy
	npm run --silent types

test-python: setup-test
	$(BIN)/pytest tests -n 2

test-js: setup-test
	npm test --silent

e2e: setup-test
	$(BIN)/pytest e2e -n 2 --dist loadgroup

# every case on both databases
e2e-all: setup-test
	SEATTIME_E2E_DATABASES=sqlite,postgres $(BIN)/pytest e2e -n 2 --dist loadgroup

# hundreds of simulated learners under faults for half an hour; a short one is part of `make test`
soak: setup-test
	$(BIN)/python -m e2e.soak --minutes $(MINUTES) --learners $(LEARNERS) $(if $(SEED),--seed $(SEED)) --output test-results/soak

# takes away one rule at a time and expects its test to turn red
sabotage: setup-test
	$(BIN)/python -m tests.sabotage.run

# ADL's test content against the adapters, its LRS suite and CATAPULT's cmi5 suite against servers; they lie outside of the repository
# (docs/conformance.md)
conformance: node_modules/.ready .venv/.ready-test
	adapters=0; node tests/conformance/run.js || adapters=$$?; lrs=0; $(BIN)/python -m e2e.conformance.lrs || lrs=$$?; \
	$(BIN)/python -m e2e.conformance.cmi5 && [ $$lrs = 0 ] && exit $$adapters

bench: setup-test
	node benchmarks/adapter/run.js
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.statements

clean:
	rm -rf .venv node_modules
