"""Neural networks as scikit-learn estimators (extra `[sklearn]`)."""

from chainrule.sklearn.classifier import NeuralClassifier as NeuralClassifier
from chainrule.sklearn.regressor import NeuralRegressor as NeuralRegressor
