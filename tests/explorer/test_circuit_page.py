"""The README's circuit in the page: every number, the steps, edits."""

import numpy as np
import pytest

from explored_graphs import circuit


def number(text):
    """Return the last number of a text such as "∂ 3 + 2 = 5"."""
    return float(
        text.replace("∂", "").replace("−", "-").split("=")[-1].replace("(", "").strip(" )")
    )


def by_name(page, graph):
    names = [graph.record().names[each] for each in graph.record().order]
    return names, page.numbers


@pytest.fixture(name="graph")
def _graph():
    return circuit(x=1.0, y=2.0, z=0.0)


def test_every_number_on_the_screen_is_that_of_the_run(opened, graph):
    page = opened(graph)
    record = graph.record()
    shown = page.ask("() => window.explorer.shown()")
    kinds = dict.fromkeys(("value", "gradient", "sent"), 0)
    for each in shown:
        node = record.order[each["box"]]
        if each["kind"] == "value":
            expected = record.values[node]
        elif each["kind"] == "gradient":
            expected = record.upstream[node]
        else:
            sender = record.order[each["by"]]
            expected = record.downstream[sender, sender.inputs.index(node)]
        assert number(each["text"]) == expected
        kinds[each["kind"]] += 1
    assert kinds == {"value": 6, "gradient": 12, "sent": 4}
    drawn = page.tab.locator("svg.drawing text.number").all_text_contents()
    assert sorted(drawn) == sorted(each["text"] for each in shown)


def test_branches_add_visibly(opened, graph):
    page = opened(graph)
    texts = page.tab.locator("svg.drawing text.number.gradient").all_text_contents()
    assert "∂ 3 + 2 = 5" in texts or "∂ 2 + 3 = 5" in texts


def test_the_backward_row_is_the_mirror_of_the_forward_row(opened, graph):
    geometry = opened(graph).geometry
    rows = {row: {} for row in ("forward", "backward")}
    for box in geometry["boxes"]:
        rows[box["row"]][box["box"]] = box
    assert rows["forward"].keys() == rows["backward"].keys() == set(range(6))
    middles = {
        round(above["y"] + above["height"] + rows["backward"][box]["y"], 3)
        for box, above in rows["forward"].items()
    }
    assert len(middles) == 1
    for box, above in rows["forward"].items():
        below = rows["backward"][box]
        assert (above["x"], above["width"]) == (below["x"], below["width"])


def test_steps_go_forward_in_topological_order_and_back_in_reverse(opened, graph):
    page = opened(graph)
    steps = page.ask("() => window.explorer.steps()")
    order = [each["box"] for each in steps if each["row"] == "forward"]
    assert [each["row"] for each in steps] == ["forward"] * 6 + ["backward"] * 6
    assert [each["box"] for each in steps[6:]] == order[::-1]
    inputs = page.ask("() => window.explorer.state().document.nodes.inputs")
    assert all(order.index(x) < order.index(node) for node in order for x in inputs[node])


def test_a_step_hides_what_is_not_computed_yet(opened, graph):
    page = opened(graph)
    page.tab.locator("body").click(position={"x": 500, "y": 700})
    page.press("n", "n")
    said = page.tab.locator("[role=status]").text_content()
    assert "2 of 12, forward: input y = 2" in said
    texts = page.tab.locator("svg.drawing text.number").all_text_contents()
    assert sorted(filter(None, map(str.strip, texts))) == ["1", "2"]
    page.press("p")
    assert "1 of 12" in page.tab.locator("[role=status]").text_content()


def test_the_panel_of_a_gate_shows_upstream_local_and_downstream(opened, graph):
    page = opened(graph)
    names = page.ask("() => window.explorer.state().document.nodes.name")
    page.ask("(node) => window.explorer.set({ selection: { node } })", names.index("f"))
    panel = page.tab.locator("aside.panel")
    assert "multiply switches: each input receives the upstream gradient" in panel.text_content()
    assert panel.locator("math").count() >= 4
    product = panel.locator(".sent .product").first.text_content()
    assert [each for each in "1×2=2" if each not in product] == []


def test_an_edited_input_gives_the_gradients_of_python(opened, graph):
    page = opened(graph)
    names = page.ask("() => window.explorer.state().document.nodes.name")
    page.ask("(node) => window.explorer.set({ selection: { node } })", names.index("z"))
    field = page.tab.locator("aside.panel .number-editor input[type=number]")
    for value in (7.25, -0.5, 2.0):
        field.fill(str(value))
        field.press("Enter")
        page.tab.wait_for_function(
            "value => window.explorer.state().edits.some(each => each.value === value)"
            " || value === 0",
            arg=value,
        )
        page.tab.wait_for_timeout(50)
        result = graph.forward(z=value)
        gradients = graph.backward()
        numbers = page.numbers
        assert numbers("value", len(names) - 1) == result
        for name, gradient in gradients.items():
            assert numbers("upstream", names.index(name)) == gradient


def test_an_edited_seed_scales_every_gradient(opened, graph):
    page = opened(graph)
    page.ask("() => window.explorer.set({ seed: [-3] })")
    page.tab.wait_for_timeout(50)
    gradients = graph.backward(np.float64(-3.0))
    names, numbers = by_name(page, graph)
    for name, gradient in gradients.items():
        assert numbers("upstream", names.index(name)) == gradient


def test_the_check_agrees_with_the_formulas(opened, graph):
    page = opened(graph)
    names = page.ask("() => window.explorer.state().document.nodes.name")
    page.ask("(node) => window.explorer.set({ selection: { node } })", names.index("f"))
    page.tab.get_by_role("button", name="Check with central differences").click()
    verdicts = page.tab.locator(".check-result .verdict")
    verdicts.first.wait_for()
    assert verdicts.count() == 2
    assert all("agrees" in each.get_attribute("class") for each in verdicts.all())


def test_a_link_keeps_the_state(opened, graph):
    page = opened(graph, "#open=&view=backward&step=8&select=n3&edit=0_0_4.5")
    page.tab.wait_for_timeout(50)
    state = page.ask("() => window.explorer.state()")
    assert (state["view"], state["step"], state["selection"]) == ("backward", 7, {"node": 3})
    assert page.numbers("value", 0) == 4.5
    assert page.numbers("value", 5) == graph.forward(x=4.5)
