"""The numbers on the screen are emlib's, to the last printed place."""

import numpy as np
import pytest
from expected import fixed, joint_of, percent, short, steps_of

FIRST = 7  # the half-steps compared one by one


def coin_labels(step):
    return [f"{'ABCDEFGH'[k]} {fixed(value)}" for k, value in enumerate(step.params.heads)]


def bell_sentence(*params):
    parts = zip("ABCDEFGH", *params, strict=False)
    return "; ".join(
        f"{name} has mean {short(mean, 5)}, standard deviation {short(np.sqrt(cov))}, "
        f"weight {short(weight)}"
        for name, weight, mean, cov in parts
    )


def plane_sentence(weights, means, covs):
    places = (f"({', '.join(short(value) for value in mean)})" for mean in means)
    parts = zip("ABCDEFGH", places, weights, strict=False)
    return "; ".join(f"mean {name} at {at}, weight {short(weight)}" for name, at, weight in parts)


def sentence_of(view, params):
    return (plane_sentence if view == "plane" else bell_sentence)(*params)


def mean_share(posterior, times):
    counts = posterior.T @ np.array(times)
    return counts / counts.sum()


def test_coins_stand_where_emlib_puts_them(every_coins):
    for position, step in enumerate(steps_of(every_coins.state)[:FIRST]):
        every_coins.go(position)
        assert every_coins.params() == coin_labels(step)


def test_coins_end_where_emlib_ends(every_coins):
    steps = steps_of(every_coins.state)
    every_coins.run()
    assert every_coins.position == len(steps) - 1
    assert every_coins.params() == coin_labels(steps[-1])


def test_the_groups_are_divided_as_emlib_divides_them(every_coins):
    for position, step in enumerate(steps_of(every_coins.state)[:FIRST]):
        every_coins.go(position)
        if step.posterior is None:
            assert every_coins.shares() == {}
        else:
            np.testing.assert_allclose(every_coins.shares_by_group(), step.posterior, atol=1e-5)


def test_the_e_ledger_prints_emlibs_products_and_shares(coins):
    coins.go(1)
    step = steps_of(coins.state)[1]
    joint = joint_of(coins.state, step)
    wanted = [
        [
            str(n + 1),
            short(heads),
            *(fixed(v, 5) for v in joint[n]),
            *(fixed(v) for v in step.posterior[n]),
        ]
        for n, heads in enumerate(coins.state["problem"]["x"])
    ]
    assert coins.cells() == wanted


def test_the_m_ledger_prints_fractional_heads_and_the_new_coins(coins):
    coins.go(2)
    step, problem = steps_of(coins.state)[2], coins.state["problem"]
    wanted = []
    for n, (heads, tosses) in enumerate(zip(problem["x"], problem["tosses"], strict=True)):
        fractions = [
            fixed(share * number, 3) for share in step.posterior[n] for number in (heads, tosses)
        ]
        wanted.append([str(n + 1), short(heads), *fractions])
    assert coins.cells() == wanted
    results = coins.results()
    assert results[: len(step.params.heads)] == [fixed(value) for value in step.params.heads]
    assert results[len(step.params.heads) :] in (
        [],
        [fixed(value) for value in step.params.weights],
    )


def test_the_e_sentence_names_the_share_of_the_first_group(coins):
    coins.go(1)
    share = steps_of(coins.state)[1].posterior[0].max()
    assert f"is now {percent(share)} coin" in coins.said


def test_bells_stand_where_emlib_puts_them(every_bells):
    for position, step in enumerate(steps_of(every_bells.state)[:FIRST]):
        every_bells.go(position)
        if step.kind != "E":
            assert bell_sentence(*step.params) in every_bells.said


def test_bells_end_where_emlib_ends(every_bells):
    steps = steps_of(every_bells.state)
    every_bells.run()
    assert every_bells.position == len(steps) - 1
    assert bell_sentence(*steps[-1].params) in every_bells.said


def test_the_bells_e_ledger_prints_emlibs_products_and_shares(bells):
    bells.go(1)
    step = steps_of(bells.state)[1]
    observation = float(bells.ledger.split(" = ")[1].split()[0])
    n = int(np.argmin(np.abs(np.array(bells.state["problem"]["x"]) - observation)))
    joint = joint_of(bells.state, step)[n]
    wanted = [
        [
            "ABCDEFGH"[k],
            short(weight),
            short(joint[k] / weight),
            short(joint[k]),
            fixed(step.posterior[n][k]),
        ]
        for k, weight in enumerate(step.params.weights)
    ]
    assert bells.cells() == wanted


