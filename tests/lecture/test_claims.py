"""Every claim of the lectures is measured, says with which figure, and is drawn."""

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


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(UnknownClaimError, match="Did you mean 'jacobian'"):
        named("jacobain")
