"""The readers that are attacked, by name: a new one is a row."""

from .files import FILES
from .flair_files import FLAIR_FILES
from .pretrained_files import PRETRAINED_FILES
from .reader import Reader
from .runs import RUNS
from .vector_files import VECTOR_FILES

READERS: dict[str, Reader] = {**RUNS, **FILES, **VECTOR_FILES, **PRETRAINED_FILES, **FLAIR_FILES}
