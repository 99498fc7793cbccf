"""The sentences of the window: whoever collects them for translators finds each in the source."""

import ast
from pathlib import Path

import pytest

import app.ui

FILES = sorted(Path(app.ui.__path__[0]).glob("*.py"))


def calls_of_tr(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_sentence_stands_in_the_source_as_a_whole(file):
    computed = [ast.unparse(call) for call in calls_of_tr(file) if not isinstance(call.args[0], ast.Constant)]
    assert computed == []
