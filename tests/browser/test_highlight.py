"""Pointing at one thing lights up the same thing in the picture, the ledger and the code."""

import pytest


def lit(widget, part):
    """What is lit in one part, by what it stands for."""
    return widget.root.locator(f"{part} [data-lit]").evaluate_all(
        "all => all.map(({ dataset }) => `${dataset.row ?? ''}|${dataset.component ?? ''}`)"
    )


def test_a_row_of_the_ledger_lights_its_group_in_the_picture(coins):
    coins.go(1)
    coins.root.locator(".ledger tbody tr[data-row='2'] th").hover()
    assert "2|" in lit(coins, ".picture")


def test_a_group_in_the_picture_lights_its_row_of_the_ledger(coins):
    coins.go(1)
    coins.root.locator(".picture g[data-row='3'] text").first.hover()
    assert "3|" in lit(coins, ".ledger")


def test_a_lit_row_can_be_seen(coins):
    coins.go(1)
    row = coins.root.locator(".ledger tbody tr[data-row='1'] th")
    ground = "cell => getComputedStyle(cell).backgroundColor"
    before = row.evaluate(ground)
    coins.root.locator(".picture g[data-row='1'] text").first.hover()
    assert row.evaluate(ground) != before
    band = coins.root.locator(".picture g[data-row='1'] > .row")
    assert band.evaluate("band => getComputedStyle(band).fill") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("position", [1, 2])
def test_a_component_lights_up_everywhere(stepper, position):
    stepper.go(position)
    stepper.root.locator(".ledger [data-component='1']").last.hover()
    # Rows that hold the same quantity may be lit too; in the picture only this component is.
    assert {name.split("|")[1] for name in lit(stepper, ".picture")} - {""} == {"1"}
    assert {name.split("|")[1] for name in lit(stepper, ".ledger")} >= {"1"}


def test_a_bell_lights_its_lines_of_arithmetic(bells):
    bells.go(2)
    bells.handles.first.hover()
    assert {name.split("|")[1] for name in lit(bells, ".ledger")} == {"0"}


def test_a_quantity_lights_the_lines_of_code_that_make_it(coins):
    coins.go(1)
    coins.root.locator(".ledger thead [data-code='log_joint']").first.hover()
    lines = coins.root.locator(".code .line[data-lit]").all_inner_texts()
    assert lines
    assert all("log_joint" in line for line in lines)


def test_nothing_stays_lit_when_the_pointer_leaves(coins):
    coins.go(1)
    coins.root.locator(".ledger tbody tr[data-row='2'] th").hover()
    coins.page.mouse.move(1, 1)
    assert coins.root.locator("[data-lit]").count() == 0


def test_the_sentence_follows_the_observation_that_is_chosen(bells):
    bells.go(1)
    said, cells = bells.said, bells.cells()
    slider = bells.root.locator(".ledger input[type=range]")
    slider.focus()
    for _ in range(10):
        bells.page.keyboard.press("ArrowLeft")
    assert bells.said != said
    assert bells.cells() != cells
    assert slider.evaluate("slider => slider === document.activeElement")
