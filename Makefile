# Geobase: every command there is. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
PORT ?= 8000
PYTHON := .venv/bin/python
export GEOBASE_PORT := $(PORT)

.PHONY: help setup setup-dev demo serve stop clean test check lint types imports unit integration browser bench chaos bless docs

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | while IFS=$$'\t' read -r name words; do printf '  make %-12s %s\n' "$$name" "$$words"; done

setup: ## install what is missing to run: system packages, Python, the web map
	@config/deploy/setup.sh run

setup-dev: ## the same, and what the tests need
	@config/deploy/setup.sh dev

demo: setup ## from nothing to the city on a map: http://127.0.0.1:8000/ (PORT=8000), Ctrl-C stops it
	@$(PYTHON) -m config.supervisor demo

serve: setup ## serve what is published, without the demo survey (PORT=8000), Ctrl-C stops it
	@$(PYTHON) -m config.supervisor serve

stop: ## stop a server and a private database left running
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m config.supervisor stop; else echo "not running"; fi

clean: ## stop everything and delete var/ (all data!), .venv, node_modules, the built web map
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m config.supervisor stop && $(PYTHON) -m config.database remove; fi
	@rm -rf var .venv geoserver_app/webmap/node_modules geoserver_app/webmap/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

test: setup-dev ## all tests, from nothing
	@$(PYTHON) -m pytest

check: setup-dev lint types imports ## what CI runs: lint, types, import contracts, all tests
	@$(PYTHON) -m pytest

lint: setup-dev ## ruff: rules and format of imports
	@.venv/bin/ruff check --quiet . && echo "lint: good"

types: setup-dev ## mypy strict; tsc for the web map
	@.venv/bin/mypy --no-error-summary && echo "types (Python): good"
	@if [ -f geoserver_app/webmap/package.json ]; then config/deploy/setup.sh npm run --silent types && echo "types (TypeScript): good"; fi

imports: setup-dev ## import-linter: which folder may import which
	@.venv/bin/lint-imports --cache-dir .import_linter_cache > var/imports.log 2>&1 && echo "imports: good" || { cat var/imports.log; exit 1; }

unit: setup-dev ## the tests that need no database
	@$(PYTHON) -m pytest tests/unit

integration: setup-dev ## the tests on a real PostGIS and real files
	@$(PYTHON) -m pytest tests/integration

browser: setup-dev ## the tests in a real Chromium
	@$(PYTHON) -m pytest tests/browser

bench: setup-dev ## ratios side by side with the peers, same data, same answers
	@$(PYTHON) -m tests.bench

chaos: setup-dev ## 1,000 SIGKILLs of ingest, publication and workers (goes on where it was broken off; CHAOS_SECONDS=3000)
	@CHAOS_KILLS=1000 CHAOS_SECONDS=$${CHAOS_SECONDS:-3000} CHAOS_STATE=$(CURDIR)/var/chaos.json CHAOS_SEED=$$RANDOM $(PYTHON) -m pytest tests/integration/jobs/test_chaos.py

bless: setup-dev ## take today's pictures as the golden ones; review them as a diff
	@GOLDEN=bless $(PYTHON) -m pytest tests/golden

docs: setup-dev ## write the generated pages (docs/settings.md, docs/conformance.md, docs/checks.md)
	@$(PYTHON) -m config.reference > docs/settings.md && echo "docs/settings.md written"
	@$(PYTHON) manage.py conformance > docs/conformance.md && echo "docs/conformance.md written"
	@$(PYTHON) manage.py check_rules > docs/checks.md && echo "docs/checks.md written"
