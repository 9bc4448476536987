"""Several sides are looked at together, and none of them can hold up the others."""

import threading

import pytest
from vantage6.cli.doctor.diagnosis import (
    doubt,
    examine,
    fine,
    first_status,
    from_message,
    wrong,
)
from vantage6.cli.exits import ExitStatus


def test_findings_come_in_the_order_of_the_checks():
    second_has_looked = threading.Event()

    def first():
        assert second_has_looked.wait(10)
        return [fine("first", "is there")]

    def second():
        second_has_looked.set()
        return [fine("second", "is there"), doubt("second", "is old", "renew it")]

    found = examine({"first": first, "second": second})

    assert [each.finding.about for each in found] == ["first", "second", "second"]


def test_side_that_does_not_answer_is_an_error_and_the_others_are_told():
    never = threading.Event()

    found = examine({"slow": lambda: never.wait(60) or [], "quick": lambda: [fine("q", "y")]}, 0.2)

    never.set()
    assert [each.finding.about for each in found] == ["slow", "q"]
    assert "no answer within" in found[0].finding.text
    assert first_status(found) is ExitStatus.UNREACHABLE


def test_defect_of_a_check_is_not_swallowed():
    def broken():
        raise KeyError("defect")

    with pytest.raises(KeyError, match="defect"):
        examine({"broken": broken})


def test_status_is_that_of_the_first_error():
    found = [
        doubt("disk", "is small", "make room"),
        wrong("api_key", "is unknown", "ask for one", ExitStatus.LOGIN),
        wrong("docker", "is not there", "start it", ExitStatus.ENGINE),
    ]

    assert first_status(found) is ExitStatus.LOGIN
    assert first_status(found[:1]) is ExitStatus.DONE


def test_message_is_parted_into_what_and_what_to_do():
    finding = from_message("x", "it is so; do this; or that", ExitStatus.ENGINE).finding

    assert (finding.text, finding.remedy) == ("it is so", "do this; or that")
