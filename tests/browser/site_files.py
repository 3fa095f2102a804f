"""The built book as files: what can be judged without a browser.

Every check returns a list of sentences, one per fault; an empty list is a pass.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("EMLIB_SITE") or ROOT / "_build" / "html").resolve()

# Pages that the build adds to those of the table of contents.
EXTRA_PAGES = {"index.html", "search.html"}
# Attributes through which a page loads something (an <a> only leads somewhere).
LOADING = {
    "img": ("src", "srcset"), "script": ("src",), "link": ("href",), "source": ("src", "srcset"),
    "iframe": ("src",), "video": ("src", "poster"), "audio": ("src",), "object": ("data",),
    "embed": ("src",), "input": ("src",), "image": ("href", "xlink:href"), "use": ("href",),
    "form": ("action",),
}  # fmt: skip
REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
CSS_ADDRESS = re.compile(
    r"""(?:url\(\s*|@import\s+)['"]?((?:https?:)?//[^'")\s]+)""", re.IGNORECASE
)
VAGUE = {
    "click here", "click this", "go", "here", "information", "learn more", "more", "more info",
    "more information", "right here", "read more", "see more", "start", "this",
}  # fmt: skip
TEX_DEBRIS = re.compile(r"[\\${}^]|\\_")


# The half-steps of widgets that do not step through E and M.
HALF_STEPS = {
    "dish": ("observe", "adjust"),
    "likelihood": ("update",),
    "logistic": ("update",),
}


class WidgetOnPage(NamedTuple):
    """Where a widget stands, and the state that the page holds for it."""

    page: str
    number: int
    state: dict

    @property
    def view(self) -> str:
        return self.state["problem"]["view"]

    @property
    def movable(self) -> bool:
        """Whether a reader of the static page can change the start."""
        return bool(self.state["problem"]["engine"])

    @property
    def half_steps(self) -> tuple[str, ...]:
        """The buttons of the half-steps, one or two, by the keys of their words."""
        return HALF_STEPS.get(self.view, ("eStep", "mStep"))

    def __str__(self) -> str:
        kind = self.view if self.movable else f"{self.view}-own-model"
        return f"{Path(self.page).stem}-{self.number}-{kind}"


def html_pages(site: Path = SITE) -> list[str]:
    """Every page of a built book, as a path below its top; templates in _static are none."""
    files = (file.relative_to(site) for file in site.rglob("*.html"))
    return sorted(f.as_posix() for f in files if not f.parts[0].startswith("_"))


def toc_pages(toc: Path | None = None) -> list[str]:
    """The pages that the table of contents promises, in reading order."""
    content = yaml.safe_load((toc or ROOT / "_toc.yml").read_text("utf-8"))
    found = []

    def walk(part: object) -> None:
        if isinstance(part, dict):
            found.extend(f"{part[key]}.html" for key in ("root", "file") if key in part)
            for key in ("parts", "chapters", "sections"):
                walk(part.get(key, []))
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(content)
    return found


@cache
def parsed(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


@cache
def ids(file: Path) -> frozenset[str]:
    return frozenset(
        tag[name]
        for tag in parsed(file).find_all(True)
        for name in ("id", "name")
        if tag.has_attr(name)
    )


@cache
def widgets(site: Path = SITE) -> list[WidgetOnPage]:
    """Every widget of the book, in the order of the pages."""
    return [
        WidgetOnPage(page, number, json.loads(tag.script.string))
        for page in html_pages(site)
        for number, tag in enumerate(parsed(site / page).select(".emlib-widget"))
    ]


def dead_targets(page: str, site: Path = SITE) -> list[str]:
    """Links, anchors, images, scripts and style sheets of one page that lead nowhere."""
    file = site / page
    faults = []
    for tag in parsed(file).find_all(True):
        for name in ("href", "src"):
            address = tag.get(name)
            if address is None or REMOTE.match(address) or urlsplit(address).scheme:
                continue
            parts = urlsplit(address)
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                faults.append(f'{page}: <{tag.name} {name}="{address}"> leads to no file')
            elif not target.is_relative_to(site.resolve()):
                faults.append(f'{page}: <{tag.name} {name}="{address}"> leaves the book')
            elif parts.fragment and tag.name == "a" and unquote(parts.fragment) not in ids(target):
                faults.append(f'{page}: <{tag.name} {name}="{address}"> leads to no such anchor')
    return faults


def remote_loads(page: str, site: Path = SITE) -> list[str]:
    """What one page would load from another host, in its markup or its style rules."""
    tree = parsed(site / page)
    faults = []
    for tag in tree.find_all(LOADING):
        for name in LOADING[tag.name]:
            for address in str(tag.get(name, "")).split(", "):
                if REMOTE.match(address) and tag.get("rel") != ["canonical"]:
                    faults.append(f'{page}: <{tag.name} {name}="{address}">')
    styles = [tag.get_text() for tag in tree.find_all("style")]
    styles += [tag["style"] for tag in tree.find_all(style=True)]
    faults += [
        f"{page}: style rule loads {found}" for css in styles for found in CSS_ADDRESS.findall(css)
    ]
    return faults


def remote_style_sheets(site: Path = SITE) -> list[str]:
    """What the style sheets would load from another host."""
    return [
        f"{file.relative_to(site)}: loads {address}"
        for file in sorted(site.rglob("*.css"))
        for address in CSS_ADDRESS.findall(file.read_text("utf-8"))
    ]


def pictures_without_words(page: str, site: Path = SITE) -> list[str]:
    """Images without alt text. Only decoration outside of the article may have an empty one."""
    faults = []
    for image in parsed(site / page).find_all("img"):
        words = image.get("alt")
        if words is None or (not words.strip() and image.find_parent("article")):
            faults.append(f"{page}: {str(image)[:120]} has no alt text")
        elif re.search(r"\.(svg|png|jpe?g)$|^<Figure|^../", words):
            faults.append(f"{page}: alt text {words!r} is a file or a Python object, not words")
    return faults


def vague_links(page: str, site: Path = SITE) -> list[str]:
    """Links whose words say nothing to somebody who hears them alone (Lighthouse's list)."""
    return [
        f"{page}: the words of {str(link)[:120]} do not say where it leads"
        for link in parsed(site / page).select("article a[href]")
        if " ".join(link.get_text().split()).lower() in VAGUE
    ]


def heading_faults(page: str, site: Path = SITE) -> list[str]:
    """Not exactly one h1, or a heading level left out, in the page as it stands without scripts."""
    headings = parsed(site / page).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    levels = [int(tag.name[1]) for tag in headings]
    faults = [f"{page}: {levels.count(1)} h1 headings, not one"] if levels.count(1) != 1 else []
    for before, after, tag in zip(levels, levels[1:], headings[1:], strict=False):
        if after > before + 1:
            faults.append(f"{page}: <{tag.name}> {tag.get_text().strip()!r} follows an h{before}")
    return faults


def title_faults(page: str, site: Path = SITE) -> list[str]:
    """A title that is empty, that says the same twice, or that holds remains of a formula."""
    titles = parsed(site / page).head.find_all("title")
    if len(titles) != 1 or not titles[0].get_text().strip():
        return [f"{page}: needs exactly one title with words"]
    title = titles[0].get_text().strip()
    parts = [part.strip() for part in title.split("\N{EM DASH}")]
    faults = (
        [f"{page}: title {title!r} says the same twice"] if len(set(parts)) < len(parts) else []
    )
    return faults + (
        [f"{page}: title {title!r} has TeX debris"] if TEX_DEBRIS.search(title) else []
    )


def has_icon(page: str, site: Path = SITE) -> bool:
    """Without an icon browsers ask for /favicon.ico, which is a failed request."""
    return bool(parsed(site / page).select("head link[rel~=icon][href]"))


def language_of(page: str, site: Path = SITE) -> str | None:
    return parsed(site / page).html.get("lang")


def links_of(page: str, site: Path = SITE) -> set[str]:
    """The pages that one page leads to."""
    file = site / page
    found = set()
    addresses = [tag["href"] for tag in parsed(file).find_all("a", href=True)]
    addresses += [
        tag["content"].split("url=")[1] for tag in parsed(file).select("meta[http-equiv=refresh]")
    ]
    addresses += [tag["action"] for tag in parsed(file).find_all("form", action=True)]
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        target = (file.parent / unquote(parts.path)).resolve()
        target = target / "index.html" if target.is_dir() else target
        if target.is_relative_to(site.resolve()):
            found.add(target.relative_to(site.resolve()).as_posix())
    return found


def reachable(start: str = "index.html", site: Path = SITE) -> set[str]:
    """Every page that a reader reaches by following links."""
    seen, left = set(), [start]
    while left:
        page = left.pop()
        if page not in seen and page.endswith(".html") and (site / page).is_file():
            seen.add(page)
            left.extend(links_of(page, site))
    return seen


def neighbours(page: str, site: Path = SITE) -> dict[str, str | None]:
    """Where the links to the previous and the next page lead."""
    file = site / page
    found = {}
    for name in ("prev", "next"):
        link = parsed(file).select_one(f".prev-next-area a[class*={name}]")
        target = link and (file.parent / urlsplit(link["href"]).path).resolve()
        found[name] = target and target.relative_to(site.resolve()).as_posix()
    return found


PAGE_CHECKS = [
    *(dead_targets, remote_loads, pictures_without_words, vague_links, heading_faults, title_faults)
]
