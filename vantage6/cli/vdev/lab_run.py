"""A lab from its start to its end: made in a folder of its own, told about, used, taken away."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import gevent
from gevent.event import Event

from vantage6.cli.exits import ExitStatus
from vantage6.cli.signals import ENDS, handled
from vantage6.cli.vdev import lab_words
from vantage6.cli.vdev.files import HOST, Plan, write
from vantage6.cli.vdev.lab import LabFacts
from vantage6.cli.vdev.lab_algorithms import LabAlgorithms
from vantage6.cli.vdev.lab_network import LabWishes, make_plan, running
from vantage6.cli.vdev.lab_runs import Screen
from vantage6.cli.vdev.progress import Progress
from vantage6.server.wsgi import listen

_GRACE_S = 2.0
_LOOK_S = 0.05


def run_lab(
    wishes: LabWishes,
    screen: Screen,
    progress: Progress,
    script: Path | None,
    *,
    as_json: bool,
) -> int:
    """Run a lab until a signal, or until a script has ended; the exit status.

    Parameters
    ----------
    wishes
        What is in it.
    screen
        Gets everything but the line of JSON and the output of the script.
    progress
        Is told when it is ready; has begun with the command.
    script
        Run against it; None waits for a signal.
    as_json
        Print one line of JSON when it is ready.
    """
    algorithms = LabAlgorithms(wishes.algorithms)
    # Every signal that ends a lab is taken for Ctrl-C, also in the middle of making keys.
    with handled(signal.default_int_handler), _folder(screen, keep=wishes.keep) as folder:
        plan = make_plan(folder, wishes, algorithms)
        with listen(HOST, plan.port) as listener:
            write(folder, plan)
            with (
                _signalled() as ended,
                running(folder, plan, listener, algorithms, screen, lambda: _go_on(ended)),
            ):
                nodes = "1 node" if len(plan.members) == 1 else f"{len(plan.members)} nodes"
                progress.step(f"a server and {nodes} are ready")
                _announce(screen, plan, algorithms)
                if as_json:
                    click.echo(json.dumps(dataclasses.asdict(_facts(folder, plan))))
                if script is not None:
                    return _run_script(script, plan, ended)
                if not as_json:
                    _invite(screen, plan)
                ended.wait()
    screen.say("Stopped; nothing is left running")
    return ExitStatus.DONE


@contextmanager
def _signalled() -> Iterator[Event]:
    """An event that is set by the signals that end a lab.

    An exception, as Python makes of a signal, would end whichever thread has its turn.
    """
    ended = Event()
    watchers = [gevent.signal_handler(number, ended.set) for number in ENDS]
    try:
        yield ended
    finally:
        for watcher in watchers:
            watcher.cancel()
        for number in ENDS:
            # What is left to do takes a moment, and a second Ctrl-C would leave it undone.
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def _folder(screen: Screen, *, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vantage6-lab-")).resolve()
    try:
        yield folder
    finally:
        if keep:
            screen.say(f"Kept {folder}")
        else:
            shutil.rmtree(folder)


def _go_on(ended: Event) -> None:
    if ended.is_set():
        raise KeyboardInterrupt


def _announce(screen: Screen, plan: Plan, algorithms: LabAlgorithms) -> None:
    screen.say(
        click.style("NO ISOLATION", fg="red", bold=True)
        + ": algorithms are plain processes that can read and do whatever your user can."
        " For development only."
    )
    for member in plan.members:
        files = ", ".join(f"{label}: {file}" for label, file in member.databases.items())
        screen.say(f"  {member.name}  {files}")
    for line in algorithms.describe():
        screen.say(f"  {line}")


def _invite(screen: Screen, plan: Plan) -> None:
    screen.say(f"Address {lab_words.address(plan)}")
    screen.say(f"User {plan.username}, password {plan.password}")
    screen.say(f"\nPaste this into Python:\n\n{lab_words.snippet(plan)}")
    screen.say("or this into a shell, for scripts that use Client.from_environment:\n")
    screen.say(lab_words.export_lines(lab_words.environment(plan)))
    screen.say("\nCtrl-C ends the lab. What algorithms print follows here.\n")


def _facts(folder: Path, plan: Plan) -> LabFacts:
    return LabFacts(
        address=lab_words.address(plan),
        username=plan.username,
        password=plan.password,
        private_key=plan.members[0].key_file,
        organizations=tuple(member.name for member in plan.members),
        folder=str(folder),
    )


def _run_script(script: Path, plan: Plan, ended: Event) -> int:
    variables = {**os.environ, **lab_words.environment(plan)}
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, env=variables) as process:  # noqa: S603  # the user's own
        while process.poll() is None:
            if ended.wait(_LOOK_S):
                return _interrupt(process)
    # As a shell says it, when a signal ended the script.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _interrupt(process: "subprocess.Popen[bytes]") -> int:
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
    return ExitStatus.INTERRUPTED
