"""What counts as signed, and every way in which it does not."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.signatures import (
    NOW,
    ROLES,
    Body,
    CertifiedKey,
    EllipticKey,
    FakeNotary,
    Key,
    RsaKey,
    body,
    role,
    signed,
)
from vantage6.common.status import TaskStatus
from vantage6.node.image_name import ImageName
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.content_trust import NotaryTrust

NAME = ImageName.parse("harbor.org/demo/average:1")
GOOD, EVIL = (f"sha256:{letter * 64}" for letter in "ae")


@pytest.fixture
def notary() -> FakeNotary:
    made = FakeNotary(NAME, {"1": GOOD, "2": EVIL})
    made.publish()
    return made


@pytest.fixture
def trust(notary: FakeNotary, tmp_path: Path) -> NotaryTrust:
    return NotaryTrust(tmp_path / "trust", notary, lambda: NOW)


def refusal(trust: NotaryTrust, name: ImageName = NAME) -> StartError:
    with pytest.raises(StartError, match="DOCKER_CONTENT_TRUST is on") as caught:
        trust.pin(name)
    return caught.value


@pytest.mark.parametrize("kind", [Key, EllipticKey, RsaKey, lambda: CertifiedKey(NAME.name)])
def test_a_tag_is_pinned_to_what_was_signed_with_a_key_of_any_kind(
    notary: FakeNotary, trust: NotaryTrust, kind: Callable[[], Key]
) -> None:
    notary.keys["root"] = kind()
    notary.publish()

    assert trust.pin(NAME) == NAME.pinned(GOOD)


def test_a_digest_must_be_one_that_was_signed(trust: NotaryTrust) -> None:
    assert trust.pin(NAME.pinned(GOOD)) == NAME.pinned(GOOD)
    assert refusal(trust, NAME.pinned(f"sha256:{'0' * 64}")).status is TaskStatus.NOT_ALLOWED
    tagged = ImageName.parse(f"{NAME}@{EVIL}")
    assert refusal(trust, tagged).status is TaskStatus.NOT_ALLOWED, "signed for another tag"


def test_what_has_no_signatures_is_refused(trust: NotaryTrust) -> None:
    assert "is not signed" in refusal(trust, ImageName.parse("harbor.org/other:1")).message


def test_a_server_that_is_away_is_a_failure_and_not_a_refusal(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    trust.pin(NAME)
    notary.is_away = True

    assert refusal(trust).status is TaskStatus.FAILED


@pytest.mark.parametrize("file", ROLES)
def test_a_changed_statement_is_refused(notary: FakeNotary, trust: NotaryTrust, file: str) -> None:
    content = json.loads(notary.files[file])
    content["signed"]["expires"] = "2099-01-01T00:00:00Z"
    notary.files[file] = json.dumps(content).encode()

    assert refusal(trust).status is TaskStatus.NOT_ALLOWED


@pytest.mark.parametrize("file", ROLES)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"signed": {}, "signatures": []}'])
def test_what_cannot_be_read_is_refused(
    notary: FakeNotary, trust: NotaryTrust, file: str, content: bytes
) -> None:
    notary.files[file] = content

    assert refusal(trust).status is TaskStatus.NOT_ALLOWED


@pytest.mark.parametrize("file", ROLES)
def test_a_missing_statement_is_refused(notary: FakeNotary, trust: NotaryTrust, file: str) -> None:
    del notary.files[file]

    assert refusal(trust).status is TaskStatus.NOT_ALLOWED


@pytest.mark.parametrize("kind", ROLES)
def test_a_statement_signed_with_another_key_is_refused(
    notary: FakeNotary, trust: NotaryTrust, kind: str
) -> None:
    notary.publish()
    root = notary.files["root"]
    notary.keys = notary.keys | {kind: Key()}
    notary.publish(**({} if kind == "root" else {"root": root}))
    if kind == "root":
        notary.files["root"] = notary.root(1, Key())

    assert "not signed with the keys of their role" in refusal(trust).message


@pytest.mark.parametrize("kind", ROLES)
def test_a_statement_whose_time_is_over_is_refused(
    notary: FakeNotary, tmp_path: Path, kind: str
) -> None:
    notary.spoil[kind] = lambda made: made.update(expires="2026-06-01T00:00:00.5+02:00")
    notary.publish()
    later = NotaryTrust(tmp_path, notary, lambda: NOW + timedelta(days=29))
    assert later.pin(NAME)

    notary.spoil[kind] = lambda made: made.update(expires="2026-01-01T00:00:00Z")
    notary.publish()
    now = NotaryTrust(tmp_path / "other", notary, lambda: NOW)
    assert "have expired" in refusal(now).message


@pytest.mark.parametrize("kind", ROLES)
@pytest.mark.parametrize(
    "change",
    [
        {"expires": None},
        {"expires": "soon"},
        {"_type": "Other"},
        {"version": "x"},
        {"meta": None, "targets": None, "roles": None},
    ],
)
def test_a_statement_that_says_what_cannot_be_is_refused(
    notary: FakeNotary, trust: NotaryTrust, kind: str, change: Body
) -> None:
    notary.spoil[kind] = lambda made: made.update(change)
    notary.publish()

    assert refusal(trust).status is TaskStatus.NOT_ALLOWED


def test_statements_that_do_not_belong_together_are_refused(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    old = notary.files["targets"]
    notary.tags["1"] = EVIL
    notary.publish(2)
    notary.files["targets"] = old

    assert "not the ones that belong" in refusal(trust).message


@pytest.mark.parametrize("kind", ["timestamp", "snapshot", "targets"])
def test_no_statement_may_become_older(notary: FakeNotary, trust: NotaryTrust, kind: str) -> None:
    notary.spoil[kind] = lambda made: made.update(version=7)
    notary.publish()
    trust.pin(NAME)

    notary.spoil = {}
    notary.publish()

    assert "older than some that were seen" in refusal(trust).message


# --- thresholds and keys ----------------------------------------------------------------------


def two_of(first: Key, second: Key, *signers: Key) -> Callable[[FakeNotary], None]:
    def change(notary: FakeNotary) -> None:
        def spoil(made: Body) -> None:
            made["keys"] |= {key.id: key.entry for key in (first, second)}
            made["roles"]["targets"] = role(first, second, threshold=2)

        notary.spoil["root"] = spoil
        targets = json.loads(notary.files["targets"])["signed"]
        notary.publish(targets=signed(targets, *signers))

    return change


def test_a_role_may_need_several_signatures(notary: FakeNotary, trust: NotaryTrust) -> None:
    first, second = Key(), EllipticKey()
    two_of(first, second, first, second)(notary)

    assert trust.pin(NAME) == NAME.pinned(GOOD)


@pytest.mark.parametrize("is_twice", [False, True])
def test_one_key_does_not_count_twice(
    notary: FakeNotary, trust: NotaryTrust, is_twice: bool
) -> None:
    first, second = Key(), Key()
    two_of(first, second, first, *([first] if is_twice else []))(notary)

    assert "not signed with the keys" in refusal(trust).message


def test_a_key_under_a_name_that_is_not_its_own_does_not_count(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    thief, owner = Key(), notary.keys["targets"]
    notary.spoil["root"] = lambda made: made["keys"].update({owner.id: thief.entry})
    targets = json.loads(notary.files["targets"])["signed"]
    stolen = json.loads(signed(targets, thief))
    stolen["signatures"][0]["keyid"] = owner.id
    notary.publish(targets=json.dumps(stolen).encode())

    assert "not signed with the keys" in refusal(trust).message


def test_a_role_that_needs_no_signature_is_refused(notary: FakeNotary, trust: NotaryTrust) -> None:
    notary.spoil["root"] = lambda made: made["roles"]["targets"].update(threshold=0)
    notary.publish()

    assert "no signature" in refusal(trust).message


@pytest.mark.parametrize("key", [CertifiedKey("harbor.org/other"), CertifiedKey(NAME.name, -1)])
def test_a_root_certificate_must_be_for_this_repository_and_valid(
    notary: FakeNotary, trust: NotaryTrust, key: Key
) -> None:
    notary.keys["root"] = key
    notary.publish()

    assert "the root certificate" in refusal(trust).message


def test_a_short_rsa_key_does_not_count(notary: FakeNotary, trust: NotaryTrust) -> None:
    class ShortKey(RsaKey):
        size = 1024

    notary.keys["targets"] = ShortKey()
    notary.publish()

    assert "not signed with the keys" in refusal(trust).message


# --- delegation -------------------------------------------------------------------------------


def delegate(notary: FakeNotary, signer: Key, by: Key, **changes: Any) -> None:
    """Let somebody say what the tag 1 is, for the owner."""
    entry = {"name": "targets/releases", "paths": [""], **role(signer), **changes}
    delegations = {"keys": {signer.id: signer.entry}, "roles": [entry]}
    notary.spoil["targets"] = lambda made: made.update(delegations=delegations)
    said = body("targets", targets=json.loads(notary.files["targets"])["signed"]["targets"])
    said["targets"] = {"1": said["targets"]["2"]}
    notary.publish(**{"targets/releases": signed(said, by)})


def test_what_the_releases_say_goes_before_what_the_owner_says(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    signer = EllipticKey()
    delegate(notary, signer, signer)

    assert trust.pin(NAME) == NAME.pinned(EVIL)
    assert trust.pin(ImageName.parse("harbor.org/demo/average:2")).digest == EVIL


def test_releases_that_were_signed_by_somebody_else_are_refused(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    delegate(notary, EllipticKey(), EllipticKey())

    assert "not signed with the keys" in refusal(trust).message


@pytest.mark.parametrize("changes", [{"name": "targets/other"}, {"paths": ["x"]}])
def test_a_delegation_for_something_else_says_nothing_about_tags(
    notary: FakeNotary, trust: NotaryTrust, changes: Body
) -> None:
    signer = EllipticKey()
    delegate(notary, signer, signer, **changes)

    assert trust.pin(NAME) == NAME.pinned(GOOD)


# --- trust on first use -----------------------------------------------------------------------


def rotate(notary: FakeNotary, version: int, *old: Key) -> None:
    """New keys for every role, the root signed with the old ones too."""
    notary.keys = {kind: Key() for kind in ROLES}
    notary.publish(version, root=notary.root(version, notary.keys["root"], *old))


def test_the_owner_is_told_to_the_administrator_once(
    notary: FakeNotary, trust: NotaryTrust, caplog: pytest.LogCaptureFixture
) -> None:
    trust.pin(NAME)
    trust.pin(NAME)

    assert caplog.text.count(notary.keys["root"].id) == 1


def test_new_keys_are_followed_step_by_step_when_the_old_ones_signed_them(
    notary: FakeNotary, trust: NotaryTrust
) -> None:
    trust.pin(NAME)
    for version in (2, 3, 4):
        rotate(notary, version, notary.keys["root"])

    assert trust.pin(NAME) == NAME.pinned(GOOD)


@pytest.mark.parametrize("version", [1, 2, 500])
def test_other_keys_are_not_followed(notary: FakeNotary, trust: NotaryTrust, version: int) -> None:
    trust.pin(NAME)

    rotate(notary, version)

    assert "not the ones that this node trusts" in refusal(trust).message
    assert refusal(trust).status is TaskStatus.NOT_ALLOWED


def test_an_older_root_is_not_followed(notary: FakeNotary, trust: NotaryTrust) -> None:
    first = dict(notary.files)
    rotate(notary, 2, notary.keys["root"])
    trust.pin(NAME)

    notary.files = first

    assert "not the ones that this node trusts" in refusal(trust).message


def test_a_memory_that_cannot_be_read_is_not_a_first_use(
    trust: NotaryTrust, tmp_path: Path
) -> None:
    trust.pin(NAME)
    (file,) = (tmp_path / "trust").iterdir()
    file.write_text("{")

    assert "cannot be read" in refusal(trust).message


def test_what_cannot_be_remembered_is_not_trusted(notary: FakeNotary, tmp_path: Path) -> None:
    (tmp_path / "trust").write_text("a file where a folder should be")

    assert refusal(NotaryTrust(tmp_path / "trust", notary, lambda: NOW))
