"""The body of a new task: what 3.x sends, in parts whose length is known beforehand."""

import json
from pathlib import Path
from typing import Any

import pytest
from vantage6.client import DummyCryptor, RSACryptor
from vantage6.client.task_body import TaskBody
from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.errors import EncryptionMismatch

FIELDS = {"name": 'a "name"', "image": "img", "organizations": [2, 3], "database": "d\u00e9faut"}
KeyFiles = tuple[Path, Path]


def read(body: TaskBody) -> Any:
    sent = b"".join(body)
    assert len(sent) == len(body)
    return json.loads(sent)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, 3 * 2**20 + 1])
def test_unencrypted_input_is_base64_in_the_body_of_3_x(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)

    body = read(TaskBody(FIELDS, data[:size], {2: "", 3: ""}, DummyCryptor()))

    text = bytes_to_base64s(data[:size])
    inputs = [{"id": 2, "input": text}, {"id": 3, "input": text}]
    assert body == {**FIELDS, "organizations": inputs}


@pytest.mark.parametrize("size", [0, 100, 3 * 2**20 + 1])
def test_each_organization_can_read_its_input(size: int, key_files: KeyFiles) -> None:
    cryptors = {2: RSACryptor(key_files[0]), 3: RSACryptor(key_files[1])}
    keys = {id_: cryptor.public_key_str for id_, cryptor in cryptors.items()}
    data = b"x" * size

    body = read(TaskBody(FIELDS, data, keys, cryptors[2]))

    for entry in body["organizations"]:
        assert cryptors[entry["id"]].decrypt_str_to_bytes(entry["input"]) == data


def test_what_is_sent_again_is_encrypted_anew(key_files: KeyFiles) -> None:
    cryptor = RSACryptor(key_files[0])
    body = TaskBody(FIELDS, b"x", {2: cryptor.public_key_str}, cryptor)

    assert b"".join(body) != b"".join(body)


def test_large_bodies_come_in_blocks_of_a_few_megabytes() -> None:
    body = TaskBody(FIELDS, bytes(10 * 2**20), {2: ""}, DummyCryptor())

    assert max(map(len, body)) < 6 * 2**20


def test_unusable_public_key_is_told_before_anything_is_sent(key_files: KeyFiles) -> None:
    with pytest.raises(EncryptionMismatch):
        TaskBody(FIELDS, b"x", {2: "bm8ga2V5"}, RSACryptor(key_files[0]))
