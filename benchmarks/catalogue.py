"""The list of all tasks, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.problem import Problem
from benchmarks.tasks import (
    compile_growth,
    convolution,
    eager,
    encoder,
    first_call,
    fitting,
    importing,
    layers,
    mlp,
    recurrent,
    tagger,
    transformer,
)

# SparseAdam adds epsilon before it corrects the bias, and optax moves rows that the batch does not
# touch, so that tables of vectors learn a little differently there.
TABLES = {"torch": 2e-2, "torch.compile": 2e-2, "jax": 5e-2}


@dataclass(frozen=True)
class Training:
    """A model to train: the time of a step is measured.

    module      the file in every `with_<framework>/` that holds the model
    tiny        sizes for tests
    tolerances  how far, relatively, losses may be from chainrule's; 2e-3 unless named
    slow        frameworks that take part only if asked for
    remark      what a reader of the figures has to know
    trains      whether a step changes parameters; if not, the row is not part of the mean ratio
    """

    name: str
    title: str
    module: str
    problem: Callable[[Any], Problem]
    sizes: Any
    tiny: Any
    tolerances: Mapping[str, float] = field(default_factory=dict)
    slow: tuple[str, ...] = ()
    remark: str = ""
    unit: str = "µs"
    trains: bool = True


@dataclass(frozen=True)
class Once:
    """Something that happens once per process: every measurement starts a new one."""

    name: str
    title: str
    measure: Callable[[str], float]
    frameworks: tuple[str, ...] = ("chainrule", "torch", "torch.compile", "jax")
    unit: str = "µs"
    remark: str = ""


@dataclass(frozen=True)
class Growth:
    """Something that happens once per process, at several sizes, each twice the one before.

    measure  from size and framework to seconds; the table has those of the largest size
    """

    name: str
    title: str
    measure: Callable[[int, str], float]
    sizes: tuple[int, ...]
    tiny: tuple[int, ...]
    frameworks: tuple[str, ...] = ("chainrule", "jax")
    unit: str = "ms"
    remark: str = ""


Task = Training | Once | Growth


def _tagger(name: str, title: str, sizes: tagger.Sizes, slow: tuple[str, ...] = ()) -> Training:
    return Training(name, title, "tagger", tagger.problem, sizes, tagger.TINY, TABLES, slow)


def _layer(name: str, sizes: layers.Sizes) -> Training:
    tables = TABLES if sizes.vocabulary or sizes.layer == "dropout" else {}
    title = f"layer: {name}, {' x '.join(map(str, sizes.shape))}"
    return Training(
        f"layer-{name}", title, "layers", layers.problem, sizes, layers.tiny(sizes), tables
    )


def _encoder(name: str, title: str, *, trains: bool) -> Training:
    module = name.replace("-", "_")
    sizes = (encoder.Sizes(), encoder.TINY)
    return Training(name, title, module, encoder.problem, *sizes, TABLES, trains=trains)


def _growth(family: str, title: str, *sizes: int) -> Growth:
    name = "compile-growth" if family == "chain" else f"compile-growth-{family}"
    return Growth(name, title, partial(compile_growth.measure, family), sizes, (6, 12))


TASKS: tuple[Task, ...] = (
    _tagger("tagger", "tagger, 100,000 x 50, batch 64", tagger.Sizes()),
    _tagger("tagger-512", "tagger, 100,000 x 50, batch 512", tagger.Sizes(batch=512)),
    _tagger(
        "tagger-large",
        "tagger, 400,000 x 100, batch 64",
        tagger.Sizes(vocabulary=400_000, vector=100),
        slow=("jax",),
    ),
    Training("mlp", "MLP 784-256-128-10, batch 128", "mlp", mlp.problem, mlp.Sizes(), mlp.TINY),
    Training(
        "convolution",
        "conv net 3x32x32, batch 64",
        "convolution",
        convolution.problem,
        convolution.Sizes(),
        convolution.TINY,
    ),
    Training(
        "transformer",
        "Transformer, 2 x 128, 64 tokens, batch 32",
        "transformer",
        transformer.problem,
        transformer.Sizes(),
        transformer.TINY,
        TABLES,
    ),
    _encoder("encoder", "encoder, 6 x 384, padded texts, batch 32", trains=True),
    _encoder("encoder-inference", "the same, without gradients", trains=False),
    Training(
        "rnn",
        "RNN 64-128, 50 steps, batch 32",
        "rnn",
        recurrent.problem,
        recurrent.VANILLA,
        recurrent.TINY_VANILLA,
    ),
    Training(
        "lstm",
        "LSTM 64-128, 50 steps, batch 32",
        "lstm",
        recurrent.problem,
        recurrent.LSTM,
        recurrent.TINY_LSTM,
    ),
    Training(
        "gru",
        "GRU 64-128, 50 steps, batch 32",
        "gru",
        recurrent.problem,
        recurrent.GRU,
        recurrent.TINY_GRU,
    ),
    *(_layer(name, sizes) for name, sizes in layers.LAYERS.items()),
    Once("mlp-first", "MLP, first step, nothing cached", first_call.measure_cold),
    Once("mlp-cached", "MLP, first step, second process", first_call.measure_cached),
    Once("mlp-new-batch", "MLP, first step, new batch size", first_call.measure_new_batch_size),
    _growth("chain", "compile, gradient of 1,000 elementwise gates", 250, 500, 1000),
    _growth("products", "compile, gradient of 500 products", 250, 500, 1000),
    _growth("adam", "compile, a step of Adam on 400 parameters", 100, 200, 400),
    Training(
        "eager",
        "f = (x + y) z, eager, with gradients",
        "eager",
        eager.problem,
        None,
        None,
        trains=False,
    ),
    Once("fit", "fit(), added to a step of 100 µs", fitting.measure, ("chainrule",)),
    Once("import", "import", importing.measure, tuple(importing.MODULES), unit="ms"),
)


def chosen(names: list[str]) -> list[Task]:
    """Return the tasks of these names, all if none are given; ValueError if one is unknown."""
    known = {task.name: task for task in TASKS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"There is no task {', '.join(unknown)}. Known: {', '.join(known)}.")
    return [known[name] for name in names] if names else list(TASKS)
