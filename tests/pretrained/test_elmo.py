"""ELMo computes what an independent twin computes, from files of its own format."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from comparing import assert_equal
from elmo_references import RECORDED, RECORDED_SENTENCES
from elmo_twin import OPTIONS, SENTENCES, Twin, changed, write

import chainrule as cr
from chainrule.pretrained import load
from chainrule.pretrained.elmo.names import rows

pytest.importorskip("h5py", reason="h5py reads the weights of ELMo")
torch = pytest.importorskip("torch", reason="torch computes what is expected")

CASES = {
    "as published": OPTIONS,
    "tanh, no limits, no skips": changed(
        lstm={"cell_clip": None, "proj_clip": None, "use_skip_connections": False},
        char_cnn={"activation": "tanh"},
    ),
    "three layers, no highway": changed(lstm={"n_layers": 3}, char_cnn={"n_highway": 0}),
    "no projection of words": changed(lstm={"projection_dim": 12}),
}


@pytest.mark.parametrize("case", CASES)
def test_all_layers_equal_the_twin(case: str, tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo", CASES[case]))
    out = net(net.batch(SENTENCES))
    for number, expected in enumerate(Twin(CASES[case])(SENTENCES)):
        words = len(SENTENCES[number])
        assert len(out.layers) == len(expected)
        for k, layer in enumerate(out.layers):
            found = np.asarray(layer)[number]
            assert_equal(found[:words], expected[k].detach().numpy(), f"{number}, layer {k}")
            assert not found[words:].any()


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_all_parameters_equal_the_twin(case: str, tmp_path: Path) -> None:
    net, twin = load(write(tmp_path / "elmo", CASES[case])), Twin(CASES[case])
    layers = twin(SENTENCES)
    loss = sum(torch.cos(each).sum() for each in layers)
    loss.backward()
    batch = net.batch(SENTENCES)
    inside = np.arange(batch.characters.shape[1] - 2) < batch.lengths[:, None]
    ours = sum(cr.sum(cr.where(inside[..., None], cr.cos(x), 0)) for x in net(batch).layers)
    assert_equal(ours, loss.detach().numpy(), "loss")
    paths = {path: each for path, each in net.named_parameters().items() if path[:4] != "mix."}
    found = dict(zip(paths, cr.gradients(ours, list(paths.values())), strict=True))
    table = {row.ours: row.theirs for row in rows(net.options)}
    assert set(table) == set(paths)
    assert set(table.values()) == set(twin.arrays)
    for path, each in found.items():
        assert_equal(each, twin.arrays[table[path]].grad.numpy(), path)


def test_a_state_that_is_carried_gives_what_the_twin_gives(tmp_path: Path) -> None:
    net, twin = load(write(tmp_path / "elmo")), Twin()
    state, before = None, None
    for _ in range(2):
        out = net(net.batch(SENTENCES), state)
        expected = twin(SENTENCES, before)
        state, before = out.state, twin.state
        for number, each in enumerate(expected):
            found = np.asarray(out.layers[-1])[number][: len(SENTENCES[number])]
            assert_equal(found, each[-1].detach().numpy(), f"sentence {number}")
    alone = np.asarray(net(net.batch(SENTENCES)).mixed)
    assert np.abs(alone - np.asarray(out.mixed)).max() > 0.01


def test_a_mix_is_the_weighted_sum_of_the_layers(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    net.mix.scores.assign(np.array([0.5, -1.0, 2.0], np.float32))
    net.mix.gamma.assign(np.array([1.5], np.float32))
    shares = np.exp([0.5, -1.0, 2.0])
    shares /= shares.sum()
    expected = [1.5 * np.tensordot(shares, each.detach().numpy(), 1) for each in Twin()(SENTENCES)]
    for found, each in zip(net.word_vectors(SENTENCES), expected, strict=True):
        assert_equal(found, each.astype(np.float32), "mix")


def test_vectors_of_many_sentences_equal_the_twin_and_the_call(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    random = np.random.default_rng(1)
    words = [f"word{i}é" for i in range(90)]
    given = [list(random.choice(words, n)) for n in random.integers(0, 40, 60)]
    given = [[str(word) for word in each] for each in given]
    found = net.word_vectors([[], *given])
    assert net.width == 10
    assert found[0].shape == (0, 10)
    for each, sentence in zip(found[1:], given, strict=True):
        assert each.dtype == np.float32
        assert each.shape == (len(sentence), 10)
    for number in (0, 17, 59):
        expected = Twin()([given[number]])[0].mean(0).detach().numpy()
        assert_equal(found[1 + number], expected, f"sentence {number}")
    assert net.word_vectors([]) == []


@pytest.mark.native
def test_a_compiled_call_equals_the_eager_one(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    batch = net.batch(SENTENCES)
    eager, compiled = net(batch), cr.compile(net)(batch)
    for one, other in zip(eager.layers, compiled.layers, strict=True):
        assert_equal(other, np.asarray(one), "layer")


def test_a_saved_network_loads_with_equal_numbers(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    net.mix.scores.assign(np.array([0.1, 0.7, -0.3], np.float32))
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.options == net.options
    for path, each in net.state().items():
        assert np.array_equal(each, again.state()[path]), path
    assert sorted(each.name for each in (tmp_path / "saved").iterdir()) == [
        "options.json",
        "scalar_mix.json",
        "weights.hdf5",
    ]
    with pytest.raises(cr.pretrained.PretrainedError, match="Name a new folder"):
        net.save(tmp_path / "saved")


def test_names_of_releases_are_recognised(tmp_path: Path) -> None:
    folder = write(tmp_path / "elmo")
    for name in ("options.json", "weights.hdf5"):
        (folder / name).rename(folder / f"elmo_2x4096_512_{name}")
    assert load(folder).width == 10


def test_a_copy_by_pickle_computes_the_same(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    again = pickle.loads(pickle.dumps(net))
    for one, other in zip(net.word_vectors(SENTENCES), again.word_vectors(SENTENCES), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("part", "key", "value", "said"),
    [
        ("char_cnn", "n_characters", 261, "n_characters 261"),
        ("char_cnn", "activation", "gelu", "activation 'gelu'"),
        ("char_cnn", "filters", [[1, 0]], "filters"),
        ("char_cnn", "filters", [[13, 2]], "no wider than the 12 characters"),
        ("char_cnn", "embedding", 16, "embedding 16"),
        ("lstm", "cell_clip", -3, "cell_clip -3"),
        ("lstm", "use_skip_connections", 1, "true or false"),
        ("lstm", "dim", 10**7, "dim 10000000"),
        ("lstm", "dim", 10**6, "do not fit the network"),
        ("lstm", "n_layers", 3, "RNN_1/RNN/MultiRNNCell/Cell2/LSTMCell/B"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    part: str, key: str, value: object, said: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "elmo")
    (folder / "options.json").write_text(json.dumps(changed(**{part: {key: value}})))
    with pytest.raises(cr.pretrained.PretrainedError, match=said.replace("[", r"\[")):
        load(folder)


def test_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cr.pretrained.PretrainedError, match="no head"):
        load(write(tmp_path / "elmo"), head="tokens")


def test_all_layers_equal_those_of_allennlp() -> None:
    net = load(RECORDED)
    out = net(net.batch(RECORDED_SENTENCES))
    with np.load(RECORDED / "computed.npz") as file:
        assert len(file) == len(out.layers) == 3
        for k, layer in enumerate(out.layers):
            for number, words in enumerate(RECORDED_SENTENCES):
                found = np.asarray(layer)[number][: len(words)]
                expected = file[f"layer.{k}"][number][: len(words)]
                assert_equal(found, expected, f"sentence {number}, layer {k}")
