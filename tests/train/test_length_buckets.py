"""Batches of sequences of similar length: extents, padding, order, a run that resumes."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.train import LengthBuckets, TrainingError
from chainrule.train.data.length_ladder import ladder


def sequences(lengths, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(1, 50, n) for n in lengths]


def lengths_of(count, seed=0):
    return np.random.default_rng(seed).integers(1, 90, count).tolist()


def padded_tokens(lengths, extents):
    return sum(min(e for e in extents if e >= n) for n in lengths)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_ladder_has_the_fewest_padded_tokens_of_all_choices(count):
    lengths = np.array([3, 3, 5, 9, 9, 9, 14, 21, 21, 40])
    found = ladder(lengths, count, 4)
    candidates = sorted({-(-n // 4) * 4 for n in lengths.tolist()})
    best = min(
        padded_tokens(lengths, [*some, candidates[-1]])
        for size in range(count)
        for some in itertools.combinations(candidates[:-1], size)
    )
    assert len(found) <= count
    assert padded_tokens(lengths, found) == best


def test_no_extent_is_above_the_longest_that_is_allowed():
    assert ladder(np.array([3, 61]), 4, 16, 61).tolist() == [16, 61]


def test_every_sample_is_served_once_per_epoch_with_its_target_and_a_mask():
    lengths = lengths_of(203)
    ids = sequences(lengths)
    data = LengthBuckets({"ids": ids}, np.arange(203), batch_size=16, extents=5, mask="mask")
    seen = []
    for batch in data(3):
        for row, mask, sample in zip(batch["ids"], batch["mask"], batch["targets"], strict=True):
            seen.append(sample)
            assert row[mask].tolist() == ids[sample].tolist()
            assert not row[~mask].any()
    assert sorted(seen) == list(range(203))
    assert len(data) == sum(1 for _ in data(3)) == 13


def test_the_shapes_of_an_epoch_are_few_and_the_same_in_every_epoch():
    data = LengthBuckets({"ids": sequences(lengths_of(200))}, np.zeros(200), batch_size=16)
    shapes = [sorted(batch["ids"].shape for batch in data(epoch)) for epoch in (1, 2, 3)]
    assert shapes[0] == shapes[1] == shapes[2]
    assert len(set(shapes[0])) <= 8 + 1


def test_the_order_is_a_function_of_seed_and_epoch():
    def orders(seed):
        data = LengthBuckets({"ids": sequences(lengths_of(64))}, np.arange(64), seed=seed)
        return [np.concatenate([b["targets"] for b in data(epoch)]).tolist() for epoch in (1, 2)]

    assert orders(4) == orders(4)
    assert orders(4) != orders(5)
    assert orders(4)[0] != orders(4)[1]


def test_buckets_pad_less_than_random_batches():
    lengths = lengths_of(512)
    data = LengthBuckets({"ids": sequences(lengths)}, np.zeros(512), batch_size=16)
    shuffled = np.random.default_rng(1).permutation(lengths).reshape(-1, 16)
    random_share = 1 - sum(lengths) / (shuffled.max(axis=1) * 16).sum()
    assert data.padded_share < 0.15 < random_share


def test_padding_has_the_value_that_is_given_for_an_input():
    data = LengthBuckets(
        {"ids": [[5], [6, 7, 8]], "segments": [[0], [0, 1, 1]]},
        [0, 1],
        batch_size=2,
        extents=1,
        multiple=1,
        padding={"ids": 9},
        shuffle=False,
    )
    (batch,) = data(1)
    assert batch["ids"].tolist() == [[5, 9, 9], [6, 7, 8]]
    assert batch["segments"].tolist() == [[0, 0, 0], [0, 1, 1]]


class Mean(cr.nn.Module):
    def __init__(self):
        self.table = cr.nn.Embedding(50, 8, random=0)
        self.out = cr.nn.Linear(8, 3, random=0)

    def forward(self, ids, mask):
        there = mask.astype("float32")[..., None]
        return self.out((self.table(ids) * there).sum(axis=1) / there.sum(axis=1))


def test_a_stopped_run_continues_bit_for_bit(tmp_path):
    data = LengthBuckets(
        {"ids": sequences(lengths_of(60))}, np.arange(60) % 3, batch_size=8, mask="mask"
    )

    class StopAt(cr.train.Callback):
        def after_step(self, run):
            if run.step == 11:
                run.interrupt()

    def trained(folder, callbacks=()):
        model = Mean()
        cr.train.fit(
            model,
            cr.optim.Adam(model, 0.01),
            cr.nn.cross_entropy,
            data,
            epochs=3,
            callbacks=callbacks,
            checkpoint=folder,
            progress=False,
        )
        return model.state()

    whole = trained(tmp_path / "whole")
    trained(tmp_path / "parts", [StopAt()])
    parts = trained(tmp_path / "parts")
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ({"ids": [[1], []]}, {}, "Sample 1 is an empty sequence"),
        ({"ids": [[1]]}, {}, "1 sequences of 'ids' and 2 targets"),
        ({"ids": [[1], [1, 2]], "more": [[1], [1]]}, {}, "Sample 1 has 2 tokens in 'ids' and 1"),
        ({"ids": [[1], [1, 2]]}, {"longest": 1}, "Sample 1 has 2 tokens, more than longest=1"),
        ({"ids": [[1], [1, 2]]}, {"extents": 0}, "extents=0"),
        ({"ids": [[1], [2]]}, {"padding": {"x": 1}}, "padding of 'x'"),
        ({"ids": [[1], [2]]}, {"mask": "ids"}, "name of something else"),
        ({"targets": [[1], [2]]}, {}, "name of something else"),
        ({}, {}, "0 inputs"),
        ({"ids": [["a"], ["b"]]}, {}, "dtype"),
        ({"ids": [[[1]], [[2]]]}, {}, "2 axes"),
    ],
)
def test_unusable_sequences_are_refused_with_the_reason(given, options, message):
    with pytest.raises(TrainingError, match=message):
        LengthBuckets(given, [0, 1], **options)
