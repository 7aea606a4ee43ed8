"""Labelled data for taggers: CoNLL columns, JSON lines, Label Studio, brat standoff, DocBin."""

from chainrule.ner.data.errors import DataError as DataError
from chainrule.ner.data.errors import DataWarning as DataWarning
from chainrule.ner.data.formats import FORMATS as FORMATS
from chainrule.ner.data.reading import read_labelled as read_labelled
from chainrule.ner.data.reading import write_labelled as write_labelled
