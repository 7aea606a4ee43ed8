"""Machine code on disk is read back exactly or not at all, and its size is bounded."""

import ctypes
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainrule.compile.native import llvm
from chainrule.compile.native import object_cache as cache

pytestmark = pytest.mark.native

WARM = """
import numpy as np
import chainrule as cr
random = np.random.default_rng(0)
layers = cr.nn.Linear(5, 4, random=random), cr.tanh, cr.nn.Linear(4, 3, random=random)
network = cr.nn.Sequential(*layers)
optimizer = cr.optim.Adam(network)

@cr.compile
def step(x, labels):
    loss = cr.nn.cross_entropy(network(x), labels)
    optimizer.minimize(loss)
    return loss

for _ in range(3):
    loss = step(np.linspace(0, 1, 40).reshape(8, 5), np.arange(8) % 3)
print(loss.item().hex())
print(next(line for line in step.report().splitlines() if "kernels" in line))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "code"))
    monkeypatch.setattr(cache, "_sizes", {})
    return tmp_path / "code"


def kernel(number):
    return f"define void @kernel(ptr %p0) {{\n  store i64 {number}, ptr %p0\n  ret void\n}}"


def ran(code):
    cell = np.zeros(1, np.int64)
    arguments = np.array([cell.ctypes.data], np.uintp)
    form = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
    form(code.address)(arguments.ctypes.data, None)
    return int(cell[0])


def test_what_is_saved_is_read_back(place):
    assert cache.load("k") is None
    cache.save("k", b"machine code")
    assert cache.load("k") == b"machine code"
    assert [each.name for each in place.iterdir()] == ["k.code"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content[:-1] + b"?",
        lambda content: b"",
        lambda content: b"another program's file" * 10,
    ],
)
def test_a_damaged_file_is_ignored_and_replaced(place, spoil):
    cache.save("k", b"machine code")
    path = place / "k.code"
    path.write_bytes(spoil(path.read_bytes()))
    assert cache.load("k") is None
    cache.save("k", b"machine code")
    assert cache.load("k") == b"machine code"


def test_a_file_under_another_key_is_ignored(place):
    cache.save("k", b"machine code")
    (place / "k.code").rename(place / "other.code")
    assert cache.load("other") is None


def test_what_was_not_used_for_longest_goes_first(place, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 5000)
    (place).mkdir()
    (place / "of-somebody-else.txt").write_bytes(bytes(10_000))
    keys = [str(i) * 64 for i in range(5)]
    for i in range(4):
        cache.save(keys[i], bytes(1000))
        os.utime(place / f"{keys[i]}.code", (1e9 + i, 1e9 + i))
    assert cache.load(keys[0]) is not None  # which is a use
    cache.save(keys[4], bytes(1000))
    left = [i for i in range(5) if cache.load(keys[i]) is not None]
    assert left == [0, 3, 4]
    assert (place / "of-somebody-else.txt").exists()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv(cache.VARIABLE, str(blocked))
    cache.save("k", b"machine code")
    assert cache.load("k") is None
    assert ran(llvm.kernel(kernel(1001))) == 1001


def test_it_can_be_off(monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, "OFF")
    assert cache.folder() is None
    cache.save("k", b"machine code")
    assert cache.load("k") is None


@pytest.mark.parametrize(
    ("system", "variable", "tail"),
    [
        ("linux", "XDG_CACHE_HOME", ("chainrule", "code")),
        ("win32", "LOCALAPPDATA", ("chainrule", "code")),
    ],
)
def test_it_is_in_the_cache_folder_of_the_user(tmp_path, monkeypatch, system, variable, tail):
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache.folder() == tmp_path.joinpath(*tail)


@pytest.mark.parametrize(("system", "folder"), [("linux", ".cache"), ("darwin", "Library/Caches")])
def test_without_a_setting_it_is_in_the_home_folder(tmp_path, monkeypatch, system, folder):
    for each in (cache.VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(cache.Path, "home", lambda: tmp_path)
    assert cache.folder() == tmp_path / folder / "chainrule" / "code"


def test_many_may_save_the_same_at_once(place):
    code = bytes(100_000)
    threads = [threading.Thread(target=cache.save, args=("k", code)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert cache.load("k") == code
    assert [each.suffix for each in place.iterdir()] == [".code"]


def test_code_comes_from_memory_and_says_so(place):
    with llvm.recorded() as codes:
        first, second = (llvm.kernel(kernel(1002)) for _ in range(2))
    assert (first is second, [each.source for each in codes]) == (True, ["compiled"])
    with llvm.recorded() as codes:
        llvm.kernel(kernel(1002))
    assert [(each.source, each.text) for each in codes] == [("memory", kernel(1002))]
    assert ran(first) == 1002


def test_a_kernel_brings_only_the_functions_it_uses():
    names = ("@tanh.f32", "@log.f32", "@llvm.fma.f32", "@llvm.fabs.f32")
    used = llvm._used("%y = call float @tanh.f32(float %x)")
    assert [f"{name}(" in used for name in names] == [True, False, False, True]
    assert llvm._used("ret void") == ""


def test_a_kernel_brings_the_vector_functions_that_loops_call():
    used = llvm._used("%y = call double @sin.f64(double %x)")
    for name in ("sin.f64", "sin.v4f64", "sin.v8f64", "llvm.fma.v8f64", "sin"):
        assert f"@{name}(" in used
    assert "@llvm.compiler.used" in used
    assert "@cos" not in used


def started(place):
    environment = {**os.environ, cache.VARIABLE: str(place)}
    command = [sys.executable, "-W", "error", "-c", WARM]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loss, sources = run.stdout.splitlines()
    return loss, sources.strip()


def test_a_second_process_compiles_nothing_and_a_damaged_cache_compiles_all(place):
    loss, cold = started(place)
    again, warm = started(place)
    assert (again, cold.count(" 0 from disk"), warm.count(" 0 compiled")) == (loss, 1, 1)
    for path in place.iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    assert started(place) == (loss, cold)
    assert started(place) == (loss, warm)
