"""The report of `chainrule ner train --report-movement`: text, JSON, and a picture."""

from __future__ import annotations

from pathlib import Path

from chainrule.cli.console import PlainConsole
from chainrule.cli.json_file import write_json
from chainrule.ner import Tagger, fine_tuning, training_curve
from chainrule.ner.model_folder import MOVEMENT, MOVEMENT_PICTURE
from chainrule.text.vectors import draw_movement


def report_movement(tagger: Tagger, folder: Path) -> None:
    """Print what fine-tuning moved, and write it into the folder of the tagger."""
    console, found = PlainConsole(), fine_tuning(tagger)
    console.say(f"movement of the vectors of words:\n{found.text()}\n")
    write_json(folder / MOVEMENT, found.as_dict())
    console.say(f"all of it in {folder / MOVEMENT}")
    if training_curve.can_draw():
        draw_movement(found.movement, folder / MOVEMENT_PICTURE)
        console.say(f"picture in {folder / MOVEMENT_PICTURE}")
    else:
        console.say("no picture drawn: pip install 'chainrule[plot]' installs matplotlib")
