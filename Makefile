.DEFAULT_GOAL := help
.PHONY: help demo run quick test e2e browser chaos soak test-compose test-vllm test-gemma bench profile bench-classroom bench-vllm eval audit mutants lint types lock format docs docs-links docs-reference clean
BIN := .venv/bin
# These tests wait more than they compute, so three files at a time are twice as fast on two cores. Engines and browsers
# compute more: two files. What builds images stays one by one.
# By itself xdist begins with the files of most tests; conftest.py begins with those that take longest.
IN_ORDER := --dist loadfile --no-loadscope-reorder
SIDE_BY_SIDE := -n 3 $(IN_ORDER)
# No container and no server: pure functions, the worker on the in-memory broker, the API's main routes on SQLite.
# What waits for a clock is left out, and what conjugates two thousand verbs.
QUICK := shared/tests services/generator/tests services/console/tests services/classroom/tests tests/contract/test_messages.py \
  $(patsubst %,services/api/tests/test_%.py,grading grading_of_gaps grading_of_translations statuses students assignments homework submissions idempotency)

help: ## what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## the whole path once: three students, real RabbitMQ, nothing left running
	@deploy/bootstrap.sh run
	@deploy/bootstrap.sh broker
	@$(BIN)/homework demo

run: ## broker, API, mock generator and console until Ctrl-C; your data stays; ARGS="--engine http://127.0.0.1:11434/v1"
	@deploy/bootstrap.sh run
	@deploy/bootstrap.sh broker
	@exec $(BIN)/homework up $(ARGS)

quick: ## what a change breaks first, in under half a minute: needs no Docker, RabbitMQ or PostgreSQL
	@deploy/bootstrap.sh dev
	$(BIN)/pytest -q -k "not postgresql" $(QUICK) $(patsubst %,--ignore=services/generator/tests/test_%.py,serve serve_silent_engines screen) \
	  $(patsubst %,--ignore=shared/tests/test_%.py,verb_forms publisher consumer)

test: ## unit, contract and integration tests
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	$(BIN)/pytest $(SIDE_BY_SIDE) -m "not e2e and not vllm and not browser and not compose"

eval: ## the checks of the language, on trial, on exercises that a teacher has judged; ARGS="--judged FILE … --each"
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m tests.eval $(ARGS)

e2e: ## real processes, killed and stopped at the worst moments
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	$(BIN)/pytest $(SIDE_BY_SIDE) tests/e2e tests/robustness -m e2e

browser: ## console and classroom in headless Chromium; SCREENSHOTS=docs/screenshots draws the documentation's
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	$(BIN)/pytest -n 2 $(IN_ORDER) tests/e2e/browser -m browser

test-compose: ## the images, built, and docker compose up, in every way
	@deploy/bootstrap.sh dev
	$(BIN)/pytest tests/e2e tests/robustness -m compose

test-vllm: ## the real engine on the CPU, with a random and a small real model: jobs, deadlines, a killed engine, the notebook
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	@deploy/bootstrap.sh vllm
	@.venv-vllm/bin/python -m tests.support.generator.small_models smollm2
	$(BIN)/pytest -n 2 $(IN_ORDER) tests/e2e/vllm -m vllm

test-gemma: ## the same path with Gemma 3 270M, under Google's Gemma Terms of Use; no part of any gate
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	@deploy/bootstrap.sh vllm
	@.venv-vllm/bin/python -m tests.support.generator.small_models gemma3
	HOMEWORK_SMALL_MODEL=gemma3 $(BIN)/pytest -s tests/e2e/vllm/test_small_model.py

bench: ## the pipeline beside Celery, Dramatiq, taskiq, FastStream, llmq and a bare floor; ARGS="--short"
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	@deploy/bootstrap.sh bench
	$(BIN)/python -m bench.pipeline $(ARGS)

profile: ## where the CPU of a job goes, by process and by step; ARGS="--jobs 2000"
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	@deploy/bootstrap.sh bench
	$(BIN)/python -m bench.pipeline.profile $(ARGS)

bench-classroom: ## how long sixty students wait for their pages while all are at work; ARGS="--students 30"
	@deploy/bootstrap.sh dev
	$(BIN)/python -m bench.classroom $(ARGS)

bench-vllm: ## what the pipeline costs on top of the engine; ARGS="--model … --load-format dummy"
	@deploy/bootstrap.sh run
	@deploy/bootstrap.sh broker
	@deploy/bootstrap.sh vllm
	$(BIN)/python -m bench.vllm_throughput $(ARGS)

chaos: ## everything that can break, under load, with a count of what it cost; ARGS="--jobs 500 --seed 7"
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	$(BIN)/python -m tests.robustness.chaos $(ARGS)

soak: ## steady load at half capacity, beside the small real model if test-vllm was run, and what grew; ARGS="--minutes 2"
	@deploy/bootstrap.sh dev
	@deploy/bootstrap.sh broker
	$(BIN)/python -m tests.robustness.soak $(ARGS)

mutants: ## faults put into the code, one at a time: which do the tests not notice? ARGS="--sample 12", ARGS="relay results"
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m tests.mutants $(ARGS)

audit: ## risky calls, secrets in the repository, dependencies with known vulnerabilities or unfit licences
	@deploy/bootstrap.sh dev
	$(BIN)/bandit -q -c pyproject.toml -r services shared packages cli
	$(BIN)/python .ci/audit.py
	$(BIN)/python .ci/licences.py

lint: ## style, formatting, import rules
	@deploy/bootstrap.sh dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: ## mypy, strict, tests included
	@deploy/bootstrap.sh dev
	$(BIN)/mypy $(foreach package,shared client api mock_generator generator colab console classroom cli,-p homework_$(package)) -p docs.tools
	$(BIN)/mypy conftest.py tests bench shared/tests shared/tools packages/client/tests services/api/tests services/mock_generator services/generator/tests services/colab/tests services/console/tests services/classroom/tests cli/tests \
	  --exclude homework_mock_generator

docs: ## the documentation as a site in .site/html; wrong links and anchors fail
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m docs.tools.site
	@$(BIN)/zensical build --clean --strict

docs-links: ## whether the pages on other sites that the documentation links to are there; needs the internet
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m docs.tools.links

docs-reference: ## docs/reference, from the code
	@deploy/bootstrap.sh dev
	$(BIN)/python -m docs.tools.reference

# `--universal`: for every system and Python; `--python-version`: from there on. No address of an index is written.
LOCK = printf 'setuptools\n' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --custom-compile-command "make lock" $(ARGS) --no-emit-package pip --no-emit-package italian-homework \
  $(patsubst %,--no-emit-package homework-%,api classroom cli client colab console generator mock-generator shared) \
  packages/italian-homework/pyproject.toml -

lock: ## pin what comes from elsewhere, with hashes; ARGS="--upgrade", ARGS="--upgrade-package fastapi"
	@deploy/bootstrap.sh dev
	$(LOCK) -o requirements.lock
	$(LOCK) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

format: ## let ruff mend what it can
	@deploy/bootstrap.sh dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove .venv, .venv-vllm and what tools left; data/ and .run/ stay
	rm -rf .venv .venv-vllm .venv-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
