# Everything happens in .venv. Stamp files in it remember what is installed, so that a second call starts at once.

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := sample_images/clipped_150_per_cm2.jpg
SAMPLE_UM_PER_PX := 5.571
VISITS := sample_images/visit_baseline.jpg sample_images/visit_follow_up.jpg

.PHONY: help demo serve test lint bench table docs screenshots wheel clean

help:
	@echo 'make demo    score a sample image and compare two visits: prints the tables, writes the pictures to demo/'
	@echo 'make serve   start the page of a clinic on this computer'
	@echo 'make test    run the tests'
	@echo 'make lint    run the linters and the type checker'
	@echo 'make bench   measure accuracy and speed, then rewrite the table in README.md; REAL=DIR adds annotated captures'
	@echo 'make docs    write docs/metrics.md from the table of figures'
	@echo 'make screenshots  walk through the clinic page in a browser: a picture of each step in demo/screens/'
	@echo 'make wheel   build dist/*.whl and check what it carries'
	@echo 'make clean   remove .venv, demo/, dist/ and the caches'

demo: $(VENV)/.installed
	$(BIN)/hairdensity score $(SAMPLE) --um-per-px $(SAMPLE_UM_PER_PX) --overlay demo
	$(BIN)/hairdensity compare $(VISITS) --um-per-px $(SAMPLE_UM_PER_PX) --picture demo/change.png --html demo/change.html

serve: $(VENV)/.installed-web
	$(BIN)/hairdensity serve

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/accuracy/phantoms.py --json benchmarks/results/phantoms.json
	$(BIN)/python benchmarks/accuracy/diameter.py --pictures 3 --json benchmarks/results/diameter.json
	$(BIN)/python benchmarks/accuracy/calibration.py $(REAL) --json benchmarks/results/calibration.json
	$(BIN)/python benchmarks/speed/diameter.py --json benchmarks/results/diameter_speed.json
	$(BIN)/python benchmarks/accuracy/metrics.py --json benchmarks/results/metrics.json
	$(BIN)/python benchmarks/accuracy/units.py --json benchmarks/results/units.json
	$(BIN)/python benchmarks/accuracy/quality.py --json benchmarks/results/quality.json
	$(BIN)/python benchmarks/accuracy/intervals.py --json benchmarks/results/intervals.json
	$(BIN)/python benchmarks/accuracy/repeatability.py $(REAL) --json benchmarks/results/repeatability.json
	$(if $(REAL),$(BIN)/python benchmarks/accuracy/real.py $(REAL) --json benchmarks/results/real.json)
	$(BIN)/python benchmarks/accuracy/registration.py --methods network $(if $(REAL),--real $(REAL) --captures 30) --json benchmarks/results/registration.json
	$(BIN)/python benchmarks/accuracy/matching.py --methods network --pairs 40 --json benchmarks/results/matching.json
	$(BIN)/python benchmarks/accuracy/change.py --methods network --json benchmarks/results/change.json
	$(if $(REAL),$(BIN)/python benchmarks/accuracy/real_changes.py $(REAL) --json benchmarks/results/real_changes.json)
	$(BIN)/python benchmarks/accuracy/growth.py --methods network --json benchmarks/results/growth.json
	$(BIN)/python benchmarks/accuracy/trial_tables.py --json benchmarks/results/trial_tables.json
	$(BIN)/python benchmarks/accuracy/trial_images.py --json benchmarks/results/trial_images.json
	$(BIN)/python benchmarks/accuracy/agreement.py --json benchmarks/results/agreement.json
	$(BIN)/python benchmarks/study_torture.py --json benchmarks/results/study_torture.json
	$(BIN)/python benchmarks/study_torture.py --dask --images 300 --kills 5 --seed 5 --json benchmarks/results/study_torture_dask.json
	$(BIN)/python benchmarks/robustness.py --files 1000 --stage analyze --json benchmarks/results/robustness.json
	$(BIN)/python benchmarks/speed/pipeline.py --json benchmarks/results/speed.json
	$(BIN)/python benchmarks/speed/registration.py --json benchmarks/results/registration_speed.json
	$(BIN)/python benchmarks/speed/compare.py --json benchmarks/results/compare_speed.json
	$(BIN)/python benchmarks/speed/study.py --json benchmarks/results/study_speed.json
	$(BIN)/python benchmarks/speed/manifest.py --json benchmarks/results/manifest_speed.json
	$(BIN)/python -m benchmarks.web.first_result --json benchmarks/results/web_first_result.json
	$(BIN)/python -m benchmarks.web.viewer --hairs 345 --json benchmarks/results/web_viewer.json
	$(BIN)/python -m benchmarks.web.comparison --hairs 345 --json benchmarks/results/web_comparison.json
	$(BIN)/python -m benchmarks.web.pages --json benchmarks/results/web_pages.json
	$(BIN)/python -m benchmarks.web.uploads --json benchmarks/results/web_uploads.json
	$(BIN)/python -m benchmarks.web.api_fuzz --minutes 2 --json benchmarks/results/web_api_fuzz.json
	$(BIN)/python benchmarks/speed/correct.py --hairs 300 --json benchmarks/results/correct_speed.json
	$(BIN)/python benchmarks/table.py

table: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/table.py

docs: $(VENV)/.installed-dev
	$(BIN)/python -m hairdensity.metrics.docs > docs/metrics.md

screenshots: $(VENV)/.installed-dev
	HAIRDENSITY_SCREENS=demo/screens $(BIN)/pytest tests/faces/web/test_whole_way_browser.py

wheel: $(VENV)/.installed-dev
	rm -rf dist
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .
	@for part in hairdensity/py.typed hairdensity/models/ hairdensity/sample_images/; do \
		$(BIN)/python -m zipfile -l dist/*.whl | grep "$$part" >/dev/null || { echo "the wheel lacks $$part" >&2; exit 1; }; done

clean:
	rm -rf $(VENV) demo dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage

# A folder alone is no proof: venv leaves a half-made one behind when it fails.
$(VENV)/.created:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "hairdensity needs Python 3.11 or newer; found: $$("$(or $(PYTHON),python3)" --version 2>&1)." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python@3.11)," >&2; \
		echo "or name the one you have: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-web: $(VENV)/.created pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[web]'
	@touch $(VENV)/.installed $@

# .[dev] holds all that `make demo` needs: both stamps are set.
$(VENV)/.installed-dev: $(VENV)/.created pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.installed $(VENV)/.installed-web $@
