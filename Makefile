# One command each; `make` alone lists them. Needed: make, and Python 3.11 or newer.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak check fmt pages bench lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY)  ## make .venv with everything in it (again only when the requirements change)

$(READY): requirements.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or say which one: make setup PYTHON=..."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed and $(PYTHON) is older: say which one to use, for example make setup PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian and Ubuntu: apt-get install python3-venv)"; exit 1; }
	@echo "Setting up .venv: about a minute, once."
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## watch journeys walk, with providers in rehearsal (ARGS="..." is passed on)
	@$(BIN)/journeys demo $(ARGS)

test: setup  ## run the tests in two processes (ARGS="-k promise" and the like are passed on, to one)
	$(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist worksteal)

soak: setup  ## run the tests that take minutes
	$(BIN)/python -m pytest -m soak $(ARGS)

check: setup  ## lint, formatting, types, and the order of layers
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

fmt: setup  ## put imports and formatting right
	$(BIN)/python -m ruff check --fix-only .
	$(BIN)/python -m ruff format .

pages: setup  ## write docs/jurisdictions anew from the law's files
	@$(BIN)/journeys law --to docs/jurisdictions

bench: setup  ## measure (ARGS="..." is passed on)
	$(BIN)/python -m bench $(ARGS)

# Hashes come from the ordinary index whatever this machine's pip is told, so that they hold everywhere.
# Run it with the oldest Python that is supported. ARGS=--upgrade takes newer versions; some minutes.
lock: setup  ## write requirements.txt anew from pyproject.toml
	env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null \
		CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet \
		--extra dev --generate-hashes --allow-unsafe --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.txt $(ARGS) pyproject.toml

clean:  ## remove .venv and everything that was built or cached
	rm -rf .venv build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
