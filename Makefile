# The verbs of this house. `make run` and `make test` work from a bare clone: they make what they need.
include layers/python.mk

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Who may be asked for packages: uv if it is there, else one that is installed here, pinned.
UV := $(or $(shell command -v uv),.venv-tools/bin/uv)
dev := .venv/.made
emulator := .venv-emulator/.made
sam := .venv-sam/.made
reference := $(if $(and $(shell command -v npm),$(shell command -v java)),node_modules/.made)

client := node_modules/.made
description := layers/core/python/lastseen/api/openapi.json
linted := .local/linted/template.yaml

ARCH ?= arm64
STACK ?= lastseen
export SAM_CLI_TELEMETRY := 0
# Byte code is kept, whatever a machine's settings say: without it each of many processes compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

# ------------------------------------------------------------------------------------------------- the verbs
.PHONY: help run up down backfill smoke test unit integration check format types contracts rehearse openapi client build preflight deploy bench lock clean

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22
	@printf '\n  options of run and up: SPEED=20 SEED=1 PORT_AWS=4566 PORT_ENODE=4580\n'

run: $(dev) $(emulator) $(sam) ## Live system on this machine: emulated AWS, simulated Enode, a live view. Ctrl-C ends it
	@.venv/bin/python -m local.stack run

up: $(dev) $(emulator) $(sam) ## The same in the background; returns when everything answers
	@.venv/bin/python -m local.stack up

down: ## End what `make up` (or a broken-off `make run`) started
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m local.stack down; else echo "Nothing was ever started here."; fi

backfill: $(dev) ## Compare everything with the simulated Enode's lists now and repair it, after `make up`
	@.venv/bin/python -m local.stack backfill

smoke: $(dev) ## Tests of the running system, after `make up`
	@$(call recording,smoke) .venv/bin/pytest tests/e2e

test: unit integration ## All tests that need nothing running: unit, then the store on real DynamoDB engines

unit: $(dev) ## Unit tests and the examples in docstrings (EXAMPLES=quick: a quarter of each property test's)
	@$(call recording,unit) .venv/bin/pytest -q -n auto $(if $(EXAMPLES),--hypothesis-profile=$(EXAMPLES)) \
		tests/unit layers/core/python local openapi rehearsal deploy

integration: $(dev) $(emulator) $(reference) ## The store on ministack and on AWS's DynamoDB Local
ifeq ($(reference),)
	@printf '\n%s\n' "!! Java or npm is missing: AWS's DynamoDB Local, the reference, is NOT tested, only ministack is." \
		"!! Install both (apt install default-jre-headless npm) for the whole of it."
endif
	@$(call recording,integration) DYNAMODB_ENGINES=ministack$(if $(reference),$(,)dynamodb-local) .venv/bin/pytest -q -n auto --dist loadgroup tests/integration

check: $(dev) $(sam) ## Format, lint, types, import directions, unit tests, template; a minute on two idle cores
	@$(MAKE) format
	@$(MAKE) -j3 --output-sync=target unit types contracts $(linted) EXAMPLES=quick

format: $(dev)
	@.venv/bin/ruff format --check --quiet . || { echo "Run: .venv/bin/ruff format ."; exit 1; }
	@.venv/bin/ruff check --quiet .

types: $(dev)
	@.venv/bin/mypy

contracts: $(dev)
	@PYTHONPATH=layers/core/python .venv/bin/lint-imports --no-logo

$(linted): template.yaml $(sam)
	@.venv-sam/bin/sam validate --lint --region eu-central-1
	@.venv-sam/bin/cfn-lint template.yaml
	@mkdir -p $(@D) && touch $@

rehearse: $(dev) $(sam) ## A deployment to AWS without AWS: what an emulator hides. After `make test` and `make smoke`
	@PYTHONPATH=.:layers/core/python .venv/bin/python -m rehearsal

openapi: $(dev) ## Write the API's description anew, after its source in openapi has changed (RELEASE=1: keep it)
	@PYTHONPATH=layers/core/python .venv/bin/python -m openapi $(if $(RELEASE),release)

client: $(client) ## Make a typed TypeScript client of the API's description, and compile the example that uses it
	@mkdir -p clients/typescript/generated
	@node_modules/.bin/openapi-typescript $(description) -o clients/typescript/generated/lastseen.d.ts
	@node_modules/.bin/tsc --project clients/typescript

build: $(sam) ## What is deployed, into .aws-sam (ARCH=arm64|x86_64)
	@PATH="$(dir $(PYTHON)):$$PATH" .venv-sam/bin/sam build --parameter-overrides Arch=$(ARCH)
	@"$(PYTHON)" deploy/processor.py .aws-sam/build/template.yaml $(ARCH)

preflight: $(dev) ## What would make `make deploy` fail: issuer, account, names (STACK=lastseen, or ISSUER=https://… alone)
	@.venv/bin/python -m deploy check $(STACK) $(if $(ISSUER),--issuer "$(ISSUER)")

deploy: $(dev) build ## To your AWS account; asks little the first time and keeps it in stacks/$(STACK).toml (STACK=lastseen)
	@.venv/bin/python -m deploy stack $(STACK)

bench: $(dev) $(emulator) $(reference) ## The figures in README, each beside its peer
	@.venv/bin/python -m bench

lock: $(UV) ## Pin what pyproject.toml and package.json name (UPGRADE=1 for the newest)
	@$(pin) -o layers/dependencies/requirements.txt pyproject.toml
	@$(pin) -o requirements/dev.txt -c layers/dependencies/requirements.txt --group dev pyproject.toml
	@for group in emulator sam tools; do $(pin) -o requirements/$$group.txt --group $$group; done
	@npm $(if $(UPGRADE),update,install) --package-lock-only --silent --no-audit --no-fund
	@git diff --stat -- requirements layers/dependencies package-lock.json

clean: down ## Remove everything that was made here, environments included
	@rm -rf .venv .venv-emulator .venv-sam .venv-tools node_modules .aws-sam .local .mypy_cache .ruff_cache \
		.pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------- how things are made
# What the functions did under test, written anew, for `make rehearse`.
recording = rm -rf .local/recorded/$(1); RECORD=.local/recorded/$(1)

# The hosts of package indexes stay out of every file: each machine has its own.
pin = $(UV) pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header \
	$(if $(UPGRADE),--upgrade)

, := ,
define environment
	@echo "making $(@D) from $<"
	@$(UV) venv --quiet --allow-existing --python "$(PYTHON)" $(@D)
	@$(UV) pip sync --quiet --require-hashes --python $(@D)/bin/python $<
	@touch $@
endef

$(dev): requirements/dev.txt | $(UV)
	$(environment)

$(emulator): requirements/emulator.txt | $(UV)
	$(environment)

$(sam): requirements/sam.txt | $(UV)
	$(environment)

.venv-tools/bin/uv: requirements/tools.txt
	@echo "uv is not on the PATH: installing one of our own into .venv-tools"
	@"$(PYTHON)" -m venv --clear .venv-tools || { \
		echo "$(PYTHON) cannot make environments: install its venv module (apt install python3.13-venv), or uv" >&2; exit 1; }
	@.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

node_modules/.made: package-lock.json
	@npm ci --silent --no-audit --no-fund
	@touch $@
