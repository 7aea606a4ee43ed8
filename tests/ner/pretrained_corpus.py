"""Sentences and the pieces of words that a tiny network needs for them."""

from chainrule.text import Sentence
from tiny_bert import write_bert

PIECES = ("ada", "carl", "##a", "##s", "turin", "rome", "saw", "greet", "in", ".", "##ville")
ROWS = [
    ("Ada/B-PER saw/O Turin/B-LOC ./O"),
    ("Carla/B-PER greets/O Ada/B-PER in/O Rome/B-LOC"),
    ("Rome/B-LOC saw/O Carl/B-PER Adaville/I-PER ./O"),
    ("in/O Turinville/B-LOC Carl/B-PER saw/O Carla/B-PER Ada/I-PER ./O"),
]


def sentence(row):
    words, tags = zip(*(each.split("/") for each in row.split()), strict=True)
    return Sentence(words, tags)


CORPUS = [sentence(row) for row in ROWS]


def write_net(folder, seed=0, **options):
    """Write a tiny BERT that has pieces of the words of the corpus; return its folder."""
    return write_bert(folder, seed, PIECES, **options)
