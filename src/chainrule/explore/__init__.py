"""Views of a graph: run by hand, read gate by gate, explained, derived and drawn."""

from chainrule.explore.contributions import Contributions as Contributions
from chainrule.explore.contributions import gradient_times_input as gradient_times_input
from chainrule.explore.contributions import integrated_gradients as integrated_gradients
from chainrule.explore.derivation import Derivation as Derivation
from chainrule.explore.errors import AmbiguousNameError as AmbiguousNameError
from chainrule.explore.errors import CompletenessError as CompletenessError
from chainrule.explore.errors import DrawingError as DrawingError
from chainrule.explore.errors import UnknownNameError as UnknownNameError
from chainrule.explore.explanation import Explanation as Explanation
from chainrule.explore.gate import Gate as Gate
from chainrule.explore.graph import Graph as Graph
from chainrule.explore.live.errors import LiveError as LiveError
from chainrule.explore.live.explorer import Explorer as Explorer
from chainrule.explore.live.saved_page import SavedPage as SavedPage
from chainrule.explore.local_gradients import Jacobian as Jacobian
from chainrule.explore.render.graph_picture import Picture as Picture
