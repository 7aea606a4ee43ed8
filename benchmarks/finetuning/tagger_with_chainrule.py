"""The training of a tagger with chainrule: a pretrained encoder and a linear layer."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.finetuning.job import RATE, WARM_UP, Batch, Job
from chainrule.ner import Settings, TaggerNetwork
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.optimizers import choose_parts, optimizer_of

# As transformers tags: single tags are scored, and no feature is beside the network.
PLAIN = Settings(
    encoder="pretrained",
    decoder="softmax",
    word_size=0,
    capital_size=0,
    affix_size=0,
    characters="none",
    hidden_dropout=0.1,
    learning_rate=RATE,
    encoder_rate=RATE,
    warm_up=WARM_UP,
)


class Learner:
    """The network of a tagger, and its compiled training step."""

    def __init__(self, job: Job) -> None:
        settings = PLAIN.model_copy(update={"seed": job.seed})
        net = open_encoder(job.folder, settings)
        tags = [str(each) for each in range(job.classes)]
        network = TaggerNetwork({"words": 1, "capitals": 1}, tags, settings, net=net)
        network.scores.weight.assign(job.head(network.encoder.size))
        network.scores.bias.assign(np.zeros(job.classes, np.float32))
        choose_parts(network, settings)
        if not job.dropout:
            network.eval()
        optimizer = optimizer_of(network, settings, len(job.batches))

        def step(targets, *inputs):
            loss = network.decoder.loss(network(*inputs), targets)
            optimizer.minimize(loss)
            return loss

        self._step = cr.compile(step)

    def step(self, batch: Batch) -> float:
        """Make one step, and return its loss."""
        names = ("lengths", "ids", "counts", "places", "words", "capitals")
        return self._step(batch["targets"], *(batch[name] for name in names)).item()
