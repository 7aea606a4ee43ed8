"""Tags of any scheme become the entities conlleval sees, and entities become tags of a scheme."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import (
    Scheme,
    Span,
    TagError,
    encode,
    is_tag,
    read_conll,
    scheme_of,
    spans,
    transitions,
)

SCHEMES: list[Scheme] = ["IOB1", "IOB2", "IOBES"]


@st.composite
def sentences_with_entities(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Any entities side by side, at most three words apart, in a sentence of fitting length."""
    entities: list[Span] = []
    position = 0
    for _ in range(draw(st.integers(0, 5))):
        start = position + draw(st.integers(0, 3))
        position = start + draw(st.integers(1, 4))
        type_ = draw(st.sampled_from(["PER", "LOC", "creative-work"]))
        entities.append(Span(type_, start, position))
    return entities, position + draw(st.integers(0, 3))


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "I-PER O I-ORG I-ORG B-ORG I-LOC"),
        ("IOB2", "B-PER O B-ORG I-ORG B-ORG B-LOC"),
        ("IOBES", "S-PER O B-ORG E-ORG S-ORG S-LOC"),
    ],
)
def test_the_same_entities_in_each_scheme(scheme: Scheme, tags: str) -> None:
    entities = (Span("PER", 0, 1), Span("ORG", 2, 4), Span("ORG", 4, 5), Span("LOC", 5, 6))
    assert spans(tags.split()) == entities
    assert encode(entities, 6, scheme) == tuple(tags.split())


@given(sentences_with_entities(), st.sampled_from(SCHEMES))
def test_decoding_undoes_encoding(drawn: tuple[list[Span], int], scheme: Scheme) -> None:
    entities, length = drawn
    tags = encode(entities, length, scheme)
    assert len(tags) == length
    assert spans(tags) == tuple(entities)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("I-PER I-LOC", "PER 0 1, LOC 1 2"),
        ("B-PER I-LOC", "PER 0 1, LOC 1 2"),
        ("B-PER B-PER", "PER 0 1, PER 1 2"),
        ("E-PER E-PER", "PER 0 1, PER 1 2"),
        ("O E-PER I-PER", "PER 1 2, PER 2 3"),
        ("S-PER I-PER", "PER 0 1, PER 1 2"),
        ("I-PER S-PER", "PER 0 1, PER 1 2"),
        ("I-PER E-PER", "PER 0 2"),
        ("B-PER I-PER O", "PER 0 2"),
    ],
)
def test_broken_sequences_are_read_as_conlleval_reads_them(tags: str, expected: str) -> None:
    found = ", ".join(f"{span.type} {span.start} {span.end}" for span in spans(tags.split()))
    assert found == expected


def test_bilou_is_iobes_by_another_name() -> None:
    assert spans(["U-PER", "O", "B-ORG", "L-ORG"]) == spans(["S-PER", "O", "B-ORG", "E-ORG"])
    assert scheme_of([["O", "U-PER"]]) == "IOBES"


@pytest.mark.parametrize(
    "tags",
    [
        "B-PER M-PER E-PER O S-LOC S-LOC",
        "b-PER m-PER e-PER o s-LOC s-LOC",
        "B-PER I-PER L-PER O U-LOC U-LOC",
        "B-PER M-PER E-PER O W-LOC W-LOC",
        "I-PER I-PER E-PER O E-LOC E-LOC",
        "b-PER i-PER i-PER o b-LOC b-LOC",
        "I-PER I-PER I-PER O E-LOC I-LOC",
    ],
)
def test_every_scheme_is_read_and_written_as_one_of_three(tags: str) -> None:
    entities = (Span("PER", 0, 3), Span("LOC", 4, 5), Span("LOC", 5, 6))
    assert spans(tags.split()) == entities
    expected = "IOB2" if "b-LOC b-LOC" in tags else "IOBES"
    assert scheme_of([["O"], tags.split()]) == expected
    assert all(is_tag(tag) for tag in tags.split())


def test_a_type_keeps_its_case() -> None:
    assert spans(["b-per", "I-PER"]) == (Span("per", 0, 1), Span("PER", 1, 2))


def test_the_message_names_the_schemes() -> None:
    with pytest.raises(TagError, match="IOB1, IOB2, IOE1, IOE2, IOBES, BMES or BILOU"):
        spans(["X-PER"])


def test_a_type_may_have_a_hyphen_but_no_space() -> None:
    assert spans(["B-creative-work", "I-creative-work"]) == (Span("creative-work", 0, 2),)
    assert not is_tag("B-52 bombers")


@pytest.mark.parametrize("tag", ["", "X-PER", "PER", "B", "B-", "b-", "x-PER", "0", "B_PER"])
def test_what_is_not_a_tag_is_named(tag: str) -> None:
    assert not is_tag(tag)
    with pytest.raises(TagError, match=f"a type, like B-PER; found {tag!r}. Correct this tag"):
        spans(["O", tag])


