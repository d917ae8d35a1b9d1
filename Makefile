# SPDX-License-Identifier: EUPL-1.2
# The front door: `make` prints what can be done. Each target installs what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: help demo test check bench figures validate docs places accuracy web lock format clean

BIN := .venv/bin
STATIC := src/jumeau/web/static/index.html
WEB_FILES := $(shell find web -path web/node_modules -prune -o -type f -print)
export JUMEAU_SHARED ?= $(abspath $(wildcard ../shared))
export JUMEAU_WATER_NETWORKS ?= $(abspath .venv/networks)
JOBS ?= $(shell n=$$(nproc); echo $$(( n > 4 ? 4 : n )))
SUBMAKE := @$(MAKE) --no-print-directory

help: ## Print this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | \
	  awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: ## Build the demonstrator commune, run everything on it and serve the page (again: as it was left)
	$(SUBMAKE) -j2 .venv/.runtime $(STATIC)
	@exec $(BIN)/jumeau demo $(or $(ARGS),--folder build/demo.jumeau)

test: .venv/.dev .venv/.networks $(STATIC) .stamps/system-test ## Run every test (ARGS="tests/twin -x" for some)
ifndef ARGS
	tools/npm test
endif
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

check: .venv/.dev web/node_modules/.package-lock.json ## Format, lint, types, import law, documentation, page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_docs.py
	$(BIN)/python tools/docs.py --check
	tools/npm run check

bench: .venv/.dev $(STATIC) .stamps/system-bench ## Measure against peers (ARGS="fork serving" for some)
	$(BIN)/python benchmarks/run.py $(ARGS)

figures: .venv/.dev ## Write the figures last measured by `make bench` in the READMEs and the documentation
	$(BIN)/python tools/speed.py
	$(BIN)/python tools/figures.py

validate: .venv/.runtime .venv/.networks ## Run the published cases and print reference, ours, tolerance, verdict
	$(BIN)/jumeau validate $(ARGS)

docs: .venv/.dev ## Write the reference from the code and build the documentation in docs/_build
	$(BIN)/python tools/docs.py
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/_build
	@echo "docs/_build/index.html"

places: .venv/.dev ## Import the real places of examples/ and write what became of each file
	$(BIN)/python tools/places.py

accuracy: .venv/.dev .venv/.networks ## Run the cases of flood, buildings, lighting and water; write how far each figure is from its reference
	$(BIN)/jumeau validate climate --json | $(BIN)/python tools/accuracy.py
	$(BIN)/jumeau validate buildings --json | $(BIN)/python tools/accuracy.py
	$(BIN)/jumeau validate lighting --json | $(BIN)/python tools/accuracy.py
	$(BIN)/jumeau validate water --json | $(BIN)/python tools/accuracy.py

web: $(STATIC) ## Build the page

lock: .venv/.dev ## Resolve the dependencies anew and write the locks
	$(BIN)/python tools/lock.py

format: .venv/.dev ## Format the code and repair what can be
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	tools/npm run format

clean: ## Remove what was built and installed here
	rm -rf .stamps .venv web/node_modules src/jumeau/web/static docs/_build build dist \
	  benchmarks/.venvs benchmarks/results .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@tools/setup venv

.venv/.runtime: requirements.lock tools/locks/build.lock pyproject.toml | $(BIN)/python
	@tools/setup packages requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock tools/locks/build.lock pyproject.toml | $(BIN)/python
	@tools/setup packages requirements-dev.lock
	@touch .venv/.runtime $@

.venv/.networks: tools/locks/networks.lock | $(BIN)/python
	@tools/setup networks
	@touch $@

.stamps/system-test .stamps/system-bench: .stamps/system-%: tools/setup
	@tools/setup system $*
	@mkdir -p .stamps && touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json | $(BIN)/python
	tools/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC): web/node_modules/.package-lock.json $(filter-out web/test/%,$(WEB_FILES))
	tools/npm run build
	@touch $@
