# Needs Python 3.11 or newer, make and a C compiler. Another Python: make demo PYTHON=python3.12
PYTHON ?= python3
RUN := .venv/bin/python -m
# Processes that run the tests; 0 runs them in one.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo stack walk test lint bench chaos canvas clean
.SILENT:

help: ## Show this list
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Set up two shops and a lab with data and run everything; Ctrl-C stops it
	$(PYTHON) config/bootstrap/setup.py
	exec $(RUN) config.supervisor demo

stack: ## Run services, web, worker and beat without demo data
	$(PYTHON) config/bootstrap/setup.py
	exec $(RUN) config.supervisor stack

walk: ## Walk through the running demo as marketer, analyst and officer, in a browser
	$(PYTHON) config/bootstrap/setup.py --tests
	exec $(RUN) tests.demo $(ARGS)

test: ## Run the tests; one file: make test ARGS=tests/config JOBS=0
	$(PYTHON) config/bootstrap/setup.py --tests
	exec $(RUN) pytest -n $(JOBS) --dist loadfile $(ARGS)

lint: ## Check style, types and the direction of imports
	$(PYTHON) config/bootstrap/setup.py
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports

chaos: ## Kill web, workers, Valkey and Postgres under load; nothing may be lost or come twice
	$(PYTHON) config/bootstrap/setup.py
	exec $(RUN) bench.chaos $(ARGS)

bench: ## Measure the promises against their targets; writes bench/results.json
	$(PYTHON) config/bootstrap/setup.py
	exec $(RUN) bench $(ARGS)

canvas: ## Build the journey canvas into templates/static/canvas; needs Node, and nothing else does
	cd journeys/canvas && npm ci && npm run check && npm test && npm run build
	$(RUN) journeys.canvas_build

clean: ## Remove var/ and caches; refuses while Attune runs here
	$(PYTHON) config/bootstrap/clean.py
