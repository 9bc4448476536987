"""The program of the container: all probes, or the part of another run that is to be found."""

import json
import os
import select
import signal
import socket
from pathlib import Path

from hostile import PROBES
from hostile.asking import Probe, Told

LONGEST_S = 20


def outcome(function: Probe, told: Told) -> Told:
    """What one probe got, or why it got nothing."""
    try:
        got = function(told)
    except Exception as error:  # noqa: BLE001  # whatever stops it is what is asked for
        return {"got": None, "said": f"{type(error).__name__}: {error}"}
    return {"got": got or None, "said": ""}


def in_a_process_of_its_own(function: Probe, told: Told) -> Told:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(LONGEST_S)
        with os.fdopen(writer, "w") as file:
            json.dump(outcome(function, told), file, default=str)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(child, 0)
    return dict(json.loads(text)) if text else {"got": None, "said": "was stopped"}


def be_a_victim(told: Told) -> Told:
    """Another run, with a secret, a token and a service, until it is killed if it stays."""
    Path(os.environ["TEMPORARY_FOLDER"], told["secret"]).touch()
    with (
        socket.create_server(("", told["victim_port"])) as service,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind("\0" + told["abstract"])
        abstract.listen()
        while told["stays"]:
            for visited in select.select([service, abstract], [], [])[0]:
                visited.accept()[0].close()
    return {"token": Path(os.environ["TOKEN_FILE"]).read_text()}


def main() -> None:
    """Read the input, do as it says, and write the output."""
    text = Path(os.environ["INPUT_FILE"]).read_bytes().removeprefix(b"json.")
    body = json.loads(text)
    told = body["kwargs"]
    if body["method"] == "victim":
        found = be_a_victim(told)
    else:
        found = {name: in_a_process_of_its_own(probe, told) for name, probe in PROBES.items()}
    Path(os.environ["OUTPUT_FILE"]).write_text("json." + json.dumps(found))


main()
