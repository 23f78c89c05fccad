# Finds Python 3.13 and calls it $(PYTHON), for the layers' makefiles and the one at the top.
# SAM runs the layers' in a scratch folder outside the repository, where pyenv's shims no longer see .python-version:
# PYENV_DIR tells them where to look.
export PYENV_DIR := $(abspath $(dir $(abspath $(lastword $(MAKEFILE_LIST))))..)

is_313 = import sys; sys.exit(sys.version_info[:2] != (3, 13))
# Not the environment that `sam` may live in, which can lack pip, but the Python below it.
base = import sys; print(getattr(sys, "_base_executable", sys.executable))
candidates = python3.13 python3 python "$$(pyenv root 2>/dev/null)"/versions/3.13*/bin/python \
	"$$(uv python find 3.13 2>/dev/null)"
find_python = for python in $(candidates); do \
	"$$python" -c '$(is_313)' >/dev/null 2>&1 && { "$$python" -c '$(base)'; break; }; done
no_python = Python 3.13 was not found on the PATH, among pyenv's versions or uv's. Install it with one of \
	`uv python install 3.13`, `pyenv install 3.13`, `apt install python3.13-venv`; or name it: make PYTHON=/path/to/python3.13
PYTHON ?= $(or $(shell $(find_python)),$(error $(no_python)))

# Byte code that is trusted without a look at its source: /opt is read-only on Lambda, so what is not compiled here
# is compiled again at every cold start.
compile = "$(PYTHON)" -m compileall -q --invalidation-mode unchecked-hash \
	-s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"
