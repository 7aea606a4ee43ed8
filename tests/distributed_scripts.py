"""What tests run on several processes: python distributed_scripts.py NAME+NAME... ARGUMENTS..."""

import hashlib
import json
import sys

import numpy as np

import chainrule as cr
from chainrule.distributed import Parallel, all_reduce, communicator, rank_sum
from distributed_runs import run
from training_runs import data, network


def of_rank(rank, shape=(3, 4), dtype="float32"):
    return np.random.default_rng(rank).normal(size=shape).astype(dtype)


def collectives():
    """Compare every collective with NumPy."""
    between = communicator()
    rank, size = between.rank, between.size
    every = [of_rank(each) for each in range(size)]
    np.testing.assert_allclose(between.all_reduce(every[rank]), sum(every), rtol=1e-5)
    assert np.array_equal(between.all_reduce(every[rank], "max"), np.max(every, axis=0))
    assert np.array_equal(between.all_reduce(every[rank], "min"), np.min(every, axis=0))
    rows = [of_rank(each, (each, 2)) for each in range(size)]
    assert np.array_equal(between.gather_rows(rows[rank]), np.concatenate(rows))
    assert np.array_equal(between.broadcast(every[rank], size - 1), every[-1])
    assert between.gather_objects({rank: "ü"}) == [{each: "ü"} for each in range(size)]
    assert between.broadcast_object(rank, size - 1) == size - 1
    started = every[rank].copy()
    between.start_all_reduce(started).wait()
    np.testing.assert_allclose(started, sum(every), rtol=1e-5)
    received = np.empty((3, 4), "float32")
    source = (rank - 1) % size
    pending = [
        between.start_receive(received, source, 5),
        between.start_send(every[rank], (rank + 1) % size, 5),
    ]
    for each in pending:
        each.wait()
        assert each.done()
    assert np.array_equal(received, every[source])
    for extent in (5, 20_000):
        terms = [of_rank(each, extent) for each in range(size)]
        totals = between.gather_objects(rank_sum(terms[rank], between).tobytes())
        assert len(set(totals)) == 1
        np.testing.assert_allclose(np.frombuffer(totals[0], "float32"), sum(terms), atol=1e-5)
    between.barrier()


def derivatives():
    """Compare the gradient of a loss of all ranks with differences of the inputs of each rank."""
    between = communicator()
    weights = of_rank(between.rank, (4,), "float64")

    def own_loss(x):
        return (cr.tanh(all_reduce(x * weights)) * (1 + between.rank)).sum()

    x = of_rank(10 + between.rank, (4,), "float64")
    for function in (cr.grad(own_loss), cr.compile(cr.grad(own_loss))):
        found = function(x).value
        for owner in range(between.size):
            for place in range(4):
                step = np.zeros(4)
                step[place] = 1e-6 * (between.rank == owner)
                ends = [float(own_loss(x + each).item()) for each in (step, -step)]
                slope = between.all_reduce(np.array(ends[0] - ends[1])) / 2e-6
                if between.rank == owner:
                    np.testing.assert_allclose(found[place], slope, rtol=1e-5, atol=1e-7)


class Interfering(cr.train.Callback):
    """Changes the run on rank 0, where alone it is called."""

    def __init__(self, file):
        self.file = file

    def after_step(self, run):
        assert communicator().rank == 0
        if run.step == 5:
            run.optimizer.learning_rate = 0.05

    def after_epoch(self, run, record):
        record["noted"] = run.step
        with open(self.file, "a") as file:
            file.write(f"{run.step} {record['loss']!r} {record['validation_loss']!r}\n")
        if record["epoch"] == 3:
            run.stop("enough")


def callbacks(folder):
    """Train with callbacks that write files, change the rate, stop the run, and restore weights."""
    model, optimizer = network(dropout=0.2)
    history = cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        data(100),
        epochs=6,
        batch_size=16,
        validate=data(30, seed=1),
        metrics=[cr.train.metrics.Accuracy()],
        callbacks=[
            Interfering(f"{folder}/noted.txt"),
            cr.train.BestModel(f"{folder}/best.safetensors", "validation_loss"),
            cr.train.EarlyStopping("validation_loss", patience=5),
        ],
        progress="lines",
    )
    values = {name: each.value for name, each in model.named_parameters().items()}
    content = b"".join(each.tobytes() for each in values.values())
    digest = hashlib.sha256(content).hexdigest()
    seen = (digest, history.stopped, len(history), history["noted"], history.losses.tolist())
    every = communicator().gather_objects(seen)
    assert all(each == every[0] for each in every), every
    if communicator().rank == 0:
        print(json.dumps(every[0]))


