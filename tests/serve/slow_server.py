"""python slow_server.py SECONDS OPTIONS: `chainrule ner serve` with a model that takes longer."""

import sys
import time

from chainrule.cli import app
from chainrule.serve import served_model


def main(seconds, options):
    answers = served_model.ServedModel.answers

    def slowly(model, items):
        time.sleep(seconds)
        if "fail" in items:
            raise ValueError("the model was made to fail")
        return answers(model, items)

    served_model.ServedModel.answers = slowly
    served_model._warm_up = lambda model: None
    app(["ner", "serve", *options])


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
