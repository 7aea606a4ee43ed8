"""Every claim of the lectures is measured, says with which figure, and is drawn."""

from importlib import resources

import pytest
from matplotlib.image import imread

from chainrule.lecture import CLAIMS, UnknownClaimError, measured, named


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_holds_and_says_with_which_figure(claim, tmp_path):
    found = measured(claim, tmp_path)
    assert found.outcome.held, str(found)
    assert any(letter.isdigit() for letter in found.outcome.because)
    assert claim.says in str(found)
    assert imread(found.picture).std() > 0


def test_names_are_unique_and_find_their_claim():
    assert len({each.name for each in CLAIMS}) == len(CLAIMS)
    assert all(named(each.name) is each for each in CLAIMS)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(UnknownClaimError, match="Did you mean 'jacobian'"):
        named("jacobain")


def test_a_claim_is_one_short_file():
    room = resources.files("chainrule.lecture.claims")
    folders = [each for each in room.iterdir() if each.is_dir() and each.name != "__pycache__"]
    files = [file for each in folders for file in each.iterdir() if file.is_file()]
    lines = {each.name: len(each.read_text(encoding="utf-8").splitlines()) for each in files}
    assert lines.keys() - {"__init__.py"} == {
        f"{each.name.replace('-', '_')}.py" for each in CLAIMS
    }
    assert {name: count for name, count in lines.items() if count > 115} == {}
