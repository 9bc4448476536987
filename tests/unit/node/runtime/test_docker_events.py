"""Ends of containers, with an engine whose events the test makes."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from requests.exceptions import ConnectionError as LostConnection
from vantage6.node.runtime.docker_events import EndWatcher, Labels

DEADLINE_S = 10.0
CLOSED = object()


class Stream:
    """A stream of events that ends when it is closed."""

    def __init__(self) -> None:
        self._events: queue.Queue[Any] = queue.Queue()

    def end_of(self, container_id: str, result_id: int) -> None:
        labels = {"result_id": str(result_id)}
        self._events.put({"Actor": {"ID": container_id, "Attributes": labels}})

    def close(self) -> None:
        self._events.put(CLOSED)

    def __iter__(self) -> Iterator[Any]:
        return iter(lambda: self._events.get(timeout=DEADLINE_S), CLOSED)


class Engine:
    """Gives out the streams that a test made, or fails."""

    def __init__(self, *answers: Stream | Exception) -> None:
        self._answers = list(answers)
        self.filters: list[Any] = []

    def events(self, *, filters: Any, since: str, decode: bool) -> Stream:
        self.filters.append(filters)
        answer = self._answers.pop(0) if self._answers else Stream()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Watched:
    """A watcher with the ends it told, and the containers that have ended already."""

    def __init__(self, engine: Engine, finished: list[tuple[str, int]]) -> None:
        self.told: queue.Queue[str] = queue.Queue()
        self.finished = finished
        self.watcher = EndWatcher(engine, {"node": "a"}, self._ended, self._tell, retry_s=0.01)
        self.watcher.start()

    def _ended(self) -> list[tuple[str, Labels]]:
        return [(name, {"result_id": str(result_id)}) for name, result_id in self.finished]

    def _tell(self, labels: Labels) -> None:
        self.told.put(labels["result_id"])

    def next(self) -> str:
        return self.told.get(timeout=DEADLINE_S)


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_only_ends_of_containers_with_the_labels_are_asked_for(stream: Stream) -> None:
    engine = Engine(stream)
    watched = Watched(engine, [("c1", 1)])
    watched.next()
    watched.watcher.stop()
    assert engine.filters[0] == {"type": "container", "event": "die", "label": ["node=a"]}


def test_earlier_and_later_ends_are_each_told_once(stream: Stream) -> None:
    stream.end_of("c1", 1)
    stream.end_of("c2", 2)
    watched = Watched(Engine(stream), [("c1", 1)])
    assert [watched.next(), watched.next()] == ["1", "2"]
    watched.watcher.stop()
    assert watched.told.empty()


def test_another_container_of_the_same_run_has_an_end_of_its_own(stream: Stream) -> None:
    stream.end_of("first try", 1)
    stream.end_of("second try", 1)
    watched = Watched(Engine(stream), [])
    assert [watched.next(), watched.next()] == ["1", "1"]
    watched.watcher.stop()


def test_end_while_the_engine_was_away_is_told_when_it_is_back(stream: Stream) -> None:
    later = Stream()
    watched = Watched(Engine(stream, LostConnection("gone"), later), [])
    watched.finished.append(("c1", 1))
    stream.close()
    later.end_of("c2", 2)
    assert [watched.next(), watched.next()] == ["1", "2"]
    watched.watcher.stop()


def test_stopping_ends_the_watch(stream: Stream) -> None:
    watched = Watched(Engine(stream), [("c1", 1)])
    watched.next()
    watched.watcher.stop()
    stream.end_of("c2", 2)
    assert watched.told.empty()
