"""Which events wake who waits; the socket itself is in the integration tests."""

import subprocess
import sys
from typing import Any

import pytest
from vantage6.client.news import News
from vantage6.common.api_session import ApiSession

CHANGE = {
    "status": "completed",
    "result_id": 99,
    "task_id": 4,
    "run_id": 4,
    "collaboration_id": 1,
    "node_id": 1,
    "organization_id": 1,
}


@pytest.fixture
def news() -> News:
    """Of task 4 with the runs 9 and 10; not connected."""
    return News(ApiSession("http://server"), 4, frozenset({9, 10}))


@pytest.mark.parametrize(
    ("name", "content", "wakes"),
    [
        ("status_update", {"result_id": 9}, True),
        ("status_update", {"result_id": 8}, False),
        ("algorithm_status_change", CHANGE, True),
        ("algorithm_status_change", {**CHANGE, "task_id": 5}, False),
        ("status_update", {"result_id": "9"}, False),
        ("status_update", None, False),
        ("new_task", 4, False),
        ("of_the_future", {}, False),
    ],
)
def test_only_news_of_the_own_task_wakes(news: News, name: str, content: Any, wakes: bool) -> None:
    news._received(name, content)

    assert news.has_told is wakes
    assert news.wait(0) is wakes


def test_each_news_wakes_once(news: News) -> None:
    news._received("status_update", {"result_id": 9})

    assert (news.wait(0), news.wait(0)) == (True, False)


def test_news_of_any_run_wakes_where_the_own_ones_are_not_known() -> None:
    news = News(ApiSession("http://server"), 4, None)

    news._received("status_update", {"result_id": 8})

    assert news.wait(0)


def test_an_expired_token_ends_the_connection_but_not_the_waiting(news: News) -> None:
    news._received("expired_token", "")

    assert news._lost.is_set()
    assert not news._stopping.is_set()
    assert not news.wait(0)


def test_neither_socket_nor_bar_is_imported_before_something_is_waited_for() -> None:
    heavy = ("socketio", "engineio", "tqdm", "IPython")
    code = f"import sys, vantage6.client; print([n for n in {heavy} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
