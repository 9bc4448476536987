"""A large encrypted input goes to three organizations without filling the memory."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.integration.client.rig import Rig
from vantage6.client import Client, RSACryptor
from vantage6.common import payload
from werkzeug.serving import make_server

pytestmark = pytest.mark.integration
MB = 1024 * 1024
SIZE_MB = 50
PROGRAM = """
import json, pathlib, re, sys
from vantage6.client import Client

origin, key, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = Client(origin, None, "/api")
client.authenticate("ada", "secret")
client.setup_encryption(key)
def peak_mb():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
before = peak_mb()
input_ = {"method": "train", "kwargs": {"weights": "w" * size}}
task = client.task.create(1, [2, 3, 4], "large", "img", "", input_)
print(json.dumps({"task": task["id"], "before": before, "peak": peak_mb()}))
"""


class Sink:
    """Answers what a client asks before it sends a task, and throws the task away as it comes."""

    def __init__(self, public_key: str) -> None:
        self.received = 0
        token = jwt.encode({"sub": 5}, "x" * 32)
        login = {"access_token": token, "refresh_url": "/api/token/refresh"}
        organization = {"id": 1, "name": "hospital", "public_key": public_key}
        self._answers = {
            "/api/token/user": login,
            "/api/user/5": {"id": 5, "firstname": "Ada", "organization": {"id": 1}},
            "/api/collaboration/1": {"id": 1, "encrypted": True},
            **{f"/api/organization/{id_}": organization for id_ in (1, 2, 3, 4)},
        }

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        answer = self._answers.get(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/api/task":
            length = int(environ["CONTENT_LENGTH"])
            while part := environ["wsgi.input"].read(min(MB, length - self.received)):
                self.received += len(part)
            answer = {"id": 7}
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


@pytest.fixture
def sink(key_files: dict[str, Path]) -> Iterator[tuple[str, Sink]]:
    sink = Sink(RSACryptor(key_files["alpha"]).public_key_str)
    http = make_server("127.0.0.1", 0, sink, threaded=True)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}", sink
    http.shutdown()
    http.server_close()


def test_memory_stays_below_six_times_an_encrypted_input_to_three_organizations(
    sink: tuple[str, Sink], key_files: dict[str, Path]
) -> None:
    origin, received = sink
    arguments = [origin, str(key_files["alpha"]), str(SIZE_MB * MB)]

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["task"] == 7
    assert received.received > 3 * SIZE_MB * MB * 4 / 3
    assert measured["peak"] < 6 * SIZE_MB, measured


def test_an_input_of_several_parts_arrives_whole_at_each_organization(
    client: Client, rig: Rig, keys: dict[str, Path]
) -> None:
    client.setup_encryption(keys["alpha"])
    value = {"method": "train", "kwargs": {"weights": "w" * (7 * MB)}}

    task = rig.create(client, "alpha", "beta", input=value)

    for name in ("alpha", "beta"):
        data = RSACryptor(keys[name]).decrypt_str_to_bytes(rig.run_of(task, name)["input"])
        assert payload.load(data) == value
