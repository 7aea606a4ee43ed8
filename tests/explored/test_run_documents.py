"""Runs of a doctor in the explorer: findings lead to the gates to blame and their lines."""

import inspect
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.doctor.sick import SICK

import chainrule as cr
from chainrule.explorer import ExplorerError
from chainrule.explorer.measured_places import MeasuredPlaces
from chainrule.explorer.run_document import run_document
from chainrule.explorer.stored_documents import read_document
from chainrule.train.doctor import DoctorFinding, read, run_graphs
from chainrule.train.doctor.records.graph_records import graph_files
from explored_runs import Net, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "dead"
    trained(folder)
    return folder


def line_of(document, node):
    return document["lines"][document["nodes"]["line"][node]]


def test_a_finding_leads_to_the_gate_and_the_line_of_code(run):
    document = run_document(run)
    (finding,) = [e for e in document["findings"]["findings"] if "dying ReLU" in e["title"]]
    (node,) = finding["nodes"]
    line = line_of(document, node)
    lines, first = inspect.getsourcelines(Net.forward)
    assert line["file"] == "explored_runs.py"
    assert line["line"] == first + 1
    assert line["source"] == lines[1].strip() == "hidden = cr.relu(self.first(x))"
    assert document["kinds"][document["nodes"]["kind"][node]] == "maximum"


def test_a_finding_has_evidence_a_remedy_and_its_figures(run):
    document = run_document(run)
    finding = document["findings"]["findings"][0]
    assert finding["severity"] == "warning"
    assert "16 of 16 units are 0" in finding["evidence"][0]
    assert "smaller learning rate" in finding["remedy"]
    assert finding["step"] == read(run).exams[-1].step
    series = {each["name"]: each for each in document["findings"]["figures"]}
    assert "relu: dead units" in finding["figures"]
    assert series["relu: dead units"]["values"][-1] == 1.0
    assert all(each in series for each in finding["figures"])


def test_figures_are_the_measurements_of_all_exams(run):
    history = read(run)
    figures = {each["name"]: each for each in run_document(run)["findings"]["figures"]}
    steps = [exam.step for exam in history.exams]
    assert figures["loss"]["steps"] == steps
    assert figures["loss"]["values"] == [exam.loss for exam in history.exams]
    weight = figures["first.weight: update"]
    assert weight["values"] == [exam.weights[0].ratio for exam in history.exams]
    assert weight["path"] == "first.weight"
    assert {each["path"] for each in figures.values()} >= {"", "first.matmul", "second.bias"}


def test_the_first_graph_and_that_of_the_end_are_stored(run):
    assert list(graph_files(run)) == [1, 12]
    assert "step 1" in run_document(run, step=1)["title"]
    assert "step 12" in run_document(run)["title"]


def test_the_graph_has_the_numbers_of_the_last_batch(run):
    document = run_document(run)
    names = document["nodes"]["name"]
    assert {"batch_1", "batch_2", "first.weight", "second.bias"} <= set(names)
    assert document["nodes"]["shape"][names.index("batch_1")] == [16, 5]
    hidden = MeasuredPlaces(document).of(["relu"])[0]
    assert document["numbers"]["upstream"][hidden] >= 0


def test_a_step_that_was_not_stored_is_a_sentence(run):
    with pytest.raises(ExplorerError, match=r"step 5 was asked for, and .* steps 1 and 12"):
        run_document(run, step=5)


def test_a_run_without_graphs_is_a_sentence(tmp_path):
    trained(tmp_path / "run", graphs=False)
    assert not graph_files(tmp_path / "run")
    with pytest.raises(ExplorerError, match="no graph"):
        run_document(tmp_path / "run")


def test_a_new_run_in_the_folder_replaces_the_graphs(tmp_path):
    trained(tmp_path, epochs=3)
    assert list(graph_files(tmp_path)) == [1, 18]
    trained(tmp_path, epochs=1)
    assert list(graph_files(tmp_path)) == [1, 6]


