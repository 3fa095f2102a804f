"""Make the theme's pages light and their HTML valid.

The theme sends 0.9 MB (gzip) of icons with every page and three style sheets of which a page
uses a tenth. Here the icons become a font of 3 kB (see `subset_icons.py`), and rules for
classes that no page and no script mentions are left out. Also repaired: markup of Sphinx
extensions that the Nu checker or axe rejects.
"""

import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ASSETS = Path(__file__).parent.parent / "assets"
WIDGETS = ASSETS.parent.parent / "emlib" / "widgets"
ICONS = ASSETS / "vendor" / "fontawesome" / "fa-solid-900.woff2"
UNUSED_SCRIPTS = ("fontawesome.js", "bootstrap.js")
SHEETS = ("styles/pydata-sphinx-theme.css", "sphinx-design.min.css", "mystnb.*.css")

RULE = re.compile(r"([^{};]+)\{[^{}]*\}")
EMPTY_BLOCK = re.compile(r"@(?:media|supports)[^{};]*\{\s*\}")
NEGATION = re.compile(r":not\([^)]*\)")
IMAGE = re.compile(r'<img (?![^>]*loading=)([^>]*src="([^"]*_images/[^"]*)"[^>]*)>')
SIDES = ("width", "height")
SVG_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")


def words_of(site: Path) -> frozenset[str]:
    """Every word in the pages and scripts: whatever class is set, it is among them."""
    files = [*site.rglob("*.html"), *site.rglob("*.js")]
    return frozenset(
        word for file in files for word in re.findall(r"[\w-]+", file.read_text("utf-8"))
    )


def without_unused(css: str, words: frozenset[str]) -> str:
    """Drop the rules of which every selector needs a class that is never set."""

    def keep(rule: re.Match[str]) -> str:
        selectors = NEGATION.sub("", rule[1]).split(",")
        used = any(words.issuperset(CLASS.findall(selector)) for selector in selectors)
        return rule[0] if used else ""

    return EMPTY_BLOCK.sub("", RULE.sub(keep, css))


def slim_static(app: Sphinx, exception: Exception | None) -> None:
    """Shrink the theme's files where Sphinx has just copied them."""
    site = Path(app.outdir)
    static = site / "_static"
    if exception or app.builder.format != "html":
        return
    for name in UNUSED_SCRIPTS:
        for file in (static / "scripts").glob(name + "*"):
            file.unlink()
    words = words_of(site)
    for pattern in SHEETS:
        for file in static.glob(pattern):
            file.write_text(without_unused(file.read_text("utf-8"), words), "utf-8")
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    shutil.rmtree(fonts, ignore_errors=True)
    fonts.mkdir(parents=True)
    shutil.copy(ICONS, fonts)


def refresh_changed_assets(app: Sphinx, _env: BuildEnvironment, *_: Any) -> list[str]:
    """Sphinx copies changed style sheets and scripts only if some page changed too."""
    last_build = Path(app.outdir) / "searchindex.js"
    files = [file for folder in (ASSETS, WIDGETS) for file in folder.rglob("*.*")]
    if not last_build.exists():
        return []
    stale = max(file.stat().st_mtime for file in files) > last_build.stat().st_mtime
    return [app.config.root_doc] if stale else []


def add_math_style(app: Sphinx, _page: str, _template: str, context: dict, _tree: Any) -> None:
    """Load the style sheet of formulas only where there are some."""
    if 'class="katex' in context.get("body", ""):
        app.add_css_file("vendor/katex/katex.min.css", priority=400)


def with_room(app: Sphinx, tag: re.Match[str]) -> str:
    """Return an image that loads when it comes near, in room kept for it, and opens in full size.

    Without the room, everything below moves when it loads, and links to places below miss them.
    """
    names = {name: path for path, (_, name) in app.env.images.items()}
    path = Path(app.srcdir) / names[tag[2].rpartition("/")[2]]
    box = SVG_BOX.search(path.read_text("utf-8")[:1000]) if path.suffix == ".svg" else None
    # Points to pixels of the page; the style sheet shrinks both where the page is narrow.
    room = box and " ".join(f'{k}="{float(v) * 4 / 3:.0f}"' for k, v in zip(SIDES, box.groups()))
    image = f'<img loading="lazy" {room + " " if room else ""}{tag[1]}>'
    return f'<a class="enlarge" href="{tag[2]}">{image}</a>'


def mend_body(app: Sphinx, _page: str, _template: str, context: dict, _tree: Any) -> None:
    """Give figures their room and mend four kinds of markup.

    myst-nb's <summary> holds paragraphs and has a name that is not what it shows; citations
    in a list are no list items; Chinese words are to be read out as Chinese.
    """
    body = context.get("body", "").replace(
        '<summary aria-label="Toggle hidden content">', "<summary>"
    )
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    body = body.replace('<span class="zh">', '<span class="zh" lang="zh-Hans">')
    body = IMAGE.sub(partial(with_room, app), body)
    paragraph = r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>'
    context["body"] = re.sub(paragraph, r'<span class="\1">\2</span>', body)


def drop_repeated_ids(_app: Sphinx, tree: nodes.document, _page: str) -> None:
    """sphinx-exercise gives every box of a page the same id."""
    for section in tree.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"] = []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.connect("env-get-outdated", refresh_changed_assets)
    app.connect("doctree-resolved", drop_repeated_ids)
    app.connect("html-page-context", add_math_style)
    app.connect("html-page-context", mend_body)
    app.connect("build-finished", slim_static)
    return {"version": "1", "parallel_read_safe": True}
