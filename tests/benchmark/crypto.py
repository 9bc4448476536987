"""Encryption and payloads: megabytes per second, as ratio to base64 of the same bytes."""

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmark.measure import Row, median
from vantage6.common import payload
from vantage6.common.encryption import DummyCryptor, RSACryptor

SIZE_MB = 10


def measure() -> Iterator[Row]:
    """Each row handles the same 10 MB (payloads: a list of as many bytes in JSON)."""
    data = os.urandom(SIZE_MB * 10**6)
    with tempfile.TemporaryDirectory() as folder:
        key_file = Path(folder) / "key.pem"
        RSACryptor.create_new_rsa_key(key_file)
        rsa, plain = RSACryptor(key_file), DummyCryptor()
    reference = SIZE_MB / median(lambda: base64.b64encode(data))
    yield Row("reference: base64.b64encode", reference, "MB/s", 1)

    sealed, encoded = rsa.encrypt_bytes_to_str(data, rsa.public_key_str), base64.b64encode(data)
    calls = {
        "encrypt": lambda: rsa.encrypt_bytes_to_str(data, rsa.public_key_str),
        "decrypt": lambda: rsa.decrypt_str_to_bytes(sealed),
        "unencrypted collaboration, there": lambda: plain.encrypt_bytes_to_str(data),
        "unencrypted collaboration, back": lambda: plain.decrypt_str_to_bytes(encoded.decode()),
    }
    for name, call in calls.items():
        speed = SIZE_MB / median(call)
        yield Row(name, speed, "MB/s", speed / reference)
    yield from _payloads(reference)


def _payloads(reference: float) -> Iterator[Row]:
    value = {"numbers": [i / 7 for i in range(SIZE_MB * 10**6 // 20)]}
    text = payload.dump(value)
    size = len(text) / 10**6
    for name, speed in {
        "payload.dump, JSON of numbers": size / median(lambda: payload.dump(value)),
        "payload.load, JSON of numbers": size / median(lambda: payload.load(text)),
    }.items():
        yield Row(name, speed, "MB/s", speed / reference)
    small = {"method": "average_partial", "kwargs": {"column_name": "age"}}
    each = median(lambda: [payload.load(payload.dump(small)) for _ in range(1000)])
    yield Row("payload.dump and load, a usual input", each * 1000, "µs")
