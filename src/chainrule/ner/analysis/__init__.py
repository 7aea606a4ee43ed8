"""Error analysis: every gold and predicted entity in one outcome, counted by what it has."""

from chainrule.ner.analysis.error_analysis import error_analysis as error_analysis
from chainrule.ner.analysis.groups import ErrorGroup as ErrorGroup
from chainrule.ner.analysis.matching import ERROR_KINDS as ERROR_KINDS
from chainrule.ner.analysis.matching import Outcome as Outcome
from chainrule.ner.analysis.report import ErrorAnalysis as ErrorAnalysis
from chainrule.ner.analysis.result import Confusion as Confusion
from chainrule.ner.analysis.screen import screen as screen
