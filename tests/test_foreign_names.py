"""Names of other frameworks say what to write here, and change nothing for those who ask."""

import ast
import copy
import inspect
import pickle
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.foreign_names import NAMES
from chainrule.graph.foreign_attributes import OF_TENSORS
from chainrule.nn.module.foreign_methods import OF_MODULES
from chainrule.optim.foreign_optimizers import OF_OPTIMIZERS, OF_THE_MODULE

MODEL = cr.nn.Linear(2, 3)
OPTIMIZER = cr.optim.Adam(MODEL)
OWNERS = {
    "constant": (cr.asarray([1.0]), OF_TENSORS),
    "parameter": (MODEL.weight, OF_TENSORS),
    "input": (cr.input("x", (2,)), OF_TENSORS),
    "module": (MODEL, OF_MODULES),
    "optimizer": (OPTIMIZER, OF_OPTIMIZERS),
    "cr": (cr, NAMES),
    "cr.optim": (cr.optim, OF_THE_MODULE),
}
SPACES = {
    "cr": cr,
    "cr.nn": cr.nn,
    "cr.optim": cr.optim,
    "cr.optim.schedules": cr.optim.schedules,
    "cr.train": cr.train,
    "cr.random": cr.random,
    "np": np,
    "x": cr.asarray([[1.0]]),
    "parameter": MODEL.weight,
    "optimizer": OPTIMIZER,
    "model": MODEL,
}


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, (_, table) in OWNERS.items() for name in table]
)
def test_the_error_says_what_to_write(owner, name):
    of, table = OWNERS[owner]
    with pytest.raises(cr.ForeignNameError, match=re.escape(f"has no {name!r}. {table[name]}")):
        getattr(of, name)
    assert not hasattr(of, name)


@pytest.mark.parametrize(
    "sentence", sorted({e for _, table in OWNERS.values() for e in table.values()})
)
def test_what_the_error_names_exists(sentence):
    spaces = "|".join(sorted(map(re.escape, SPACES), key=len, reverse=True))
    for space, name in re.findall(rf"(?<![\w.])({spaces})\.(\w+)", sentence):
        assert hasattr(SPACES[space], name), sentence


def calls_in(sentence):
    """Yield the function and the parsed form of every call of chainrule in a sentence."""
    spaces = "|".join(sorted(map(re.escape, SPACES), key=len, reverse=True))
    for found in re.finditer(rf"(?<![\w.])({spaces})\.(\w+)\(", sentence):
        if found[1] != "np":
            texts = (sentence[found.start() : end + 1] for end in range(found.end(), len(sentence)))
            call = next(text for text in texts if text.count("(") == text.count(")"))
            yield getattr(SPACES[found[1]], found[2]), ast.parse(call, mode="eval").body


@pytest.mark.parametrize(
    "sentence", sorted({e for _, table in OWNERS.values() for e in table.values()})
)
def test_calls_in_the_error_have_the_arguments_of_the_function(sentence):
    for function, call in calls_in(sentence):
        signature, named = inspect.signature(function), {each.arg: None for each in call.keywords}
        is_whole = call.args and not any(map(is_ellipsis, call.args))
        given = [each for each in call.args if not is_ellipsis(each)]
        (signature.bind if is_whole else signature.bind_partial)(*given, **named)


def is_ellipsis(argument):
    return isinstance(argument, ast.Constant) and argument.value is ...


@pytest.mark.parametrize("owner", OWNERS)
def test_other_names_are_plain_attribute_errors(owner):
    of = OWNERS[owner][0]
    with pytest.raises(AttributeError, match="has no attribute 'nothing'") as caught:
        of.nothing  # noqa: B018
    assert not isinstance(caught.value, cr.ForeignNameError)
    assert getattr(of, "nothing", 3) == 3


def test_the_usual_loop_of_torch():
    x, w = cr.asarray([[1.0, 2.0]]), MODEL.weight
    loss = MODEL(x).sum()
    for call, told in (
        (lambda: OPTIMIZER.zero_grad(), "never accumulate"),
        (lambda: loss.backward(), r"cr.gradients\(loss, parameters\).*optimizer.minimize\(loss\)"),
        (lambda: OPTIMIZER.step(), r"optimizer.minimize\(loss\)"),
        (lambda: w.grad, r"cr.gradients\(loss, \[w\]\)"),
        (lambda: loss.detach().numpy(), "cr.stop_gradient"),
        (lambda: loss.numpy(), "x.value"),
        (lambda: cr.nn.ConvTranspose2d(3, 3, 2), "nn.Conv2d of enlarged input"),
        (lambda: cr.no_grad(), "Leave it out"),
        (lambda: MODEL.cuda(), "no devices"),
        (lambda: cr.tensor([1.0]), "cr.asarray"),
    ):
        with pytest.raises(cr.ForeignNameError, match=told):
            call()


@pytest.mark.parametrize("arguments", [(), ([1.0, 2.0],), (3,), (np.zeros(2), "float32")])
def test_tensors_are_not_made_by_their_class(arguments):
    with pytest.raises(cr.ChainruleError, match=r"cr.asarray\(values\).*cr.parameter"):
        cr.Tensor(*arguments)


def test_copies_pickles_and_numpy_are_as_before():
    x = cr.asarray([1.0, 2.0])
    assert copy.copy(x).value.tolist() == copy.deepcopy(x).value.tolist() == [1, 2]
    assert pickle.loads(pickle.dumps(x)).value.tolist() == [1, 2]
    model = pickle.loads(pickle.dumps(MODEL))
    np.testing.assert_array_equal(copy.deepcopy(model).weight.value, MODEL.weight.value)
    np.testing.assert_array_equal(np.asarray(x), [1, 2])
    np.testing.assert_array_equal((np.exp(x) + np.ones(2)).value, np.exp([1, 2]) + 1)


def test_an_attribute_error_inside_a_property_is_not_hidden():
    class Broken(cr.nn.Module):
        @property
        def width(self):
            return self.forgotten

    with pytest.raises(AttributeError, match="'Broken' object has no attribute 'forgotten'"):
        Broken().width  # noqa: B018


def test_a_module_may_have_attributes_of_these_names():
    class Own(cr.nn.Module):
        def __init__(self):
            self.to, self.summary = 3, "text"

        def fit(self):
            return self.to

    assert (Own().fit(), Own().summary) == (3, "text")
