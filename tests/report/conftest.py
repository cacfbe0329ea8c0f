import pytest

from archs import imagenet_accuracy
from tests.report import synthetic
from utils.report.collect import collect
from utils.report.study import Options, Study


@pytest.fixture(scope="session")
def sweep(tmp_path_factory):
    """A folder of 3 configurations x 5 seeds, one failed and one killed run, one broken folder."""
    root = tmp_path_factory.mktemp("sweep")
    synthetic.write_sweep(root)
    synthetic.write_run(root, "v1_fcn16__6", 6, status="failed",
                        info={"error": "the loss is nan at step 12"})
    synthetic.write_run(root, "v1_fcn16__7", 7, status="running", curve={10: .3},
                        beat={"time": 1.0, "step": 33, "seconds": 5400.0})
    (root / "broken").mkdir()
    (root / "broken" / "runargs").write_text("{")
    return root


@pytest.fixture
def study_of():
    """(words, **options) -> `Study`."""
    def make(*words, **options):
        return Study(collect([str(word) for word in words]),
                     Options(**dict(dict(imagenet=imagenet_accuracy), **options)))
    return make
