"""einsum against NumPy: a table of notations, random ones, gradients, dtypes and refusals."""

import string

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import check_graph
from chainrule.graph import topological_order
from chainrule.ops.contracting.contraction_order import contraction_order

SIZES = dict(zip(string.ascii_letters, [2, 3, 4, 3, 2, 4, 3, 2, 3, 4] * 6, strict=False))

SPECS = [
    *("i->i", "i->", "ij->ji", "ij->i", "ij->j", "ij->", "ij", "ji", "abc->cab", "abc->b"),
    *("ii->i", "ii->", "ii", "iji->ij", "iij->j", "iii->", "ijij->ji", "aba->b"),
    *("i,i->", "i,i->i", "i,j->ij", "i,j->ji", "i,j->", "i,ij->ij", "ij,j->i", "ij,i->j"),
    *("ij,jk->ik", "ij,kj->ik", "ji,jk->ik", "ij,jk->ki", "ji,kj->ki", "ij,jk", "ij,ij->"),
    *("ij,ij->i", "ij,ji->", "bij,bjk->bik", "bij,bkj->bik", "bij,jk->bik", "bij,jk->kib"),
    *("bqhd,bkhd->bhqk", "bhqk,bkhd->bqhd", "bthc,hcd->btd", "ab,cd->abcd", "ab,cd->"),
    *("ab,bc,cd->ad", "ii,ij->j", "abc,c->ab"),
    *("ab,bc,cd,de->ae", "a,b,c->abc", "ij,jk,k->i", "i,ij,j->", "ab,b->ab"),
    *("a,ab,abc->abc", "abc,abd,ae->bde", ",ij->ij", ",", "bi,oij,bj->bo"),
]  # fmt: skip
ELLIPSES = [
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    ("...ij,jk", (2, 3, 2, 4), (4, 3)),
    ("i...->...", (2, 3, 4)),
    ("...i,...i->...", (2, 3), (4, 1, 3)),
    ("...", (2, 3)),
    ("...,...", (2, 3), (3,)),
    ("i...j->ij...", (2, 3, 4, 5)),
    ("...ii->...i", (2, 3, 3)),
    ("i->i...", (3,)),
    ("ij,ij->ij", (2, 1), (1, 3)),
    ("ij,jk->ik", (2, 1), (3, 4)),
    ("ij,ij->", (1, 3), (2, 1)),
    ("ij,jk->ik", (0, 3), (3, 2)),
    ("ij,jk->ik", (2, 0), (0, 3)),
    ("ij->i", (2, 0)),
]


def shapes_of(spec):
    return [tuple(SIZES[each] for each in term) for term in spec.split("->")[0].split(",")]


TABLE = [*((each, *shapes_of(each)) for each in SPECS), *ELLIPSES]


def drawn(shapes, seed=3):
    random = np.random.default_rng(seed)
    return [np.asarray(random.normal(size=each)) for each in shapes]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case[0])
def test_value_and_gradient(case):
    spec, *shapes = case
    arrays = drawn(shapes)
    found = cr.einsum(spec, *arrays)
    wanted = np.einsum(spec, *arrays)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.value, wanted, rtol=1e-12, atol=1e-12)
    if all(each.size for each in arrays):
        xs = [cr.input("x", value=each) for each in arrays]
        assert check_graph(cr.einsum(spec, *xs)).ok


def random_spec(seed):
    """Return a notation with repeated labels, and shapes with some extents of 1."""
    random = np.random.default_rng(seed)
    count = [1, 2, 2, 3, 3, 4, 5, 10][seed % 8]
    letters = "abcde" if count < 10 else "abcdefgh"
    terms = ["".join(random.choice(list(letters), random.integers(0, 4))) for _ in range(count)]
    used = sorted({each for term in terms for each in term})
    output = "".join(random.permutation([each for each in used if random.random() < 0.5]))
    shapes = [
        tuple(SIZES[each] if random.random() < 0.9 or term.count(each) > 1 else 1 for each in term)
        for term in terms
    ]
    return f"{','.join(terms)}->{output}", shapes


