# vantage6: `make help` says what there is.

# Python 3.10 or newer; `make PYTHON=python3.12 ...` chooses another one.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo $$p; break; }; done)
RUNTIME ?= auto
WORKERS ?= 3
TASKS ?= 200
SEED ?= 312
BIN := .venv/bin
RUN := $(BIN)/python -m
DOCKER ?= docker
# Many processes are started; none of them should have to compile first.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := $(RUN) compileall -q vantage6 examples

.DEFAULT_GOAL := help
.PHONY: help install demo images up down engines services test lint format type docs everything faults bench clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set up -----------------------------------------------------------------------------------

install: .venv/.installed ## make .venv with everything that development needs

.venv/bin/python:
	@if [ -z '$(PYTHON)' ]; then \
		echo 'Python 3.10 to 3.13 is needed; on Debian or Ubuntu: apt-get install python3 python3-venv' >&2; \
		exit 1; \
	fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		install="apt-get install -y --no-install-recommends python$$version-venv"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "$(PYTHON) has no venv; running: $$install" >&2; \
			$$install || { apt-get update && $$install; }; \
		else \
			echo "$(PYTHON) cannot make a virtual environment; first run: sudo $$install" >&2; \
			exit 1; \
		fi; \
	fi
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# What the demo needs, without the tools of development.
.venv/.runtime: pyproject.toml | .venv/bin/python
	$(RUN) pip install --quiet --disable-pip-version-check --use-pep517 -e '.[server,node,tools]'
	@$(COMPILE)
	@touch $@

.venv/.installed: pyproject.toml | .venv/bin/python
	$(RUN) pip install --quiet --disable-pip-version-check --use-pep517 -e '.[dev]'
	@$(COMPILE)
	@touch .venv/.runtime $@

# --- use --------------------------------------------------------------------------------------

demo: .venv/.runtime ## a federated average over three hospitals (RUNTIME=docker or process insists)
	@if [ '$(RUNTIME)' = docker ] || { [ '$(RUNTIME)' = auto ] && $(DOCKER) version >/dev/null 2>&1; }; then \
		status=0; examples/images.sh average || status=$$?; \
		if [ $$status -ne 0 ] && { [ $$status -ne 3 ] || [ '$(RUNTIME)' = docker ]; }; then exit $$status; fi; \
	fi
	@$(BIN)/vdev demo --runtime '$(RUNTIME)'

images: .venv/.runtime ## build the images of server, node, algorithm-base and the examples
	examples/images.sh

up: ## start a whole server with docker-compose.yml, from public or from own images
	examples/compose/up

down: ## stop it; what it stores is kept
	examples/compose/up down

# --- check ------------------------------------------------------------------------------------

engines: ## start what `make services` starts, without the images that need .venv
	tests/services/up docker registry postgres notary compose base

services: .venv/.installed ## start what the tests need: Docker, a registry, PostgreSQL
	tests/services/up

# First what takes its time on the network, then what takes it on the processor.
test: .venv/bin/python ## lint, types, unit, contract, integration and container tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync engines .venv/.installed
	@$(MAKE) --no-print-directory --jobs 2 --output-sync services lint type
	$(RUN) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 20 --durations-min 4 --cov --cov-report= --cov-fail-under=90

lint: .venv/.installed ## format, style, import contracts and spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/codespell

format: .venv/.installed ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

type: .venv/.installed ## check the types
	$(BIN)/mypy

docs: .venv/.installed ## generate the reference pages and build the site into docs/_build
	$(BIN)/python docs/generate.py
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

everything: services ## all tests, also those that repeat others on another database, version or runtime
	V6_TEST_EVERYTHING=1 $(RUN) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

faults: services ## 200 tasks on 3 nodes while everything breaks at random (SEED=, TASKS=)
	V6_TEST_FAULT_TASKS='$(TASKS)' V6_TEST_FAULT_SEED='$(SEED)' $(RUN) pytest -s tests/e2e/faults

bench: .venv/.installed ## measure start-up times and the main paths
	$(RUN) tests.benchmark

clean: ## remove what was built; the environment and the services stay
	rm -rf build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	rm -f .coverage .coverage.*