def test_the_bells_m_ledger_prints_emlibs_parameters(bells):
    bells.go(2)
    step = steps_of(bells.state)[2]
    wanted = [short(value, 6) for parts in zip(*step.params, strict=True) for value in parts]
    assert bells.results() == wanted


def test_the_histogram_is_coloured_by_emlibs_shares(every_bells):
    every_bells.go(1)
    step, problem = steps_of(every_bells.state)[1], every_bells.state["problem"]
    times = problem.get("times", np.ones(len(problem["x"])))
    np.testing.assert_allclose(
        every_bells.share_of_the_area(), mean_share(step.posterior, times), atol=1e-6
    )


@pytest.mark.parametrize("option", ["hard", "known"])
def test_a_switch_starts_again_with_the_other_model_of_emlib(coins, option):
    turned = not coins.state["options"][option]
    coins.go(2)
    coins.switch(option).click()
    assert coins.position == 0
    steps = steps_of(coins.state, **{option: turned})
    coins.run()
    assert coins.position == len(steps) - 1
    assert coins.params() == coin_labels(steps[-1])


def test_hard_bells_are_emlibs(bells):
    turned = not bells.state["options"]["hard"]
    bells.switch("hard").click()
    steps = steps_of(bells.state, hard=turned)
    bells.run()
    assert bells.position == len(steps) - 1
    assert bell_sentence(*steps[-1].params) in bells.said


def test_hard_shares_are_all_or_nothing(stepper):
    if not stepper.state["options"]["hard"]:
        stepper.switch("hard").click()
    stepper.go(1)
    rows = stepper.shares()
    if stepper.on_page.view in ("coins", "plane"):
        assert {share for parts in rows.values() for share in parts.values()} <= {0, 1}
    else:  # a bar holds several observations
        steps = steps_of(stepper.state, hard=True)
        assert set(np.unique(steps[1].posterior)) <= {0, 1}
        assert sum(max(parts.values()) == 1 for parts in rows.values()) >= len(rows) - 4


def test_a_preset_starts_from_its_own_numbers(every_stepper):
    for number, preset in enumerate(every_stepper.state["problem"]["presets"]):
        every_stepper.presets.select_option(str(number))
        assert every_stepper.position == 0
        steps = steps_of(every_stepper.state, preset["start"])
        every_stepper.run()
        assert every_stepper.position == len(steps) - 1
        if every_stepper.on_page.view == "coins":
            assert every_stepper.params() == coin_labels(steps[-1])
        else:
            assert sentence_of(every_stepper.on_page.view, steps[-1].params) in every_stepper.said


def test_own_models_show_the_half_steps_that_python_computed(every_own_model):
    steps = every_own_model.state["steps"]
    for position, step in enumerate(steps[:FIRST]):
        every_own_model.go(position)
        params = step["params"]
        if "heads" in params:
            wanted = ", ".join(
                f"coin {'ABCDEFGH'[k]} {fixed(v)}" for k, v in enumerate(params["heads"])
            )
        else:
            numbers = params["weights"], params["means"], params.get("covs")
            wanted = sentence_of(every_own_model.on_page.view, numbers)
        assert wanted in every_own_model.said or step["kind"] == "E"
    every_own_model.run()
    assert every_own_model.position == len(steps) - 1


def test_own_models_share_out_as_python_did(every_own_model):
    every_own_model.go(1)
    posterior = np.array(every_own_model.state["steps"][1]["posterior"])
    if every_own_model.on_page.view == "plane":
        drawn = every_own_model.shares()
        table = [
            [drawn[str(n)].get(str(k), 0) for k in range(posterior.shape[1])]
            for n in range(len(posterior))
        ]
        np.testing.assert_allclose(table, posterior, atol=0.02)  # in whole percents
    elif every_own_model.on_page.view == "coins":
        np.testing.assert_allclose(every_own_model.shares_by_group(), posterior, atol=1e-5)
    else:
        times = every_own_model.state["problem"].get("times", np.ones(len(posterior)))
        np.testing.assert_allclose(
            every_own_model.share_of_the_area(), mean_share(posterior, times), atol=1e-6
        )
