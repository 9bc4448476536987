"""What the proxy encrypts and decrypts."""

import threading

import pytest
from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.encryption import DummyCryptor, RSACryptor
from vantage6.common.errors import DecryptionError, InvalidInput
from vantage6.node.proxy.payloads import Payloads

PLAIN = bytes_to_base64s(b"json.{}")


@pytest.fixture(scope="module")
def cryptor(tmp_path_factory: pytest.TempPathFactory) -> RSACryptor:
    path = tmp_path_factory.mktemp("key") / "key.pem"
    RSACryptor.create_new_rsa_key(path)
    return RSACryptor(path)


@pytest.fixture
def sealed(cryptor: RSACryptor) -> Payloads:
    keys = {1: cryptor.public_key_str, 2: cryptor.public_key_str}
    return Payloads(cryptor, lambda i: keys.get(i, ""), is_encrypted=True)


def test_each_input_is_encrypted_for_its_organization(
    sealed: Payloads, cryptor: RSACryptor
) -> None:
    first, second = sealed.seal([{"id": 1, "input": PLAIN}, {"id": 2, "input": PLAIN, "x": 1}])

    assert PLAIN not in first["input"]
    assert first["input"] != second["input"]
    assert cryptor.decrypt_str_to_bytes(second["input"]) == b"json.{}"
    assert second["x"] == 1


def test_keys_of_organizations_are_looked_up_together(cryptor: RSACryptor) -> None:
    meeting = threading.Barrier(8)

    def look_up(_: int) -> str:
        meeting.wait(20)
        return cryptor.public_key_str

    payloads = Payloads(cryptor, look_up, is_encrypted=True)

    assert len(payloads.seal([{"id": i, "input": PLAIN} for i in range(8)])) == 8


def test_an_organization_without_an_input_is_passed_on(sealed: Payloads) -> None:
    assert sealed.seal([{"id": 1}, {"id": 2, "input": None}]) == [
        {"id": 1},
        {"id": 2, "input": None},
    ]


@pytest.mark.parametrize(
    "entry",
    [
        7,
        {"input": PLAIN},
        {"id": "1", "input": PLAIN},
        {"id": 1, "input": {"method": "x"}},
        {"id": 1, "input": "not base64!"},
        {"id": 3, "input": PLAIN},
    ],
)
def test_what_cannot_be_encrypted_is_refused(sealed: Payloads, entry: object) -> None:
    with pytest.raises(InvalidInput):
        sealed.seal([entry])


def test_results_are_decrypted_in_a_list_in_a_page_and_alone(
    sealed: Payloads, cryptor: RSACryptor
) -> None:
    secret = cryptor.encrypt_bytes_to_str(b"json.{}", cryptor.public_key_str)
    row, plain = {"id": 4, "result": secret}, {"id": 4, "result": PLAIN}
    empty = {"id": 5, "result": None}

    assert sealed.open([row, empty]) == [plain, empty]
    assert sealed.open({"data": [row], "links": {}}) == {"data": [plain], "links": {}}
    assert sealed.open(row) == plain
    assert sealed.open("text") == "text"


def test_a_result_for_somebody_else_is_an_error_and_not_passed_on(sealed: Payloads) -> None:
    with pytest.raises(DecryptionError, match="run 4"):
        sealed.open([{"id": 4, "result": "a$b$c"}])


def test_nothing_changes_in_a_collaboration_without_encryption() -> None:
    payloads = Payloads(DummyCryptor(), lambda _: "", is_encrypted=False)
    organizations, results = [{"id": 1, "input": PLAIN}], [{"id": 4, "result": PLAIN}]

    assert payloads.seal(organizations) == organizations
    assert payloads.open(results) == results