def test_findings_that_come_and_go_cost_few_graphs(tmp_path, monkeypatch):
    stored = []
    monkeypatch.setattr(run_graphs, "batch_inputs", lambda run: ())
    monkeypatch.setattr(run_graphs, "exam_document", lambda loss, title: stored.append(title) or {})
    graphs = run_graphs.RunGraphs(tmp_path)
    graphs.start(0)
    finding = DoctorFinding("dying ReLU", "relu", "16 of 16 units are 0", "a smaller learning rate")
    for step in range(1, 101):
        run = SimpleNamespace(step=step, objective=lambda: None)
        graphs.examined(run, [finding] if step % 2 else [])
    assert stored[:4] == ["Step 1", "Step 2", "Step 3", "Step 4"]
    assert len(stored) < 20
    assert list(graph_files(tmp_path)) == [1, int(stored[-1].split()[1])]


def test_a_stored_graph_says_why_the_page_does_not_compute_it(tmp_path):
    model = cr.nn.Linear(4100, 1, random=0)
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    x = np.ones((4, 4100), np.float32)
    cr.train.fit(
        model,
        optimizer,
        cr.nn.squared_error,
        (x, np.ones((4, 1), np.float32)),
        epochs=1,
        progress=False,
        callbacks=[cr.train.Doctor(tmp_path, quiet=True)],
    )
    editing = run_document(tmp_path)["editing"]
    assert not editing["page"]
    assert "only samples of the large tensors" in editing["why"]
    assert editing["why"].endswith("stored during training: build it in Python first.")


def test_graphs_change_no_number_of_a_run(tmp_path):
    with_graphs = trained(tmp_path / "a")
    without = trained(tmp_path / "b", graphs=False)
    assert with_graphs.history == without.history


def test_in_a_loop_of_the_users_own_graphs_are_stored_too(tmp_path):
    model = Net()
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    doctor = cr.train.Doctor(tmp_path, quiet=True)

    def objective(x, labels):
        return cr.nn.cross_entropy(model(x), labels)

    watched = doctor.watch(model, optimizer, objective)
    random = np.random.default_rng(0)
    for _ in range(4):
        x = random.standard_normal((16, 5)).astype(np.float32)
        labels = (x[:, 0] > 0).astype(np.int64)
        loss = objective(x, labels)
        optimizer.minimize(loss)
        watched(loss, x, labels)
    names = run_document(tmp_path)["nodes"]["name"]
    assert {"x", "labels"} <= set(names)


PLANTED = (
    "ReLU with biases of -10",
    "tanh with weights of zero",
    "recurrent tanh, eigenvalues of 0.5",
    "regression by SGD with a rate of 3",
    "logarithm of negative numbers",
    "a gradient that is stopped",
)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_illness_leads_to_its_place(name, tmp_path):
    """The first node of a finding is on the line that the doctor names."""
    (planted,) = [each for each in SICK if each.name == name]
    report = planted.examined(tmp_path)
    document = run_document(tmp_path)
    found = {each["title"]: each for each in document["findings"]["findings"]}
    for each in report.findings:
        finding = found[f"{each.illness} in {each.where}" if each.where else each.illness]
        assert finding["evidence"] == [each.evidence]
        if "(" in each.where:
            line = line_of(document, finding["nodes"][0])
            assert each.where.endswith(f"({line['file']}:{line['line']})")


def test_names_of_gates_inside_a_scan_lead_to_the_scan(tmp_path):
    (planted,) = [each for each in SICK if each.name == "recurrent tanh, eigenvalues of 0.5"]
    planted.examined(tmp_path)
    document = run_document(tmp_path)
    names = ["recurrent.matmul", "recurrent.matmul (2)", "recurrent.tanh"]
    measured = {each.name for each in read(tmp_path).exams[-1].gates}
    assert {"recurrent.matmul (2)", "recurrent.tanh"} <= measured
    places = [MeasuredPlaces(document).of([name])[0] for name in names]
    kinds = [document["kinds"][document["nodes"]["kind"][node]] for node in places]
    assert kinds == ["matmul", "scan", "scan"]


def test_a_stored_graph_is_a_document_of_its_own(run):
    for path in graph_files(run).values():
        assert read_document(path)["format"] == "chainrule-explorer"
