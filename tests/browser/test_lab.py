"""The same widget in a live JupyterLab: one view, and Python and the screen share one state."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.request

import nbformat
import pytest
import site_files
from chromium import watched_page
from playwright.sync_api import expect
from stepper import WORDS

LAB = site_files.ROOT / ".venv-lab"
JUPYTER = LAB / ("Scripts" if os.name == "nt" else "bin") / "jupyter"
pytestmark = pytest.mark.skipif(
    os.environ.get("CI") != "true" and not JUPYTER.exists(),
    reason="NO .venv-lab: live JupyterLab was NOT tested. Run `make .venv-lab/ready`.",
)

OWN = """\
class OneSuspect:
    def log_joint(self, x, params):
        return np.log(params.weights) + binom.logpmf(x[:, None], 10, params.heads)

    def m_step(self, x, responsibilities):
        share = responsibilities[:, 1]
        return CoinParams((0.5, 0.5), (0.25, share @ x / (10 * share.sum())))


mine = CoinStepper(x, start, model=OneSuspect())
mine"""
PLANE = """\
from emlib import GaussianParams, GaussianMixture
from emlib.data import three_groups
from emlib.widgets import PlaneStepper

points, means = three_groups()[0], [(1.0, 1.0), (5.0, 1.0)]
plane = PlaneStepper(points, GaussianParams((0.5, 0.5), means, [np.eye(2)] * 2))
plane"""
TELL_PLANE = """\
end = fit(plane.model, plane.x, plane.start)
print(plane.model.covariance, plane.model.hard, len(plane.x), len(plane.start.means), end=" ")
print(plane.position, end.iterations)"""
OWN_PLANE = """\
class Diagonal:
    def log_joint(self, x, params):
        return GaussianMixture().log_joint(x, params)

    def m_step(self, x, responsibilities):
        return GaussianMixture("diagonal").m_step(x, responsibilities)


drawn = PlaneStepper(points, plane.start, Diagonal())
drawn"""
LIMIT = """\
from emlib.data import twelve_points
from emlib.widgets import LimitStepper

limit = LimitStepper(twelve_points(), [(1, 1), (8, 8)])
limit"""
PAIR = """\
from emlib.data import two_strips
from emlib.widgets import PairStepper

others = {"groups": (*three_groups(), [(1, 0), (4, 0), (2, 3)])}
pair = PairStepper(*two_strips(), [(-3, 2), (-3, -1)], sets=others, name="strips")
pair"""
TELL_PAIR = """\
print(pair.options["data"], pair.position, pair.start.means.tolist(), end=" ")
print(pair.params.centres.round(3).tolist())"""
# Cells put behind the chapter's own, by name.
CELLS = {
    "tell": """\
