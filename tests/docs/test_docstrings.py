"""Docstrings become reStructuredText: tables become lists, code becomes code, all else is text."""

import pytest

from building.docstrings import inline, restructured


def listed(text):
    return [line for line in restructured(text.strip("\n").splitlines()) if line.strip()]


def test_a_table_of_arguments_becomes_a_list():
    assert listed("""
x         (batch, *extents)
size, by  extents, which
          go on here
returns   (batch, *places)
""") == [
        ".. rst-class:: arguments",
        "``x``",
        r"    \ (batch, \*extents)",
        "``size``, ``by``",
        "    extents, which go on here",
        "returns",
        r"    \ (batch, \*places)",
        "..",
    ]


def test_the_longest_name_may_stand_one_space_before_the_column():
    found = listed("size      a number\nselective whether it chooses")
    assert found[3:5] == ["``selective``", "    whether it chooses"]


def test_a_line_may_have_a_column_of_its_own_or_no_text():
    found = listed("random  a seed\ninitial, bias_initial  initialisers\nn_iter_, classes_")
    assert found[3:5] == ["``initial``, ``bias_initial``", "    initialisers"]
    assert found[5] == "``n_iter_``, ``classes_``"


def test_a_text_in_a_table_may_be_a_table():
    found = listed('mode  "up"    goes up\n      "down"  goes down')
    assert found[1:6] == [
        "``mode``",
        "    .. rst-class:: arguments",
        '    ``"up"``',
        "        goes up",
        '    ``"down"``',
    ]


def test_an_indented_table_is_one_too():
    assert listed('    "up"    goes up\n    "down"  goes down')[1] == '    ``"up"``'


def test_what_follows_a_table_without_a_blank_line_is_text():
    assert listed("size  a number\nRaises an error, if it is none.")[-1].startswith("Raises")


def test_indented_paragraphs_stay_as_they_are():
    text = "    r, z = σ(W x)    gates\n\n    h = 1 - z\n"
    assert restructured(["With", "", *text.splitlines(), "", "done."]) == [
        "With",
        "",
        "::",
        "",
        "    r, z = σ(W x)    gates",
        "",
        "    h = 1 - z",
        "",
        "done.",
        "",
    ]


def test_a_sentence_is_no_table():
    assert listed("x (..., 2 n) to (..., n).\nScores as in `f(x)`.") == [
        r"x (..., 2 n) to (..., n). Scores as in \ ``f(x)``\ ."
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("|x| and *args, h_(t-1)", r"\|x\| and \*args, h\_(t-1)"),
        ("`x + y`s", r"\ ``x + y``\ s"),
        ("`cr.exp`", r"\ :py:obj:`cr.exp <chainrule.exp>`\ "),
        ("`eval()`", r"\ :py:obj:`eval() <eval>`\ "),
    ],
)
def test_signs_stand_for_themselves_and_names_are_links(text, wanted):
    assert inline(text) == wanted


def test_an_argument_is_no_link():
    assert inline("`input`", frozenset({"input"})) == r"\ ``input``\ "
