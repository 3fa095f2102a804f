"""Make the small icon font again. Run by hand after a build, when the theme's version changes.

    .venv/bin/pip install brotli
    .venv/bin/python book/extensions/subset_icons.py

Takes the theme's own FontAwesome file and keeps the shapes that the built book's style sheets
still name.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools.subset import main as subset
from slim_theme import ICONS

STATIC = Path("_build/html/_static")
FONT = "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts/fa-solid-900.woff2"
# Style sheets write a shape as an escape or as the character itself.
SHAPE = re.compile(r"\\(f[0-9a-f]{3})\b|([\uf000-\uf8ff])")


def main() -> None:
    """Write the font."""
    css = "".join(file.read_text("utf-8") for file in STATIC.rglob("*.css"))
    shapes = sorted({escaped or f"{ord(literal):x}" for escaped, literal in SHAPE.findall(css)})
    ICONS.parent.mkdir(parents=True, exist_ok=True)
    source = Path(pydata_sphinx_theme.__file__).parent / FONT
    options = [f"--unicodes={','.join(shapes)}", f"--output-file={ICONS}", "--flavor=woff2"]
    subset([str(source), *options, "--layout-features="])


if __name__ == "__main__":
    main()
