"""ELMo: vectors of words from characters and a bidirectional language model."""

from chainrule.pretrained.elmo.batch import ElmoBatch as ElmoBatch
from chainrule.pretrained.elmo.network import ElmoNetwork as ElmoNetwork
from chainrule.pretrained.elmo.network import ElmoOutput as ElmoOutput
from chainrule.pretrained.elmo.options import ElmoOptions as ElmoOptions
