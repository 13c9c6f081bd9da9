# Few verbs. Each sets up what it needs in .venv; nothing else is installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

DATA ?= ../shared/data/road-surface

.PHONY: demo test lint bench chaos guide check-compose weights clean

demo: $(STAMP)          ## a small drive is made and analysed: 様式A, photo book, report in demo-output/
	$(BIN)/pavement demo --out demo-output

test: $(VENV)/.dev      ## all tests (those that need ../shared are skipped where it is missing)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev      ## format, lint, types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 pavement api exporters
	$(BIN)/lint-imports

bench: $(VENV)/.dev     ## what every stage costs, in one table: runs/bench.md, runs/bench.json; ONLY=detect,scale: some parts
	$(BIN)/python -m tests.bench $(ONLY)

chaos: $(VENV)/.dev     ## API and workers killed 100 times while clients upload: on SQLite, then on PostgreSQL (30 minutes)
	$(BIN)/python -m tests.chaos --kills 100

guide: $(STAMP)         ## the two pages for the staff of one PC: runs/guide.pdf
	mkdir -p runs
	PYTHONPATH=. $(BIN)/python docs/guide/make_guide.py runs/guide.pdf

check-compose: $(VENV)/.dev ## the commands of compose.yaml without Docker: PostgreSQL and an S3 stand-in of this machine
	$(BIN)/python -m tests.check_compose

weights: runs/.venv/.ready ## train models/road.onnx and guard.onnx anew from DATA (an hour or more; stops and resumes)
	runs/.venv/bin/python -m pip download --quiet --no-deps --dest runs smartrail-obstacle-detector==0.1.1
	runs/.venv/bin/python models/training/init_body.py runs/smartrail_obstacle_detector-0.1.1-*.whl runs/yolov8n_state.pt
	runs/.venv/bin/python models/training/train.py models/training/road.toml --data $(DATA) --out runs/road --init runs/yolov8n_state.pt
	runs/.venv/bin/python models/training/guard.py $(DATA) runs/guard

runs/.venv/.ready: pyproject.toml
	$(PYTHON) -m venv runs/.venv
	runs/.venv/bin/python -m pip install --quiet --upgrade pip
	runs/.venv/bin/python -m pip install --quiet -c models/training/constraints.txt '.[train]'
	touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[dev,postgres]'
	touch $@

clean:
	rm -rf $(VENV) demo-output
