"""Encoders: from the vectors of the words of sentences to a vector per word in its context."""

from chainrule.ner.encoders.bilstm import BiLSTM as BiLSTM
from chainrule.ner.encoders.choice import Encoder as Encoder
from chainrule.ner.encoders.choice import encoder_of as encoder_of
from chainrule.ner.encoders.choice import encoder_shapes as encoder_shapes
from chainrule.ner.encoders.choice import encoder_size as encoder_size
from chainrule.ner.encoders.choice import margin_of as margin_of
from chainrule.ner.encoders.cnn import CNN as CNN
from chainrule.ner.encoders.pretrained import Pretrained as Pretrained
from chainrule.ner.encoders.window import Window as Window
