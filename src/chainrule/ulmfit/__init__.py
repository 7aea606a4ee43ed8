"""ULMFiT: a language model, the same one on the texts of a task, then a classifier."""

from chainrule.ulmfit.curve import Curve as Curve
from chainrule.ulmfit.curve import learning_curve as learning_curve
from chainrule.ulmfit.errors import UlmfitError as UlmfitError
from chainrule.ulmfit.language_training import train_language_model as train_language_model
from chainrule.ulmfit.opening import open_language_model as open_language_model
from chainrule.ulmfit.raw_text import documents as documents
from chainrule.ulmfit.settings import ClassifierSettings as ClassifierSettings
from chainrule.ulmfit.settings import LanguageSettings as LanguageSettings
from chainrule.ulmfit.stages import fine_tune as fine_tune
from chainrule.ulmfit.stages import pretrain as pretrain
from chainrule.ulmfit.unfreezing import train_classifier as train_classifier
