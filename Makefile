# The one front door. `make` makes the book and the paper; `make help` lists every job.

SHELL := bash
CONDA_NAME := $(shell sed -n 's/^name: *//p' environment.yml)
# The environment in use is taken only where its conda name is that of environment.yml; anyone else gets .venv from the lock file.
ifeq ($(CONDA_DEFAULT_ENV),$(CONDA_NAME))
READY := .venv-conda-$(CONDA_NAME)
PY := python
else
READY := .venv/.ready
PY := .venv/bin/python
endif
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(if $(shell $(p) -c 'import sys; print(*[1][:sys.version_info >= (3, 11)])' 2>/dev/null),$(p))))

.PHONY: all chapter territory adapt pole data quick sweep reopen impact status why test bench nulls lint lab lock clean help
.DEFAULT_GOAL := all

all: $(READY) ## make the book and the paper: runs the chapters that are stale, nothing else (STRICT=1: none may lack its data)
	@$(PY) -m slpi.sources --quiet || true  # a chapter whose data cannot be had is left out, and said to be
	@$(PY) -m compendium build $(if $(JOBS),--jobs $(JOBS))

chapter: $(READY) ## run one chapter: make chapter CHAPTER=02_forms PARAMS="draws=500 filter=strict"
	@$(PY) -m compendium chapter "$(CHAPTER)" $(PARAMS)

territory: $(READY) ## begin a territory of your own from the template: make territory NAME=my_valley, then CHECK=my_valley
	@$(PY) -m slpi.territory $(if $(CHECK),check "$(CHECK)",new "$(NAME)")

adapt: $(READY) ## turn an export into its ties: make adapt KIND=ownership FILE=owners.csv NAME=my_valley (board, members)
	@$(PY) -m slpi.territory adapt "$(KIND)" "$(FILE)" --to "$(NAME)" $(if $(BODY),--body "$(BODY)") $(if $(BODY_KIND),--kind "$(BODY_KIND)")

pole: $(READY) ## begin a governance sheet of your own from the template: make pole NAME=my_pole, then CHECK=my_pole
	@$(PY) -m slpi.pole $(if $(CHECK),check "$(CHECK)",new "$(NAME)")

impact: $(READY) ## build, then list the numbers and sentences that moved since the build before
	@$(PY) -m compendium impact

status: $(READY) ## say for each chapter whether it is fresh, or stale because of what
	@$(PY) -m compendium status

why: $(READY) ## list all that a chapter read and imported: make why CHAPTER=02_forms
	@$(PY) -m compendium why "$(CHAPTER)"

data: $(READY) ## fetch the open data of the national chapters (16 MB) and check each file
	@$(PY) -m slpi.sources --retry

test: $(READY) ## run every test: measures, corpus, press, a whole build in a temporary folder, nbval
	@$(PY) -m pytest -q --cov=slpi --cov-report=term:skip-covered --cov-fail-under=95

bench: .venv-bench/.peers .venv-bench-press/.peers ## time measures, press and sweeps beside their peers, compare the results (an hour)
	@.venv-bench/bin/python benchmarks/bench.py && .venv-bench/bin/python benchmarks/press.py && .venv-bench/bin/python benchmarks/sweeps.py

nulls: $(READY) ## count how often tests of association reject a null that is true (five minutes)
	@$(PY) benchmarks/nulls.py

lint: $(READY) ## look for results typed into prose, check the code's style and slpi's types
	@$(PY) -m compendium lint
	@$(PY) -m ruff check .
	@$(PY) -m mypy

lab: $(READY) ## open JupyterLab with a kernel in which chapters run as they do in the build
	@$(PY) -m compendium lab

sweep: $(READY) ## run a chapter over a grid: make sweep CHAPTER=02_forms GRID=notebooks/grids/forms.yml (DASK=tcp://…; KEEP=a CSV for its table)
	@$(PY) -m compendium sweep "$(CHAPTER)" "$(GRID)" $(if $(JOBS),--jobs $(JOBS)) $(if $(DASK),--dask "$(DASK)") $(if $(KEEP),--keep "$(KEEP)")

reopen: $(READY) ## open JupyterLab on the failed run of a chapter: make reopen CHAPTER=02_forms
	@$(PY) -m compendium reopen "$(CHAPTER)"

quick: $(READY) ## run every chapter with small parameters, to see soon that all of it still runs
	@$(PY) -m compendium quick $(if $(JOBS),--jobs $(JOBS))

# Releases that dropped Python 3.11 are kept out: one version serves every Python, and environment.yml can name it.
LAST_FOR_3_11 := numpy<2.5 scipy<1.18 sphinx<9.1 ipython<9.19 networkx<3.7 pyproj<3.8

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --all-extras --upgrade --quiet --no-annotate \
	  --custom-compile-command "make lock" -c <(printf '%s\n' $(foreach c,$(LAST_FOR_3_11),'$(c)')) pyproject.toml -o requirements.lock

clean: ## remove everything that make has made, the environment excepted
	rm -rf data/processed reports/.press reports/book reports/chapters reports/reopened reports/runs reports/sweeps reports/numbers.json reports/paper.pdf

help: ## list these jobs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/.ready .venv-bench/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with make PYTHON=/path/to/python" >&2; exit 2; }
	@echo "making $(@D) from requirements.lock with $$(command -v uv >/dev/null && echo uv || echo pip) …"
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(@D) && \
	  uv pip install --quiet --compile-bytecode --python $(@D)/bin/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(@D)/bin/python --no-deps --no-build-isolation -e .; \
	else \
	  $(PYTHON) -m venv --clear $(@D) && \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

.venv-bench/.peers: .venv-bench/.ready benchmarks/requirements.txt
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(@D)/bin/python -r benchmarks/requirements.txt; \
	else \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt; \
	fi
	@touch $@

# What the press is timed against, each in an environment of its own; make runs papermill's.
PRESS_PEERS := papermill snakemake dvc jupyter-book

.venv-bench-press/.peers: $(PRESS_PEERS:%=.venv-bench-press/%/.ready)
	@touch $@

.venv-bench-press/%/.ready: benchmarks/requirements-press.txt
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(@D) && \
	  uv pip install --quiet --python $(@D)/bin/python -c $< $* papermill ipykernel pandas seaborn statsmodels; \
	else \
	  $(PYTHON) -m venv --clear $(@D) && \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check -c $< $* papermill ipykernel pandas seaborn statsmodels; \
	fi
	@touch $@

.venv-conda-$(CONDA_NAME): environment.yml pyproject.toml
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
