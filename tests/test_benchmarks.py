"""The benchmarks run, all contenders reach the same numbers, and the tables show it; no clock."""

from functools import partial

import numpy as np
import pytest

import emlib
from benchmarks import growth, limits, memory, passes, problems, run, tables
from benchmarks.cases import CASES, Case, Problem
from benchmarks.compare import compare, spread, turn
from benchmarks.limits import Rates, Work
from benchmarks.outcome import Disagreement, Outcome, PeerFailed, difference, need_same

TINY = 0.002  # of the full size


def answer(*values):
    """A contender that takes no time."""
    return lambda: Outcome({"means": np.array(values)}, 4)


@pytest.mark.parametrize("name", CASES)
def test_all_contenders_reach_the_same_numbers(name):
    case = CASES[name]
    if case.skip:
        pytest.skip(case.skip)
    contenders = case.build(TINY).contenders
    assert len(contenders) > 1 and next(iter(contenders)) == "emlib"
    need_same({name: one() for name, one in contenders.items()}, case.tolerance)


@pytest.mark.parametrize("name", ["a", "e1", "f5"])
def test_every_contender_does_all_iterations(name):
    assert len({one().iterations for one in CASES[name].build(TINY).contenders.values()}) == 1


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"means": [1, 2.1]}, "peer differs from emlib by 0.05, relative; 1e-09 is allowed"),
        ({"means": [1, np.nan]}, "differs from emlib by (inf|nan)"),
        ({"means": [1.0]}, r"means has shapes \(2,\) and \(1,\)"),
        ({"covs": [1.0, 2.0]}, "nothing to compare"),
    ],
)
def test_other_numbers_are_an_error(others, message):
    outcomes = {"emlib": Outcome({"means": [1.0, 2.0]}), "peer": Outcome(others)}
    with pytest.raises(Disagreement, match=message):
        need_same(outcomes, 1e-9)


def test_a_difference_is_relative_to_the_largest_value_and_of_what_both_know():
    one = {"means": np.array([1.0, 200.0]), "log-likelihood": -5.0}
    assert difference(one, {"means": np.array([1.2, 200.0])}) == pytest.approx(0.001)


def test_a_disagreement_ends_the_run_and_nothing_is_stored(monkeypatch, capsys):
    fake = Case("fake", lambda _: Problem({"emlib": answer(1, 2), "peer": answer(1, 3)}, Work()))
    monkeypatch.setitem(CASES, "a", fake)
    monkeypatch.setattr(tables, "store", lambda _: pytest.fail("stored"))
    with pytest.raises(
        SystemExit, match=r"Case a: peer differs from emlib by .* Nothing is stored"
    ):
        run.main(["--case", "a"])


def test_a_missing_case_and_a_missing_peer_are_named_once(monkeypatch, capsys):
    problem = Problem({"emlib": answer(1), "peer": answer(1)}, Work(calls=1), ("R: not there",))
    monkeypatch.setitem(CASES, "a", Case("one", lambda _: problem))
    monkeypatch.setitem(CASES, "b", Case("two", lambda _: problem))
    monkeypatch.setitem(CASES, "c", Case("three", lambda _: problem, skip="emlib has no c yet"))
    run.main(["--case", "a,b,c", "--quick"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "Left out: R: not there; case c (three): emlib has no c yet." in printed
    assert printed.count("R: not there") == 1


def test_a_case_is_compared_round_by_round():
    slow = Problem({"emlib": lambda: Outcome({"means": 1.0}, 2, 0.5),
                    "fast": lambda: Outcome({"means": 1.0}, 4, 0.5),
                    "slow": lambda: Outcome({"means": 1.0}, 1, 2.5)}, Work(calls=1))  # fmt: skip
    shown = compare(Case("fake", lambda _: slow), 1, rounds=3, patience=9)
    assert shown.ratios == {"fast": 2, "slow": pytest.approx(0.1)}  # per iteration, closest first
    assert shown.milliseconds == 250 and shown.rounds == 3 and shown.spread == 0
    assert shown.to_limit > 1


def test_a_peer_that_fails_is_left_out_and_named():
    def fails():
        raise PeerFailed("R, mixture: no")

    problem = Problem({"emlib": answer(1), "R": fails, "peer": answer(1)}, None, ("one",))
    shown = compare(Case("fake", lambda _: problem), 1, rounds=1, patience=9)
    assert list(shown.ratios) == ["peer"] and shown.absent == ("one", "R, mixture: no")


def test_patience_ends_after_three_rounds():
    problem = Problem({"emlib": answer(1), "peer": answer(1)}, None)
    shown = compare(Case("fake", lambda _: problem), 1, rounds=50, patience=0)
    assert shown.rounds == 3 and np.isnan(shown.to_limit)


def test_a_contender_may_bring_its_own_clock():
    seconds, outcome = turn(lambda: Outcome({}, 1, 2.0), repeats=3)
    assert seconds == 2 and outcome.seconds == 2


def test_the_spread_is_half_the_distance_of_the_quartiles():
    assert spread([1, 2, 3, 4, 5]) == pytest.approx(1 / 3)
    assert spread([7]) == 0


def test_the_tables_are_printed_within_100_columns(capsys):
    run.main(["--case", "d,f5,e1", "--quick", "--rounds", "1"])
    printed = capsys.readouterr().out
    body = printed.splitlines()
    assert max(map(len, body)) <= 100
    assert all(any(line.startswith(f"{name}: ") for line in body) for name in ("d", "e1", "f5"))
    assert "scikit-learn" in printed and "textbook" in printed and "÷ limit" in printed


@pytest.mark.parametrize("words", [["--case", "a,z"], ["--rounds", "0"], ["--threads", "0"]])
def test_a_wrong_option_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        run.main(words)
    assert "error: " in capsys.readouterr().err


def test_only_a_whole_run_is_stored():
    assert run.arguments([]).stored
    for words in (["--case", "a"], ["--quick"], ["--threads", "2"]):
        assert not run.arguments(words).stored


def test_the_tables_go_between_the_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"Before\n\n{tables.BEGIN}\n\nold\n\n{tables.END}\n\nafter\n", encoding="utf-8")
    for text in ("one", "two"):
        tables.store(text, page)
    expected = f"Before\n\n{tables.BEGIN}\n\ntwo\n\n{tables.END}\n\nafter\n"
    assert page.read_text(encoding="utf-8") == expected


def test_the_page_shows_every_case_or_why_not():
    text = tables.PAGE.read_text(encoding="utf-8")
    stored = text[text.index(tables.BEGIN) : text.index(tables.END)]
    assert "cores" in stored and "numpy" in stored and "BLAS thread" in stored
    for name, case in CASES.items():
        assert f"| {name}: {case.title} |" in stored or f"case {name} ({case.title}): " in stored


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0123, "0.012"), (0.98765, "0.99"), (4.56, "4.6"), (45.6, "46"), (1234, "1234"),
     (0, "0"), (float("nan"), "–")],
)  # fmt: skip
def test_numbers_have_two_digits(value, words):
    assert tables.number(value) == words


