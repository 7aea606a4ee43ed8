"""Classifiers of texts and of pairs of texts: fine-tuning of pretrained networks."""

from chainrule.classify.classifier import Classifier as Classifier
from chainrule.classify.classifier import Prediction as Prediction
from chainrule.classify.classifier_folder import load as load
from chainrule.classify.classifier_folder import save as save
from chainrule.classify.errors import ClassifierError as ClassifierError
from chainrule.classify.errors import LabelledTextError as LabelledTextError
from chainrule.classify.labelled_text import LabelledTexts as LabelledTexts
from chainrule.classify.labelled_text import read_labelled as read_labelled
from chainrule.classify.settings import Settings as Settings
from chainrule.classify.targets import class_names as class_names
from chainrule.classify.training import train as train
