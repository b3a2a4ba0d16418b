# `make demo` and `make test` are all a newcomer needs; a fresh machine has git, make and Python >= 3.11.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check static bench chaos fuzz pins clean venv-demo venv-dev engine

ARGS ?=
BIN := .venv/bin
PINS := deploy/requirements

# The first Python that is new enough, of those for which all wheels exist before any other; PYTHON=/path/to/python
# overrides it.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { echo $$python; break; }; done)
BOOTSTRAP = $(or $(PYTHON),$(error doctocbot needs Python 3.11 or newer, and none was found. \
	Install one (Debian, Ubuntu: apt-get install python3) or say where it is: make PYTHON=/path/to/python)) \
	deploy/bootstrap.py

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: venv-demo ## the bot at work on an embedded homeserver; ARGS=--exit ends after the scene
	@$(BIN)/python -m doctocbot.demo $(ARGS)

test: venv-dev engine static ## everything: style, types, import rules and the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not homeserver and not element" $(ARGS) $(NONE_IS_FINE)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "homeserver or element" $(ARGS) $(NONE_IS_FINE)

# Of the tests that ARGS names, one half of the suite may hold none (pytest's status 5).
NONE_IS_FINE = $(if $(ARGS),|| test $$? -eq 5)

check: venv-dev static ## the quick part of `test`: what needs no homeserver and little time, under a minute
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not homeserver and not element and not slow" \
		--hypothesis-profile=quick $(ARGS)

static:
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: venv-dev ## what the bot costs, measured beside its yardsticks
	@$(BIN)/python tests/bench/run.py $(ARGS)

chaos: venv-dev ## half an hour of kills and faults, then a reader counts; ARGS="--seed 7 --minutes 3 --kills 20"
	@$(BIN)/python -m tests.chaos.run $(ARGS)

fuzz: venv-dev ## 200,000 damaged pictures, and the property tests with 20,000 examples each
	@FUZZ_FILES=200000 $(BIN)/python -m pytest tests/images/test_fuzz.py $(ARGS)
	@$(BIN)/python -m pytest -m "hypothesis and not homeserver" --hypothesis-profile=fuzz $(ARGS)

pins: venv-dev ## write the pins anew from pyproject.toml; ARGS=--upgrade takes the newest allowed
	@$(PIN) pyproject.toml --extra dev $(PINS)/build.in $(PINS)/tools.in -o $(PINS)/dev.txt
	@$(PIN) pyproject.toml --extra demo $(PINS)/build.in -c $(PINS)/dev.txt -o $(PINS)/demo.txt
	@$(PIN) pyproject.toml $(PINS)/build.in -c $(PINS)/dev.txt -o $(PINS)/run.txt
	@$(PIN) pyproject.toml --extra ocr $(PINS)/ocr.in $(PINS)/build.in -c $(PINS)/dev.txt -o $(PINS)/ocr.txt
	@$(PIN) $(PINS)/build.in -c $(PINS)/dev.txt -o $(PINS)/build.txt

# No index is named in the pins: whoever installs uses their own.
PIN = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --override $(PINS)/overrides.in --custom-compile-command "make pins" $(ARGS)

clean: ## remove all that was installed or made here
	rm -rf .venv tests/element/node_modules *.egg-info build dist .demo .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv-demo:
	@$(BOOTSTRAP) demo

venv-dev:
	@$(BOOTSTRAP) dev

# Element's own crypto engine, on the Node that the pinned wheel brings.
engine: venv-dev
	@$(BIN)/python -m tests.element.node