def test_small_numbers_have_one_digit_and_a_power():
    assert [tables.power(value) for value in (1.6e-12, 0.04, 0)] == ["2·10⁻¹²", "4·10⁻²", "0"]


def test_the_limit_takes_the_longer_of_products_and_reading():
    rates = Rates(*[10.0] * 6)
    assert limits.seconds(Work(1, 2, 3, flops=40, bytes=50, calls=6), rates) == pytest.approx(6.2)
    assert limits.seconds(Work(flops=60, bytes=50), rates) == 6
    assert min(limits.measure()) > 0


@pytest.mark.parametrize("family", growth.FAMILIES)
def test_growth_has_a_ratio_for_every_size(family):
    shown = growth.doubled(family, TINY, 1)
    row = tables.growth_row(family, shown)
    assert len(row) == len(tables.GROWTH)
    assert all(shown[f"2{name}"] > 0 for name in growth.FAMILIES[family][1])


def test_memory_is_what_the_process_grows_by():
    small, large = partial(np.ones, 10), partial(np.ones, 5_000_000)
    assert 39e6 < memory.measured(small, large) < 42e6
    assert memory.measured(small, small) < 1e6


def test_memory_is_measured_for_emlib_and_a_peer():
    peak = memory.case("a", TINY)
    assert list(peak.beyond) == ["emlib", "scikit-learn"]
    assert peak.data == 8 * len(problems.seed_example(220)[0]) / 1e6
    assert len(tables.memory_row("a", peak)) == len(tables.MEMORY)
    assert [title for title in memory.rows(1) if title.startswith(("1-D", "2-D"))] == [
        "1-D, K=2, 10,000,000 points",
        "2-D, K=2, 10,000,000 points",
    ]


def test_passes_of_plain_em_are_counted_exactly():
    x, start = problems.five_groups()
    model = emlib.CoinMixture(10)
    target = emlib.fit(model, x, start, tol=0, max_iter=3000).params
    steps = [s for s in emlib.em(model, x, start, tol=0, max_iter=3000) if s.kind == "M"]
    expected = next(s.iteration for s in steps if passes.distance(s.params, target) < passes.NEAR)
    assert passes.plain(model, x, start, target) == expected


def test_what_acceleration_does_not_reach_is_said():
    assert tables.passes_row("a", passes.Passes(4000, 40)) == ("a", "4,000", "40", "0.010")
    assert tables.passes_row("a", passes.Passes(4000, 2000)) == ("a", "4,000", "over 2,000", "–")


@pytest.mark.parametrize(
    "make",
    [
        partial(problems.clusters, 200, 2, 2, 3.0),
        partial(problems.near, 200, [0.5, 0.5], 2.0),
        partial(problems.coins, 200),
        partial(problems.chain, 200, 2),
        partial(problems.labels, 200, 2),
    ],
)
def test_the_data_come_from_fixed_seeds(make):
    once, again = make(), make()
    assert np.array_equal(once[0], again[0])
    assert all(np.array_equal(a, b) for a, b in zip(once[-1], again[-1]))
