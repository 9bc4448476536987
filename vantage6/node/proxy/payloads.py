"""Plain base64 inside the container, encrypted payloads outside.

In a collaboration without encryption both sides have the same form, and nothing is changed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vantage6.common.encoding import base64s_to_parts, parts_to_base64s
from vantage6.common.encryption import Cryptor
from vantage6.common.errors import DecryptionError, EncryptionMismatch, InvalidInput, V6Error

_PARALLEL = 8
PublicKey = Callable[[int], str]


class Payloads:
    """Seals what goes out and opens what comes in.

    Parameters
    ----------
    cryptor
        Of this node's organization.
    public_key
        Public key of an organization by its id.
    is_encrypted
        Whether the collaboration is.
    """

    def __init__(self, cryptor: Cryptor, public_key: PublicKey, *, is_encrypted: bool) -> None:
        self._cryptor = cryptor
        self._public_key = public_key
        self._is_encrypted = is_encrypted

    def seal(self, organizations: list[Any]) -> list[Any]:
        """The ``organizations`` of a new task, each ``input`` encrypted for its organization.

        Raises
        ------
        InvalidInput
            When an entry cannot be encrypted; nothing is sent in the clear.
        """
        if not self._is_encrypted:
            return organizations
        with ThreadPoolExecutor(min(_PARALLEL, len(organizations))) as pool:
            return list(pool.map(self._sealed, organizations))

    def open(self, body: Any) -> Any:
        """A result, a list of results or a page of them, each ``result`` as plain base64.

        Raises
        ------
        DecryptionError
            When a result was not encrypted for this organization.
        """
        if not self._is_encrypted:
            return body
        if isinstance(body, list):
            return [self._opened(row) for row in body]
        if isinstance(body, dict) and isinstance(body.get("data"), list):
            return {**body, "data": [self._opened(row) for row in body["data"]]}
        return self._opened(body)

    def _sealed(self, entry: Any) -> Any:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), int):
            raise InvalidInput("each of 'organizations' must be an object with the 'id' of one")
        text = entry.get("input")
        if text is None:
            return entry
        if not isinstance(text, str):
            raise InvalidInput("'input' must be base64 text")
        try:
            key = self._public_key(entry["id"])
            parts = self._cryptor.encrypt_parts(base64s_to_parts(text), key)
            return {**entry, "input": "".join(parts)}
        except ValueError as error:
            raise InvalidInput("'input' must be base64 text") from error
        except EncryptionMismatch as error:
            raise InvalidInput(
                f"the input for organization {entry['id']} cannot be encrypted: {error}"
            ) from error

    def _opened(self, row: Any) -> Any:
        if not isinstance(row, dict) or not row.get("result"):
            return row
        try:
            parts = self._cryptor.decrypt_to_parts(str(row["result"]))
            return {**row, "result": "".join(parts_to_base64s(parts))}
        except DecryptionError as error:
            raise _unreadable(row, error) from error


def _unreadable(row: dict[str, Any], error: V6Error) -> DecryptionError:
    return DecryptionError(f"the result of run {row.get('id')} cannot be read: {error}")
