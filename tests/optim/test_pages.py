"""The pages about optimizers and schedules: their code runs, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import chainrule as cr

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCKS = {
    f"{page}, {number}": block
    for page in ("optimizers.md", "schedules.md")
    for number, block in enumerate(
        re.findall(
            r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?",
            (DOCS / page).read_text(encoding="utf-8"),
            re.DOTALL,
        ),
        1,
    )
}


@pytest.mark.parametrize(("code", "shown"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_prints_what_stands_below_it(code, shown):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "page", "exec"), {"__name__": "page"})
    assert output.getvalue() == shown


def test_every_optimizer_and_schedule_stands_on_its_page():
    optimizers = (DOCS / "optimizers.md").read_text(encoding="utf-8")
    schedules = (DOCS / "schedules.md").read_text(encoding="utf-8")
    for name, each in vars(cr.optim).items():
        if isinstance(each, type) and issubclass(each, cr.optim.Optimizer):
            assert f"`{name}`" in optimizers or name == "Optimizer"
    for name, each in vars(cr.optim.schedules).items():
        if isinstance(each, type) and each is not cr.optim.schedules.Schedule:
            assert f"`{name}(" in schedules
