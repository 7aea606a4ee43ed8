"""Files of Stanza that hold what a tagger cannot have are refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stanza_references import RECORDED

from chainrule.pretrained import PretrainedError, load

torch = pytest.importorskip("torch", reason="torch changes recorded files")


def _config(**values: Any) -> Callable[[Any], None]:
    return lambda found: found["config"].update(values)


def _without_reserved(found: Any) -> None:
    del found["vocab"]["tag"]["_id2unit"][0][:2]


def _without_tags(found: Any) -> None:
    del found["vocab"]["tag"]["_id2unit"][0][4:]


def _of_parts(found: Any) -> None:
    found["vocab"]["tag"]["keyed"] = True


def _of_another_kind(found: Any) -> None:
    found["vocab"]["_key2class"]["delta"] = "os.system"


def _of_words_only(found: Any) -> None:
    found["vocab"]["char"]["_id2unit"][5] = 7


def _misshaped(found: Any) -> None:
    found["model"]["input_transform.weight"] = torch.zeros(3, 2)


def _extra(found: Any) -> None:
    found["model"]["bert_layer_mix.weight"] = torch.zeros(1, 4)


def _integers(found: Any) -> None:
    found["model"]["tag_clfs.0.bias"] = torch.zeros(13, dtype=torch.int64)


def _others(found: Any) -> None:
    found["vocab"]["_id2unit"][4] = "other"


def _few_letters(found: Any) -> None:
    del found["vocab"]["_id2unit"][-3:]


def _of_backward(found: Any) -> None:
    found["is_forward_lm"] = "yes"


HOSTILE = {
    "transformer": (
        "ner",
        _config(bert_model="some/model"),
        "reads the outputs of the transformer",
    ),
    "adapter": ("ner", _config(use_peft=True), "reads the outputs of the transformer"),
    "a large state": ("ner", _config(hidden_dim=10**6), "do not fit the network"),
    "a state without end": ("ner", _config(hidden_dim=10**12), "hidden_dim 1000000000000, not an"),
    "a state of text": ("ner", _config(hidden_dim="9"), "hidden_dim '9', not an integer"),
    "a column that is not there": ("ner", _config(predict_tagset=1), "predict_tagset 1"),
    "letter case": ("ner", _config(lowercase=3), "lowercase 3, not True or False"),
    "no reserved tags": ("ner", _without_reserved, "does not begin with the reserved units"),
    "no tags": ("ner", _without_tags, "has a column without tags"),
    "tags of parts": ("ner", _of_parts, "has tags of several parts"),
    "a class": ("ner", _of_another_kind, "'delta' is a 'os.system', not one of"),
    "letters that are numbers": ("ner", _of_words_only, "'char' has no list of units"),
    "a shape": ("ner", _misshaped, "input_transform.weight has the shape"),
    "an array more": ("ner", _extra, "bert_layer_mix.weight .* is unknown"),
    "integers": ("ner", _integers, "'tag_clfs.0.bias' has no floating-point numbers"),
    "other words": ("pretrain", _others, "other ones than the 13"),
    "fewer letters": ("forward_charlm", _few_letters, "Use the language models that the tagger"),
    "a direction": ("forward_charlm", _of_backward, "is_forward_lm 'yes', not True or False"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_tagger_cannot_have_is_refused(name: str, tmp_path: Path) -> None:
    role, change, said = HOSTILE[name]
    folder = tmp_path / "net"
    shutil.copytree(RECORDED / "stanza-charlm", folder)
    path = folder / role / "small.pt"
    found = torch.load(path, weights_only=True)
    change(found)
    torch.save(found, path, _use_new_zipfile_serialization=False)
    with pytest.raises(PretrainedError, match=said):
        load(folder)
