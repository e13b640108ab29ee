# Two commands: `make demo` sets up and runs the main job, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_WAIT_POLICY := PASSIVE
export TOKENIZERS_PARALLELISM := false

.PHONY: install demo serve test check web check-web wheel clean

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

serve: install web
	@echo "== serve on http://127.0.0.1:8000 (Ctrl-C stops it)"
	$(BIN)/chironomia index build
	$(BIN)/chironomia serve

test: install
	@$(MAKE) --no-print-directory -j 2 check check-web web
	@echo "== tests: 10 to 15 minutes on two cores"
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 40 --durations-min 5 --ignore tests/web
	@echo "== the page in a browser: 2 minutes; alone, as a browser beside other tests is too slow to be clicked"
	$(BIN)/pytest tests/web

check: install
	@echo "== style, types, import rules: under a minute"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The page: built by Node into the package. Where there is none, the service says so at `/` and its tests are skipped.
NPM := $(shell command -v npm 2>/dev/null)
PAGE := $(shell find web/src web/public web/scripts web/index.html web/vite.config.ts -type f 2>/dev/null)
API := web/src/api/schema.d.ts

web: service/static/index.html

ifdef NPM
service/static/index.html: $(PAGE) $(API)
	@echo "== page: into service/static"
	cd web && npm run --silent build

$(API): docs/openapi.json web/node_modules/installed
	cd web && npm run --silent api

web/node_modules/installed: web/package-lock.json
	@echo "== page: tools into web/node_modules"
	cd web && npm ci --no-audit --no-fund
	@touch $@

check-web: $(API)
	@echo "== page: types, style, logic"
	cd web && npm run --silent check && npm test --silent
else
service/static/index.html check-web:
	@echo "== page: not built and not checked, as Node 20 with npm is not installed"
endif

wheel: install web
	$(BIN)/pip wheel --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) out build dist service/static web/node_modules *.egg-info
