"""The training step of several processes: blocks of a batch, and what the ranks of a run share."""
