# Two commands: `make demo` sets up and runs the main job, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_WAIT_POLICY := PASSIVE
export TOKENIZERS_PARALLELISM := false

.PHONY: install demo serve test check clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@echo "== install into $(VENV): about 2 to 5 minutes the first time, 2 GB"
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit(f"Python 3.11 to 3.13 is needed, found {sys.version}; run make with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -e '.[dev]'
	@touch $@

# `make demo DEMO="--sound my.wav --words my.TextGrid"` sends a talk of your own
demo: install
	@echo "== demo: index the bundled corpus (once), serve, generate, render: 1 to 3 minutes on two cores"
	$(BIN)/chironomia demo $(DEMO)

serve: install
	@echo "== serve on http://127.0.0.1:8000 (Ctrl-C stops it)"
	$(BIN)/chironomia index build
	$(BIN)/chironomia serve

test: install check
	@echo "== tests: about 13 minutes on two cores"
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --durations 40 --durations-min 5

check: install
	@echo "== style, types, import rules: under a minute"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) out build *.egg-info
