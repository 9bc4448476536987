"""Every block of Python in docs/guide/client-results.md runs, in the order of the page."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.client.nodes import AGES, PlayedNode
from tests.compat.client.servers import API_KEYS, EXAMPLE, PASSWORD, RunningServer
from tests.integration.client.terminal import Site, Terminal, listening_server

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "guide" / "client-results.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
AVERAGE = ("v6-average-py", ROOT / "examples" / "average")
LOOK_S = 0.05


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with listening_server(tmp_path, EXAMPLE) as server:
        yield server


@pytest.fixture
def _nodes(server: RunningServer, tmp_path: Path) -> Iterator[None]:
    """The organizations 2 and 3 are at work."""
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(_site(server, number, tmp_path), stopped))
        for number in AGES
    ]
    for thread in threads:
        thread.start()
    yield
    stopped.set()
    for thread in threads:
        thread.join()


def _site(server: RunningServer, number: int, folder: Path) -> Site:
    csv = folder / f"{number}.csv"
    csv.write_text("\n".join(["age", *map(str, AGES[number])]))
    return Site(PlayedNode(server.api, API_KEYS[number]), csv, AVERAGE, folder)


def _work(site: Site, stopped: threading.Event) -> None:
    while not stopped.wait(LOOK_S):
        for run in site.open_runs():
            site.work_or_fail(run)


@pytest.mark.usefixtures("_nodes")
def test_blocks_of_the_page_run(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = "\n".join(BLOCK.findall(PAGE.read_text("utf-8")))
    blanks = {
        '"https://v6.example.org", 443': f'"{server.origin}", None',
        '"researcher", "Correct-horse-1"': f'"user1", "{PASSWORD}"',
    }
    for blank, text in blanks.items():
        assert code.count(blank) == 1
        code = code.replace(blank, text)

    terminal = Terminal(tmp_path)
    terminal.run(code)

    assert "average of 2 organizations: 53.25" in terminal.printed
    assert re.search(r"2 of 2 runs of task 2 failed: example_org\d: crashed", terminal.printed)
    assert "2 crashed crashed (" in terminal.printed
    assert (tmp_path / "private_key.pem").stat().st_mode & 0o777 == 0o600
