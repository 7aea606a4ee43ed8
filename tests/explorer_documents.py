"""Reading documents of the explorer page as the page does: through JSON, arrays from base64."""

import json
from base64 import b64decode

import numpy as np

from chainrule.explore.page.document import graph_document
from chainrule.explore.page.json_text import embedded


def document_of(graph, **options):
    """Return the document of a graph after a run, as the page reads it."""
    graph.backward()
    return json.loads(embedded(graph_document(graph.record(), **options)))


def array(row):
    """Return the elements of one row of tensors; of a sampled one, the grid of those kept."""
    dtype = np.dtype(row["dtype"]).newbyteorder("<")
    shape = row["shape"] if row["kept"] is None else [len(each) for each in row["kept"]]
    return np.frombuffer(b64decode(row["data"]), dtype).reshape(shape)


def numbers(document, column, node, position=None):
    """Return a tensor of a node, None where the document has none."""
    place = document["numbers"][column][node]
    if position is not None:
        place = place[position] if place else -1
    return None if place < 0 else array(document["numbers"]["tensors"][place])


def same(found, expected):
    """Say whether an array of a document is one of Python: shape, dtype and all elements."""
    if found is None or expected is None:
        return found is None and expected is None
    dtypes = found.dtype.newbyteorder("=") == expected.dtype
    return dtypes and found.shape == expected.shape and found.tobytes() == expected.tobytes()
