"""Training of word vectors: skip-gram and CBOW with negative samples, as one compiled step."""

from chainrule.word2vec.corpus import Corpus as Corpus
from chainrule.word2vec.progress import Progress as Progress
from chainrule.word2vec.settings import Settings as Settings
from chainrule.word2vec.training import train_vectors as train_vectors
