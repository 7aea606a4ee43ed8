"""What data fit takes, in which order, and what it says of data that cannot be learned."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.data.data_source import as_batches
from chainrule.train.data.sample_order import shuffled
from training_runs import data, fit, network, same


class TwoInputs(cr.nn.Module):
    def __init__(self):
        self.first = cr.nn.Linear(2, 2, random=0)
        self.second = cr.nn.Linear(1, 2, random=1)

    def forward(self, left, right):
        return self.first(left) + self.second(right)


def batches_of(x, targets, size=16):
    return [(x[i : i + size], targets[i : i + size]) for i in range(0, len(x), size)]


def test_an_order_is_a_permutation_that_seed_and_epoch_determine():
    orders = [shuffled(50, seed, epoch) for seed in (0, 1) for epoch in (1, 2)]
    for each in orders:
        assert sorted(each) == list(range(50))
    assert len({tuple(each) for each in orders}) == 4
    assert np.array_equal(shuffled(50, 1, 2), orders[3])


def test_every_sample_is_seen_once_an_epoch_whatever_the_batch_size():
    for size in (1, 7, 40, 64):
        seen = []

        def loss(predictions, targets, seen=seen):
            seen.append(targets.value)
            return cr.nn.cross_entropy(predictions, targets)

        model, optimizer = network()
        x = data()[0]
        labels = np.arange(40) % 2
        options = {"epochs": 1, "batch_size": size, "compiled": False}
        cr.train.fit(model, optimizer, loss, (x, labels), **options)
        assert sum(map(len, seen)) == 40
        assert [len(each) for each in seen[:-1]] == [size] * (len(seen) - 1)
        assert np.concatenate(seen).sum() == 20


def test_inputs_by_position_by_name_and_from_a_file_are_the_same(tmp_path):
    x, targets = data()
    left, right = x[:, :2], x[:, 2:]
    np.savez(tmp_path / "data.npz", left=left, right=right, targets=targets)
    named = {"right": right, "left": left, "targets": targets}
    found = []
    for each in ((left, right, targets), named, tmp_path / "data.npz", [named]):
        model = TwoInputs()
        optimizer = cr.optim.SGD(model, learning_rate=0.1)
        fit(each, model, optimizer, batch_size=40, shuffle=False)
        found.append(model.state())
    for each in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_allclose(each[name], value, rtol=1e-5)


def test_iterables_of_batches_are_the_same_as_arrays_in_order():
    x, targets = data()
    wanted, _ = fit((x, targets), shuffle=False)
    given = batches_of(x, targets)
    for each in (given, lambda epoch: iter(given)):
        found, history = fit(each)
        assert same(found.state(), wanted.state())
        assert history["step"] == [3, 6]
    once, _ = fit(iter(given), epochs=1)
    assert same(once.state(), fit((x, targets), shuffle=False, epochs=1)[0].state())


def test_a_function_is_told_the_epoch():
    epochs = []

    def source(epoch):
        epochs.append(epoch)
        return batches_of(*data())

    fit(source, epochs=3)
    assert epochs == [1, 2, 3]


def test_a_last_batch_of_fewer_samples_can_be_dropped():
    """Batch normalisation cannot learn from one sample."""

    def run(**options):
        model = cr.nn.Sequential(
            cr.nn.Linear(3, 4, random=0), cr.nn.BatchNorm(4), cr.nn.Linear(4, 2, random=1)
        )
        optimizer = cr.optim.SGD(model, learning_rate=0.1)
        return fit(data(33), model, optimizer, batch_size=8, epochs=3, **options)

    with pytest.raises(cr.ChainruleError):
        run()
    metrics = [cr.train.metrics.Accuracy()]
    model, history = run(drop_last=True, metrics=metrics)
    assert history["step"] == [4, 8, 12]
    judged = cr.train.evaluate(model, cr.nn.cross_entropy, data(33), metrics=metrics)
    assert history["accuracy"][-1] == judged["accuracy"]
    training, _ = as_batches(data(33), None, 8, 0, 1, drop_last=True)
    for first in range(4):
        rest = list(training.batches(2, first))
        assert [len(each[-1]) for each in rest] == [8] * (4 - first)
        assert np.array_equal(rest[0][0], list(training.batches(2))[first][0])
    with pytest.raises(cr.train.TrainingError, match="drop_last=True leaves no batch"):
        fit(data(), batch_size=41, drop_last=True)


@pytest.mark.parametrize("seed", [None, 3])
def test_batches_from_any_place_on_are_those_of_the_whole_epoch(seed):
    """Gathered many at once: also where the first of them are passed over."""
    x = np.arange(100, dtype="float32")
    training, _ = as_batches((np.asfortranarray(np.stack([x, -x], 1)), x), None, 3, seed, 1)
    whole = list(training.batches(1))
    assert [len(each[-1]) for each in whole] == [3] * 33 + [1]
    assert sorted(np.concatenate([each[-1] for each in whole])) == list(x)
    for first in (0, 1, 15, 16, 17, 33, 34):
        rest = list(training.batches(1, first))
        assert len(rest) == 34 - first
        for found, wanted in zip(rest, whole[first:], strict=True):
            assert np.array_equal(found[0], wanted[0])
            assert np.array_equal(found[0][:, 0], found[1])


def test_the_first_line_of_a_csv_file_is_lost_only_if_it_names_the_columns(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("1,2,0\n3,4,1\n5,6,0\n", encoding="utf-8-sig")
    assert cr.train.read_data(path)["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    path.write_text("1,,0\n3,4,1\n5,6,0\n")
    with pytest.raises(cr.train.TrainingError, match=r"table\.csv cannot be read"):
        cr.train.read_data(path)
    path.write_text("a,b,label\n3,4,1\n5,6,0\n", encoding="utf-8-sig")
    assert cr.train.read_data(path)["targets"].tolist() == [1, 0]


def test_csv_files_with_and_without_names(tmp_path):
    x, targets = data()
    table = np.column_stack([x, targets])
    for header in ("", "a,b,c,label"):
        path = tmp_path / "table.csv"
        np.savetxt(path, table, delimiter=",", header=header, comments="", fmt="%.9g")
        found = cr.train.read_data(path)
        assert found["targets"].dtype == np.int64
        np.testing.assert_array_equal(found["targets"], targets)
        np.testing.assert_allclose(found["x"], x, rtol=1e-6)
        model, _ = fit(path)
        assert same(model.state(), fit((found["x"], targets))[0].state())


def test_small_integers_and_halves_are_taken():
    x, targets = data()
    model, _ = fit((x.astype("float16"), targets.astype("uint8")))
    wanted, _ = fit((x.astype("float16").astype("float32"), targets))
    assert same(model.state(), wanted.state())


@pytest.mark.parametrize("dtype", ["uint64", "complex64", "datetime64[s]"])
def test_a_dtype_that_would_not_keep_the_numbers_is_refused(dtype):
    x, targets = data()
    with pytest.raises(cr.train.TrainingError, match=r"^Targets .* has the dtype .*cast to int64"):
        fit((x, targets.astype(dtype)))


def test_a_share_of_the_samples_is_held_out_and_never_learned():
    x, targets = data()
    x = np.arange(40, dtype="float32")[:, None].repeat(3, axis=1)
    training, held_out = as_batches((x, targets), 0.25, 8, 3, 1)
    learned = {float(v) for batch in training.batches(1) for v in batch[0][:, 0]}
    kept = {float(v) for batch in held_out.batches(1) for v in batch[0][:, 0]}
    assert (len(learned), len(kept)) == (30, 10)
    assert not learned & kept


X, TARGETS = data()
NAN = X.copy()
NAN[17, 2] = np.nan
BAD = {
    "nan": ((NAN, TARGETS), r"Inputs of the training data is NaN at \[17, 2\]"),
    "nan in targets": ((X, np.where(TARGETS == 0, np.nan, 1.0)), "Targets .* is NaN"),
    "empty": ((X[:0], TARGETS[:0]), "is empty"),
    "lengths": ((X, TARGETS[:-1]), "inputs has 40, targets has 39"),
    "text": ((X, np.array(["a"] * 40)), "dtype <U1"),
    "ragged": (([[1.0], [1.0, 2.0]], TARGETS), "one shape"),
    "number": ((X, 1.0), "single number"),
    "alone": ((X,), "holds 1 arrays"),
    "nothing": ((), "holds 0 arrays"),
    "an array": (5, "has the type int"),
    "function of nothing": (lambda: [(X, TARGETS)], "lambda epoch: function"),
    "no targets": ({"x": X, "y": TARGETS}, "'x', 'y', but no 'targets'"),
    "no batch": ([], "gave no batch"),
    "bad batch": ([(X, TARGETS[:3])], r"\[40, 3\] samples"),
    "no tuple": ([X], "has the type ndarray"),
    "iterator": (iter([(X, TARGETS)]), "serves one epoch only"),
    "missing file": ("missing.npz", "cannot be read"),
    "other file": ("table.parquet", r"neither \.npz nor \.csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_raises_an_error_and_changes_nothing(case):
    given, says = BAD[case]
    model, optimizer = network()
    before = model.state()
    with pytest.raises(cr.train.TrainingError, match=says):
        fit(given, model, optimizer)
    assert same(before, model.state())
    assert optimizer.steps.item() == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [("a,b\n", "no line"), ("a,b\n1,x\n", "cannot be read"), ("1\n2\n", "one column")],
)
def test_bad_csv_files_are_named(tmp_path, content, says):
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(cr.train.TrainingError, match=rf"table\.csv.*{says}"):
        cr.train.read_data(path)


def test_a_damaged_archive_is_named(tmp_path):
    (tmp_path / "data.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(cr.train.TrainingError, match=r"data\.npz cannot be read"):
        cr.train.read_data(tmp_path / "data.npz")


def test_a_share_of_batches_cannot_be_held_out():
    with pytest.raises(cr.train.TrainingError, match="cannot be divided"):
        fit(batches_of(X, TARGETS), validate=0.5)


class WithWindows:
    """Batches whose input `rows` has its own first axis; `of` says which row a sample takes."""

    def __init__(self, unpaired_inputs, named=False, wrong=0):
        self.unpaired_inputs, self.named, self.wrong = unpaired_inputs, named, wrong

    def __iter__(self):
        random = np.random.default_rng(0)
        for rows in (3, 5, 2):
            values = random.normal(size=(rows, 2)).astype(np.float32)
            of = random.integers(0, rows, 4 + self.wrong)
            targets = np.arange(4) % 2
            if self.named:
                yield {"rows": values, "of": of, "targets": targets}
            else:
                yield values, of, targets


class OfRows(cr.nn.Module):
    def __init__(self):
        self.dense = cr.nn.Linear(2, 2, random=0)

    def forward(self, rows, of):
        return cr.take(self.dense(rows), of, axis=0)


def fit_windows(source, **options):
    model = OfRows()
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    loss = cr.nn.cross_entropy
    return cr.train.fit(
        model, optimizer, loss, source, epochs=2, compiled=False, progress=False, **options
    )


@pytest.mark.parametrize(("inputs", "named"), [((0,), False), (("rows",), True), ([0], False)])
def test_inputs_without_an_entry_per_sample_are_declared(inputs, named):
    source = WithWindows(inputs, named)
    history = fit_windows(source, validate=source)
    assert history.epochs[-1]["validation_loss"] < history.epochs[0]["validation_loss"]
    assert cr.train.evaluate(OfRows(), cr.nn.cross_entropy, source, compiled=False)["loss"] > 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (WithWindows(()), r"holds arrays of \[3, 4, 4\] samples"),
        (WithWindows((0,), wrong=1), r"holds arrays of \[5, 4\] samples"),
        (WithWindows(("rows",), named=True, wrong=1), r"holds arrays of \[5, 4\] samples"),
        (WithWindows((0, 7)), r"unpaired_inputs of the data also lists \[7\]"),
        (WithWindows((2,)), r"inputs \[0, 1\], but unpaired_inputs of the data also lists \[2\]"),
        (WithWindows(("row",), named=True), r"also lists \['row'\]"),
        (WithWindows(("targets",), named=True), r"also lists \['targets'\]"),
        (WithWindows(0), "unpaired_inputs.*int"),
        (WithWindows("rows", named=True), "unpaired_inputs.*str"),
    ],
)
def test_other_arrays_must_still_have_the_same_number_of_samples(source, message):
    with pytest.raises(cr.train.TrainingError, match=message):
        fit_windows(source)
