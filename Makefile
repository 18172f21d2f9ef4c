# Plimsoll. `make` lists the targets; each installs what it needs in .venv.
VENV := .venv
BIN := $(VENV)/bin
# Named after the contents of what is installed, because a checkout changes file times.
INSTALLED := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml scripts/install | cksum | cut -d' ' -f1)
# Further arguments of the command, for example: make test ARGS="-k inbox"   make demo ARGS="--port 9000"
ARGS ?=
# Tests run in this many processes on one pair of servers. They wait more than they compute: use a
# few more than there are cores.
WORKERS ?= 4

# Tests and benchmarks start hundreds of processes, each of which would otherwise compile everything
# again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test coverage nightly check bench proof lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## a .venv with .venv/bin/plimsoll in it

$(INSTALLED):
	@scripts/install $(VENV)
	@rm -f $(VENV)/.installed-* && touch $@

demo: $(INSTALLED) ## a working example: real servers, demo accounts, a page in the browser
	@exec $(BIN)/plimsoll demo $(ARGS)

test: $(INSTALLED) ## all tests, on a real Kafka and a real PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

coverage: $(INSTALLED) ## which branches the unit tests take, as a table of what they leave out
	@rm -f .coverage .coverage.*
	BRANCHES=1 $(BIN)/python -m pytest -q -n $(WORKERS) $(or $(ARGS),tests/unit)
	@$(BIN)/python -c "from tests.support.branches import main; main()"
	@$(BIN)/coverage report --skip-covered --skip-empty --sort=-miss

nightly: $(INSTALLED) ## what takes too long for every change: property tests with forty times the examples, and tests marked nightly
	$(BIN)/python -m pytest --hypothesis-profile=nightly --timeout=3600 -m "hypothesis or nightly" $(ARGS)

check: $(INSTALLED) ## lint, format, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED) ## speed and memory, as a table and in bench/latest.json
	$(BIN)/python -m tests.benchmarks $(ARGS)

proof: $(INSTALLED) ## thousands of faults under load, and what was lost or doubled: two hours, or ARGS="--profile short"
	$(BIN)/python -m tests.proof $(ARGS)

COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

lock: $(INSTALLED) ## pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade --extra embedded --extra pdf --extra dev pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements.lock --extra pdf pyproject.toml -o deploy/requirements.lock
	$(COMPILE) --group pyproject.toml:build -c requirements.lock -o deploy/build.lock
	for client in python_one python_two openapi/python/generator; do $(COMPILE) --upgrade tests/clients/$$client.in -o tests/clients/$$client.lock; done

clean: ## remove the .venv and the tools' files; Plimsoll's data are elsewhere and stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
