# Few verbs. Each sets up what it needs in .venv; nothing else is installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test lint bench clean

demo: $(STAMP)          ## a small drive is made and analysed: 様式A, photo book, report in demo-output/
	$(BIN)/pavement demo --out demo-output

test: $(VENV)/.dev      ## all tests (those that need ../shared are skipped where it is missing)
	$(BIN)/python -m pytest

lint: $(VENV)/.dev      ## format, lint, types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev     ## speed of the stages and memory, as ratios
	$(BIN)/python tests/bench.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) demo-output
