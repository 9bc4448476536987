"""Every block of Python in docs/guide/client.md runs, in the order of the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from tests.fakes.keys import write_small_key
from tests.fakes.wsgi import WsgiAdapter
from tests.integration.server.world import PASSWORD
from vantage6.server.app import Server

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "guide" / "client.md"
BLOCK = re.compile(
    r"^```(python|\{code-block\} python)\n(:class: (\S+)\n\n)?(.*?)^```", re.M | re.S
)
ADDRESS = "https://v6.example.org:443"


def blocks() -> list[tuple[str, str]]:
    """Blocks of the page: what is said about each, and its code."""
    return [(found[2], found[3]) for found in BLOCK.findall(PAGE.read_text("utf-8"))]


@pytest.fixture
def _answered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the page is the one of this process; no other address is reached."""
    adapter = WsgiAdapter(server.app)

    def send(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        assert request.url.startswith(f"{ADDRESS}/api/"), request.url
        return adapter.send(request, *args, **options)

    monkeypatch.setattr(HTTPAdapter, "send", send)


@pytest.fixture
def _started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    write_small_key(tmp_path / "private_key.pem")
    monkeypatch.setenv("V6_SERVER_URL", f"{ADDRESS}/api")
    monkeypatch.setenv("V6_USERNAME", "admin")
    monkeypatch.setenv("V6_PASSWORD", PASSWORD)
    yield


@pytest.mark.usefixtures("_answered", "_started")
def test_blocks_of_the_page_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}

    for said, code in blocks():
        # The server of the page has no second factor; test_administration.py has one.
        if said != "second-factor":
            exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102  # our own page

    printed = capsys.readouterr().out
    assert "researcher of alpha" in printed
    assert re.search(r"task \d+ is", printed)
    assert "for the configuration of the node: " in printed
    assert names["answer"]["msg"] in printed
    assert names["newest"] is None


def test_every_block_of_the_page_is_found() -> None:
    page = PAGE.read_text("utf-8")

    assert len(blocks()) > 10
    assert page.count("```python") + page.count("{code-block} python") == len(blocks())
