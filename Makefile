# The commands of the project. `make demo` and `make test` need python3 (3.11 or later), make and a C compiler; they set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD_NUMPY := .venv-numpy1
OTHER_IPYTHON := .venv-ipython8
EDITION ?= public
export PATH := $(CURDIR)/$(BIN):$(PATH)
# One thread per process, since the test runner and the grader use the cores by running several processes.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Where this is set, each of the thousands of processes that the tests start compiles all our modules again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup lock demo check test test-numpy1 coverage prove lint lint-types lint-rest format generate check-generated release public book book-pdf links dist bench bench-grading bench-waiting sanitize clean

help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.done  ## Make .venv and install the project; as root in a container, or with SYSTEM=1, also the system packages
	@$(PYTHON) autograder/machine.py system $(if $(SYSTEM),--install) $(if $(filter setup,$(MAKECMDGOALS)),--say)

# Each argument after the folder is one run of pip, with the versions of constraints.txt. Setuptools and Cython come first: so building
# the packages needs no second copy of them, and the student package is compiled while everything else is installed.
ENVIRONMENT = $(PYTHON) autograder/machine.py environment $(if $(SYSTEM),--install)
# An old pip takes twice as long for the rest. It is pinned here because uv does not lock pip.
PIP := pip==26.3
BUILD := setuptools cython
COURSE := --no-build-isolation --no-deps --editable course

