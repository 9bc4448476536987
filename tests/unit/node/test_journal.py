"""What the node remembers over restarts."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vantage6.common.status import TaskStatus
from vantage6.node.journal import Beginning, Entry, Journal, Outcome, journal_file
from vantage6.node.runs import RunFacts

FACTS = RunFacts(5, task_id=3, run_id=2, parent_id=1)
BEGINNING = Beginning("key", "digest", "2024-01-01T00:00:00.000000")
OUTCOME = Outcome(TaskStatus.COMPLETED, "2024-01-01T00:00:01.000000", "log", Path("/result-5"))


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], Journal]]:
    opened: list[Journal] = []

    def open_() -> Journal:
        opened.append(Journal(tmp_path / "journal.sqlite"))
        return opened[-1]

    yield open_
    for journal in opened:
        journal.close()


def test_a_run_that_was_begun_is_known_after_a_restart(reopen: Callable[[], Journal]) -> None:
    reopen().begin(FACTS, BEGINNING)

    journal = reopen()

    assert journal.entries() == [Entry(FACTS, has_ended=False)]
    assert journal.beginning(5) == BEGINNING
    assert journal.outcome(5) is None


def test_an_outcome_is_known_after_a_restart(reopen: Callable[[], Journal]) -> None:
    first = reopen()
    first.begin(FACTS, BEGINNING)
    first.end(FACTS, OUTCOME)

    journal = reopen()

    assert journal.entries() == [Entry(FACTS, has_ended=True)]
    assert journal.outcome(5) == OUTCOME
    assert journal.beginning(5) == BEGINNING


def test_the_outcome_of_a_run_that_never_began_is_kept(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    refused = Outcome(TaskStatus.NOT_ALLOWED, OUTCOME.finished_at, "vantage6: not allowed")

    journal.end(FACTS, refused)

    assert journal.outcome(5) == refused
    assert journal.beginning(5) is None


def test_a_later_outcome_replaces_the_first(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    journal.end(FACTS, OUTCOME)

    journal.end(FACTS, Outcome(TaskStatus.CRASHED, OUTCOME.finished_at, "too large"))

    assert journal.outcome(5) == Outcome(TaskStatus.CRASHED, OUTCOME.finished_at, "too large")


def test_a_run_is_not_begun_twice(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    journal.begin(FACTS, BEGINNING)

    with pytest.raises(Exception, match="UNIQUE"):
        journal.begin(FACTS, BEGINNING)


def test_an_acknowledged_run_is_forgotten(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    journal.end(FACTS, OUTCOME)

    journal.forget(5)
    journal.forget(5)

    assert journal.entries() == []
    assert journal.outcome(5) is None
    assert journal.beginning(5) is None


def test_only_the_owner_can_read_the_journal(
    tmp_path: Path, reopen: Callable[[], Journal]
) -> None:
    reopen().end(FACTS, OUTCOME)

    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {0o600}


def test_payloads_and_logs_do_not_show_when_an_outcome_is_printed() -> None:
    assert "cmVzdWx0" not in repr(OUTCOME)
    assert "log=" not in repr(OUTCOME)


def test_each_identity_has_a_journal_of_its_own(tmp_path: Path) -> None:
    files = {
        journal_file(tmp_path, "http://a", "key"),
        journal_file(tmp_path, "http://b", "key"),
        journal_file(tmp_path, "http://a", "other"),
    }

    assert len(files) == 3
    assert not any("key" in file.name for file in files)
