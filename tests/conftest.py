"""Fixtures for all tests."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

import chainrule as cr

COMPILER = ("llvmlite", "scipy_openblas32")
HIDING = Path(__file__).parent / "without_compiler"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-compiler",
        action="store_true",
        help="hide the packages that native code needs; tests about native code are skipped",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("without_compiler"):
        sys.modules |= dict.fromkeys(COMPILER)
    # A loaded machine is slow, which is no fault of a test.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [each for each in COMPILER if find_spec(each) is None]
    skip = pytest.mark.skip(reason=f"it is about native code, which needs {' and '.join(missing)}")
    for item in items:
        if missing and item.get_closest_marker("native"):
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def no_compiler() -> Iterator[None]:
    """Expect the one warning of this process, if there is no compiler, and hide it from others."""
    if all(find_spec(each) is not None for each in COMPILER):
        yield
        return
    with pytest.warns(RuntimeWarning, match="cr.compile needs .*, which is not installed"):
        cr.compile(cr.exp)(1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HIDING), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests' compiled code out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE", str(tmp_path_factory.mktemp("code")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora, beside the project; see its README."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real corpora are absent: there is no folder ../shared/data")
    return SHARED_DATA


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let SIGINT interrupt, also where the tests were started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def own_primitives() -> Iterator[None]:
    """Let a test declare primitives; afterwards the table is as before."""
    before = dict(cr.PRIMITIVES)
    yield
    cr.PRIMITIVES.clear()
    cr.PRIMITIVES.update(before)
