# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test pages chaos-short chaos bench eval lock clients format

$(READY): requirements.lock pyproject.toml
	@echo "Installing Python packages into $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY)
	@$(BIN)/holdfast dev $(ARGS)

test: $(READY)
	@$(BIN)/python -m tests.equipment
	@$(BIN)/python -m tests.gate $(ARGS)

# Apart from make test, whose ten minutes a browser and a product of its own would not fit.
pages: $(READY)
	@$(BIN)/python -m tests.equipment --pages
	@$(BIN)/python -m pytest -q tests/browser tests/copilotkit --durations=10 $(ARGS)

chaos-short: $(READY)
	@$(BIN)/python -m tests.chaos --short $(ARGS)

chaos: $(READY)
	@$(BIN)/python -m tests.chaos --page $(ARGS)

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

eval: $(READY)
	@$(BIN)/python -m bench.evaluation $(ARGS)

lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements.lock

clients: $(READY)
	@$(BIN)/python -m clients.generate

format: $(READY)
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .
