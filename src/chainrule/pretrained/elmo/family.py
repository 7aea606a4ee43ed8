"""The family of ELMo: recognised by its files, and loaded."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained.elmo.names import rows
from chainrule.pretrained.elmo.network import ElmoNetwork
from chainrule.pretrained.elmo.options import ElmoOptions, read_options
from chainrule.pretrained.elmo.stored_mix import read_mix
from chainrule.pretrained.elmo.writing import MIX, OPTIONS, WEIGHTS
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import Weights
from chainrule.pretrained.files.hdf5_file import hdf5_arrays
from chainrule.pretrained.files.hub_folder import file_in, network_folder
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.stored.array_rows import fill_rows, require_rows
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.storage import shown

_LARGEST = 1_000_000  # bytes of options.json


def _recognises(path: Path) -> bool:
    """Return whether a folder has options and weights, of a released network or of ours."""
    try:
        return path.is_dir() and all(_named(path, each) for each in (OPTIONS, WEIGHTS))
    except OSError:
        return False


def _load(path: Path, request: LoadRequest) -> ElmoNetwork:
    if request.head is not None or request.labels is not None or request.lower is not None:
        raise PretrainedError(
            f"{shown(path)} is an ELMo network, which has no head and no tokenizer. Give no head=, "
            "labels= or lower=."
        )
    folder = network_folder(path)
    options = read_options(read_json(_file(folder, OPTIONS), _LARGEST))
    net = _filled(folder, options, Weights(hdf5_arrays(_file(folder, WEIGHTS))))
    if (mix := file_in(folder, MIX)) is not None:
        scores, gamma = read_mix(mix, options.layers + 1)
        net.mix.scores.assign(scores)
        net.mix.gamma.assign(gamma)
    return net.eval()


def _filled(folder: Path, options: ElmoOptions, weights: Weights) -> ElmoNetwork:
    """Return the network; raises PretrainedError, before it is made, for other arrays."""
    table = rows(options)
    require_rows(table, weights, f"The weights of {shown(folder)}")
    net = ElmoNetwork(options)
    fill_rows(net, table, weights)
    return net


def _file(folder: Path, name: str) -> Path:
    found = file_in(folder, _named(folder, name)[0])
    assert found is not None
    return found


def _named(folder: Path, name: str) -> list[str]:
    """Return the names of files with this name, or that end in it as those of releases do."""
    if (folder / name).exists():
        return [name]
    return sorted(each.name for each in folder.iterdir() if each.name.endswith(f"_{name}"))


ELMO = StoredFamily("ELMo", _recognises, _load)
