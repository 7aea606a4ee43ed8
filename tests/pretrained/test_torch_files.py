"""Files that PyTorch writes are read as PyTorch reads them, in both of its forms."""

import collections
import gc
import weakref

import numpy as np
import pytest

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.torch.torch_file import open_torch, torch_arrays

torch = pytest.importorskip("torch")

FORMS = [True, False]


def numbers(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def tensors():
    base = numbers(10, 6)
    return {
        "whole": base,
        "tied": base,
        "transposed": base.T,
        "slice": base[2:5, 1:],
        "every second": base[:, ::2],
        "one row": base[9],
        "column": base[:, 5],
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "repeated": numbers(1, 4).expand(1, 4),
        "permuted": numbers(2, 3, 4).permute(2, 0, 1),
        "parameter": torch.nn.Parameter(base.clone()),
        "float16": base.half(),
        "bfloat16": base.bfloat16(),
        "bfloat16, transposed": base.bfloat16().T[1:],
        "odd bfloat16": torch.tensor([0.0, -0.0, float("inf"), float("nan"), 1e-40]).bfloat16(),
        "float64": base.double(),
        **{
            f"{dtype}": torch.arange(5).to(dtype)
            for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
        },
        "torch.uint16": torch.arange(5, dtype=torch.int32).to(torch.uint16),
        "bool": base > 0,
    }


def as_read(tensor):
    tensor = tensor.detach()
    halves = torch.float16, torch.bfloat16
    return (tensor.float() if tensor.dtype in halves else tensor).numpy()


@pytest.mark.parametrize("zipped", FORMS)
@pytest.mark.parametrize("kind", [dict, collections.OrderedDict])
def test_tensors_are_those_of_pytorch(zipped, kind, tmp_path):
    torch.save(kind(tensors()), tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    found = torch_arrays(tmp_path / "w.bin")
    assert list(found) == list(tensors())
    for name, tensor in tensors().items():
        want, got = as_read(tensor), found[name].read()
        assert (found[name].shape, found[name].dtype) == (want.shape, want.dtype), name
        assert (got.shape, got.dtype) == (want.shape, want.dtype), name
        assert got.tobytes() == want.tobytes(), name
        assert got.flags.c_contiguous
        assert got.flags.writeable


@pytest.mark.parametrize("zipped", FORMS)
def test_the_state_of_a_module_is_read(zipped, tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    torch.save(model.state_dict(), tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    found = torch_arrays(tmp_path / "w.bin")
    assert found["1.num_batches_tracked"].read() == 0
    for name, tensor in model.state_dict().items():
        assert np.array_equal(found[name].read(), tensor.numpy())


@pytest.mark.parametrize("zipped", FORMS)
@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_other_protocols_are_read(zipped, protocol, tmp_path):
    torch.save(
        {"w": numbers(3), "b": numbers(2)},
        tmp_path / "w.bin",
        pickle_protocol=protocol,
        _use_new_zipfile_serialization=zipped,
    )
    found = torch_arrays(tmp_path / "w.bin")
    assert np.array_equal(found["w"].read(), numbers(3).numpy())


@pytest.mark.parametrize("zipped", FORMS)
def test_a_whole_module_is_refused_by_the_name_of_its_class(zipped, tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    message = r"asks for torch\.nn\.modules\.linear\.Linear, (?s:.*)model.safetensors"
    with pytest.raises(PretrainedError, match=message):
        torch_arrays(tmp_path / "w.bin")


@pytest.mark.parametrize("zipped", FORMS)
def test_a_checkpoint_of_a_training_is_refused(zipped, tmp_path):
    state = {"model": {"w": numbers(2)}, "epoch": 3}
    torch.save(state, tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    with pytest.raises(PretrainedError, match="'model': dict\n  'epoch': int"):
        torch_arrays(tmp_path / "w.bin")
    found = open_torch(tmp_path / "w.bin")
    assert found.value["epoch"] == 3
    held = found.array(found.value["model"]["w"])
    assert np.array_equal(held.read(), numbers(2).numpy())


def test_other_dtypes_are_refused_by_name(tmp_path):
    torch.save({"w": numbers(2).to(torch.complex64)}, tmp_path / "w.bin")
    with pytest.raises(PretrainedError, match=r"asks for torch\.ComplexFloatStorage"):
        torch_arrays(tmp_path / "w.bin")
    torch.save({"w": numbers(2).to(torch.float8_e4m3fn)}, tmp_path / "w.bin")
    with pytest.raises(PretrainedError, match=r"asks for torch\.float8_e4m3fn"):
        torch_arrays(tmp_path / "w.bin")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_script_is_refused(tmp_path):
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "w.bin"))
    with pytest.raises(PretrainedError, match=r"asks for __torch__\."):
        torch_arrays(tmp_path / "w.bin")


def test_pytorch_accepts_what_is_refused_as_a_bomb(tmp_path):
    """The bomb is one: PyTorch reads 24 bytes as a terabyte, without taking it."""
    torch.save({"w": torch.zeros(6).as_strided((2**38,), (0,))}, tmp_path / "w.bin")
    assert torch.load(tmp_path / "w.bin")["w"].numel() == 2**38
    with pytest.raises(PretrainedError, match="274877906944 elements that repeats 6 ones"):
        torch_arrays(tmp_path / "w.bin")


@pytest.mark.parametrize("zipped", FORMS)
def test_arrays_are_read_when_asked_for_and_not_kept(zipped, tmp_path):
    torch.save({"w": numbers(1000)}, tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    found = torch_arrays(tmp_path / "w.bin")
    first = found["w"].read()
    first[:] = 0
    assert np.array_equal(found["w"].read(), numbers(1000).numpy())
    held = weakref.ref(first)
    del first
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("zipped", FORMS)
def test_a_file_that_changed_since_is_refused(zipped, tmp_path):
    torch.save({"w": numbers(1000)}, tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    found = torch_arrays(tmp_path / "w.bin")
    torch.save({"w": numbers(10)}, tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
    with pytest.raises(PretrainedError, match="it has changed since its header was read"):
        found["w"].read()
