"""What all browser tests share: the built book, a server for it, and Chromium."""

import functools
import re
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import site_files
from chromium import FLAGS, executable, watched_page
from playwright.sync_api import expect, sync_playwright
from site_files import SITE
from stepper import Stepper
from xdist.scheduler import LoadScopeScheduling

# A test names a kind of widget as its argument and runs on one widget of each look;
# with "every_" before the name it runs on every such widget of the book, and with "any_" before
# the name it gets only the place of the widget, and opens the page itself.
KINDS = {
    "widget": lambda widget: True,
    # The keys, the buttons and the timeline are the player's, the same for every view: three views
    # stand for all, with E and M, with other half-steps, and with a single kind of step.
    "player": lambda widget: widget.movable and widget.view in ("coins", "dish", "logistic"),
    "alternating": lambda widget: widget.movable and widget.view in ("coins", "dish"),
    "em_widget": lambda widget: widget.half_steps == ("eStep", "mStep"),
    "stepper": lambda widget: widget.movable and widget.view in ("coins", "gaussian", "plane"),
    "coins": lambda widget: widget.movable and widget.view == "coins",
    "bells": lambda widget: widget.movable and widget.view == "gaussian",
    "plane": lambda widget: widget.movable and widget.view == "plane",
    "dish": lambda widget: widget.view == "dish",
    "bag": lambda widget: widget.state["problem"].get("model") == "bag",
    "sample": lambda widget: widget.state["problem"].get("model") == "normal",
    "explorer": lambda widget: widget.view == "likelihood",
    "logistic": lambda widget: widget.view == "logistic",
    "bound": lambda widget: widget.movable and widget.view == "bound",
    "own_bound": lambda widget: not widget.movable and widget.view == "bound",
    "surface": lambda widget: widget.view == "surface",
    "basin_map": lambda widget: widget.view == "basins",
    "limit": lambda widget: widget.view == "limit",
    "pair": lambda widget: widget.view == "pair",
    "own_model": lambda widget: (
        not widget.movable and widget.view in ("coins", "gaussian", "plane")
    ),
}


expect.set_options(timeout=20_000)  # two processes share the machine with two browsers


def pytest_configure(config):
    if not site_files.html_pages():
        raise pytest.UsageError(f"There is no book in {SITE}: run `make html` first.")


def pytest_generate_tests(metafunc):
    names = metafunc.fixturenames
    if "any_page" in names:
        metafunc.parametrize("any_page", site_files.html_pages())
    if "chapter" in names:
        chapters = dict.fromkeys(widget.page for widget in site_files.widgets())
        metafunc.parametrize("chapter", chapters)
    if "end_chapter" in names:  # what is the theme's is the same in all
        chapters = [widget.page for widget in site_files.widgets() if "0" in widget.page]
        metafunc.parametrize("end_chapter", dict.fromkeys((chapters[0], chapters[-1])))
    for kind, wanted in KINDS.items():
        every = [widget for widget in site_files.widgets() if wanted(widget)]
        one_of_each = list({(w.view, w.movable): w for w in reversed(every)}.values())[::-1]
        if kind in names:
            metafunc.parametrize(kind, one_of_each, ids=str, indirect=True)
        if f"any_{kind}" in names:
            metafunc.parametrize(f"any_{kind}", one_of_each, ids=str)
        if f"every_{kind}" in names:
            metafunc.parametrize(f"every_{kind}", every, ids=str, indirect=True)


class Together(LoadScopeScheduling):
    """Keep a file's tests, and those of one loaded page, in one process: they share pages.

    The marks that xdist 3.8 has for this do nothing with pytest 9.2.
    """

    def _split_scope(self, nodeid):
        file, _, params = nodeid.partition("[")
        visit = re.match(r"(.+\.html-(?:desktop|phone))-\w+-(?:light|dark)\]$", params)
        return visit[1] if visit else file.split("::")[0]


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_terminal_summary(terminalreporter):
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, line in report.user_properties:
            if name == "say":
                terminalreporter.write_line(line)


@pytest.fixture
def say(record_property):
    """Print lines after the results, whether tests pass or fail, from whatever process."""
    return functools.partial(record_property, "say")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):  # a page that is closed while it loads breaks the pipe
        if not isinstance(sys.exception(), ConnectionError):
            raise


def serve(folder):
    """Serve a folder on a free port until told to stop; returns the address and how to stop."""
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def stop():
        server.shutdown()
        thread.join()
        server.server_close()

    return f"http://127.0.0.1:{server.server_port}/", stop


@pytest.fixture(scope="session")
def address():
    """The address of the served book."""
    address, stop = serve(SITE)
    yield address
    stop()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, address):
    """Open pages of the book; the test fails if the console, a script or a request complained."""
    opened = []

    def go(path, home=address, **options):
        page, watch = watched_page(chromium, home, **options)
        opened.append((page, watch))
        page.goto(home + path)
        return page

    yield go
    for page, _ in opened:
        page.context.close()
    assert [problem for _, watch in opened for problem in watch.problems] == []


# Around a widget a chapter is long, and every turn of the browser lays all of it out.
ONLY_WIDGETS = """() => {
  const widgets = [...document.querySelectorAll(".emlib-widget")];
  const prune = (element) => {
    for (const child of [...element.children]) {
      if (widgets.includes(child)) continue;
      if (widgets.some((widget) => child.contains(widget))) prune(child);
      else child.remove();
    }
  };
  prune(document.querySelector("article"));
}"""


@pytest.fixture(scope="session")
def pages(chromium, address):
    """Pages that stay open from test to test, with the widgets of a chapter and no text."""
    opened = {}

    def get(path, **options):
        key = path, str(sorted(options.items()))
        if key not in opened:
            opened[key] = watched_page(chromium, address, **options)
            opened[key][0].goto(address + path)
            opened[key][0].evaluate(ONLY_WIDGETS)
        return opened[key]

    yield get
    for page, _ in opened.values():
        page.context.close()


@pytest.fixture
def mounted(pages):
    """Bring a widget to life as on a page just loaded; the test fails if the page complained."""
    used = []

    def mount(on_page, **options):
        page, watch = pages(on_page.page, **options)
        watch.problems.clear()
        used.append(watch)
        return Stepper(page, on_page).mount_afresh()

    yield mount
    assert [problem for watch in used for problem in watch.problems] == []


def one_kind():
    @pytest.fixture
    def fixture(request, mounted):
        return mounted(request.param)

    return fixture


for _kind in KINDS:
    globals()[_kind], globals()[f"every_{_kind}"] = one_kind(), one_kind()
