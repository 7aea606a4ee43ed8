"""The guides name every optimizer and every schedule."""

from pathlib import Path

import chainrule as cr

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_optimizer_and_schedule_is_on_its_page():
    optimizers = (DOCS / "optimizers.md").read_text(encoding="utf-8")
    schedules = (DOCS / "schedules.md").read_text(encoding="utf-8")
    for name, each in vars(cr.optim).items():
        if isinstance(each, type) and issubclass(each, cr.optim.Optimizer):
            assert f"`{name}`" in optimizers or name == "Optimizer"
    for name, each in vars(cr.optim.schedules).items():
        if isinstance(each, type) and each is not cr.optim.schedules.Schedule:
            assert f"`{name}(" in schedules
