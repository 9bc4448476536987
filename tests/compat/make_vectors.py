"""Makes the known answers of tests/compat/vectors/encryption.json.

Run it with an interpreter that has the published package, beside our own `.venv`::

    python3.10 -m venv PEER
    PEER/bin/pip install vantage6-common==3.11.1
    PEER/bin/python tests/compat/make_vectors.py tests/compat/vectors/encryption.json

One key is made by the published package and one by ours. Each side encrypts every text for both,
and the published package decrypts what we wrote; its answer is recorded. The package is used as a
black box, through the class that scripts import. The keys protect nothing but these vectors.
"""

import base64
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from vantage6.common.encryption import RSACryptor

OURS = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "python"
TEXTS = [
    b"",
    b"\x00",
    b"sixteen bytes ..",
    b"seventeen bytes ..",
    'json.{"method": "average", "kwargs": {"column_name": "größe"}}'.encode(),
    bytes(range(256)) * 4,
]
MAKE_KEY = """
import sys
from vantage6.common.encryption import RSACryptor
RSACryptor.create_new_rsa_key(sys.argv[1])
"""
ENCRYPT = """
import base64, json, sys
from vantage6.common.encryption import RSACryptor
asked = json.load(sys.stdin)
cryptor = RSACryptor(asked["key_file"])
texts = map(base64.b64decode, asked["texts"])
public_key = cryptor.public_key_str
json.dump([cryptor.encrypt_bytes_to_str(text, public_key) for text in texts], sys.stdout)
"""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def run_ours(code: str, *arguments: str, stdin: str = "") -> str:
    command = [str(OURS), "-c", code, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout


def vectors_for(key_file: Path, made_by: str) -> dict:
    """What both sides do with one key."""
    # The published package keeps one instance per class for ever; this empties that store.
    type(RSACryptor)._instances.clear()
    theirs = RSACryptor(key_file)
    asked = {"key_file": str(key_file), "texts": [b64(text) for text in TEXTS]}
    ours = json.loads(run_ours(ENCRYPT, stdin=json.dumps(asked)))
    public_key = theirs.public_key_str
    return {
        "made_by": made_by,
        "private_key": key_file.read_text(),
        "public_key": public_key,
        "theirs": [
            {"text": b64(text), "encrypted": theirs.encrypt_bytes_to_str(text, public_key)}
            for text in TEXTS
        ],
        "ours": [
            {
                "text": b64(text),
                "encrypted": encrypted,
                "read_by_theirs": b64(theirs.decrypt_str_to_bytes(encrypted)),
            }
            for text, encrypted in zip(TEXTS, ours, strict=True)
        ],
    }


def main() -> None:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        their_key, our_key = Path(folder, "theirs.pem"), Path(folder, "ours.pem")
        RSACryptor.create_new_rsa_key(their_key)
        run_ours(MAKE_KEY, str(our_key))
        keys = [vectors_for(their_key, "theirs"), vectors_for(our_key, "ours")]
    version = importlib.metadata.version("vantage6-common")
    content = {"peer": f"vantage6-common {version}", "keys": keys}
    target.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
