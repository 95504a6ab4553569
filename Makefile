# Needs git, make, python3 (3.11 or later) and python3-venv; everything else is in the locks.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# A suite starts Python hundreds of times: what one of them has compiled, the others find.
unexport PYTHONDONTWRITEBYTECODE

# What `make check` and .ci/run do; there is no other list. .ci/run makes the image beside the others.
STAGES := format lint types floors docs-fresh image test

.PHONY: install demo check stages $(STAGES) soak bench docs fmt lock

install: $(STAMP)

# The hash lock names every file that may be installed; our own package is then linked without asking anybody.
$(STAMP): requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	$(BIN)/landbridge demo

check: $(STAGES)

stages:
	@echo $(STAGES)

format: install
	$(BIN)/ruff format --check .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

floors: install
	$(BIN)/lint-imports

docs-fresh: install
	$(BIN)/python -m gateway.reference --check

test: install
	$(BIN)/python -m pytest -q -m "not crowd and not alone" --numprocesses 4 --dist worksteal
	$(BIN)/python -m pytest -q -m crowd --numprocesses 4 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -q -m alone

# The container image built and run; needs root and buildah, and says so where it cannot.
image: install
	LANDBRIDGE_CI_IMAGE=1 $(BIN)/python -m pytest -q tests/image

# The same tests, with the long runs and large numbers that a working day has no time for.
soak: export LANDBRIDGE_SOAK = 1
soak: test

bench: install
	$(BIN)/python -m benchmarks

docs: install
	$(BIN)/python -m gateway.reference

fmt: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Universal: one lock for every supported Python and machine. No addresses: where files come from is the
# installer's configuration, that they are the right ones is the hashes' business.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: install
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --extra demo --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(LOCK) --group build --constraint requirements-dev.txt --output-file requirements-build.txt
