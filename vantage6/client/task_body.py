"""The body of a new task, written and encrypted while it is sent.

Each organization gets its own ciphertext of the same input, a third larger than the input. Made
beforehand, all of them would be in memory at once, three times over: as text, in the JSON and as
bytes.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vantage6.common.encryption import Cryptor

_LAST = "organizations"
_BLOCK = 256 * 1024
"""What is sent at once has at least so many characters, but for the end."""


class TaskBody:
    """JSON text in parts, in the form of 3.x; read again, it is encrypted anew.

    Parameters
    ----------
    fields
        The task; its organizations are taken from `public_keys`.
    data
        The input.
    public_keys
        Of the organizations that run the task, by their ids; empty texts without encryption.
    cryptor
        How the input is encrypted.

    Raises
    ------
    EncryptionMismatch
        When a public key cannot be used.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        data: bytes,
        public_keys: Mapping[int, str],
        cryptor: Cryptor,
    ) -> None:
        self._fields, self._data = fields, data
        self._public_keys, self._cryptor = public_keys, cryptor
        # Of nothing, the text of the envelope is left: keys and initial vector, of fixed lengths.
        around = sum(map(len, self._pieces(b"")))
        self._length = around + len(public_keys) * (-(-len(data) // 3) * 4)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        block: list[str] = []
        size = 0
        for piece in self._pieces(self._data):
            block.append(piece)
            size += len(piece)
            if size >= _BLOCK:
                yield "".join(block).encode("ascii")
                block, size = [], 0
        yield "".join(block).encode("ascii")

    def _pieces(self, data: bytes) -> Iterator[str]:
        before = {name: value for name, value in self._fields.items() if name != _LAST}
        yield json.dumps({**before, _LAST: []})[: -len("]}")]
        separator = ""
        for id_, key in self._public_keys.items():
            yield f'{separator}{{"id": {json.dumps(id_)}, "input": "'
            yield from self._cryptor.encrypt_parts([data], key)
            yield '"}'
            separator = ", "
        yield "]}"
