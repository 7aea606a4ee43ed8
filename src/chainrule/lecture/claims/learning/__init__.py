"""How weights are changed: optimizers, learning rates, schedules."""
