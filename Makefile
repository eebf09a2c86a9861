# Two commands matter: `make demo` plays the whole job, `make test` runs every check.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pip is told to install exactly what the lock file names, and nothing that is not in it
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo setup test soak format bench golden email-report lock openapi pictures docs clean

help:
	@echo "make demo          play the whole job with a sample organisation"
	@echo "make setup         make .venv with digest and all development tools"
	@echo "make test          run every check"
	@echo "make soak          kill three senders 1,000 times, and count who was lost or mailed twice (KILLS=150: fewer)"
	@echo "make format        put the code into shape"
	@echo "make bench         time what must be quick, against its bars"
	@echo "make golden        keep the emails as they are now in tests/golden/emails, and show what changed"
	@echo "make email-report  show every look of the emails on one page, judged (needs Chromium)"
	@echo "make lock          choose the versions of all dependencies anew"
	@echo "make openapi       write docs/openapi.json, the description of the API, as the code gives it"
	@echo "make docs          make the documentation into pages: out/docs/index.html"
	@echo "make pictures      make the pictures of README and docs/start.md anew (needs Chromium)"

demo: $(VENV)/.runtime
	$(BIN)/digest demo

setup: $(VENV)/.development

test: $(VENV)/.development
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

# twenty minutes; tests/crash has the same in short
soak: $(VENV)/.development
	@$(BIN)/python -m tests.crash.soak $(KILLS)

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Digest needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.runtime: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing what Digest needs (once, about a minute)…"
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.development: $(VENV)/.made requirements-dev.lock pyproject.toml
	@echo "Installing Digest and its development tools…"
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.runtime

# all of them run, also where the first misses its bar
bench: $(VENV)/.development
	@missed=0; for one in bench/*.py; do echo "$$one"; $(BIN)/python $$one || missed=1; done; exit $$missed

golden: $(VENV)/.development
	@$(BIN)/python -m tests.emails.golden

# CHROMIUM: the browser's program; VNU: vnu.jar, the Nu HTML checker (npm has it as vnu-jar)
email-report: $(VENV)/.development
	@$(BIN)/python tools/email_report.py $(if $(CHROMIUM),--chromium $(CHROMIUM)) $(if $(VNU),--vnu $(VNU))

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-options --no-header --strip-extras --allow-unsafe --no-annotate
lock: $(VENV)/.development
	$(LOCK) --extra build --output-file requirements.lock pyproject.toml
	$(LOCK) --extra build --extra postgres --constraint requirements.lock --output-file requirements-postgres.lock pyproject.toml
	$(LOCK) --extra build --extra dev --extra docs --extra postgres --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

openapi: $(VENV)/.development
	$(BIN)/python tools/openapi.py

docs: $(VENV)/.development
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --clean
	@echo "out/docs/index.html"

pictures: $(VENV)/.development
	$(BIN)/python -m tools.pictures

clean:
	rm -rf $(VENV) out dist build