$(VENV)/.done: pyproject.toml course/pyproject.toml course/setup.py course/src/coursenn/_build.py constraints.txt $(wildcard course/src/coursenn/*.pyx course/src/coursenn/*.h)
	@$(ENVIRONMENT) $(VENV) --beside '$(COURSE)' '$(PIP) $(BUILD)' '--no-build-isolation --editable .[dev,book]'
	@touch $@

$(VENV)/.prove: $(VENV)/.done
	@$(ENVIRONMENT) $(VENV) '--no-build-isolation --editable .[dev,book,prove,lite]'
	@touch $@

$(VENV)/.lite: $(VENV)/.done
	@$(ENVIRONMENT) $(VENV) '--no-build-isolation --editable .[dev,book,lite]'
	@touch $@

# The student package also runs on the last numpy 1, which supports no Python after 3.12. This environment has only what a
# student has, pytest, and what builds the package, since the setuptools that comes with Python 3.11 is too old for that.
$(OLD_NUMPY)/.ready: course/pyproject.toml constraints.txt
	@mkdir -p $(OLD_NUMPY) build
	@rm -f $(OLD_NUMPY)/.skip
	@grep -v '^numpy==' constraints.txt > build/constraints-numpy1.txt
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
	  $(ENVIRONMENT) $(OLD_NUMPY) --constraint build/constraints-numpy1.txt '$(PIP)' 'numpy==1.26.* matplotlib tqdm pooch nbformat ipython msgspec pytest pytest-timeout pytest-xdist hypothesis setuptools'; \
	else touch $(OLD_NUMPY)/.skip && echo 'setup: numpy 1 does not run on this Python: left out'; fi
	@touch $@

# Students may have an older IPython. Edited files are also tested with the last one before 9, which reloads in another way.
$(OTHER_IPYTHON)/.done: course/pyproject.toml constraints.txt
	@mkdir -p build
	@grep -v '^ipython==' constraints.txt > build/constraints-ipython8.txt
	@$(ENVIRONMENT) $(OTHER_IPYTHON) --constraint build/constraints-ipython8.txt '$(PIP)' 'ipython==8.* ipykernel numpy matplotlib'
	@touch $@

# The versions for every environment, for each system and each Python from the oldest that the project supports.
LOCK := build/lock

lock:  ## Renew constraints.txt after a change of dependencies; UPGRADE=NAME takes a newer version of NAME, UPGRADE=all newer versions of everything
	@mkdir -p $(LOCK)
	@$(PYTHON) -m venv $(LOCK)/uv
	@$(LOCK)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@cp constraints.txt $(LOCK)/pins.txt
	$(LOCK)/uv/bin/uv pip compile --quiet --universal --python-version 3.11.0 --all-extras \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-config \
	  $(if $(UPGRADE),$(if $(filter all,$(UPGRADE)),--upgrade,--upgrade-package $(UPGRADE))) \
	  --output-file $(LOCK)/pins.txt pyproject.toml course/pyproject.toml
	@{ sed -n '/^#/p' constraints.txt; cat $(LOCK)/pins.txt; } > $(LOCK)/constraints.txt
	@mv $(LOCK)/constraints.txt constraints.txt

demo: setup  ## Run the whole class cycle on a sample class and print who got which marks and why
	$(BIN)/autograder demo

check: setup  ## Run everything that concerns one task, in seconds: make check TASK=layernorm-forward
	@$(BIN)/python -m tests.one_task $(TASK)

# For two cores: tests wait for limits a third of their time.
WORKERS ?= 4

test: setup  ## Run all quick tests; WHOLE=1 also what needs a browser or runs a whole notebook, class or book, as CI does
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not slow$(if $(WHOLE),, and not whole)'
	$(MAKE) test-numpy1

# What reads and packs files takes half of this time, and computes nothing.
PACKING := $(addprefix --ignore=tests/course/,hand_in test_submit.py test_commands.py test_one_process.py test_packaging.py)

test-numpy1: $(OLD_NUMPY)/.ready
	test -e $(OLD_NUMPY)/.skip || COURSENN_NO_EXTENSION=1 $(OLD_NUMPY)/bin/python -m pytest -q -n 2 --dist worksteal -m "not slow and not browser" --ignore=tests/course/notebooks $(if $(WHOLE),,$(PACKING)) tests/course

coverage: setup  ## Measure how much of the code the quick tests run: a summary by file, and pages in build/coverage
	@mkdir -p build/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist worksteal -m 'not slow and not browser'
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet --fail-under=0 --directory build/coverage/pages
	$(BIN)/coverage report

prove: setup $(VENV)/.prove $(OTHER_IPYTHON)/.done  ## Run all tests at full size: about an hour
	COURSENN_PROVE=1 COURSENN_OTHER_PYTHON="$${COURSENN_OTHER_PYTHON:-$(CURDIR)/$(OTHER_IPYTHON)/bin/python}" $(BIN)/python -m pytest -n 2 --dist worksteal
	$(MAKE) test-numpy1 WHOLE=1

# Run the random tests of the compiled loops at full size under gcc's address and undefined-behaviour sanitizers. They do not look for
# leaks, since Python itself keeps memory until it ends. PyTorch does not run under them. Pytest must not capture file descriptors, to
# which the sanitizers write what they found before they end the process.
sanitize: setup  ## Test a build of the compiled layers that checks every memory access: some minutes
	cd course && COURSENN_SANITIZE=1 ../$(BIN)/python setup.py -q build_ext --build-lib ../build/sanitize --build-temp ../build/sanitize/objects
	test -n "$$(find build/sanitize/coursenn -name 'fast_cython*')"
	COURSENN_EXTENSION=$(CURDIR)/build/sanitize/coursenn COURSENN_PROVE=1 COURSENN_REQUIRE_ALL=1 OMP_NUM_THREADS=2 \
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 LD_PRELOAD="$$($${CC:-gcc} -print-file-name=libasan.so)" \
	$(BIN)/python -m pytest -q -p no:cacheprovider --capture=sys -k 'not pytorch' tests/course/test_fast_kernels.py tests/course/test_fast_layers.py

lint: setup  ## Check style, spelling, types, the direction of imports, and unused code
	@$(MAKE) --no-print-directory -j 2 lint-types lint-rest

# The type check takes as long as all the rest together, so the two run side by side.
lint-types:
	$(BIN)/python -m autograder.typecheck

lint-rest:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo --cache-dir build/import-linter
	$(BIN)/vulture

format: setup  ## Rewrite the sources in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: setup  ## Make stubs, notebooks and tables from their sources
	$(BIN)/autograder generate

check-generated: setup  ## Fail if a generated file differs from what its source makes
	$(BIN)/autograder generate --check

release: setup  ## Release every assignment into workspace/
	$(BIN)/autograder release

public: setup  ## Write the public tree: make public DEST=folder
	@test -n "$(DEST)" || { echo 'Name a folder: make public DEST=../coursenn-public'; exit 2; }
	$(BIN)/autograder public "$(DEST)"

# The public site also runs the notebooks, in JupyterLite, unless LITE=0.
LITE ?= $(if $(filter public,$(EDITION)),1)
WITH_LITE := $(filter-out 0,$(LITE))

book: setup $(if $(WITH_LITE),$(VENV)/.lite)  ## Build the book into build/book: EDITION=instructor or after-deadline for the other editions, PYODIDE=folder for a site that needs no other host, LITE=0 to leave out the notebooks in JupyterLite
	$(BIN)/autograder book --edition $(EDITION) $(if $(PYODIDE),--pyodide "$(PYODIDE)") $(if $(WITH_LITE),--lite)

book-pdf: setup  ## Build the book, and the whole book as one PDF, printed by Chromium
	$(BIN)/autograder book --edition $(EDITION) --pdf

links: setup  ## Follow every external link of the book; needs the network
	$(BIN)/autograder book --check-links

dist: setup  ## Build the wheel and the sdist of the student package into build/dist, check them, and install them with and without a compiler
	$(BIN)/python -m autograder.publish.distribution build/dist

# PyTorch, with which the fast layers are compared, is not a dependency of the project: TORCH=1 installs it in a separate environment.
BENCH := $(if $(TORCH),.venv-torch,$(VENV))

.venv-torch/.done: $(VENV)/.done
	@$(ENVIRONMENT) .venv-torch '$(PIP) $(BUILD)' '--no-build-isolation --editable . torch==2.13.0' '$(COURSE)'
	@touch $@

bench: setup $(if $(TORCH),.venv-torch/.done)  ## Measure the fast layers and a training step; with TORCH=1 also against PyTorch
	$(BENCH)/bin/python -m benchmarks.layers
	$(BENCH)/bin/python -m benchmarks.layers --tricks
	$(BENCH)/bin/python -m benchmarks.training
	$(BENCH)/bin/python -m benchmarks.epoch

bench-grading: setup  ## Compare grading with nbgrader's own, and measure it with 2,000 submissions and a mixed class: about half an hour on two cores
	$(BIN)/python -m benchmarks.grading --submissions 2000 --stock 15 --full 1 --mixed 20

bench-waiting: setup  ## Measure how long people wait, each row with its target: some minutes; AGAINST=REVISION compares with an older state
	$(BIN)/python -m benchmarks.waiting $(if $(AGAINST),--against "$(AGAINST)")

clean:  ## Remove what builds leave; never workspace/
	rm -rf build course/build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
