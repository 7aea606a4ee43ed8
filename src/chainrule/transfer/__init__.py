"""Ways of training on top of a pretrained network, compared on subsets of labelled data."""

from chainrule.transfer.comparison import Comparison as Comparison
from chainrule.transfer.comparison import Outcome as Outcome
from chainrule.transfer.comparison import compare as compare
from chainrule.transfer.comparison import margin as margin
from chainrule.transfer.strategies import RULE as RULE
from chainrule.transfer.strategies import STRATEGIES as STRATEGIES
from chainrule.transfer.strategies import Strategy as Strategy
from chainrule.transfer.tagging_task import TaggingTask as TaggingTask
from chainrule.transfer.task import Task as Task
from chainrule.transfer.text_task import TextTask as TextTask
