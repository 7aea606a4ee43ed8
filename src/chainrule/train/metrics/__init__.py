"""Metrics: each as a function of arrays, and as an object that is updated batch by batch."""

from chainrule.train.metrics.accuracy import Accuracy as Accuracy
from chainrule.train.metrics.accuracy import accuracy as accuracy
from chainrule.train.metrics.confusion import ConfusionMatrix as ConfusionMatrix
from chainrule.train.metrics.confusion import confusion_matrix as confusion_matrix
from chainrule.train.metrics.correlation import Pearson as Pearson
from chainrule.train.metrics.correlation import Spearman as Spearman
from chainrule.train.metrics.correlation import pearson as pearson
from chainrule.train.metrics.correlation import spearman as spearman
from chainrule.train.metrics.entities import EntityF1 as EntityF1
from chainrule.train.metrics.entities import entity_f1 as entity_f1
from chainrule.train.metrics.metric import Metric as Metric
from chainrule.train.metrics.metric import MetricError as MetricError
from chainrule.train.metrics.perplexity import Perplexity as Perplexity
from chainrule.train.metrics.perplexity import perplexity as perplexity
from chainrule.train.metrics.precision_recall import F1 as F1
from chainrule.train.metrics.precision_recall import Precision as Precision
from chainrule.train.metrics.precision_recall import Recall as Recall
from chainrule.train.metrics.precision_recall import f1 as f1
from chainrule.train.metrics.precision_recall import precision as precision
from chainrule.train.metrics.precision_recall import recall as recall
from chainrule.train.metrics.r2 import R2 as R2
from chainrule.train.metrics.r2 import r2 as r2
from chainrule.train.metrics.regression import MeanAbsoluteError as MeanAbsoluteError
from chainrule.train.metrics.regression import MeanSquaredError as MeanSquaredError
from chainrule.train.metrics.regression import mean_absolute_error as mean_absolute_error
from chainrule.train.metrics.regression import mean_squared_error as mean_squared_error
