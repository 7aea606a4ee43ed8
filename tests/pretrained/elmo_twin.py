"""An independent ELMo in torch: arrays by the names of the file, loops over the words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

OPTIONS: dict[str, Any] = {
    "lstm": {
        "use_skip_connections": True,
        "projection_dim": 5,
        "cell_clip": 0.9,
        "proj_clip": 0.3,
        "dim": 7,
        "n_layers": 2,
    },
    "char_cnn": {
        "activation": "relu",
        "filters": [[1, 3], [2, 4], [3, 5]],
        "n_highway": 2,
        "embedding": {"dim": 4},
        "n_characters": 262,
        "max_characters_per_token": 12,
    },
}
SENTENCES = [
    ["Every", "word", "counts", "hereabouts-and-elsewhere"],
    ["Übung"],
    ["한국어", ",", "even", "", "so", "word"],
]


def changed(**parts: dict[str, Any]) -> dict[str, Any]:
    """Return the options with others in some parts."""
    return {name: {**each, **parts.get(name, {})} for name, each in OPTIONS.items()}


def shapes(options: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays of a file."""
    lstm, cnn = options["lstm"], options["char_cnn"]
    letters, outputs, cells = cnn["embedding"]["dim"], lstm["projection_dim"], lstm["dim"]
    total = sum(count for _, count in cnn["filters"])
    found: dict[str, tuple[int, ...]] = {"char_embed": (261, letters)}
    for i, (extent, count) in enumerate(cnn["filters"]):
        found |= {f"CNN/W_cnn_{i}": (1, extent, letters, count), f"CNN/b_cnn_{i}": (count,)}
    for i in range(cnn["n_highway"]):
        for part in ("carry", "transform"):
            found[f"CNN_high_{i}/W_{part}"] = (total, total)
            found[f"CNN_high_{i}/b_{part}"] = (total,)
    if total != outputs:
        found |= {"CNN_proj/W_proj": (total, outputs), "CNN_proj/b_proj": (outputs,)}
    for direction in (0, 1):
        for layer in range(lstm["n_layers"]):
            home = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
            found[f"{home}/W_0"] = (2 * outputs, 4 * cells)
            found |= {f"{home}/B": (4 * cells,), f"{home}/W_P_0": (cells, outputs)}
    return found


def drawn(options: dict[str, Any], seed: int = 3) -> dict[str, np.ndarray[Any, Any]]:
    """Return arrays from a normal: letters and their neighbours change what is computed."""
    random = np.random.default_rng(seed)
    return {
        name: (_deviation(name) * random.normal(size=shape)).astype(np.float32)
        for name, shape in shapes(options).items()
    }


def _deviation(name: str) -> float:
    return 1.5 if name == "char_embed" else 0.8 if name.endswith("/W_0") else 0.4


def write(folder: Path, options: dict[str, Any] = OPTIONS, seed: int = 3) -> Path:
    """Write the files of a random network."""
    import h5py

    folder.mkdir(exist_ok=True)
    (folder / "options.json").write_text(json.dumps(options))
    with h5py.File(folder / "weights.hdf5", "w") as file:
        for name, array in drawn(options, seed).items():
            file.create_dataset(name, data=array)
    return folder


class Twin:
    """The network, with its state after the last call; arrays are leaves that need gradients."""

    def __init__(self, options: dict[str, Any] = OPTIONS, seed: int = 3) -> None:
        import torch

        self.options, self.state = options, None
        self.arrays = {
            name: torch.tensor(each, requires_grad=True)
            for name, each in drawn(options, seed).items()
        }

    def __call__(self, sentences: list[list[str]], state: Any = None) -> list[Any]:
        """Return all layers of each sentence, (layers, words, width); the state is kept."""
        starts = state or [None] * len(sentences)
        found = [
            self._sentence(words, start) for words, start in zip(sentences, starts, strict=True)
        ]
        self.state = [each for _, each in found]
        return [layers for layers, _ in found]

    def _sentence(self, words: list[str], start: Any) -> tuple[Any, Any]:
        import torch

        tokens = [self._ids([256]), *(self._ids(w.encode()) for w in words), self._ids([257])]
        x = torch.stack([self._token(each) for each in tokens])
        ahead, first = self._stack(0, x, start and start[0])
        back, second = self._stack(1, x.flip(0), start and start[1])
        pairs = zip([x, *ahead], [x.flip(0), *back], strict=True)
        layers = [torch.cat([one, other.flip(0)], -1)[1:-1] for one, other in pairs]
        return torch.stack(layers), (first, second)

    def _ids(self, letters: Any) -> list[int]:
        longest = self.options["char_cnn"]["max_characters_per_token"]
        found = [258, *list(letters)[: longest - 2], 259]
        return [each + 1 for each in found + [260] * (longest - len(found))]

    def _token(self, ids: list[int]) -> Any:
        import torch

        cnn, arrays = self.options["char_cnn"], self.arrays
        letters = arrays["char_embed"][torch.tensor(ids) - 1]
        parts = []
        for i, (extent, _) in enumerate(cnn["filters"]):
            kernel = arrays[f"CNN/W_cnn_{i}"][0]
            windows = letters.unfold(0, extent, 1)  # places, letters, extent
            sums = torch.einsum("plw,wlc->pc", windows, kernel) + arrays[f"CNN/b_cnn_{i}"]
            parts.append(getattr(torch, cnn["activation"])(sums.max(0).values))
        x = torch.cat(parts)
        for i in range(cnn["n_highway"]):
            home = f"CNN_high_{i}"
            gate = torch.sigmoid(x @ arrays[f"{home}/W_carry"] + arrays[f"{home}/b_carry"])
            other = torch.relu(x @ arrays[f"{home}/W_transform"] + arrays[f"{home}/b_transform"])
            x = gate * other + (1 - gate) * x
        if "CNN_proj/W_proj" in arrays:
            x = x @ arrays["CNN_proj/W_proj"] + arrays["CNN_proj/b_proj"]
        return x

    def _stack(self, direction: int, x: Any, start: Any) -> tuple[list[Any], Any]:
        lstm, layers, states = self.options["lstm"], [], []
        for layer in range(lstm["n_layers"]):
            home = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
            y, state = self._run(home, x, start and start[layer])
            x = y + x if layer and lstm["use_skip_connections"] else y
            layers.append(x)
            states.append(state)
        return layers, states

    def _run(self, home: str, x: Any, start: Any) -> tuple[Any, Any]:
        import torch

        lstm, arrays, outputs = self.options["lstm"], self.arrays, []
        zeros = torch.zeros(lstm["projection_dim"]), torch.zeros(lstm["dim"])
        h, c = zeros if start is None else start
        for entering in x:
            sums = torch.cat([entering, h]) @ arrays[f"{home}/W_0"] + arrays[f"{home}/B"]
            i, g, f, o = sums.chunk(4)
            c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(g)
            c = _clipped(c, lstm["cell_clip"])
            h = (torch.sigmoid(o) * torch.tanh(c)) @ arrays[f"{home}/W_P_0"]
            h = _clipped(h, lstm["proj_clip"])
            outputs.append(h)
        return torch.stack(outputs), (h, c)


def _clipped(x: Any, limit: float | None) -> Any:
    return x if limit is None else x.clamp(-limit, limit)
