"""Neural networks as scikit-learn estimators (extra `[sklearn]`)."""

from chainrule.sklearn.classifier import NeuralClassifier as NeuralClassifier
from chainrule.sklearn.regressor import NeuralRegressor as NeuralRegressor
from chainrule.sklearn.sequence_tagger import SequenceTagger as SequenceTagger
from chainrule.sklearn.text_classifier import TextClassifier as TextClassifier
