# Everything runs in .venv. A target first installs the extra of pyproject.toml that it needs; `.venv/ready-EXTRA` marks
# it as installed. `make run` needs no extra.

PYTHON ?= python3
BIN := .venv/bin
ALTAC := $(BIN)/python -m altac
ANYWHERE := --quiet --disable-pip-version-check --no-compile
INSTALL := $(BIN)/python -m pip install $(ANYWHERE) -c constraints.txt
ELSEWHERE := --ignore=tests/tools --ignore=tests/export/elsewhere --ignore=tests/browser --ignore=tests/notebooks \
	--ignore=tests/editors
FAST := -n 2 -m "not slow" $(ELSEWHERE)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow test-tools test-export test-browser coverage check golden pictures fmt scan \
	fuzz zoo atheris-parser atheris-loader wheel clean bench bench-small bench-view screenshots site test-notebooks \
	notebooks play-bundle vscode test-editors

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/ready-dev  ## install everything that developers need into .venv

.venv/ready-run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) -e .
	@touch $@

.venv/ready-%: .venv/ready-run
	$(INSTALL) -e ".[$*]"
	@touch $@

run: .venv/ready-run  ## compile programs/parity.alta and run it on programs/parity.txt
	$(ALTAC) compile programs/parity.alta -o build/parity.pt
	$(ALTAC) run build/parity.pt --input programs/parity.txt

test: .venv/ready-test  ## run the tests, except for the slow ones, tests/tools, tests/browser, tests/notebooks and tests/editors
	$(BIN)/python -m pytest $(FAST)

test-slow: .venv/ready-test  ## run the tests that take more than a few seconds each
	$(BIN)/python -m pytest -n 2 -m slow $(ELSEWHERE)

test-tools: .venv/ready-tools  ## run tests/tools: Ray, pandas, Polars, DuckDB, TensorBoard, ...
	$(BIN)/python -m pytest tests/tools

.venv-export/ready: constraints-export.txt
	$(PYTHON) -m venv .venv-export
	.venv-export/bin/python -m pip install $(ANYWHERE) -c $< torch safetensors transformer-lens transformers onnx onnxruntime
	@touch $@

.venv-export-2/ready: constraints-export-2.txt
	$(PYTHON) -m venv .venv-export-2
	.venv-export-2/bin/python -m pip install $(ANYWHERE) -c $< torch safetensors "transformer-lens<3"
	.venv-export-2/bin/python -m pip install $(ANYWHERE) -c $< --no-deps auto-circuit blobfile lxml narwhals plotly
	@touch $@

test-export: .venv/ready-test .venv-export/ready .venv-export-2/ready  ## run exported models in TransformerLens, transformers and onnxruntime, without altac
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/export/elsewhere

test-browser: .venv/ready-browser  ## run tests/browser: pages of runs in Chromium, Debian's if there is none
	$(BIN)/python -m tests.browser.find
	$(BIN)/python -m pytest tests/browser

test-notebooks: .venv/ready-notebooks  ## run tests/notebooks: altac in a kernel, and the notebooks of examples/ anew
	$(BIN)/python -m pytest tests/notebooks

test-editors: .venv/ready-test vscode  ## run tests/editors: the grammar for editors and the extension for VS Code
	$(BIN)/python -m pytest tests/editors

coverage: .venv/ready-test  ## run the same tests, and list in build/coverage.txt the lines that none of them runs
	$(BIN)/python -m pytest $(FAST) --cov
	@$(BIN)/python -m coverage report > build/coverage.txt

check: .venv/ready-check  ## check format, lint, types and import layers
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(ALTAC) fmt --check programs exercises
	$(BIN)/python -m pytest tests/test_layers.py

golden: .venv/ready-test pictures  ## rewrite the recorded texts and pictures; read the diff before you commit it
	$(BIN)/python -m tests.errors.regenerate
	$(BIN)/python -m tests.programs.regenerate_sizes
	$(BIN)/python -m tests.grading.regenerate
	$(BIN)/python -m tests.docs.regenerate
	$(BIN)/python -m tests.editors.regenerate

pictures: .venv/ready-test  ## redraw the pictures of the README, docs/*.svg
	$(BIN)/python -m tests.docs.pictures

notebooks: .venv/ready-notebooks  ## write the notebooks of examples/ anew, from the pages that they are made from
	$(BIN)/python -m tests.notebooks.build

screenshots: .venv/ready-browser  ## take the screenshots of docs/view.md anew; look at them before you commit
	$(BIN)/python -m tests.browser.screenshots

site: .venv/ready-site  ## build the documentation as a site, with a gallery of programs, into build/site
	OMP_NUM_THREADS=1 $(BIN)/python -m website build/site-pages
	rm -rf build/site
	$(BIN)/python -m zensical build --strict --config-file mkdocs.yml
	$(BIN)/python -m website.links build/site

play-bundle:  ## bundle CodeMirror for the page of `altac play` anew; needs Node
	cd altac/play/web && npm ci --ignore-scripts --no-audit --no-fund && node build.mjs

vscode:  ## build the extension for VS Code, build/alta.vsix; needs Node
	cd editors/vscode && npm ci --ignore-scripts --no-audit --no-fund
	mkdir -p build
	cd editors/vscode && npm run --silent package

fmt: .venv/ready-check  ## format the Python code and the programs
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .
	$(ALTAC) fmt programs exercises

bench: .venv/ready-plot  ## measure speed and size: tables, build/bench.json, build/growth.png
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks

bench-small: .venv/ready-plot  ## run small benchmarks in seconds, to check that they work
	$(BIN)/python -m benchmarks --small

bench-view: .venv/ready-browser  ## measure how smoothly the page of a run of 60 positions and 200 layers scrolls
	$(BIN)/python -m benchmarks.frames

scan: .venv/ready-test  ## run all 20,910 SCAN commands in the interpreter, 500 in the weights, by both programs
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.programs.scan_full $(if $(SEED),--seed $(SEED))

fuzz: .venv/ready-test  ## compare interpreter and weights on random programs (N=1000 SEED=0)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz.run --count $(or $(N),1000) --seed $(or $(SEED),0)

atheris-parser: .venv/ready-fuzz  ## fuzz the parser, guided by coverage (T=1800 seconds)
	$(BIN)/python -m tests.hostile.atheris_parser -max_total_time=$(or $(T),1800)

atheris-loader: .venv/ready-fuzz  ## fuzz the loader of weights, guided by coverage (T=1800 seconds)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.hostile.atheris_loader -max_total_time=$(or $(T),1800)

zoo: .venv/ready-run  ## write all programs with circuits, data and models for other tools into build/zoo
	OMP_NUM_THREADS=1 $(ALTAC) zoo programs -o build/zoo

wheel: .venv/ready-test  ## build dist/altac-*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean:  ## remove everything that was built, except for virtual environments
	rm -rf build dist
