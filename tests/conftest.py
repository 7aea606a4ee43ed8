"""Fixtures for all tests."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora, beside the project; see its README."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real corpora are absent: there is no folder ../shared/data")
    return SHARED_DATA
