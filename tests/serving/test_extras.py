"""Surfaces without their libraries: what is missing is said, with the extra that brings it."""

import importlib.util

import pytest

from bptt_symbolic import cli
from bptt_symbolic.serving import extras


@pytest.mark.parametrize(("command", "library"), [("lsp", "pygls"), ("mcp", "mcp"), ("serve", "starlette")])
def test_a_surface_without_its_library_says_what_to_install(
    command: str, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == library else there(name))
    assert cli.main([command]) == 3
    extra = {"serve": "web"}.get(command, command)
    assert f"pip install 'bptt-symbolic[{extra}]'" in capsys.readouterr().err
