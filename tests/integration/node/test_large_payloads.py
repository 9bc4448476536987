"""A large input and a large output on their whole way, in real processes whose memory is counted.

Bounds are multiples of the text that travels (base64 of the payload), above what a process holds
when nothing happens. SQLite itself holds four copies of a row with both while it changes it.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.fakes.waiting import eventually
from tests.integration.node.conftest import RealServer
from tests.integration.node.test_node_process import NodeProcess
from vantage6.common.encryption import Cryptor, DummyCryptor, RSACryptor

pytestmark = pytest.mark.unmeasured

MB = 10**6
SERVER_COPIES, NODE_COPIES = 6.5, 2.5
DEADLINE_S = 240

ALGORITHM = """
def RPC_echo(data, filler, size):
    return "y" * size
"""


class LargeNode(NodeProcess):
    """A node whose algorithm answers with as much as it is asked for."""

    def __init__(self, server: RealServer, folder: Path, *, is_encrypted: bool) -> None:
        super().__init__(server, folder)
        (folder / "waiting_algorithm.py").write_text(ALGORITHM)
        file = folder / "node.yaml"
        settings = yaml.safe_load(file.read_text())
        settings["environments"]["dev"]["encryption"] = {"enabled": is_encrypted}
        file.write_text(yaml.safe_dump(settings))
        self.data.mkdir()
        self.key_file = self.data / "private_key.pem"
        if is_encrypted:
            RSACryptor.create_new_rsa_key(self.key_file)

    def left_files(self) -> list[Path]:
        """Files of runs and results that wait to be sent."""
        return [file for kind in ("task", "result") for file in self.data.glob(f"runs/{kind}-*")]


class Memory:
    """Memory of a process above what it is now; the peak begins anew."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        (self._folder / "clear_refs").write_text("5")
        self._idle = self._read("VmRSS")

    def peak(self) -> int:
        """Most that was used since, in bytes."""
        return self._read("VmHWM") - self._idle

    def _read(self, name: str) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


@pytest.fixture
def node(own_server: RealServer, tmp_path: Path, is_encrypted: bool) -> Iterator[LargeNode]:
    own_server.start()
    study = own_server.world.collaborations["study"]
    own_server.root.patch(f"collaboration/{study}", {"encrypted": is_encrypted})
    folder = tmp_path / "large"
    folder.mkdir()
    made = LargeNode(own_server, folder, is_encrypted=is_encrypted)
    try:
        made.start()
        yield made
    finally:
        made.close()


def researcher_cryptor(server: RealServer, folder: Path, is_encrypted: bool) -> Cryptor:
    """Of the researcher's organization, whose public key the server gets."""
    if not is_encrypted:
        return DummyCryptor()
    file = folder / "researcher.pem"
    RSACryptor.create_new_rsa_key(file)
    cryptor = RSACryptor(file)
    user = server.researcher.get(f"user/{server.researcher.identity()}")
    organization = user["organization"]["id"]
    server.root.patch(f"organization/{organization}", {"public_key": cryptor.public_key_str})
    return cryptor


def await_end(server: RealServer, run: int) -> None:
    """Wait without reading payloads; the bounds are about what others cause."""
    pause = threading.Event()
    for _ in range(DEADLINE_S * 4):
        (row,) = server.root.get("result", {"longest_payload": 0, "page": 1, "per_page": 1})
        if row["id"] == run and row["finished_at"]:
            assert row["status"] == "completed"
            return
        pause.wait(0.25)
    raise AssertionError("the run does not end")


@pytest.mark.timeout(2 * DEADLINE_S)
@pytest.mark.repeats("False")
@pytest.mark.parametrize(("is_encrypted", "size"), [(True, 100 * MB), (False, 40 * MB)])
def test_a_large_run_needs_a_few_copies_in_memory(
    own_server: RealServer, node: LargeNode, tmp_path: Path, is_encrypted: bool, size: int
) -> None:
    cryptor = researcher_cryptor(own_server, tmp_path, is_encrypted)
    key = RSACryptor(node.key_file).public_key_str if is_encrypted else ""
    arguments = f'{{"filler": "{"x" * size}", "size": {size}}}'
    payload = f'json.{{"method": "echo", "kwargs": {arguments}}}'.encode()
    text = cryptor.encrypt_bytes_to_str(payload, key)
    memory = [Memory(pid) for pid in (own_server.pid, node.pid)]

    (run,) = own_server.post_task("gamma", input=text)
    await_end(own_server, run)
    copies = [round(process.peak() / len(text), 2) for process in memory]

    assert copies[0] < SERVER_COPIES
    assert copies[1] < NODE_COPIES
    result = own_server.researcher.get_large(f"result/{run}")["result"]
    assert cryptor.decrypt_str_to_bytes(result) in (answer(size), b"json." + answer(size))
    eventually(lambda: not node.left_files(), "the files of the run to be removed")


def answer(size: int) -> bytes:
    return b'"' + b"y" * size + b'"'
