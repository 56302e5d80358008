# Developers' shortcuts. Everything here is also a plain command; `python3 lab.py` needs no make.
PYTHON := .venv/bin/python
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --quiet

.DEFAULT_GOAL := help
.PHONY: help lint types test bench cite lock clean

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

lint:  ## Check style, format and layers
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -c "from importlinter.cli import lint_imports_command as run; run()"

types:  ## Check types
	$(PYTHON) -m mypy --strict galactolab

test:  ## Set up what is missing and run every check
	python3 lab.py test

bench:  ## Print the tables of speed and accuracy
	python3 lab.py bench

cite:  ## Write out the citations and reference lists of the lessons
	PYTHONPATH=. $(PYTHON) .ci/citations.py

lock:  ## Pin the newest allowed versions (names, versions and hashes, no address)
	$(LOCK) --upgrade --group build -o requirements.lock
	$(LOCK) --upgrade --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## Remove what can be made again, but for .venv
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf build dist *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