def resumed(folder, epochs):
    """Train up to an epoch with a checkpoint, and go on where an earlier run ended."""
    digest, history = run("dropout", int(epochs), checkpoint=folder)
    if communicator().rank == 0:
        print(json.dumps([digest, len(history.losses)]))


def overlapped():
    """Print what the step says of its messages, of several buckets."""
    from chainrule.train.parallel.parallel_step import ParallelStep
    from chainrule.train.state.tracked_parameters import tracked_parameters

    layers = [cr.nn.Linear(300, 300, random=each) for each in range(6)]
    model = cr.nn.Sequential(*[part for each in layers for part in (each, cr.tanh)])
    optimizer = cr.optim.SGD(model, 0.1)
    parallel = Parallel(blocks=communicator().size, bucket_bytes=300_000)

    def objective(x, y):
        return cr.nn.squared_error(model(x), y)

    step = ParallelStep(
        objective,
        optimizer,
        None,
        tracked_parameters(model, optimizer),
        True,
        parallel,
        communicator(),
    )
    x = of_rank(0, (64, 300))
    for _ in range(5):
        step(x, x)
    if communicator().rank == 0:
        print(step.report())


def any_order():
    """Train without a fixed order: the weights are about those of the fixed order."""
    found = []
    for parallel in (Parallel(), Parallel(summation="any order")):
        _, history = run("short_table", 2, parallel=parallel)
        found.append(history.losses)
    np.testing.assert_allclose(*found, rtol=1e-3)
    assert len(set(communicator().gather_objects(found[1].tobytes()))) == 1


def differing(what):
    """Train with something else on the last rank."""
    is_last = communicator().rank == communicator().size - 1
    samples = data(40, seed=7 if is_last and what == "data" else 0)
    dtype = "float64" if is_last and what == "dtype" else "float32"
    model = cr.nn.Sequential(cr.nn.Linear(3, 2, random=0, dtype=dtype))
    options = {"epochs": 1, "seed": 3 if is_last and what == "seed" else 0}
    try:
        cr.train.fit(model, cr.optim.SGD(model, 0.1), cr.nn.cross_entropy, samples, **options)
    except cr.distributed.DistributedError as error:
        every = communicator().gather_objects(str(error))
    assert len(set(every)) == 1
    if communicator().rank == 0:
        print(every[0])


def all_differences():
    """Differ in everything, one after the other."""
    for what in ("seed", "data", "dtype"):
        differing(what)


def failing(rank):
    """Fail on one rank, while the others wait, or on all."""

    def loss(predictions, targets):
        if rank == "all" or communicator().rank == int(rank):
            raise ValueError("the loss is broken")
        return cr.nn.cross_entropy(predictions, targets)

    model, optimizer = network()
    cr.train.fit(model, optimizer, loss, data(), epochs=1)


class Broken(cr.train.Callback):
    """Fails after the first epoch."""

    def after_epoch(self, run, record):
        raise RuntimeError("the callback is broken")


def broken_callback():
    """Catch, on every rank, the error of a callback that rank 0 alone calls."""
    model, optimizer = network()
    try:
        cr.train.fit(model, optimizer, cr.nn.cross_entropy, data(), epochs=1, callbacks=[Broken()])
    except RuntimeError as error:
        every = communicator().gather_objects(str(error))
    assert set(every) == {"the callback is broken"}


def not_finite():
    """Diverge: every rank raises the same error, which names the gate."""
    model = cr.nn.Linear(3, 1, random=0)
    optimizer = cr.optim.SGD(model, 1e30)
    x, _ = data(64)
    try:
        cr.train.fit(model, optimizer, cr.nn.squared_error, (x, x[:, :1]), epochs=9, batch_size=16)
    except cr.train.NonFiniteError as error:
        messages = communicator().gather_objects(str(error))
        values = b"".join(each.value.tobytes() for each in model.parameters())
        every = communicator().gather_objects(values)
    assert len(set(messages)) == len(set(every)) == 1
    if communicator().rank == 0:
        print(messages[0])


def unseeded():
    """Train a model whose weights and masks are drawn without a seed."""
    model = cr.nn.Sequential(cr.nn.Linear(3, 8), cr.nn.Dropout(0.5), cr.nn.Linear(8, 2))
    cr.train.fit(model, cr.optim.Adam(model, 0.01), cr.nn.cross_entropy, data(), epochs=2)
    content = b"".join(each.value.tobytes() for each in model.parameters())
    assert len(set(communicator().gather_objects(content))) == 1


if __name__ == "__main__":
    for name in sys.argv[1].split("+"):
        globals()[name](*sys.argv[2:])
