"""Scenarios with threads, forks and signals, each run as a process of its own by its name.

A scenario ends with exit code 0 only if all its checks hold; a crash or a hang is seen outside.
"""

import contextlib
import faulthandler
import gc
import os
import signal
import sys
import threading
import time

import numpy as np

import chainrule as cr

SECONDS = 2.0
RANDOM = np.random.default_rng(0)


def floats(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def beside(*works, seconds=SECONDS):
    """Run functions in threads of their own, again and again until the time is over."""
    failures, until = [], time.monotonic() + seconds

    def work(function):
        try:
            while time.monotonic() < until and not failures:
                function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise failures[0]


def hot_reload(width, replace):
    """Predictions beside a reload of the weights have the bits of the old weights or of the new."""
    model = cr.nn.Sequential(
        cr.nn.Linear(width, width, random=RANDOM), cr.tanh, cr.nn.Linear(width, 10, random=RANDOM)
    )
    predict, x = cr.compile(lambda v: model(v)), floats(4, width)
    states, wanted = [], set()
    for factor in (1, 0.5):
        states.append({name: factor * value for name, value in model.state().items()})
    for state in states:
        model.load_state(state)
        wanted.add(predict(x).value.tobytes())
    assert len(wanted) == 2
    turn = [0]

    def reload():
        turn[0] += 1
        replace(model, states[turn[0] % 2])

    def call():
        assert predict(x).value.tobytes() in wanted, "neither the old weights nor the new"

    beside(reload, call, call)


def hot_reload_of_512():
    hot_reload(512, lambda model, state: model.load_state(state))


def hot_reload_of_4096():
    hot_reload(4096, lambda model, state: model.load_state(state))


def hot_assignment():
    """One parameter assigned beside predictions from it, eager and compiled."""
    w, x = cr.parameter(np.ones((2000, 300))), np.ones((1, 2000))
    predict = cr.compile(lambda v: v @ w)
    number = [1.0]

    def assign():
        number[0] += 1
        w.assign(np.full((2000, 300), number[0]))

    def compiled():
        found = predict(x).value
        assert (found == found[0, 0]).all()

    def eager():
        found = (cr.asarray(x) @ w).value
        assert (found == found[0, 0]).all()

    beside(assign, compiled, eager)


def first_calls():
    """What is loaded at a first use is loaded once, whoever comes first."""
    before = dict(os.environ)
    count = 8
    barrier, failures = threading.Barrier(count), []
    x = RANDOM.normal(size=(300, 300))
    shared = cr.compile(lambda v: cr.tanh(v @ v * 0.01))

    def work(number):
        own = cr.compile(lambda v: cr.tanh(v @ v * 0.01 * number))
        barrier.wait()
        try:
            for function, factor in ((own, number), (shared, 1), (own, number)):
                np.testing.assert_allclose(function(x).value, np.tanh(x @ x * 0.01 * factor))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failures, failures
    assert dict(os.environ) == before


def fork_while_busy():
    """A child that is forked beside compiled calls computes, trains and compiles."""
    w = cr.parameter(np.zeros((400, 400)))
    step = cr.compile(lambda: counted([w]))
    predict, x = cr.compile(lambda v: v @ v), RANDOM.normal(size=(300, 300))
    numbers = iter(range(10**9))

    def compile_another():
        number = next(numbers)
        cr.compile(lambda v: cr.exp(v * number) + sum(v * i for i in range(number % 7)))(x[:3])

    def fork():
        child = os.fork()
        if child == 0:
            faulthandler.register(signal.SIGALRM, chain=True)
            signal.alarm(15)
            torn = len(np.unique(w.value))
            step()
            compile_another()
            same = np.allclose(predict(x).value, x @ x)
            os._exit(0 if same and torn == 1 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    beside(fork, step, lambda: predict(x), compile_another, seconds=3)


def counted(parameters):
    """Add one to every element of the parameters."""
    cr.graph.apply_together([cr.graph.Replace(each, each + 1) for each in parameters])
    return cr.asarray(0.0) * 1


def counts():
    return [cr.parameter(np.zeros(shape)) for shape in ((3,), (200, 300), (1,), (50, 50))]


def numbers_in(parameters):
    return {float(each) for one in parameters for each in np.unique(one.peek())}


def interrupted_in_a_loop():
    """Ctrl-C at any time: the parameters are all updated or none, and the helper goes to sleep."""
    parameters, x = counts(), RANDOM.normal(size=(300, 300))

    def function(v):
        counted(parameters)
        return v @ v

    step = cr.compile(function)
    step(x)
    done = interrupts = 0

    def interrupt(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            signal.setitimer(signal.ITIMER_REAL, RANDOM.uniform(1e-5, 3e-3))
            while True:
                step(x)
                done += 1
        except KeyboardInterrupt:
            interrupts += 1
            assert len(numbers_in(parameters)) == 1, "half a step"
    assert interrupts > 20 < done
    np.testing.assert_allclose(step(x).value, x @ x)
    time.sleep(0.2)
    before = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - before < 0.25, "the helper spins"


def interrupted_everywhere():
    """The same, with an interrupt wherever Python can take a signal: after calls, and in them."""
    parameters, x = counts(), RANDOM.normal(size=(4, 4))

    def function(v):
        counted(parameters)
        return v @ v

    step = cr.compile(function)
    step(x), step(x)

    def interrupting(left):
        def profile(frame, event, arg):
            left[0] -= event in ("call", "c_return")
            if left[0] == 0:
                raise KeyboardInterrupt

        return profile

    at, left = 0, [0]
    while left[0] <= 0:
        at += 1
        left = [at]
        sys.setprofile(interrupting(left))
        try:
            step(x)
            sys.setprofile(None)
        except KeyboardInterrupt:
            pass
        assert len(numbers_in(parameters)) == 1, f"half a step at call {at}"
        before = numbers_in(parameters)
        np.testing.assert_allclose(step(x).value, x @ x)
        assert numbers_in(parameters) == {each + 1 for each in before}
    assert at > 30
    beside(lambda: step(x), lambda: parameters[0].value, seconds=0.2)  # no lock was left behind


def handler_calls():
    """A signal handler may call compiled functions; a second step in a step is refused."""
    w, x = cr.parameter(np.ones((300, 300))), RANDOM.normal(size=(300, 300))
    predict = cr.compile(lambda v: v @ v)
    step = cr.compile(lambda v: (counted([w]), v @ v)[1])
    wanted, called = x @ x, [0]

    def handle(number, frame):
        called[0] += 1
        assert np.allclose(predict(x).value, wanted)
        assert len(np.unique(w.peek())) == 1
        with contextlib.suppress(cr.ChainruleError):
            step(x)

    predict(x), step(x)
    signal.signal(signal.SIGALRM, handle)
    stop = threading.Event()

    def other():
        while not stop.is_set():
            assert np.allclose(predict(x).value, wanted)

    thread = threading.Thread(target=other)
    thread.start()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        signal.setitimer(signal.ITIMER_REAL, RANDOM.uniform(1e-5, 2e-3))
        assert np.allclose(predict(x).value, wanted)
        step(x)
    signal.setitimer(signal.ITIMER_REAL, 0)
    stop.set()
    thread.join()
    assert called[0] > 20


def finalizers_call():
    """A finalizer that the collector runs during a call may call the same function."""
    x = RANDOM.normal(size=(50, 50))
    predict, called = cr.compile(lambda v: v @ v), [0]

    class Last:
        def __init__(self):
            self.me = self

        def __del__(self):
            called[0] += 1
            assert np.allclose(predict(x).value, x @ x)

    gc.set_threshold(1)

    def work():
        Last()
        assert np.allclose(predict(x).value, x @ x)

    beside(work, work)
    assert called[0] > 10


def ids_changed():
    """Ids that another thread changes during a step are refused or taken, never half checked."""
    table = cr.parameter(np.zeros((1000, 8)), table=True)
    optimizer = cr.optim.Adam([table])
    wanted = np.arange(8.0)

    @cr.compile
    def step(ids):
        rows = cr.take(table, ids)
        loss = ((rows - wanted) ** 2).sum()
        optimizer.minimize(loss)
        return loss, rows[:, 0]

    @cr.compile
    def picked(ids, x):
        return cr.take_along_axis(x, ids, 1), cr.take(x, ids[:4, 0], axis=1)

    ids = RANDOM.integers(0, 1000, 20_000)
    columns = RANDOM.integers(0, 4, (20_000, 1))
    x = RANDOM.normal(size=(20_000, 4))

    def change():
        ids[:] = 10**12
        ids[:] = 7
        columns[:] = -(10**12)
        columns[:] = 2

    def tried(function, *arguments):
        with contextlib.suppress(cr.RangeError):
            function(*arguments)

    beside(change, lambda: tried(step, ids), lambda: tried(picked, columns, x))
    assert np.isfinite(table.value).all()


def training_beside_predicting():
    """Whoever reads beside a training step sees all parameters before it or after it."""
    parameters = counts()
    step = cr.compile(lambda: counted(parameters))
    extremes = cr.compile(lambda: tuple(f(each) for each in parameters for f in (cr.min, cr.max)))
    step(), extremes()

    def eager():
        for each in parameters:
            assert len(np.unique(each.value)) == 1
            assert (cr.max(each) - cr.min(each)).shape == ()

    def predict():
        found = {each.item() for each in extremes()}
        assert len(found) == 1, found

    beside(step, predict, predict, eager)


def two_trainers():
    """Steps of several programs and eager steps, in several threads: no update is lost."""
    parameters, each_of = counts(), 300
    one = cr.compile(lambda: counted(parameters))
    two = cr.compile(lambda x: (counted(parameters), x @ x)[1])
    x = RANDOM.normal(size=(60, 60))

    def eager():
        for each in parameters:
            rows = np.arange(each.shape[0])
            each.assign_rows(rows[:0], each.value[:0])

    threads = [
        threading.Thread(target=lambda f=f, a=a: [f(*a) for _ in range(each_of)])
        for f, a in ((one, ()), (two, (x,)), (one, ()), (eager, ()))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert numbers_in(parameters) == {3.0 * each_of}


def replaced_while_training():
    """Weights assigned beside training: a step comes before the assignment or after it."""
    parameters = counts()
    step = cr.compile(lambda: counted(parameters))
    state = {each: np.full(each.shape, -1000.0) for each in parameters}

    def replace():
        for each, value in state.items():
            each.assign(value)
        time.sleep(0.001)

    def read():
        for each in parameters:
            assert len(np.unique(each.value)) == 1

    beside(step, replace, read)


SCENARIOS = [
    hot_reload_of_512,
    hot_reload_of_4096,
    hot_assignment,
    first_calls,
    fork_while_busy,
    interrupted_in_a_loop,
    interrupted_everywhere,
    handler_calls,
    finalizers_call,
    ids_changed,
    training_beside_predicting,
    two_trainers,
    replaced_while_training,
]

if __name__ == "__main__":
    faulthandler.enable()
    faulthandler.dump_traceback_later(25, exit=True)
    globals()[sys.argv[1]]()
