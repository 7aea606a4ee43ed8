"""How a run is driven, and judged."""

from chainrule.train import metrics as metrics
