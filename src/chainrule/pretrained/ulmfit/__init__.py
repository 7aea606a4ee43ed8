"""ULMFiT: AWD-LSTM language models and classifiers in the files of fastai."""

from chainrule.pretrained.ulmfit.making import classifier as classifier
from chainrule.pretrained.ulmfit.making import language_model as language_model
from chainrule.pretrained.ulmfit.making import with_vocabulary as with_vocabulary
from chainrule.pretrained.ulmfit.network import UlmfitNetwork as UlmfitNetwork
from chainrule.pretrained.ulmfit.sizes import Dropouts as Dropouts
from chainrule.pretrained.ulmfit.sizes import Sizes as Sizes
from chainrule.pretrained.ulmfit.words import vocabulary as vocabulary