print({name}.position, {name}.step.kind, end=" ")
print({name}.start.heads.tolist(), {name}.params.heads.tolist())""",
    "go to 5": "{name}.position = 5",
    "start elsewhere": "{name}.start = CoinParams((0.5, 0.5), (0.3, 0.7))",
    "bad start": "{name}.start = CoinParams((0.5, 0.5), (0.3, 1.7))",
    "fit": "print(fit(soft, x, {name}.start).params.heads.round(4).tolist())",
    "own": OWN,
    "tell own": "print(mine.position, mine.step.kind, mine.params.heads.tolist())",
    "start of own": "print(mine.position, mine.start.heads.tolist())",
    "own elsewhere": "mine.start = CoinParams((0.5, 0.5), (0.25, 0.6))",
    "plane": PLANE,
    "tell plane": TELL_PLANE,
    "other points": 'plane.options = {"covariance": "tied", "hard": False}; plane.x = points[:99]',
    "own plane": OWN_PLANE,
    "limit": LIMIT,
    "tell limit": "print(limit.model, limit.position, limit.params.means.round(3).tolist())",
    "neighbours": "limit.start = limit.start._replace(means=[(1, 1), (2, 1)])",
    "pair": PAIR,
    "tell pair": TELL_PAIR,
    "groups": 'pair.options = {"data": "groups"}; pair.position = 2',
    "tell own plane": "print(len(drawn.x), drawn.position, drawn.step.posterior.shape)",
}


def notebook():
    """The chapter up to its soft stepper, as stored, then the cells above; and where all are."""
    book = nbformat.read(site_files.ROOT / "book" / "03-two-coins.ipynb", as_version=4)
    made = [re.search(r"^(\w+) = CoinStepper\(", cell.source, re.MULTILINE) for cell in book.cells]
    number, found = next((number, found) for number, found in enumerate(made) if found)
    cells = book.cells[: number + 1]
    widget = sum(cell.cell_type == "code" for cell in cells) - 1
    places = {"widget": widget}
    for place, (name, source) in enumerate(CELLS.items(), widget + 1):
        places[name] = place
        cells.append(nbformat.v4.new_code_cell(source.replace("{name}", found[1])))
    book.cells = cells
    return book, places


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def places():
    return notebook()[1]


@pytest.fixture(scope="module")
def lab_address(tmp_path_factory):
    """A JupyterLab of its own: no token, no browser, no settings of this machine's user."""
    home = tmp_path_factory.mktemp("lab")
    nbformat.write(notebook()[0], home / "03-two-coins.ipynb")
    tracker = home / "settings" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    # All cells in the page, not only those near the window.
    (tracker / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    news = home / "settings" / "@jupyterlab" / "apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    port = free_port()
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = os.environ | {name: str(home / name.lower()) for name in folders}
    environment |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTER_PLATFORM_DIRS": "1"}
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [
                JUPYTER, "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
                "--IdentityProvider.token=", f"--ServerApp.root_dir={home}",
                "--ServerApp.port_retries=0",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            stdout=log, stderr=log, env=environment, cwd=home,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}/"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}api/status", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None, (home / "lab.log").read_text()
            time.sleep(0.5)  # nothing tells when a server is up
    yield address
    server.terminate()
    server.wait(30)


class Lab:
    """The open notebook."""

    def __init__(self, page, places):
        self.page, self.places = page, places
        self.kernel = page.locator(".jp-Notebook-ExecutionIndicator")

    def cell(self, name):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(self.places[name])

    def run(self, name):
        """Run one cell and return what it printed."""
        cell = self.cell(name)
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        done = re.compile(r"\[\d+\]:")
        for _ in range(6):  # JupyterLab loses keys, and even a kernel, while it still settles
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).not_to_have_text(before, timeout=2000)
                expect(prompt).to_have_text(done, timeout=20_000)
                break
            except AssertionError:
                continue
        expect(prompt).to_have_text(done)
        expect(self.kernel).to_have_attribute("data-status", "idle", timeout=60_000)
        return cell.locator(".jp-OutputArea-output").all_inner_texts()

    def tell(self, name="tell"):
        """What Python knows: position, kind, start and params."""
        return self.run(name)[-1].strip()

    def comes_to_tell(self, wanted, name):
        """Ask again until Python is done: JupyterLab may compute a change beside the cells."""
        for _ in range(10):
            if self.tell(name).startswith(wanted):
                return
        assert self.tell(name).startswith(wanted)

    def live(self, name="widget"):
        return self.cell(name).locator(".emlib-live")

    def button(self, key, name="widget"):
        return self.live(name).get_by_role("button", name=WORDS[key], exact=True)

    def click(self, *keys, name="widget"):
        for key in keys:
            self.button(key, name).click()

    def shows(self, position, name="widget"):
        timeline = self.live(name).locator(".timeline")
        expect(timeline).to_have_attribute("aria-valuenow", str(position))

    def labels(self, name="widget"):
        return self.live(name).locator(".picture .value").all_text_contents()


@pytest.fixture(scope="module")
def lab(chromium, lab_address, places):
    page, watch = watched_page(chromium, lab_address, viewport={"width": 1280, "height": 900})
    # A busy machine makes JupyterLab ask for a kernel, or about a file; a reader says yes.
    page.add_locator_handler(
        page.locator(".jp-Dialog"), lambda dialog: dialog.locator(".jp-mod-accept").click()
    )
    page.goto(f"{lab_address}lab/tree/03-two-coins.ipynb?reset")
    lab = Lab(page, places)
    expect(lab.kernel).to_have_attribute("data-status", "idle", timeout=90_000)
    lab.watch = watch
    yield lab
    page.context.close()


@pytest.fixture(scope="module")
def run(lab):
    """The chapter's own cells have been run, once, up to the widget."""
    for number in range(lab.places["widget"] + 1):
        lab.places["next"] = number
        lab.run("next")
    expect(lab.live()).to_be_visible(timeout=30_000)
    return lab


