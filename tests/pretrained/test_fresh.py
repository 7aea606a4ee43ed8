"""Networks of a configuration with drawn weights."""

import numpy as np
import pytest

from chainrule.pretrained import PretrainedError, fresh, load
from tiny_bert import write_bert

HEADS = {None: True, "classification": True, "tokens": False, "masked-language": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = write_bert(tmp_path_factory.mktemp("bert") / "net")
    (made / "model.safetensors").unlink()
    return made


@pytest.mark.parametrize("head", HEADS)
def test_all_values_are_drawn_and_a_saved_network_is_loaded(head, folder, tmp_path):
    net = fresh(folder, head=head, random=0)
    assert {*net.source.fresh} == {*net.named_parameters()}
    assert ("body.pooler.weight" in net.source.fresh) == HEADS[head]
    spread = net.body.layers[0].expand.weight.value.std()
    assert spread == pytest.approx(net.body.settings.deviation, rel=0.2)
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved", head=head)
    batch = net.tokenize(["the good film", "a book"])
    np.testing.assert_array_equal(again(batch).hidden.value, net(batch).hidden.value)
    assert again.source.fresh == again.source.unread == ()


def test_equal_seeds_draw_equal_values(folder):
    first, second = (fresh(folder, random=3).state() for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_folder_without_configuration_is_named(tmp_path):
    with pytest.raises(PretrainedError, match=r"config\.json"):
        fresh(tmp_path)
