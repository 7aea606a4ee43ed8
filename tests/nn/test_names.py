"""Every parameter has one name, its path in the largest model that holds it; none is lost."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order

nn = cr.nn
NAMES = ["0.weight", "0.bias", "2.0.weight", "2.0.bias"]


class Holder(nn.Module):
    """A module that holds what it is given."""

    def __init__(self, **parts):
        for name, part in parts.items():
            setattr(self, name, part)


def linear():
    return nn.Linear(2, 2, random=0)


def model():
    return nn.Sequential(linear(), cr.relu, nn.Sequential(linear()))


def names(module):
    return [each.name for each in module.parameter_paths()]


TOUCHES = {
    "a mode": lambda m: m.eval().train(),
    "an attribute of a part": lambda m: setattr(m[2][0], "note", 1),
    "a new part of a part": lambda m: setattr(m[2], "extra", nn.Dropout(0.5)),
    "the parameters of a part": lambda m: m[2].parameters(),
    "the state of a part": lambda m: m[2][0].state(),
    "a penalty": lambda m: nn.l2(m[2]),
    "freezing a part": lambda m: m[2].freeze().unfreeze(),
    "a slice": lambda m: m[2:],
    "the parameters of a slice": lambda m: m[::2][1:].freeze().unfreeze(),
    "loading a part": lambda m: m[2].load_state(m[2].state()),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_nothing_done_to_a_part_shortens_a_name(touch):
    net = model()
    parameters = net.parameters()
    touch(net)
    assert names(net) == NAMES
    assert len(cr.optim.Adam(parameters).named_state()) > len(NAMES)


def test_what_a_part_gets_later_is_named_by_its_whole_path():
    net = model()
    net[2].extra = linear()
    assert names(net[2].extra) == ["2.extra.weight", "2.extra.bias"]


def test_errors_name_the_whole_path_after_a_change_of_mode():
    with pytest.raises(cr.ShapeError, match=r"'2\.0\.weight'"):
        model().eval()[2](np.ones((1, 3)))


def test_a_module_appended_to_a_list_is_named_when_it_is_asked_for():
    net = Holder(layers=[])
    net.layers += [linear(), nn.Sequential(linear())]
    net.parameters()
    assert names(net) == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.0.weight",
        "layers.1.0.bias",
    ]
    net.layers[1].parameters()
    assert names(net)[-1] == "layers.1.0.bias"


def test_a_part_taken_into_another_model_is_named_by_that():
    net = model()
    other = Holder(body=net[2])
    assert names(other) == ["body.0.weight", "body.0.bias"]


def test_a_subclass_of_sequential_keeps_its_own_parts():
    class Scorer(nn.Sequential):
        def __init__(self):
            super().__init__(linear(), nn.Dropout(0.5))
            self.head = nn.Linear(2, 3, random=0)

        def forward(self, x):
            return self.head(super().forward(x))

    scorer = Scorer()
    assert list(scorer.state()) == ["0.weight", "0.bias", "head.weight", "head.bias"]
    assert not scorer.eval().head.training
    assert "(head): Linear" in repr(scorer)
    assert scorer.freeze().parameters() == []


def test_a_part_may_be_called_label():
    holder = Holder(label=linear())
    outer = Holder(inner=holder)
    assert list(outer.state()) == ["inner.label.weight", "inner.label.bias"]


@pytest.mark.parametrize("name", ["state", "parameters", "forward", "training"])
def test_a_part_may_not_hide_what_every_module_has(name):
    for part in (cr.parameter(1.0), linear(), [linear()]):
        with pytest.raises(cr.ChainruleError, match=f"Holder.{name} was to hold .* another name"):
            Holder(**{name: part})


DOUBLED = {
    "keys": (lambda: {1: linear(), "1": linear()}, r"'parts\.1'"),
    "a dot": (lambda: {"a.b": linear(), "a": {"b": linear()}}, r"'parts\.a\.b'"),
    "a parameter": (lambda: {"a.bias": cr.parameter(1.0), "a": linear()}, r"'parts\.a\.bias'"),
    "streams": (lambda: {1: nn.Dropout(0.5), "1": nn.Dropout(0.5)}, r"'parts\.1'"),
}


@pytest.mark.parametrize(("parts", "path"), DOUBLED.values(), ids=DOUBLED)
def test_two_parts_at_one_path_are_refused(parts, path):
    with pytest.raises(cr.ChainruleError, match=rf"have the path {path}.* keys"):
        Holder(parts=parts())


def test_a_cycle_is_refused_and_changes_nothing():
    outer = Holder(inner=Holder(layer=linear()))
    for held in (outer, [outer], {"up": outer}):
        with pytest.raises(cr.ChainruleError, match=r"Holder\.up was to hold .* a tree"):
            outer.inner.up = held
    assert list(outer.state()) == ["inner.layer.weight", "inner.layer.bias"]


def test_a_slice_of_a_sequential_shares_its_layers():
    net = model()
    part = net[1:]
    assert isinstance(part, nn.Sequential)
    assert len(part) == 2
    assert part[1] is net[2]
    assert list(part.state()) == list(net[::2][1:].state()) == ["2.0.weight", "2.0.bias"]
    assert net[2][:].parameters() == net[2].parameters()
    assert [each.name for each in net[2][-1:].parameters()] == ["2.0.weight", "2.0.bias"]
    x = np.array([[1.0, -1.0]], "float32")
    np.testing.assert_array_equal(net[1:](net[:1](x)).value, net(x).value)
    assert net[:0](x) is x


@pytest.mark.parametrize(
    ("layers", "text"),
    [(([cr.relu],), "list as layer 0"), ((cr.relu, None), "NoneType as layer 1")],
    ids=["a list", "None"],
)
def test_a_sequential_of_what_cannot_be_called_is_refused(layers, text):
    with pytest.raises(TypeError, match=rf"{text}\. .* Sequential\(\*layers\)\."):
        nn.Sequential(*layers)


def paths_of_nodes(output):
    return {node.origin.path for node in topological_order([output])} - {""}


class Reaching(nn.Module):
    """A model that calls the layers of its parts, not the parts."""

    def __init__(self):
        self.body = nn.Sequential(linear(), cr.relu)
        self.heads = {"a": linear(), "b": [linear()]}

    def forward(self, x):
        hidden = self.body[1](self.body[0](x))
        return self.heads["a"](hidden) + self.heads["b"][0](hidden)


@pytest.mark.parametrize("compiled", [False, True])
def test_nodes_have_the_path_of_their_module_wherever_it_is_called_from(compiled):
    net = Reaching()
    inner = cr.compile(net) if compiled else net
    outer = Holder(net=inner, tail=linear())
    assert {"net.body.0", "net.heads.a", "net.heads.b.0"} <= paths_of_nodes(net(np.ones((1, 2))))
    assert paths_of_nodes(outer.tail(np.ones((1, 2)))) == {"tail"}
    assert "net.body.0.weight" in names(outer)


def test_functions_and_slices_of_a_sequential_have_the_path_of_their_position():
    outer = Holder(body=nn.Sequential(linear(), cr.softmax, linear()))
    x = cr.input("x", value=np.ones((1, 2)))
    assert paths_of_nodes(outer.body(x)) == {"body.0", "body.1.softmax", "body.2"}
    assert paths_of_nodes(outer.body[1:](x)) == {"body.1.softmax", "body.2"}


def test_the_rows_of_a_summary_have_the_paths_of_parameters_and_nodes():
    net = model()
    rows = {row.path for row in cr.summary(net, (1, 2)).rows}
    assert {"0", "2.0"} <= rows
    assert {name.rpartition(".")[0] for name in net.named_parameters()} <= rows
    assert {"0", "2.0"} <= paths_of_nodes(net(np.ones((1, 2))))
