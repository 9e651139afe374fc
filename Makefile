# The two that matter: `make demo` and `make test`. `make PYTHON=python3.12 demo` chooses the Python.

PYTHON ?= python3
TEST_PROCESSES ?= 4
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help core full compiled page models llama demo test prepared suite lint serve bench clean

help:
	@echo "make demo    make the environment, bring the models, and let Grace Hopper talk"
	@echo "make test    every check: ruff, mypy, import-linter, pytest"
	@echo "make llama   compile llama.cpp's server, which the tests then ask as a real model"
	@echo "make lint    the checks without the tests"
	@echo "make serve   the service and its page, at http://127.0.0.1:8005"
	@echo "make bench   measure speed and memory; ARGS='--quick' leaves the longest out"
	@echo "make clean   remove the environment and caches; models and videos stay"

core:
	@$(PYTHON) scripts/environment.py

full:
	@$(PYTHON) scripts/environment.py all dev

models: full
	@$(PY) main.py models download face demo hear

demo: core
	@$(PY) main.py demo

# The tests, and what their processes share, are compiled once; pip would compile everything.
SHARED := torch, api.cli.serving.server, evaluator.evaluation
compiled: full
	@test .venv/compiled -nt .venv/installed.json || \
		{ env -u PYTHONDONTWRITEBYTECODE $(PY) -c "import $(SHARED)" && \
		env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest --collect-only -qq >.venv/collected && touch .venv/compiled || \
		{ cat .venv/collected; false; }; }

# What checks the page's types and accessibility; their tests skip without npm.
page:
	@! command -v npm >/dev/null || test web/node_modules -nt web/package-lock.json || \
		{ npm ci --prefix web --no-audit --no-fund --loglevel=error && touch web/node_modules; }

# A real model server: once it is made, `make test` asks it too. It takes a C++ compiler some minutes.
llama: full
	@$(PY) scripts/llama_server.py

# The environment comes first, then side by side the checks, and what tests need with the tests after it.
test: full
	@$(MAKE) --no-print-directory -j4 lint prepared

prepared: compiled models page
	@$(MAKE) --no-print-directory suite

# Each process has one thread to compute with, and what it starts finds the sources compiled.
suite: full
	env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --durations 40 --durations-min 3

lint: full
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@$(PY) -c "import sys; sys.exit(sys.version_info < (3, 11))" || echo "types are checked on Python 3.11 and later: NumPy for 3.10 describes its own less well"
	@$(PY) -c "import sys; sys.exit(sys.version_info >= (3, 11))" || $(PY) -m mypy
	.venv/bin/lint-imports

serve: core
	@$(PY) main.py serve

bench: core
	@$(PY) main.py bench $(ARGS)

clean:
	rm -rf .venv .venv-llama web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build src/*.egg-info src/video_processor/renderers/puppet/_native.*
	find main.py src models scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