@given(sentences_with_entities(), st.sampled_from(SCHEMES))
def test_a_scheme_is_recognised_once_an_entity_shows_it(
    drawn: tuple[list[Span], int], scheme: Scheme
) -> None:
    entities, length = drawn
    expected = scheme if entities else "IOB1"
    assert scheme_of([["O"], encode(entities, length, scheme)]) == expected


def test_one_slip_does_not_change_the_scheme() -> None:
    assert scheme_of([["B-PER", "I-PER"], ["B-LOC"], ["I-LOC"]]) == "IOB2"
    assert scheme_of([["I-PER", "I-PER"], ["B-LOC"], ["I-LOC"]]) == "IOB1"
    assert scheme_of([["I-PER"], ["B-LOC"]]) == "IOB1"


def test_the_schemes_of_real_corpora(shared_data: Path) -> None:
    expected: dict[str, Scheme] = {
        "conll2003/eng.train": "IOB1",
        "wnut17/wnut17train.conll": "IOB2",
        "klue_ner/dev.tsv": "IOB2",
    }
    for name, scheme in expected.items():
        tags = [sentence.tags for sentence in read_conll(shared_data / name)]
        assert scheme_of(tags) == scheme
        assert [encode(spans(t), len(t), scheme) for t in tags] == tags


def test_encode_names_the_span_that_does_not_fit() -> None:
    with pytest.raises(TagError, match=r"end=4\) does not lie inside a sentence of 3 words"):
        encode([Span("PER", 2, 4)], 3, "IOB2")
    with pytest.raises(TagError, match="does not lie inside"):
        encode([Span("PER", 1, 1)], 3, "IOB2")
    with pytest.raises(TagError, match=r"start=1, end=3\) overlaps .*start=0, end=2\)"):
        encode([Span("PER", 1, 3), Span("LOC", 0, 2)], 3, "IOB2")
    with pytest.raises(TagError, match="type 'creative work' cannot be part of a tag"):
        encode([Span("creative work", 0, 2)], 3, "IOB2")


def test_encode_names_the_schemes_it_knows() -> None:
    with pytest.raises(TagError, match="'BIO'; choose one of IOB1, IOB2, IOBES"):
        encode([], 3, "BIO")  # type: ignore[arg-type]


def test_transitions_of_one_type() -> None:
    tags = ["B-PER", "E-PER", "I-PER", "O", "S-PER"]
    allowed, start, end = transitions(tags)
    after = {
        tag: " ".join(next_tag for next_tag, ok in zip(tags, row, strict=True) if ok)
        for tag, row in zip(tags, allowed, strict=True)
    }
    assert after == {
        "B-PER": "E-PER I-PER",
        "E-PER": "B-PER O S-PER",
        "I-PER": "E-PER I-PER",
        "O": "B-PER O S-PER",
        "S-PER": "B-PER O S-PER",
    }
    assert start.tolist() == [True, False, False, True, True]
    assert end.tolist() == [False, True, False, True, True]
    assert {array.dtype for array in (allowed, start, end)} == {np.dtype(np.bool_)}


@given(sentences_with_entities())
def test_every_encoded_sentence_is_an_allowed_path(drawn: tuple[list[Span], int]) -> None:
    entities, length = drawn
    types = ["LOC", "PER", "creative-work"]
    tags = sorted(["O", *(f"{prefix}-{type_}" for prefix in "BIES" for type_ in types)])
    allowed, start, end = transitions(tags)
    path = [tags.index(tag) for tag in encode(entities, length, "IOBES")]
    assert allowed[path[:-1], path[1:]].all()
    assert not path or (start[path[0]] and end[path[-1]])


@given(st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in "XY")]), min_size=1))
def test_every_allowed_path_is_an_encoded_sentence(path_of_tags: list[str]) -> None:
    tags = ["O", *(f"{prefix}-{type_}" for prefix in "BIES" for type_ in "XY")]
    allowed, start, end = transitions(tags)
    path = [tags.index(tag) for tag in path_of_tags]
    legal = start[path[0]] and end[path[-1]] and allowed[path[:-1], path[1:]].all()
    round_trip = encode(spans(path_of_tags), len(path_of_tags), "IOBES")
    assert bool(legal) == (round_trip == tuple(path_of_tags))


def test_transitions_want_entities_that_can_end() -> None:
    with pytest.raises(TagError, match=r"LOC, PER has B or I and no E.*in the scheme IOBES first"):
        transitions(["B-LOC", "B-PER", "I-PER", "O"])
    with pytest.raises(TagError, match="found 'PER'"):
        transitions(["O", "PER"])


def test_transitions_of_no_tags_are_empty() -> None:
    assert [array.shape for array in transitions([])] == [(0, 0), (0,), (0,)]
