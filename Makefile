# make demo    prepares a small dataset, trains a net on it, tests it, draws what it sees
# make test    the test suite; TESTS=tests/data takes a part of it
# make lint    names that are not used or not defined, long lines, syntax that Python 3.7 lacks
# make bench   every figure that the README quotes; BENCH=benchmarks/<file>.py makes one
# make clean   removes caches and the demo's dataset; keeps runs (tmp/) and environments (.venv/)
#
# Each makes its own environment at first, in .venv/. STACK=tf1 takes Python 3.7 and TF 1.15, STACK=tf2
# a newer Python and TF 2.x; without it, TF 1.15 where there is a Python 3.7.
STACK ?= auto
TESTS ?= tests
BENCH ?= $(sort $(wildcard benchmarks/[a-z]*.py))

WITH_PYTHON = @python=$$(bash scripts/environment $(STACK)) &&

.PHONY: demo test lint bench clean environment

demo:
	$(WITH_PYTHON) "$$python" -m scripts.demo

test:
	$(WITH_PYTHON) "$$python" -m pytest $(TESTS)

lint:
	$(WITH_PYTHON) "$$python" -m ruff check . && bash -n scripts/environment tboards/createlinks .ci/run

bench:
	$(WITH_PYTHON) for file in $(BENCH); do \
	  echo "== $$file" && "$$python" -m $$(echo "$${file%.py}" | tr / .) || exit 1; done

environment:
	$(WITH_PYTHON) echo "$$python"

clean:
	rm -rf .pytest_cache .ruff_cache data/shapes
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
