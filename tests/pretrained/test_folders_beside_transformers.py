"""Folders of the package transformers are read, and it reads ours."""

import copy
import json

import numpy as np
import pytest

from chainrule.pretrained.files import match_names, open_folder, write_folder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=31,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=12,
        max_position_embeddings=16,
    )
    return transformers.BertModel(config).eval()


def arrays_of(network):
    return {name: each.numpy() for name, each in network.state_dict().items()}


def require_same(weights, arrays):
    shapes = {name: each.shape for name, each in arrays.items()}
    match_names(shapes, weights.shapes, optional=["embeddings.position_ids"])
    assert all(np.array_equal(weights[name], arrays[name]) for name in weights)


@pytest.mark.parametrize("size", ["5GB", "1KB"])
def test_a_saved_network_is_read(size, network, tmp_path):
    network.save_pretrained(tmp_path, max_shard_size=size)
    assert (tmp_path / "model.safetensors.index.json").exists() == (size == "1KB")
    folder = open_folder(tmp_path)
    require_same(folder.weights, arrays_of(network))
    assert folder.config["model_type"] == "bert"
    assert folder.config["hidden_size"] == 8


@pytest.mark.parametrize("zipped", [True, False])
def test_a_saved_state_dict_is_read_in_shards(zipped, network, tmp_path):
    network.config.save_pretrained(tmp_path)
    state, homes = network.state_dict(), {}
    for number, some in enumerate(np.array_split(sorted(state), 3)):
        name = f"pytorch_model-{number}-of-3.bin"
        part = {each: state[each] for each in map(str, some)}
        torch.save(part, tmp_path / name, _use_new_zipfile_serialization=zipped)
        homes |= dict.fromkeys(part, name)
    index = {"metadata": {"total_size": 1}, "weight_map": homes}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    require_same(open_folder(tmp_path).weights, arrays_of(network))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_halves_are_read_as_float32(kind, network, tmp_path):
    halves = transformers.BertModel(copy.deepcopy(network.config)).to(kind)
    halves.save_pretrained(tmp_path)
    weights = open_folder(tmp_path).weights
    for name, each in halves.state_dict().items():
        if each.dtype == kind:
            assert weights.dtypes[name] == weights[name].dtype == np.float32
            assert np.array_equal(weights[name], each.float().numpy())


def test_a_folder_of_ours_is_read_by_transformers(network, tmp_path):
    write_folder(tmp_path / "net", network.config.to_dict(), arrays_of(network))
    again = transformers.AutoModel.from_pretrained(tmp_path / "net", local_files_only=True)
    ids = torch.tensor([[1, 5, 7, 2]])
    with torch.no_grad():
        wanted, found = (each.eval()(ids).last_hidden_state for each in (network, again))
    assert torch.equal(wanted, found)
