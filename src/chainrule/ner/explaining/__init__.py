"""Why a word has its tag: contributions, the runner-up, and the smallest change that flips it."""

from chainrule.ner.explaining.explained_tag import explain as explain
from chainrule.ner.explaining.explanation import Explanation as Explanation
from chainrule.ner.explaining.flips import Flip as Flip
from chainrule.ner.explaining.parts import Part as Part
from chainrule.ner.explaining.parts import WordContribution as WordContribution
from chainrule.ner.explaining.routes import Route as Route
