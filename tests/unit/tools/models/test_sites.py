from pathlib import Path

import pytest
from tests.unit.tools.conftest import NAME
from vantage6.tools.mock_client import ClientMockProtocol
from vantage6.tools.models.sites import ask, chosen


@pytest.fixture
def client(algorithm: Path, tmp_path: Path) -> ClientMockProtocol:
    files = [tmp_path / f"{number}.csv" for number in (1, 2, 3)]
    for number, file in enumerate(files, 1):
        file.write_text(f"n\n{number}\n")
    return ClientMockProtocol(files, NAME)


def test_all_sites_take_part_when_none_are_named(client: ClientMockProtocol) -> None:
    assert chosen(client) == [0, 1, 2]
    assert chosen(client, (2, 0)) == [2, 0]


def test_each_site_answers_for_itself(client: ClientMockProtocol) -> None:
    assert ask(client, [0, 2], "sum", column_name="n") == [1, 3]
