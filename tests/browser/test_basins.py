"""The basin map: every start of two coins, and where EM ends from there."""

import re

import pytest
from expected import fixed, steps_of

STARTS = 49 * 49


def click_at(basin_map, a, b):
    box = basin_map.root.locator(".catch").bounding_box()
    basin_map.page.mouse.click(box["x"] + a * box["width"], box["y"] + (1 - b) * box["height"])


def start_at(basin_map, a, b):
    return basin_map.state["start"] | {"heads": [a, b]}


def sentence_holds(basin_map, a, b):
    """The sentence names the ends, the iterations and the log-likelihood that emlib finds."""
    last = steps_of(basin_map.state, start_at(basin_map, a, b))[-1]
    numbers = [fixed(a, 2), fixed(b, 2), *(fixed(v) for v in last.params.heads)]
    numbers += [f"{last.iteration} iteration", fixed(last.log_likelihood, 3)]
    return [number for number in numbers if number not in basin_map.said] == []


def test_a_click_chooses_a_start_and_the_sentence_is_emlibs(basin_map):
    click_at(basin_map, 0.3, 0.6)
    assert sentence_holds(basin_map, 0.3, 0.6), basin_map.said
    assert basin_map.position == 0


@pytest.mark.parametrize(("a", "b"), [(0.9, 0.2), (0.1, 0.15), (0.5, 0.9), (0.66, 0.66)])
def test_other_starts_agree_too(basin_map, a, b):
    click_at(basin_map, a, b)
    assert sentence_holds(basin_map, a, b), basin_map.said


def test_the_legend_counts_every_start_once(basin_map):
    counts = [int(re.sub(r"\D", "", row[1])) for row in basin_map.cells()]
    assert sum(counts) == STARTS


def test_the_legend_counts_what_emlib_counts(basin_map):
    """Every fifth start of the map, each way, run by emlib: the ends are those of the legend."""
    legend = " ".join(" ".join(row) for row in basin_map.cells())
    for a in range(1, 50, 8):
        for b in range(1, 50, 8):
            steps = steps_of(basin_map.state, start_at(basin_map, a / 50, b / 50))
            if min(steps[-1].posterior.sum(axis=0)) > 0:
                low, high = sorted(steps[-1].params.heads)
                assert fixed(low) in legend, (a, b)
                assert fixed(high) in legend, (a, b)


def test_the_map_has_a_patch_for_every_line_of_its_legend(basin_map):
    colours = basin_map.root.locator(".ledger .swatch").evaluate_all(
        "all => all.map((swatch) => [...swatch.classList].find((name) => name.startsWith('basin')))"
    )
    assert len(set(colours)) == len(colours)
    for colour in colours:
        assert basin_map.root.locator(f".picture rect.{colour}").count() > 0


def test_dragging_over_the_map_moves_the_start(basin_map):
    box = basin_map.root.locator(".catch").bounding_box()
    mouse = basin_map.page.mouse
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    mouse.up()
    assert sentence_holds(basin_map, 0.4, 0.5), basin_map.said


@pytest.mark.parametrize(
    ("key", "da", "db"),
    [("ArrowLeft", -1, 0), ("ArrowRight", 1, 0), ("ArrowUp", 0, 1), ("ArrowDown", 0, -1)],
)
def test_arrow_keys_move_the_crosshair(basin_map, key, da, db):
    a, b = basin_map.state["start"]["heads"]
    basin_map.handles.focus()
    basin_map.page.keyboard.press(key)
    a, b = round(a + da / 100, 2), round(b + db / 100, 2)
    assert sentence_holds(basin_map, a, b), basin_map.said
    assert basin_map.handles.get_attribute("aria-valuetext").count(fixed(a, 2)) >= 1
    assert basin_map.handles.evaluate("handle => handle === document.activeElement")


def test_soft_em_colours_the_map_with_one_end(basin_map):
    basin_map.switch("hard").click()
    basin_map.ready()
    ends = [row for row in basin_map.cells() if re.search(r"\d\.\d{4}", " ".join(row))]
    steps = steps_of(basin_map.state, hard=False)
    low, high = sorted(steps[-1].params.heads)
    assert fixed(low) in " ".join(ends[0])
    assert fixed(high) in " ".join(ends[0])


def test_the_ring_ends_where_emlib_ends(basin_map):
    basin_map.run()
    a, b = steps_of(basin_map.state)[-1].params.heads
    box = basin_map.root.locator(".catch").bounding_box()
    ring = basin_map.root.locator(".end").bounding_box()
    centre = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    assert centre[0] == pytest.approx(box["x"] + a * box["width"], abs=1)
    assert centre[1] == pytest.approx(box["y"] + (1 - b) * box["height"], abs=1)
