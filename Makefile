# The two commands are `make demo` and `make test`; each does all set-up on a fresh Debian 12 or Ubuntu machine that has
# Rust >= 1.95. One everyday profile (dev) serves them all, so the heavy dependencies compile once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CASE ?= cases/yangtze-delta
OUT ?= out/$(notdir $(CASE))
LISTEN ?= 127.0.0.1:0
TARGET := $(or $(CARGO_TARGET_DIR),target)
LIANKONG := $(TARGET)/debug/liankong

.PHONY: help setup build demo pdf test check prove clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: ## Check Rust, install missing system packages by apt (said with why)
	@scripts/setup

build: setup ## Build the program
	@echo "build: the program and what it needs (the first time takes minutes: the LP solver is compiled)"
	@cargo build --locked -p liankong

demo: build ## Run the delta case and show it in the browser (DEMO_ONCE=1: run and leave)
	@$(LIANKONG) run $(CASE) --out $(OUT)
ifeq ($(DEMO_ONCE),1)
	@echo "demo: the report is $(OUT)/report.html"
else
	@echo "demo: open this address; Ctrl-C ends it"
	@exec $(LIANKONG) serve $(OUT) --listen $(LISTEN)
endif

pdf: ## Print the report of the last run as PDF, in both languages (needs Chromium)
	@scripts/pdf $(OUT)

test: setup ## All tests
	@cargo test --locked --workspace

check: setup ## Format, lints, documentation: nothing may be amiss
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

prove: setup ## The long proofs: 20,000 mangled cases, and tests that are left out of `make test`
	@LIANKONG_MANGLES=20000 cargo test --locked -p liankong-engine --test suite mangled_case
	@cargo test --locked --workspace -- --ignored

clean: ## Take away results (not what was built)
	@rm -rf out
