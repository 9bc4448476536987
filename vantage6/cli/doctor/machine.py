"""The machine itself: space on its disks, its clock, its ports."""

import ctypes
import errno
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from vantage6.cli.doctor.diagnosis import Diagnosis, doubt, fine, wrong
from vantage6.cli.exits import ExitStatus

_GB = 10**9
_LITTLE, _TOO_LITTLE = 5 * _GB, _GB // 5
_TIME_ERROR = 5  # of adjtimex(2): the kernel knows of nobody who keeps its clock right
_LARGER_THAN_TIMEX_BYTES = 512


def at_disk(folders: Iterable[Path]) -> Iterator[Diagnosis]:
    """Whether there is room where files are written; folders need not be there yet."""
    there = {next(p for p in (each, *each.parents) if p.exists()): each for each in folders}
    by_device = {each.stat().st_dev: each for each in there}
    for folder in by_device.values():
        free = shutil.disk_usage(folder).free
        text = f"{free / _GB:.1f} GB are free at {folder}"
        remedy = "make room, or name folders on another disk (directories, task_dir)"
        if free < _TOO_LITTLE:
            yield wrong("disk", text, remedy, ExitStatus.REFUSED)
        elif free < _LITTLE:
            yield doubt("disk", text, remedy)
        else:
            yield fine("disk", text)


def at_time_service() -> Iterator[Diagnosis]:
    """Whether the kernel knows of a time service; nothing is said where that cannot be asked."""
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    # Zeros ask for nothing to be changed.
    if adjtimex is not None and (
        adjtimex(ctypes.create_string_buffer(_LARGER_THAN_TIMEX_BYTES)) == _TIME_ERROR
    ):
        text = "no time service keeps the clock of this machine right"
        yield doubt("time", text, "switch one on, as with `timedatectl set-ntp true`")


def at_port(ip: str, port: int) -> Iterator[Diagnosis]:
    """Whether a server could listen to a port."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((ip, port))
        except OSError as error:
            yield _taken(error, ip, port)
        else:
            yield fine("port", f"{port} of {ip} is free")


def _taken(error: OSError, ip: str, port: int) -> Diagnosis:
    refused = ExitStatus.CONFIGURATION
    if error.errno == errno.EADDRINUSE:
        text = f"another program listens to {port} of {ip}"
        return wrong("port", text, "stop that one, or set another port", refused)
    if error.errno == errno.EACCES:
        text = f"this user may not listen to {port}"
        return wrong("port", text, "set a port from 1024 on, behind nginx", refused)
    return wrong("ip", f"this machine has no address {ip}", "name one that it has", refused)
