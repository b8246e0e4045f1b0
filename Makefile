# Every job of the project; CI runs the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "crmlytics needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -q --upgrade "pip>=25.1"

# One stamp per set of requirements: a second run installs nothing unless pyproject.toml changed.
$(STAMP)-demo: pyproject.toml | $(BIN)/python
	$(PIP) install -q -e ".[report]"
	@touch $@

$(STAMP)-test: pyproject.toml | $(BIN)/python
	$(PIP) install -q -e ".[arrow,plot,report,polars,sql]" --group test
	@touch $@

$(STAMP)-lint: pyproject.toml | $(STAMP)-test
	$(PIP) install -q --group lint
	@touch $@

$(STAMP)-docs: pyproject.toml | $(STAMP)-test
	$(PIP) install -q --group docs
	@touch $@

$(STAMP)-spark: pyproject.toml | $(STAMP)-test
	$(PIP) install -q -e ".[spark]"
	@touch $@

$(STAMP)-bench: pyproject.toml | $(STAMP)-test
	$(PIP) install -q --group bench
	@touch $@

.PHONY: demo
demo: $(STAMP)-demo ## Install, make a CRM store and write its report
	@mkdir -p demo
	@$(BIN)/crmlytics demo --out demo/report.html

.PHONY: test
test: $(STAMP)-test ## Run all tests (Spark has its own target)
	$(BIN)/python -m pytest -n 2 -m "not spark" $(ARGS)

.PHONY: test-spark
test-spark: $(STAMP)-spark ## Run the tests on Spark (needs a Java runtime, 17 or later)
	$(BIN)/python -m pytest -m spark $(ARGS)

.PHONY: test-lowest
# Asks whether the oldest versions have what we call, not once more whether our numbers are right:
# fewer random examples, and without the real data.
test-lowest: | $(BIN)/python ## Run the tests on the lowest declared versions
	$(PIP) install -q uv
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv-lowest
	$(BIN)/uv pip install -q --python .venv-lowest/bin/python --resolution lowest-direct \
		-e ".[arrow,plot,report,polars,sql]" --group test
	CRMLYTICS_EXAMPLES=few .venv-lowest/bin/python -m pytest -n 2 -m "not spark and not data" $(ARGS)

.PHONY: lint
lint: $(STAMP)-lint ## Check style and security rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(STAMP)-lint ## Check types
	$(BIN)/mypy

.PHONY: doctest
doctest: $(STAMP)-test ## Run the examples of docstrings and guides
	$(BIN)/python -m pytest --doctest-modules crmlytics
	$(BIN)/python -m pytest --doctest-glob="*.md" docs/getting_started.md docs/coming_from_*.md docs/guide

.PHONY: docs
docs: $(STAMP)-docs ## Build the documentation, notebooks executed
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

.PHONY: verification
verification: $(STAMP)-test ## Compare with all published numbers anew (needs the real data)
	rm -f docs/verification.jsonl
	CRMLYTICS_GOLDEN=docs/verification.jsonl $(BIN)/python -m pytest -q -m "not spark" tests

.PHONY: bench
bench: $(STAMP)-bench ## Measure against other libraries, side by side
	$(BIN)/python benchmarks/run.py $(ARGS)

.PHONY: coverage
coverage: $(STAMP)-test ## Run the tests and show lines they do not reach
	$(BIN)/python -m pytest -q -n 2 -m "not spark" --cov --cov-report=term

.PHONY: clean
clean: ## Remove environments, caches and built pages
	rm -rf .venv .venv-lowest benchmarks/.rivals demo docs/_build docs/generated .pytest_cache .mypy_cache .ruff_cache
