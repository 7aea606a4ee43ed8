"""What a block computes: updates that are not applied, keys of its own, rows or whole tables."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.distributed.blocks import Blocks
from chainrule.distributed.items import Rows
from chainrule.distributed.one_process import OneProcess
from chainrule.distributed.row_gathering import GatheredRows
from chainrule.distributed.row_gradients import JoinedRows, SummedTable, is_shorter_whole
from chainrule.distributed.traffic import Traffic
from chainrule.distributed.tree_sum import TreeSum
from chainrule.graph import withheld
from chainrule.ops import shifted_keys

FLOAT, INTEGER = np.dtype("float32"), np.dtype("int64")


@pytest.mark.parametrize("compiled", [False, True])
def test_updates_of_a_block_are_results(compiled):
    stream, layer = cr.random.Stream(7), cr.nn.BatchNorm(2)
    before = layer.running_mean.value.copy()

    def block(x):
        with withheld() as new:
            y = layer(layer(x)) + cr.random.uniform(stream.key(), x.shape)
            stream.key()
        return y, new[layer.running_mean], new[stream.state]

    x = np.random.default_rng(0).normal(1, 2, (5, 2)).astype("float32")
    found = (cr.compile(block) if compiled else block)(cr.asarray(x))
    assert np.array_equal(layer.running_mean.value, before)
    assert stream.draws == 0
    twice = cr.nn.BatchNorm(2)
    twice(twice(x))
    np.testing.assert_allclose(found[1].value, twice.running_mean.value, rtol=1e-5)
    assert found[2].value.tolist() == [7, 2]


@pytest.mark.parametrize("compiled", [False, True])
def test_keys_of_a_block_are_shifted_and_counted_without_it(compiled):
    stream = cr.random.Stream(3)

    def draw(shift):
        with shifted_keys(shift):
            return stream.key() + 0

    drawn = cr.compile(draw) if compiled else draw
    keys = [drawn(cr.asarray(np.array([0, block << 48]))).value.tolist() for block in (0, 1, 2)]
    assert keys == [[3, 0], [3, (1 << 48) + 1], [3, (2 << 48) + 2]]
    assert stream.draws == 3


@pytest.mark.parametrize(("count", "is_whole"), [(1, False), (6, False), (9, True)])
def test_the_shorter_form_of_a_gradient_is_sent(count, is_whole):
    table = (5, 3)  # 60 bytes, sent there and back; a row has 12, its id 8
    assert is_shorter_whole(Rows(0, ("gradient", 0), table, (FLOAT, INTEGER), True), count) == (
        is_whole
    )


def test_rows_of_a_summed_table_are_those_of_their_ids():
    item = Rows(0, ("gradient", 0), (5, 2), (FLOAT, INTEGER), True)
    blocks, alone, traffic = Blocks(4, 2, 1), OneProcess(), Traffic()
    random = np.random.default_rng(0)
    rows = random.normal(size=(2, 3, 2)).astype("float32")
    ids = np.array([[4, 0, 4], [0, 1, 1]])
    summed = SummedTable(
        item,
        TreeSum(alone, traffic, blocks, 10, FLOAT, 0),
        GatheredRows(alone, traffic, blocks, [3, 3], (), INTEGER, 3),
    )
    joined = JoinedRows(
        GatheredRows(alone, traffic, blocks, [3, 3], (2,), FLOAT, 2),
        GatheredRows(alone, traffic, blocks, [3, 3], (), INTEGER, 3),
    )
    whole = []
    for exchange in (summed, joined):
        for block in (0, 1):
            exchange.put(block, (rows[block], ids[block]))
        exchange.start()
        found = exchange.total()
        assert found.ids.tolist() == ids.reshape(-1).tolist()
        whole.append(np.zeros((5, 2), "float32"))
        np.add.at(whole[-1], found.ids, found.rows)
    np.testing.assert_allclose(*whole, rtol=1e-6)


def test_a_loss_that_updates_a_stranger_is_refused():
    stranger = cr.parameter(np.zeros(2), "stranger", trainable=False)

    def loss(predictions, targets):
        stranger.assign(predictions.mean(axis=0))
        return cr.nn.squared_error(predictions, targets)

    model = cr.nn.Linear(3, 2, random=0)
    parallel = cr.distributed.Parallel(blocks=2)
    step = cr.train.parallel_step(model, cr.optim.SGD(model, 0.1), loss, parallel=parallel)
    with pytest.raises(cr.train.TrainingError, match="updates the parameter 'stranger'"):
        step(np.ones((4, 3), "float32"), np.ones((4, 2), "float32"))


def test_unpaired_inputs_need_to_be_divided_by_their_source():
    class Edges:
        unpaired_inputs = (1,)

        def __iter__(self):
            yield np.ones((4, 3), "float32"), np.ones((7, 2), "float32"), np.zeros(4, "int64")

    class Model(cr.nn.Module):
        def __init__(self):
            self.layer = cr.nn.Linear(3, 2, random=0)

        def forward(self, x, edges):
            return self.layer(x) + edges.mean()

    model = Model()
    options = {"epochs": 1, "progress": False, "parallel": cr.distributed.Parallel(blocks=2)}
    with pytest.raises(cr.train.TrainingError, match="Define block_of"):
        cr.train.fit(model, cr.optim.SGD(model, 0.1), cr.nn.cross_entropy, Edges(), **options)

    class Divided(Edges):
        def block_of(self, batch, rows):
            x, edges, targets = batch
            return x[rows], edges, targets[rows]

    cr.train.fit(model, cr.optim.SGD(model, 0.1), cr.nn.cross_entropy, Divided(), **options)
