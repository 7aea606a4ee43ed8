"""LoRA: the formula, what is trained, merging for a time and for good, refusals."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def encoder():
    return nn.TransformerEncoder(2, 8, 2, 16, dropout=0.0, random=0).eval()


def changed(model, seed=1):
    """Give every update a value other than 0."""
    random = np.random.default_rng(seed)
    for path, each in model.named_parameters().items():
        if path.endswith("lora.b"):
            each.assign(random.normal(size=each.shape).astype(each.dtype))
    return model


def inputs(shape=(3, 5, 8)):
    return np.random.default_rng(2).normal(size=shape).astype("float32")


def test_a_layer_with_lora_is_its_formula():
    layer = nn.Linear(6, 4, random=0)
    assert nn.add_lora(layer, 2, alpha=3.0, random=1) == ["weight"]
    changed(layer)
    x = inputs((5, 6))
    a, b = layer.lora.a.value, layer.lora.b.value
    wanted = x @ (layer.weight.value + 3.0 / 2 * b @ a).T + layer.bias.value
    np.testing.assert_allclose(layer(x).value, wanted, rtol=1e-5, atol=1e-6)


def test_at_first_nothing_changes():
    model, x = encoder(), inputs()
    before = model(x).value
    names = nn.add_lora(model, 3, random=1)
    assert len(names) == 2 * 4
    np.testing.assert_array_equal(model(x).value, before)


def test_merged_matrices_compute_the_same():
    model, x = encoder(), inputs()
    paths = set(model.state())
    nn.add_lora(model, 3, random=1)
    wanted = changed(model)(x).value
    nn.merge_lora(model)
    assert set(model.state()) == paths
    np.testing.assert_allclose(model(x).value, wanted, rtol=1e-4, atol=1e-5)


def test_projections_of_other_keys_use_their_rows_of_the_update():
    attention = nn.MultiHeadAttention(8, 2, random=0).eval()
    nn.add_lora(attention, 2, random=1)
    changed(attention)
    x, keys = inputs(), inputs((3, 4, 8))
    wanted = attention(x, keys).value
    nn.merge_lora(attention)
    np.testing.assert_allclose(attention(x, keys).value, wanted, rtol=1e-4, atol=1e-5)


def test_merging_for_a_time_restores_every_bit():
    model = changed_with_lora()
    before = model.state()
    with nn.lora_merged(model):
        assert not any("lora" in path for path in model.state())
    after = model.state()
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[path], after[path]) for path in before)


def changed_with_lora():
    model = encoder()
    nn.add_lora(model, 2, random=1)
    return changed(model)


def test_a_frozen_model_trains_its_updates_alone():
    model = nn.Sequential(nn.Linear(4, 8, random=0), cr.tanh, nn.Linear(8, 2, random=1))
    x = inputs((32, 4))
    y = (x[:, 0] > x[:, 1]).astype("int64")
    model.freeze()
    nn.add_lora(model, 2, random=2)
    before = model.state()
    optimizer = cr.optim.Adam(model, 0.05)
    assert len(optimizer.parameters) == 4

    @cr.compile
    def step(x, y):
        loss = nn.cross_entropy(model(x), y)
        optimizer.minimize(loss)
        return loss

    losses = [step(x, y).item() for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    after = model.state()
    same = {path: np.array_equal(before[path], after[path]) for path in before}
    assert all(same[path] != ("lora" in path) for path in same)


def test_gradients_of_lora_are_right():
    layer = nn.Linear(3, 4, dtype="float64", random=0)
    nn.add_lora(layer, 2, random=1)
    layer.lora.b.assign(np.random.default_rng(0).normal(size=(4, 2)))
    a, b = layer.lora.a, layer.lora.b
    x = np.random.default_rng(1).normal(size=(5, 3))
    found = cr.gradients(cr.sum(layer(x) ** 2), [a, b])
    z = x @ (layer.weight.value + b.value @ a.value).T + layer.bias.value
    of_matrix = 2 * z.T @ x
    np.testing.assert_allclose(found[0].value, b.value.T @ of_matrix, rtol=1e-10)
    np.testing.assert_allclose(found[1].value, of_matrix @ a.value.T, rtol=1e-10)


@pytest.mark.parametrize(
    ("prepare", "options", "message"),
    [
        (None, {"rank": 2, "layers": "none.*"}, "'none.*'"),
        (lambda model: nn.add_lora(model, 1), {"rank": 2}, "has a LoRA already"),
        (None, {"rank": 9}, "rank=9"),
        (None, {"rank": 0}, "rank"),
    ],
)
def test_what_cannot_be_added_is_refused_and_changes_nothing(prepare, options, message):
    model = encoder()
    if prepare is not None:
        prepare(model)
    paths = set(model.state())
    with pytest.raises((cr.ChainruleError, ValueError), match=message):
        nn.add_lora(model, **options)
    assert set(model.state()) == paths
