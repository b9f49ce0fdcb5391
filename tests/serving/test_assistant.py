"""The tools for assistants as these use them: the client of the SDK, and the program in a child process."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("mcp", reason="needs the extra mcp")

from mcp import Client, StdioServerParameters

NOTE = r"""
$$ z_t = w s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ \frac{\partial s_t}{\partial z_t} = 1 + s_t^2 \tag{1} $$
"""
SLOPE = r"\frac{\partial s_t}{\partial z_t} = 1 - s_t^2"


@asynccontextmanager
async def assistant() -> AsyncIterator[Any]:
    """An assistant that has started the server."""
    how = StdioServerParameters(command=sys.executable, args=["-m", "bptt_symbolic", "mcp"])
    async with Client(how, read_timeout_seconds=200) as client:
        yield client


async def said(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def test_an_assistant_checks_refutes_and_proves() -> None:
    async def session() -> None:
        async with assistant() as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {
                "check_note",
                "counterexample",
                "derive_gradient",
                "explain_verdict",
                "prove_claim",
                "repairs",
            }
            schema = tools["check_note"].input_schema["properties"]
            assert schema["note"]["maxLength"] == 200_000
            assert "verdict" in str(tools["check_note"].output_schema)
            checked = await said(client, "check_note", note=NOTE)
            assert checked["summary"] == {"refuted": 1}
            assert (
                checked["relations"][0]["counterexample"]["left"] != checked["relations"][0]["counterexample"]["right"]
            )
            proved = await said(client, "prove_claim", claim=SLOPE, network=NOTE)
            assert [one["verdict"] for one in proved["relations"]] == ["proved"]
            assert proved["relations"][0]["scope"] == "every T, sizes 1"  # it is a network of numbers
            program = await said(client, "counterexample", network=NOTE, claim="1")
            assert is_shown(program["python"])
            none = await said(client, "counterexample", network=NOTE, claim=SLOPE)
            assert none["python"] is None
            assert "proved" in none["none_because"]

    asyncio.run(session())


def is_shown(program: str) -> bool:
    """Whether a program of a counterexample, run by itself, finds the difference."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return "left" in done.stdout and done.returncode == 0


@pytest.mark.slow
def test_an_assistant_mends_derives_and_explains() -> None:
    async def session() -> None:
        async with assistant() as client:
            mended = await said(client, "repairs", note=NOTE)
            assert mended["note"].strip() == NOTE.replace("1 + s", "1 - s").strip()
            assert mended["confirmed"]
            derived = await said(client, "derive_gradient", network="elman", by=["W"])
            again = await said(client, "check_note", note=derived["text"])
            assert set(again["summary"]) == {"proved"}
            assert derived["relations_proved"] > 0
            page = await said(client, "explain_verdict", code="refuted")
            assert "# refuted" in str(page)

    asyncio.run(session())


@pytest.mark.slow
def test_what_cannot_be_answered_is_said_and_nobody_is_accused() -> None:
    async def session() -> None:
        async with assistant() as client:
            long = await client.call_tool("check_note", {"note": "x" * 200_001})
            assert long.is_error
            path = await said(client, "prove_claim", claim=SLOPE, network="/etc/hostname")
            assert "hostname" not in str(path["faults"])  # the text is a note, and no path
            assert [one["verdict"] for one in path["relations"]] in ([], ["undecided"])
            unknown = await client.call_tool("explain_verdict", {"code": "nonsense"})
            assert unknown.is_error
            assert "known are" in str(unknown.content)
            open_ = await said(client, "check_note", note=NOTE.replace("1 + s_t^2", "q_t"))
            assert open_["summary"] == {"undecided": 1}
            broken = await said(client, "check_note", note="{", format="notebook")
            assert broken["undecided_because"] is not None

    asyncio.run(session())


def test_a_tool_that_takes_too_long_is_undecided() -> None:
    from bptt_symbolic.serving import assistant as module  # noqa: PLC0415 - behind the skip
    from bptt_symbolic.serving.labour import Limits, Worker  # noqa: PLC0415

    tools = module.Tools(Worker(Limits(seconds=0.05)))
    answer = asyncio.run(tools.check_note(NOTE))
    assert answer.relations == ()
    assert "longer than 0.05 seconds" in str(answer.undecided_because)
    tools.worker.close()
