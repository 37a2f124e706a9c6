# make report   the main job: trains, classifies and tabulates what the package carries (no network needed)
# make test     the tests
# Both create the virtual environment when it is missing and do nothing for it when it is fresh.
#   make report ARGS="openngc --seeds 10"       another survey, more seeds
#   make test ARGS="tests/reports -k mcnemar"   some tests

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
ARGS ?=

.PHONY: report test test-all floors newest bench bench-quick faults fuzz fuzz-guided accessibility valid docs lint types wheel clean

report: $(VENV)/.ready
	@$(BIN)/astronn report $(ARGS)

test: $(VENV)/.ready
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

test-all: $(VENV)/.ready
	@$(BIN)/python -m pytest $(ARGS)

# The tests with the lowest versions that pyproject.toml allows, and with the newest there are; torch stays as pinned, for
# its wheels differ by machine. Each has an environment of its own.
floors: .venv-floors/.ready
	@.venv-floors/bin/python -m pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

newest: .venv-newest/.ready
	@.venv-newest/bin/python -m pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

.venv-floors/.ready: RESOLUTION := lowest-direct
.venv-newest/.ready: RESOLUTION := highest
.venv-floors/.ready .venv-newest/.ready: pyproject.toml
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install -q --disable-pip-version-check uv $$(grep '^torch==' constraints.txt)
	@grep '^torch==' constraints.txt > $(@D)/torch.txt
	@$(@D)/bin/uv pip install -q --python $(@D)/bin/python --resolution $(RESOLUTION) --override $(@D)/torch.txt -e '.[test]'
	@touch $@

# Every step beside its peers, which are installed for it; bench-quick is a subset, under four minutes.
bench: $(VENV)/.ready-bench
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(VENV)/.ready-bench
	@$(BIN)/python -m benchmarks --quick $(ARGS)

$(VENV)/.ready-bench: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@

# Kill a run at N random moments, resume it, and compare every final table byte for byte.
N ?= 50
faults: $(VENV)/.ready
	@$(BIN)/python tests/faults/kill_and_resume.py $(N) $(ARGS)

# Every reader on CASES damaged files each; what is neither read nor refused in one line is printed.
CASES ?= 100000
fuzz: $(VENV)/.ready
	@$(BIN)/python tests/fuzz/run.py --cases $(CASES) $(ARGS)

# The hand-written parsers, led by coverage (atheris): RUNS executions of each READER.
RUNS ?= 100000
READERS ?= cds idx hubble positions expressions survey_toml fixed_width delimited csv tar draft comparison published kind
fuzz-guided: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	@for reader in $(READERS); do echo $$reader; $(BIN)/python tests/fuzz/guided.py $$reader -runs=$(RUNS) -print_final_stats=1 || exit 1; done

# Every page of RESULTS in headless Chromium, light and dark, under axe-core.
RESULTS ?= results
accessibility: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps axe-core-python
	@$(BIN)/python tests/accessibility/run.py $(RESULTS) $(ARGS)

# Every LaTeX, ECSV, VOTable, HTML and PDF of RESULTS under pdflatex, astropy, html5lib, pdfinfo.
valid: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check html5lib
	@$(BIN)/python tests/outputs/validate.py $(RESULTS)

# The documentation as a web site in site/.
docs: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@$(BIN)/python -m mkdocs build --strict --quiet
	@echo "open site/index.html"

# Style, format and undeclared imports; types of the four rooms.
lint: $(VENV)/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/deptry --no-ansi .

types: $(VENV)/.ready-dev
	@$(BIN)/mypy

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

wheel: $(VENV)/.ready
	@$(BIN)/python -m pip install -q build
	@$(BIN)/python -m build --wheel

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "astronn needs Python 3.11 or newer, $(PYTHON) is %s; say make PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	@echo "setting up $(VENV) (once; PyTorch is large)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	@echo "compiling the training loops (once)"
	@$(BIN)/python -m pipelines.engine.compiling
	@touch $@

clean:
	rm -rf $(VENV) build dist site *.egg-info results
