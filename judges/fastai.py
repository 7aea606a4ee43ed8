"""ULMFiT networks beside fastai itself, in the environment that has it."""

from __future__ import annotations

from importlib.util import find_spec

from judges.other_python import MissingLibraryError
from judges.suite import ROOT, Verdict, judge, run

TESTS = ("tests/pretrained/test_ulmfit_beside_fastai.py",)
MISSING = """fastai is not installed. It needs packages that the tests do not, so leave those out:
  pip install -e '.[dev,judges]'
  pip install --no-deps fastai==2.8.12 fastcore fastprogress fasttransform fastdownload \\
    "plum-dispatch<2.10" beartype python-fasthtml starlette anyio itsdangerous httpx httpcore h11 \\
    sniffio python-multipart apswutils fastlite oauthlib cloudpickle
  pip install matplotlib pandas requests pyyaml pillow scikit-learn scipy packaging rich"""


def examine() -> Verdict:
    """Run the tests that compare with fastai; raises MissingLibraryError without it."""
    if find_spec("fastai") is None:
        raise MissingLibraryError(MISSING)
    return judge(run(ROOT, TESTS, {}), ())
