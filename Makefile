# Two commands for a fresh clone: `make demo` shows the product, `make test` checks it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TEST_DATA ?= ../shared
PYTEST_ARGS ?=
# Test processes side by side, one more than two cores since tests wait, too. Whole files go to one of them
# (tests/scheduling.py), in the order of their names: the small ones of tests/web end the run together.
WORKERS ?= 3
MINUTES ?= 60
HOURS ?= 8
WHAT ?= bridge
SEED ?= 1

.PHONY: demo test run lint soak clean

$(VENV)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

demo: $(VENV)/.installed
	$(BIN)/python -m backend demo $(ARGS)

run: $(VENV)/.installed
	$(BIN)/python -m backend serve $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check backend tests benchmarks
	$(BIN)/lint-imports

test: lint
	TEST_DATA="$(TEST_DATA)" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Long runs, by what is to hold. WHAT=bridge: seed after seed of 2,000 sessions under random faults, as long as
# asked (MINUTES=5 SEED=100). WHAT=video: HOURS of looped video as fast as the machine can, without growth in memory.
soak: $(VENV)/.installed-dev
ifeq ($(WHAT),video)
	$(BIN)/python benchmarks/soak_video.py --hours $(HOURS) --seed $(SEED) $(ARGS)
else
	$(BIN)/python -m tests.faults --soak --minutes $(MINUTES) --seed $(SEED)
endif

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache
