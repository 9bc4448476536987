"""Ciphertexts of the published vantage6-common 3.11.1 and ours, read by the other side.

The vectors hold both directions as they were when `make_vectors.py` ran. Where a Python 3.10 is on
the host, the published package is installed once and reads fresh ciphertexts of ours as well.
"""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.environments import peer
from vantage6.common.encryption import RSACryptor, is_envelope
from vantage6.common.errors import DecryptionError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "encryption.json").read_text("utf-8"))
KEYS: list[dict[str, Any]] = VECTORS["keys"]
PEER = "vantage6-common==3.11.1"
BY_MAKER = pytest.mark.parametrize("key", KEYS, ids=[f"key-of-{key['made_by']}" for key in KEYS])

# Runs in the published package: for each job, what it reads and what it writes.
PEER_PROGRAM = """
import base64, json, sys
from pathlib import Path
from vantage6.common.encryption import RSACryptor
job = json.load(sys.stdin)
cryptor = RSACryptor(Path(job["key_file"]))
read = [base64.b64encode(cryptor.decrypt_str_to_bytes(text)).decode() for text in job["encrypted"]]
fresh = [cryptor.encrypt_bytes_to_str(base64.b64decode(text), job["public_key"]) for text in read]
json.dump({"public_key": cryptor.public_key_str, "read": read, "fresh": fresh}, sys.stdout)
"""


def cryptor_of(key: dict[str, Any], folder: Path) -> RSACryptor:
    file = folder / "key.pem"
    file.write_text(key["private_key"])
    return RSACryptor(file)


@BY_MAKER
def test_we_read_what_the_published_package_wrote(key: dict[str, Any], tmp_path: Path) -> None:
    cryptor = cryptor_of(key, tmp_path)

    for vector in key["theirs"]:
        read = cryptor.decrypt_str_to_bytes(vector["encrypted"])

        assert read == base64.b64decode(vector["text"])


@BY_MAKER
def test_the_published_package_read_what_we_wrote(key: dict[str, Any], tmp_path: Path) -> None:
    cryptor = cryptor_of(key, tmp_path)

    for vector in key["ours"]:
        assert vector["read_by_theirs"] == vector["text"]
        assert cryptor.decrypt_str_to_bytes(vector["encrypted"]) == base64.b64decode(
            vector["text"]
        )


@BY_MAKER
def test_public_key_has_the_same_text_on_both_sides(key: dict[str, Any], tmp_path: Path) -> None:
    assert cryptor_of(key, tmp_path).public_key_str == key["public_key"]


@BY_MAKER
def test_both_sides_write_fields_of_the_same_lengths(key: dict[str, Any]) -> None:
    for theirs, ours in zip(key["theirs"], key["ours"], strict=True):
        lengths = [[len(part) for part in v["encrypted"].split("$")] for v in (theirs, ours)]

        assert lengths[0] == lengths[1]
        assert lengths[0][:2] == [684, 24]


@BY_MAKER
def test_recorded_ciphertexts_have_the_form_that_a_server_asks_for(key: dict[str, Any]) -> None:
    assert all(is_envelope(vector["encrypted"]) for vector in key["theirs"] + key["ours"])


def test_ciphertext_for_one_key_is_not_read_with_the_other(tmp_path: Path) -> None:
    stranger = cryptor_of(KEYS[1], tmp_path)

    for vector in KEYS[0]["theirs"] + KEYS[0]["ours"]:
        with pytest.raises(DecryptionError, match="not encrypted for this key"):
            stranger.decrypt_str_to_bytes(vector["encrypted"])


# --- the published package itself --------------------------------------------------------------


@pytest.fixture(scope="session")
def peer_python() -> str:
    """Interpreter with the published package; made once and kept."""
    return peer(PEER)


@pytest.mark.integration
@pytest.mark.timeout(400)
@BY_MAKER
def test_published_package_and_we_read_each_other_today(
    key: dict[str, Any], peer_python: str, tmp_path: Path
) -> None:
    cryptor = cryptor_of(key, tmp_path)
    texts = [base64.b64decode(vector["text"]) for vector in key["ours"]]
    job = {
        "key_file": str(tmp_path / "key.pem"),
        "public_key": cryptor.public_key_str,
        "encrypted": [cryptor.encrypt_bytes_to_str(text, key["public_key"]) for text in texts],
    }

    done = subprocess.run(
        [peer_python, "-c", PEER_PROGRAM],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    answer = json.loads(done.stdout)
    assert [base64.b64decode(text) for text in answer["read"]] == texts
    assert [cryptor.decrypt_str_to_bytes(text) for text in answer["fresh"]] == texts
    assert answer["public_key"] == cryptor.public_key_str
