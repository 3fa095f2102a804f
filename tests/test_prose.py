"""Every number in the text is a number that the code wrote or printed.

Judged are decimals, whole numbers of three digits or more, and numbers with an exponent or a
thousands comma: in prose, tables, formulas, boxes, captions and alt texts. A number is supported
if, rounded to its printed places, it equals a number in a code cell or in a printed output of the
same notebook (as a percentage: a hundred times one). Signs are not compared, since text says
"falls by 0.12". Names, links, and fenced code are not text.
"""

import ast
import re
from decimal import Decimal
from typing import NamedTuple

import nbformat
import pytest
from refresh_notebooks import BOOK

NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))

# Numbers that no code can support, by notebook, with the reason.
GRANTED = {"05-gaussian-mixtures": {"9.2": "a section of Bishop's book"}}

NUMBER = re.compile(
    r"""(?<![\w.\\#])(?:
          (?P<thousands>\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?)
        | (?P<plain>\d+\.\d+|\.\d+|\d+)
        )
        (?:\s*(?:\\times|\\cdot|×|·)\s*10\s*(?:\^\{?(?P<power>[-−–]?\d+)\}?|(?P<raised>[⁻⁰¹²³⁴-⁹]+))
        | [eE](?P<exponent>[-+−]?\d+))?
        (?P<percent>\s*\\?,?\s*\\?%)?
        (?![\w]|\.\d)""",
    re.VERBOSE,
)
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NOT_TEXT = [
    r"^:[\w-]+:.*$",  # options of a directive
    r"^\([\w-]+\)=\s*$",  # a label
    r"\$\$\s*\([\w-]+\)",  # the label of a formula
    r"\{[\w:-]+\}`[^`]*`",  # roles: citations, references
    r"\]\([^)]*\)|<https?:[^>]*>|https?://\S+",  # where links lead
]


FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([\w:.-]+)\}(.*)|(.*))$")
CODE = {"code-cell", "code-block", "code", "literalinclude", "em-widget", "bibliography"}


def without_code(text: str) -> str:
    """The text without fenced code; boxes and their titles stay."""
    kept, fences = [], []  # of every open fence: its marks, and whether it holds code
    for line in text.splitlines():
        fence = FENCE.match(line)
        bare = fence and not fence[2] and not fence[4]
        inside_code = bool(fences) and fences[-1][1]
        if bare and fences and fence[1].startswith(fences[-1][0]):
            fences.pop()
        elif fence and not inside_code:
            fences.append((fence[1], fence[2] in CODE or not fence[2]))
            kept.append(fence[3] or "")
        elif not inside_code:
            kept.append(line)
    return "\n".join(kept)


class Claim(NamedTuple):
    """A number in the text."""

    where: str
    words: str  # as it is written
    value: Decimal
    places: int  # of the last printed digit: 2 for 0.12, -3 for 12e3
    around: str

    def __str__(self) -> str:
        return f"{self.where}: {self.words} is in no code cell and no output: …{self.around}…"


def claims_in(text: str, where: str) -> list[Claim]:
    """The numbers that must be supported, from one piece of text."""
    text = without_code(text)
    for pattern in NOT_TEXT:
        text = re.sub(pattern, lambda m: re.sub(r"\d", "x", m[0]), text, flags=re.MULTILINE)
    found = []
    for match in NUMBER.finditer(text):
        digits = re.sub(r"[,{}]", "", match["thousands"] or match["plain"])
        raised = (match["raised"] or "").translate(RAISED)
        power = int(
            (match["power"] or match["exponent"] or raised or "0").translate({8722: "-", 8211: "-"})
        )
        if "." not in digits and not power and not match["thousands"] and len(digits) < 3:
            continue
        places = len(digits.partition(".")[2]) - power
        value = Decimal(digits).scaleb(power)
        if match["percent"]:
            value, places = value.scaleb(-2), places + 2
        around = " ".join(text[max(0, match.start() - 40) : match.end() + 25].split())
        found.append(Claim(where, match[0].strip(), value, places, around))
    return found


