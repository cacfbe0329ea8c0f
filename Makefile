# make demo    prepares a small dataset, trains a net on it, tests it, draws what it sees
# make test    the test suite; TESTS=tests/data takes a part of it, WORKERS=4 more processes
# make lint    ruff, mypy and bash -n: pyproject.toml says what they check
# make bench   speed and memory as in benchmarks/README.md; DATAPATH= names the records, RUN= the run
# make clean   removes caches and the demo's dataset; keeps runs (tmp/) and environments (.venv/)
#
# Each makes its own environment at first, in .venv/. STACK=tf1 takes Python 3.7 and TF 1.15,
# STACK=tf1-cpu the same with Intel's build of TF 1.15, STACK=tf2 a newer Python and TF 2.x; without
# it, TF 1.15 where there is a Python 3.7 (docs/stacks.md).
STACK ?= auto
TESTS ?= tests
WORKERS ?= 2
DATAPATH ?= data/shapes
RUN ?= $(lastword $(sort $(wildcard tmp/demo__*)))

WITH_PYTHON = @python=$$(bash scripts/environment $(STACK)) || exit 1;

.PHONY: demo test lint bench clean environment

demo:
	$(WITH_PYTHON) "$$python" -m scripts.demo

test:
	$(WITH_PYTHON) "$$python" -m pytest -n $(WORKERS) --dist=loadfile $(TESTS)

lint:
	@python=$$(bash scripts/environment lint) || exit 1; set -ex; \
	  "$$python" -m ruff check .; "$$python" -m mypy; \
	  for script in scripts/environment tboards/createlinks .ci/run; do bash -n $$script; done

bench:
	@test -e $(DATAPATH)/dataset.json -a -n "$(RUN)" || \
	  { echo "make demo first, or give DATAPATH= and RUN="; exit 1; }
	$(WITH_PYTHON) set -ex; \
	  "$$python" benchmarks/train_speed.py --basenet=mobilenet_v1 --pixels=256 --batch_size=8 \
	    --from_scratch --datapath=$(DATAPATH); \
	  "$$python" benchmarks/input_memory.py --pixels=512 --datapath=$(DATAPATH); \
	  "$$python" benchmarks/test_speed.py --traindir=$(RUN) --datapath=$(DATAPATH); \
	  "$$python" benchmarks/report_speed.py

environment:
	$(WITH_PYTHON) echo "$$python"

clean:
	rm -rf .pytest_cache .ruff_cache .mypy_cache data/shapes data/shapes_source
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
