"""`chainrule zoo` lists networks, shows one, and fails in sentences."""

import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.zoo import NETWORKS


def run(*arguments):
    return CliRunner().invoke(app, ["zoo", *(str(each) for each in arguments)])


def test_all_networks_are_listed():
    output = run().output
    assert all(each.name in output for each in NETWORKS)


def test_a_network_is_summarised_trained_and_drawn(tmp_path):
    pytest.importorskip("sklearn")
    result = run("lenet", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    for part in ("LeNet-5 (1998)", "61,706", "held-out digits", "held:", "lenet.png"):
        assert part in result.output
    assert (tmp_path / "lenet.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lennet"], "There is no network 'lennet'. Did you mean 'lenet'?"),
        (["--full"], "--full was given without a network. Name one"),
        (["lenet", "--full"], "lenet has no demonstrations at full size"),
    ],
)
def test_what_does_not_exist_is_refused_in_a_sentence(arguments, sentence):
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