def texts(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Every piece of text of a notebook, and where it stands."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            found.append((f"cell {number}", cell.source))
        shown = cell.metadata.get("mystnb", {})
        found.append((f"cell {number}, caption", shown.get("figure", {}).get("caption", "")))
        found.append((f"cell {number}, alt text", shown.get("image", {}).get("alt", "")))
    return found


def support(notebook: nbformat.NotebookNode) -> list[Decimal]:
    """Every number that a code cell holds or printed."""
    found = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= {
                Decimal(repr(node.value))
                for node in ast.walk(ast.parse(cell.source))
                if isinstance(node, ast.Constant) and type(node.value) in (int, float)
            }
            for output in cell.outputs:
                found |= numbers_printed(printed(output))
    return sorted(abs(number) for number in found if number.is_finite())


def printed(output: nbformat.NotebookNode) -> str:
    """The text of one output; of a widget its one line, not the data that it carries."""
    data = output.get("data", {})
    page = data.get("text/html", "")
    table = "" if "emlib-widget" in page else re.sub(r"<[^>]*>", " ", page)
    return "\n".join([output.get("text", ""), data.get("text/plain", ""), table])


def numbers_printed(text: str) -> set[Decimal]:
    """The numbers as they stand, and 0.928 where 92.8% does."""
    pattern = r"(?<![\w.])(\d+(?:,\d{3})*(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)(\s?%)?"
    found = set()
    for digits, percent in re.findall(pattern, text):
        number = Decimal(digits.replace(",", ""))
        found |= {number, number.scaleb(-2)} if percent else {number}
    return found


def holds(claim: Claim, supporting: list[Decimal]) -> bool:
    """Whether some number, rounded to the places of the claim, equals it (half either way)."""
    half = Decimal(5).scaleb(-claim.places - 1)
    return any(abs(number - claim.value) <= half for number in supporting)


def unsupported(
    notebook: nbformat.NotebookNode, granted: dict[str, str] | None = None
) -> list[str]:
    """One sentence for every number in the text that nothing supports."""
    supporting = support(notebook)
    return [
        str(claim)
        for where, text in texts(notebook)
        for claim in claims_in(text, where)
        if claim.words not in (granted or {}) and not holds(claim, supporting)
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_the_text_was_computed(path):
    faults = unsupported(nbformat.read(path, as_version=4), GRANTED.get(path.stem))
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_grant_is_left_over(path):
    notebook = nbformat.read(path, as_version=4)
    words = {claim.words for where, text in texts(notebook) for claim in claims_in(text, where)}
    assert set(GRANTED.get(path.stem, {})) <= words


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It is 0.6712, so 67 % of it; rule 2.", ["0.6712"]),
        ("$-7.0016$ and −9.5", ["7.0016", "9.5"]),
        ("60,000 or $60{,}000$ of 4851", ["6E+4", "6E+4", "4851"]),
        ("99.4 % and $99.4\\,\\%$", ["0.994", "0.994"]),
        (r"$1.2 \times 10^{-5}$, 3·10⁻⁷, 1e-13", ["0.000012", "3E-7", "1E-13"]),
        ("{cite}`chen2019`, {eq}`e-123`, [a](b-123.4), `x1000`", []),
        ("```python\nx = 0.123\n```\n0.5", ["0.5"]),
        ("````{admonition} Two\n:name: a-123\n\n0.25\n````", ["0.25"]),
        (
            "````{admonition} P 0.5\n```{dropdown} R\n0.25\n```\n````\n0.125",
            ["0.5", "0.25", "0.125"],
        ),
        (":::{note}\n0.5\n```\n0.9\n```\n:::\n0.25", ["0.5", "0.25"]),
        ("$$ x = 0.5^{10} $$ (label-200)", ["0.5"]),
        ("scikit-learn 1.9.1 in 2024", ["2024"]),
    ],
)
def test_numbers_are_read_as_a_reader_reads_them(text, values):
    assert [claim.value for claim in claims_in(text, "here")] == [Decimal(v) for v in values]
