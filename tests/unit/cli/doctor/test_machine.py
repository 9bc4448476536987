"""What the doctor sees of the machine itself."""

import shutil
import socket
from collections import namedtuple

import pytest
from vantage6.cli.doctor.machine import at_disk, at_port, at_time_service
from vantage6.cli.exits import ExitStatus
from vantage6.cli.facts import Level

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("free", "level"), [(10**8, Level.ERROR), (10**9, Level.WARNING), (10**11, Level.INFO)]
)
def test_room_on_the_disk_is_told(monkeypatch, tmp_path, free, level):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))

    (found,) = at_disk([tmp_path / "not" / "there yet", tmp_path / "another"])

    assert found.finding.level is level
    assert str(tmp_path) in found.finding.text
    assert bool(found.finding.remedy) is (level is not Level.INFO)


def test_port_that_is_free_and_port_that_is_taken_are_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = at_port("127.0.0.1", port)

    assert found.status is ExitStatus.CONFIGURATION
    assert f"another program listens to {port}" in found.finding.text
    (freed,) = at_port("127.0.0.1", port)
    assert not freed.is_error


def test_address_of_another_machine_cannot_be_listened_to():
    (found,) = at_port("203.0.113.1", 5000)

    assert found.finding.about == "ip"
    assert "this machine has no address 203.0.113.1" in found.finding.text


def test_missing_time_service_is_no_error():
    assert not any(each.is_error for each in at_time_service())
