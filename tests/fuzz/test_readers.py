"""Damaged files are errors of the project, or harmless; nothing is changed, nothing takes long."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers

from .reader import attack, prepared
from .readers import READERS

CASES = 2000


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_raises_an_error_and_changes_nothing(name, tmp_path_factory):
    reader, folder = READERS[name], tmp_path_factory.mktemp("fuzz")
    valid = prepared(reader, folder)

    @settings(
        max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(integers(0, 2**32))
    def attacked(seed):
        attack(reader, folder, valid, seed)

    attacked()