@pytest.fixture
def fresh(run):
    """The widget at its start."""
    run.cell("widget").scroll_into_view_if_needed()
    run.click("reset", "reset")  # to the beginning, and to the start it was made with
    run.shows(0)
    return run


def test_before_anything_runs_the_stored_picture_is_shown(lab):
    still = lab.cell("widget").locator("img.emlib-still")
    expect(still).to_have_count(1)
    assert still.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_one_live_view_and_no_static_copy(run):
    expect(run.live()).to_have_count(1)
    assert run.cell("widget").locator("img.emlib-still").count() == 0
    assert run.cell("widget").locator(".emlib-widget").count() == 0


def test_half_steps_on_the_screen_are_python_s(fresh):
    fresh.click("eStep")
    assert fresh.tell().startswith("1 E [0.5, 0.9] [0.5, 0.9]")
    fresh.click("mStep")
    assert fresh.tell().startswith("2 M [0.5, 0.9] [0.53")


def test_a_position_set_in_python_moves_the_screen(fresh):
    fresh.run("go to 5")
    fresh.shows(5)


def test_a_start_set_in_python_moves_the_screen(fresh):
    fresh.run("start elsewhere")
    expect(fresh.live().locator(".picture .value").first).to_have_text("A 0.3000")
    assert fresh.labels() == ["A 0.3000", "B 0.7000"]
    fresh.shows(0)


def test_a_bad_start_is_an_error_in_python_and_leaves_the_screen(fresh):
    before = fresh.labels()
    said = "".join(fresh.run("bad start"))
    assert "ValueError" in said
    assert "heads must lie between 0 and 1" in said
    assert fresh.labels() == before


def test_a_dragged_start_is_read_in_python(fresh):
    handle = fresh.live().locator(".handle").first
    box = handle.locator(".touch").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fresh.page.mouse.move(x, y)
    fresh.page.mouse.down()
    fresh.page.mouse.move(x - 60, y, steps=5)
    fresh.page.mouse.up()
    value = float(handle.get_attribute("aria-valuenow"))
    assert value < 0.5
    assert fresh.tell().startswith(f"0 start [{value}, 0.9]")
    assert re.search(r"0\.519\d, 0\.796\d", fresh.tell("fit"))


def test_after_a_drag_python_and_the_screen_go_on_together(fresh):
    handle = fresh.live().locator(".handle").first
    handle.focus()
    fresh.page.keyboard.press("ArrowLeft")
    fresh.click("eStep", "mStep")
    told = fresh.tell()
    assert told.startswith("2 M [0.49, 0.9]")
    heads = json.loads(told[told.rindex("[") :])
    assert fresh.labels() == [
        f"{name} {value:.4f}" for name, value in zip("AB", heads, strict=True)
    ]


def test_a_switch_reaches_python(fresh):
    hard = fresh.live().get_by_role("checkbox", name=WORDS["hard"])
    hard.check()
    fresh.click("eStep", "mStep")
    told = fresh.tell()
    hard.uncheck()
    assert told.startswith("2 M [0.5, 0.9] [0.533")


def test_keys_do_not_reach_the_notebook(fresh):
    """M would turn the cell to Markdown, and E is nothing, if JupyterLab heard them."""
    cells = fresh.page.locator(".jp-Notebook .jp-CodeCell").count()
    fresh.live().locator(".timeline").focus()
    for key in "em":
        fresh.page.keyboard.press(key)
    fresh.shows(2)
    assert fresh.page.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_a_reader_s_own_model_steps_in_the_widget(run):
    run.run("own")
    expect(run.live("own")).to_be_visible()
    for position, key in enumerate(("eStep", "mStep", "eStep"), 1):
        run.click(key, name="own")
        run.shows(position, "own")
    told = run.tell("tell own")
    assert told.startswith("3 E [0.25, 0.8")
    assert run.labels("own")[0] == "A 0.2500"


def test_an_own_model_follows_a_start_that_python_sets(run):
    run.click("reset", name="own")
    run.run("own elsewhere")
    expect(run.live("own").locator(".picture .value").nth(1)).to_have_text("B 0.6000")
    run.click("eStep", name="own")
    run.shows(1, "own")


