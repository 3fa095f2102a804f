"""Show `{solution}` blocks of class `dropdown` as <details>.

sphinx-exercise leaves hiding to sphinx-togglebutton, which needs JavaScript and one more
script and style sheet on every page. <details> needs neither, prints open, and is found
by the browser's own search.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_design.shared import create_component
from sphinx_exercise.nodes import solution_node


class SolutionDetails(SphinxPostTransform):
    """Hand such solutions to sphinx-design, whose dropdowns are <details> already."""

    default_priority = 150  # after sphinx-exercise wrote the titles, before sphinx-design's 199
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Replace each solution."""
        for solution in list(self.document.findall(solution_node)):
            if "dropdown" not in solution["classes"]:
                continue
            title, *body = solution.children
            dropdown = create_component(
                "dropdown",
                opened=False,
                has_title=True,
                icon=None,
                chevron="right-down",
                container_classes=["sd-mb-3", "solution"],
                title_classes=[],
                body_classes=[],
                children=[nodes.rubric("", "", *title.children, ids=solution["ids"]), *body],
            )
            solution.replace_self(dropdown)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(SolutionDetails)
    return {"version": "1", "parallel_read_safe": True}
