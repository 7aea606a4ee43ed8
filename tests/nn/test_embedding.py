"""Embeddings: the padding row stays zero, pretrained vectors are kept or trained further."""

import numpy as np
import pytest

import chainrule as cr

nn = cr.nn
IDS = np.array([[1, 4, 0], [4, 4, 0]])
VECTORS = np.random.default_rng(0).normal(size=(5, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("padding", [None, 0, 4])
def test_values_and_gradients_are_those_of_torch(padding, dtype):
    torch = pytest.importorskip("torch")
    layer = nn.Embedding.from_vectors(VECTORS, padding=padding, dtype=dtype)
    table = torch.tensor(np.array(layer.weight.value), requires_grad=True)
    wanted = torch.nn.functional.embedding(torch.tensor(IDS), table, padding_idx=padding)
    found = layer(IDS)
    np.testing.assert_array_equal(found.value, wanted.detach().numpy())
    upstream = np.random.default_rng(1).normal(size=found.shape).astype(dtype)
    wanted.backward(torch.tensor(upstream))
    (gradient,) = cr.gradients(found, [layer.weight], upstream)
    np.testing.assert_allclose(gradient.value, table.grad.numpy(), rtol=1e-6)


OPTIMIZERS = {
    "sgd": lambda model: cr.optim.SGD(model, learning_rate=0.1),
    "adam": lambda model: cr.optim.Adam(model, learning_rate=0.1),
    "adam, late": lambda model: cr.optim.Adam(model, learning_rate=0.1, rows="caught_up"),
    "adam, dense": lambda model: cr.optim.Adam(model, learning_rate=0.1, rows="dense"),
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_padding_row_stays_zero_while_the_others_learn(name, compiled):
    layer = nn.Embedding(5, 3, padding=0, random=0)
    optimizer = OPTIMIZERS[name](layer)

    def step(ids):
        away = layer(ids) - 1
        optimizer.minimize((away * away).mean())
        return away

    run = cr.compile(step) if compiled else step
    before = np.array(layer.weight.value)
    for _ in range(5):
        np.testing.assert_array_equal(run(IDS).value[:, 2], np.full((2, 3), -1.0))
    after = layer.weight.value
    np.testing.assert_array_equal(after[0], np.zeros(3))
    assert (after[[1, 4]] != before[[1, 4]]).all()
    np.testing.assert_array_equal(after[[2, 3]], before[[2, 3]])


@pytest.mark.native
def test_a_compiled_step_is_native_and_updates_rows_alone():
    layer = nn.Embedding(5, 3, padding=0, random=0)
    optimizer = cr.optim.Adam(layer)

    @cr.compile
    def step(ids):
        loss = (layer(ids) * 2.0).sum()
        optimizer.minimize(loss)
        return loss

    step(IDS)
    assert "on the reference evaluator: nothing" in step.report()
    assert "add_rows[size=5" not in str(step.stages["fuse"])


def test_gradients_pass_the_check_and_the_gradient_is_a_list_of_rows():
    layer = nn.Embedding(5, 3, padding=0, random=0)
    assert cr.check_gradients(layer, IDS).ok
    (gradient,) = cr.gradients(layer(IDS).sum(), [layer.weight])
    assert gradient.primitive.name == "add_rows"


def test_pretrained_vectors_are_copied():
    vectors = VECTORS.copy()
    layer = nn.Embedding.from_vectors(vectors, padding=2, dtype="float64")
    np.testing.assert_array_equal(vectors, VECTORS)
    vectors[:] = 0
    np.testing.assert_array_equal(layer.weight.value[2], np.zeros(3))
    np.testing.assert_array_equal(layer.weight.value[[0, 1, 3, 4]], VECTORS[[0, 1, 3, 4]])


def test_a_frozen_table_is_saved_but_not_trained():
    layer = nn.Embedding.from_vectors(VECTORS, frozen=True)
    model = nn.Sequential(layer, nn.Linear(3, 1, random=0))
    assert [each.name for each in model.parameters()] == ["1.weight", "1.bias"]
    assert "0.weight" in model.state()
    before = model.state()["0.weight"]
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    optimizer.minimize(model(IDS).sum())
    np.testing.assert_array_equal(layer.weight.value, before)
    assert nn.Embedding(5, 3, frozen=True).parameters() == []


def test_a_frozen_table_trains_after_unfreeze():
    layer = nn.Embedding(5, 3, frozen=True)
    assert "frozen" in repr(layer)
    assert layer.unfreeze().parameters() == [layer.weight]


def test_bad_tables_and_ids_raise_errors():
    with pytest.raises(cr.RangeError, match=r"padding id 5, but its table has 5 rows"):
        nn.Embedding(5, 3, padding=5)
    with pytest.raises(cr.RangeError, match=r"padding id -1"):
        nn.Embedding.from_vectors(VECTORS, padding=-1)
    with pytest.raises(cr.ShapeError, match=r"shape \(5,\).*one vector per id"):
        nn.Embedding.from_vectors(VECTORS[:, 0])
    with pytest.raises(cr.DTypeError, match="not all finite"):
        nn.Embedding.from_vectors(np.array([[1.0, np.nan]]))
    with pytest.raises(cr.RangeError, match=r"the id 5 at position \(1,\)"):
        nn.Embedding(5, 3, padding=0, random=0)(np.array([0, 5]))
    with pytest.raises(cr.DTypeError, match="integer ids"):
        nn.Embedding(5, 3, padding=0, random=0)(np.array([0.5]))
