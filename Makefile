# The same tasks for those who like make; `make` alone lists them.
PYTHON ?= python3
COMPANY ?=
ARGS ?=
RUN := .venv/bin/python -m
export JUPYTER_PREFER_ENV_PATH = 1

.DEFAULT_GOAL := help
.PHONY: help report test lab bench notebooks lint lock

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

report: ## report on the bundled company, or on COMPANY=path/to/company.yml
	$(PYTHON) kit.py report $(COMPANY)

test: ## every check; pytest alone with ARGS="-k cox"
	$(PYTHON) kit.py test $(ARGS)

lab: ## open the notebooks in JupyterLab
	$(PYTHON) kit.py lab $(ARGS)

bench: ## measure against what a user would pick instead; writes benchmarks/README.md
	$(PYTHON) kit.py setup
	.venv/bin/python benchmarks/run.py $(ARGS)
	.venv/bin/python benchmarks/scale.py --write

notebooks: ## run the notebooks on the bundled company and store them in place
	$(PYTHON) kit.py setup
	$(RUN) nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False notebooks/*.ipynb

lint: ## ruff, mending and formatting what it can
	$(PYTHON) kit.py setup
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

lock: ## the locks and environment.yml anew from pyproject.toml
	$(PYTHON) kit.py setup
	$(RUN) uv pip compile pyproject.toml --extra test --group kit --python-version 3.11 --universal \
		--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --quiet \
		--output-file requirements.lock
	$(RUN) uv pip compile --group spark --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file tests/spark.lock
	.venv/bin/python tools/environment.py