def test_an_own_model_takes_a_start_that_is_dragged(run):
    run.live("own").scroll_into_view_if_needed()
    handle = run.live("own").locator(".handle").nth(1)
    handle.focus()
    run.page.keyboard.press("ArrowLeft")
    value = float(handle.get_attribute("aria-valuenow"))
    expect(run.button("eStep", "own")).not_to_have_attribute("aria-disabled", "true")
    run.click("eStep", "mStep", name="own")
    run.shows(2, "own")
    assert f"[0.25, {value}]" in run.tell("start of own")


def test_an_own_model_survives_reset(run):
    run.click("reset", "reset", "reset", name="own")
    expect(run.button("eStep", "own")).not_to_have_attribute("aria-disabled", "true")
    run.click("eStep", name="own")
    run.shows(1, "own")


def test_the_plane_and_python_go_on_together(run):
    run.run("plane")
    live = run.live("plane")
    expect(live).to_be_visible()
    assert run.tell("tell plane").startswith("full False 240 2 0 ")
    live.get_by_role("combobox", name=WORDS["components"], exact=True).select_option(label="3")
    live.get_by_role("combobox", name=WORDS["covariance"], exact=True).select_option("3")
    live.get_by_role("checkbox", name=WORDS["hard"]).check()
    run.click("addPoints", name="plane")
    live.locator(".handle").focus()
    run.page.keyboard.press("Enter")
    run.click("run", name="plane")
    last = int(live.locator(".timeline").get_attribute("aria-valuenow"))
    told = run.tell("tell plane")
    assert told == f"spherical True 241 3 {last} {last // 2}"
    run.click("undo", "undo", name="plane")
    assert run.tell("tell plane").startswith("spherical False 240 3 0 ")


def test_points_and_options_set_in_python_reach_the_plane(run):
    run.run("other points")
    points = run.live("plane").locator(".picture .point")
    expect(points).to_have_count(99)
    chosen = run.live("plane").get_by_role("combobox", name=WORDS["covariance"], exact=True)
    assert chosen.input_value() == "1"


def test_points_of_an_own_model_can_be_changed(run):
    run.run("own plane")
    live = run.live("own plane")
    expect(live).to_be_visible()
    run.click("deletePoints", name="own plane")
    live.locator(".handle").focus()
    run.page.keyboard.press("Enter")
    expect(live.locator(".picture .point")).to_have_count(239)
    expect(run.button("eStep", "own plane")).not_to_have_attribute("aria-disabled", "true")
    run.click("eStep", name="own plane")
    run.shows(1, "own plane")
    assert run.tell("tell own plane").startswith("239 1 (239, 3)")


def test_the_slider_to_k_means_and_python_go_on_together(run):
    run.run("limit")
    live = run.live("limit")
    run.click("run", name="limit")
    run.comes_to_tell("KMeans(variance=4.0, hard=False) 18 [[2.135, 2.117]", "tell limit")
    live.get_by_role("slider", name=WORDS["variance"]).press("End")
    run.comes_to_tell("KMeans(variance=1.0, hard=True) 4 [[2.167, 2.167]", "tell limit")
    run.run("neighbours")
    expect(live.locator(".handle").last).to_have_attribute("aria-valuenow", "6.57143")
    run.click("run", name="limit")
    run.comes_to_tell("KMeans(variance=1.0, hard=True) 8 [[2.167, 2.167]", "tell limit")


def test_the_pair_and_python_go_on_together(run):
    run.run("pair")
    live = run.live("pair")
    run.click("eStep", "mStep", name="pair")
    run.shows(2, "pair")
    run.comes_to_tell("strips 2 [[-3.0, 2.0], [-3.0, -1.0]] ", "tell pair")
    run.run("groups")
    run.shows(2, "pair")
    chosen = live.get_by_role("combobox", name=WORDS["data"], exact=True)
    assert chosen.input_value() == "1"
    run.comes_to_tell("groups 2 [[1.0, 0.0], [4.0, 0.0], [2.0, 3.0]] ", "tell pair")
    chosen.select_option("0")
    run.shows(0, "pair")
    start = [[-3.0, 2.0], [-3.0, -1.0]]
    run.comes_to_tell(f"strips 0 {start} {start}", "tell pair")


def test_the_views_complained_about_nothing(run):
    ours = [
        p for p in run.watch.problems if re.search(r"emlib|anywidget|TypeError|another host", p)
    ]
    assert ours == []
