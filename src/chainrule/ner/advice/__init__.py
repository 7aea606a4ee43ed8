"""Advice on word vectors for a corpus: its figures, the rules of the lectures, and trainings."""

from chainrule.ner.advice.advice import Advice as Advice
from chainrule.ner.advice.advising import advise as advise
from chainrule.ner.advice.corpus_figures import CorpusFigures as CorpusFigures
from chainrule.ner.advice.coverage import Coverage as Coverage
from chainrule.ner.advice.coverage import HeldOut as HeldOut
from chainrule.ner.advice.coverage import Similarity as Similarity
from chainrule.ner.advice.recommendation import Recommendation as Recommendation
from chainrule.ner.advice.rules import Rule as Rule
from chainrule.ner.advice.trial import Difference as Difference
from chainrule.ner.advice.trial import Trial as Trial