@pytest.mark.parametrize("seed", range(64))
def test_random_notations(seed):
    spec, shapes = random_spec(seed)
    arrays = drawn(shapes, seed)
    extents = {}
    for term, shape in zip(spec.split("->")[0].split(","), shapes, strict=True):
        for label, extent in zip(term, shape, strict=True):
            extents[label] = max(extent, extents.get(label, 1))
    wanted = np.einsum(spec, *arrays)
    found = cr.einsum(spec, *arrays)
    assert found.shape == tuple(extents[each] for each in spec.split("->")[1]) == wanted.shape
    np.testing.assert_allclose(found.value, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.native
def test_compiled_is_eager():
    """All notations in a few compiled functions, since each takes time to compile."""
    for part in range(0, len(TABLE), 20):
        cases = TABLE[part : part + 20]
        arrays = [drawn(shapes) for _, *shapes in cases]

        def run(given, cases=cases):
            return [cr.einsum(s[0], *xs) for s, xs in zip(cases, given, strict=True)]

        for (spec, *_), found, xs in zip(cases, cr.compile(run)(arrays), arrays, strict=True):
            wanted = np.einsum(spec, *xs)
            np.testing.assert_allclose(found.value, wanted, rtol=1e-12, atol=1e-12, err_msg=spec)


@pytest.mark.native
def test_compiled_gradients_are_those_of_torch():
    torch = pytest.importorskip("torch")
    for spec in ("bqhd,bkhd->bhqk", "bi,oij,bj->bo", "ab,bc,cd,de->ae", "iji->ij", "ii,ij->j"):
        arrays = drawn(shapes_of(spec))
        tensors = [torch.tensor(each, requires_grad=True) for each in arrays]
        torch.einsum(spec, *tensors).square().sum().backward()

        def squares(*xs, spec=spec):
            y = cr.einsum(spec, *xs)
            return (y * y).sum()

        gradient = cr.compile(cr.grad(squares, tuple(range(len(arrays)))))
        for found, each in zip(gradient(*arrays), tensors, strict=True):
            np.testing.assert_allclose(found.value, each.grad.numpy(), rtol=1e-10, err_msg=spec)


def test_second_derivatives():
    a, b = (
        cr.input(name, value=each) for name, each in zip("ab", drawn([(2, 3), (3, 2)]), strict=True)
    )
    y = cr.einsum("ij,jk,ij->k", a, b, a)
    (first,) = cr.gradients((y * y).sum(), [a])
    assert check_graph((first * first).sum()).ok


def test_lists_of_labels():
    a, b = drawn([(2, 3), (3, 4)])
    wanted = np.einsum(a, [0, 1], b, [1, 2], [2, 0])
    np.testing.assert_allclose(cr.einsum(a, [0, 1], b, [1, 2], [2, 0]).value, wanted)
    np.testing.assert_allclose(cr.einsum(a, [7, 12], b, [12, 9]).value, a @ b)
    np.testing.assert_allclose(cr.einsum(a, [..., 1], b, [1, 2], [..., 2]).value, a @ b)
    np.testing.assert_allclose(cr.einsum(a, [10, 2]).value, np.einsum(a, [10, 2]))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "bool"])
def test_dtypes_are_kept(dtype):
    a, b = (np.round(each * 2).astype(dtype) for each in drawn([(2, 3), (3, 4)]))
    of_one = [(each, (a,)) for each in ("ij->i", "ij->ji")]
    of_two = [(each, (a, a)) for each in ("ij,ij->i", "ij,ij->", "ij,ij->ij")]
    for spec, operands in (("ij,jk->ik", (a, b)), *of_one, *of_two):
        found, wanted = cr.einsum(spec, *operands), np.einsum(spec, *operands)
        assert found.dtype == wanted.dtype == dtype
        np.testing.assert_allclose(found.value, wanted, rtol=1e-6)


def test_operands_are_promoted_and_numbers_are_weak():
    x, n = np.ones((2, 3), "float32"), np.ones((3, 2), "int64")
    assert cr.einsum("ij,jk->ik", x, n).dtype == cr.float32
    assert cr.einsum(",ij->ij", 2.5, x).dtype == cr.float32
    assert cr.einsum(",ij->ij", 2.5, n).dtype == cr.float64


@pytest.mark.parametrize(
    ("operands", "message"),
    [
        (("ij,jk->ik", 1), "'ij,jk->ik' for 2 operands, but 1 operand followed"),
        (("ij",), "'ij' and no operands. Give one per list"),
        (("ij", 3), "labels 2 axes of .* it has the shape .3,. with 1 axes"),
        (("...ijk", 2, 2), "for 1 operand, but 2 operands followed"),
        (("i->j", 3), "result has the label 'j', which no operand has"),
        (("ij->ii", (2, 2)), "result has the label 'i' twice.*cr.diag_embed"),
        (("i->i->i", 3), "which has '->' twice"),
        (("i;j", 3), "where ';' is no label. Labels are letters"),
        (("i.j", 3), "where '.' is no label"),
        (("i-j", 3), "where '-' is no label"),
        (("...i...", 3), "one operand has '...' twice"),
        (("...i->i", (2, 3)), "whose result has no '...'"),
        (
            ("ij,jk->ik", (2, 3), (4, 2)),
            "shapes .2, 3., .4, 2.: an axis labelled 'j' has size 3 in",
        ),
        (("...,...", (2,), (3,)), "an axis under '...' has size 2 in one and 3"),
    ],
)
def test_what_does_not_fit_is_said(operands, message):
    spec, *shapes = operands
    with pytest.raises(cr.ShapeError, match=message):
        cr.einsum(spec, *map(np.zeros, shapes))


def test_lists_that_are_no_labels_are_refused():
    x = np.zeros(3)
    with pytest.raises(cr.ShapeError, match=r"'i' is no label\. In lists labels are integers"):
        cr.einsum(x, ["i"])
    with pytest.raises(cr.DTypeError, match="was given ndarray as its first argument"):
        cr.einsum(x, x)


def test_the_order_has_the_fewest_multiplications():
    sets = tuple(frozenset(each) for each in ("ab", "bc", "cd"))
    sizes = {"a": 100, "b": 2, "c": 100, "d": 2}
    assert contraction_order(sets, frozenset("ad"), frozenset(sizes.items())) == [(1, 2), (0, 1)]
    sizes = {"a": 2, "b": 100, "c": 2, "d": 100}
    assert contraction_order(sets, frozenset("ad"), frozenset(sizes.items())) == [(0, 1), (0, 1)]
    path = tuple(frozenset(string.ascii_letters[i : i + 2]) for i in range(20))
    assert len(contraction_order(path, frozenset("au"), frozenset(SIZES.items()))) == 19


def test_products_of_matrices_are_gates_of_products():
    """Nothing is computed by broadcasting and adding where BLAS computes it."""
    q = cr.input("q", (2, 3, 4, 5))
    scores = cr.einsum("bqhd,bkhd->bhqk", q, q)
    kinds = [each.kind for each in topological_order([scores])]
    assert kinds.count("matmul") == 1
    assert "multiply" not in kinds
