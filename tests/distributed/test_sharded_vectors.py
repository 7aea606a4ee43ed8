"""Word vectors trained on several processes: repeatable, and neighbours are what they should be."""

import numpy as np
import pytest

from chainrule.text.vectors import read_vectors
from launching import launched, needs_mpi

FRUIT, TOOLS = ["apple", "pear", "plum", "cherry", "fig"], ["saw", "axe", "drill", "file", "rasp"]


@pytest.fixture
def text(tmp_path):
    random = np.random.default_rng(0)
    chosen = [FRUIT if random.random() < 0.5 else TOOLS for _ in range(1500)]
    path = tmp_path / "text.txt"
    path.write_text("\n\n".join(" ".join(random.choice(each, 12)) for each in chosen))
    return path


def trained(text, out, *options):
    settings = ["--size", "10", "--min-count", "1", "--subsample", "0", "--epochs", "10"]
    command = "from chainrule.cli import app; app()"
    asked = ["vectors", "train", "--text", text, "--out", out, *settings, *options]
    found = launched(2, "-c", command, *asked)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count("10 vectors of size 10") == 1
    return read_vectors(out)


@needs_mpi
@pytest.mark.native
def test_two_processes_train_the_same_vectors_twice(text, tmp_path):
    first, second = (trained(text, tmp_path / name) for name in ("first", "second"))
    assert first.table.tobytes() == second.table.tobytes()
    for subject in (FRUIT, TOOLS):
        for word in subject:
            assert {each for each, _ in first.nearest(word, 4)} == set(subject) - {word}


@needs_mpi
@pytest.mark.native
def test_a_training_on_several_processes_cannot_be_resumed(text, tmp_path):
    (tmp_path / "v.checkpoint").write_text("of another run")
    asked = ["vectors", "train", "--text", text, "--out", tmp_path / "v", "--resume"]
    found = launched(2, "-c", "from chainrule.cli import app; app()", *asked)
    assert found.returncode != 0
    assert "a training of word vectors is continued on one only" in found.stdout + found.stderr
