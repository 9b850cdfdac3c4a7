# Every target sets up what it needs (scripts/bootstrap) and then works without the network.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types contracts docs screenshots bench lock clean
MAKEFLAGS += --no-print-directory

# Test processes at once. Tests that must share one process carry the mark xdist_group.
WORKERS ?= 3
# More words for the command behind a target: make test ARGS="-k codeowners", make bench ARGS=--quick.
ARGS ?=

# Bytecode is written even where the environment forbids it: the tests start the product many times, and would compile
# every module each time.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

BIN := .venv/bin

help: ## Say what can be made
	@echo "Vedette: make demo, then look around; make test, before you trust it."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  Needed: Python 3.11 or newer (VEDETTE_PYTHON names another), git and make. The rest is fetched once."

setup: ## Build .venv from the locked requirements, when it is not there yet
	@scripts/bootstrap

demo: setup ## Start everything embedded and watch errors become tickets (Ctrl-C stops all)
	@$(BIN)/vedette demo $(ARGS)

# A missing Chromium is installed here, where its announcement is seen; where that fails, the page tests say so and fail.
test: setup ## Run every test
	@$(BIN)/python -m tests.browser >/dev/null || true
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: format-check lint types contracts docs ## Check format, lint, types, import contracts and docs, then run every test
	@$(MAKE) test

format: setup ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: format-check
format-check: setup
	@$(BIN)/ruff format --check .

lint: setup ## Look for mistakes (ruff)
	@$(BIN)/ruff check .

types: setup ## Check the types, strictly (mypy)
	@$(BIN)/mypy

contracts: setup ## Check the six import contracts of the house
	@$(BIN)/lint-imports --no-logo

docs: setup ## Check that the documents are true: commands, links, settings shown, reference pages
	@$(BIN)/pytest -q tests/house/test_docs.py tests/house/test_reference.py tests/house/test_snippets.py

screenshots: setup ## Take the pictures of the pages that README.md shows anew
	@$(BIN)/python -m tests.screenshots

bench: setup ## Run every benchmark in full and write bench/results.json
	@$(BIN)/python -m bench $(ARGS)

lock: ## Write requirements/*.txt anew from pyproject.toml (UPGRADE=1 moves every version)
	@scripts/lock

clean: ## Remove the environment, the tools and every cache
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
