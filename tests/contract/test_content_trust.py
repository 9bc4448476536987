"""DOCKER_CONTENT_TRUST with a real registry, a real Notary server and real signatures."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.notary import Notary, Owner, certificate, gatekeeper, running_notary
from tests.contract.registries import PASSWORD, USERNAME, forget, free_port, push, tiny_image
from vantage6.common.outbound import Outbound
from vantage6.common.status import TaskStatus
from vantage6.node.image_name import ImageName
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.content_trust import NotaryTrust
from vantage6.node.runtime.images import Image, ImageStore
from vantage6.node.runtime.notary import NotaryServers
from vantage6.node.runtime.registry_login import RegistryLogin, RegistryLogins

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def notary(notary_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    with running_notary(notary_server, tmp_path_factory.mktemp("notary")) as made:
        yield made


@pytest.fixture(scope="module")
def owner(notary: Notary, tmp_path_factory: pytest.TempPathFactory) -> Owner:
    return Owner(notary, tmp_path_factory.mktemp("owner"))


@pytest.fixture(scope="module")
def tiny(engine: Any) -> Iterator[str]:
    with tiny_image(engine) as name:
        yield name


@pytest.fixture(scope="module")
def other(engine: Any) -> Iterator[str]:
    """Other content."""
    with tiny_image(engine) as name:
        yield name


@pytest.fixture
def repository(engine: Any, registry: str) -> Iterator[str]:
    """Name of a repository at the registry; no image of it stays here."""
    name = f"{registry}/vantage6-test/signed/{uuid.uuid4().hex[:8]}"
    yield name
    forget(engine, name)


@pytest.fixture
def signed(engine: Any, owner: Owner, repository: str, tiny: str) -> str:
    """Digest of the tag 1, which its owner signed."""
    digest = push(engine, tiny, f"{repository}:1")
    owner.claim(repository)
    owner.sign(repository, "1", digest)
    return digest


class TrustingNode:
    """A node where content trust is switched on."""

    def __init__(self, engine: Any, notary: Notary, folder: Path) -> None:
        self.folder = folder / "trust"
        outbound = Outbound(ca_bundle=str(notary.ca))
        servers = NotaryServers(notary.url, outbound=outbound)
        self._images = ImageStore(engine, trust=NotaryTrust(self.folder, servers))

    def obtain(self, name: str) -> Image:
        return self._images.obtain(name)

    def refusal(self, name: str) -> StartError:
        with pytest.raises(StartError, match="DOCKER_CONTENT_TRUST is on") as caught:
            self.obtain(name)
        return caught.value


@pytest.fixture
def node(engine: Any, notary: Notary, tmp_path: Path) -> TrustingNode:
    return TrustingNode(engine, notary, tmp_path)


def test_a_signed_tag_is_run_by_the_digest_that_was_signed(
    node: TrustingNode, repository: str, signed: str
) -> None:
    image = node.obtain(f"{repository}:1")

    assert str(image) == f"{repository}:1 is {repository}@{signed}, signed by its owner"
    assert node.obtain(f"{repository}@{signed}").digests == (signed,)


def test_content_that_was_put_under_a_signed_tag_is_not_run(
    node: TrustingNode, engine: Any, repository: str, signed: str, other: str
) -> None:
    evil = push(engine, other, f"{repository}:1")  # at the registry, and on this host

    image = node.obtain(f"{repository}:1")

    assert image.digests == (signed,)
    assert image.id != engine.inspect_image(other)["Id"]
    assert node.refusal(f"{repository}@{evil}").status is TaskStatus.NOT_ALLOWED
    assert node.refusal(f"{repository}:1@{evil}").status is TaskStatus.NOT_ALLOWED


def test_a_tag_that_nobody_signed_is_refused(
    node: TrustingNode, engine: Any, repository: str, signed: str, tiny: str
) -> None:
    push(engine, tiny, f"{repository}:2")

    refusal = node.refusal(f"{repository}:2")

    assert refusal.status is TaskStatus.NOT_ALLOWED
    assert "has signed others" in refusal.message


def test_an_image_without_signatures_is_refused_even_if_it_is_here(
    node: TrustingNode, tiny: str
) -> None:
    refusal = node.refusal(tiny)

    assert refusal.status is TaskStatus.NOT_ALLOWED
    assert "is not signed" in refusal.message


def test_a_server_that_does_not_answer_is_no_refusal_and_nothing_is_run(
    engine: Any, notary: Notary, tmp_path: Path, tiny: str
) -> None:
    away = Notary(f"https://127.0.0.1:{free_port()}", notary.ca)

    assert TrustingNode(engine, away, tmp_path).refusal(tiny).status is TaskStatus.FAILED


def test_a_server_with_a_certificate_of_nobody_known_is_not_asked(
    engine: Any, notary: Notary, tmp_path: Path, repository: str, signed: str
) -> None:
    stranger = Notary(notary.url, certificate(tmp_path, "stranger")[0])

    refusal = TrustingNode(engine, stranger, tmp_path).refusal(f"{repository}:1")

    assert refusal.status is TaskStatus.FAILED


# --- owners and their helpers -----------------------------------------------------------------


def test_what_a_signer_says_for_the_owner_counts(
    node: TrustingNode, owner: Owner, repository: str, signed: str, tmp_path: Path, engine: Any,
    tiny: str,
) -> None:  # fmt: skip
    public, private = certificate(tmp_path, "signer")
    releases = "targets/releases"
    owner.run("delegation", "add", repository, releases, str(public), "--all-paths", "--publish")
    owner.run("key", "import", str(private), "--role", "signer")
    owner.sign(repository, "2", push(engine, tiny, f"{repository}:2"), releases)

    assert node.obtain(f"{repository}:2").digests == (signed,)
    assert node.obtain(f"{repository}:1").digests == (signed,)


def test_new_keys_that_the_old_ones_signed_are_followed(
    node: TrustingNode, owner: Owner, repository: str, signed: str
) -> None:
    node.obtain(f"{repository}:1")
    for role in ("root", "targets", "snapshot"):
        owner.run("key", "rotate", repository, role)

    assert node.obtain(f"{repository}:1").digests == (signed,)


def test_another_owner_is_not_believed_until_the_administrator_says_so(
    node: TrustingNode, owner: Owner, notary: Notary, repository: str, signed: str, tmp_path: Path
) -> None:
    node.obtain(f"{repository}:1")
    owner.run("delete", repository, "--remote")
    thief = Owner(notary, tmp_path / "thief")
    thief.claim(repository)
    thief.sign(repository, "1", signed)

    refusal = node.refusal(f"{repository}:1")
    assert refusal.status is TaskStatus.NOT_ALLOWED
    assert "not the ones that this node trusts" in refusal.message

    Path(str(refusal.debug).removeprefix("remove ")).unlink()
    assert node.obtain(f"{repository}:1").digests == (signed,)


# --- servers that ask who is there ------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(
    notary_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Notary, list[str]]]:
    """A server that wants a token, and the scopes of the tokens that were given."""
    folder = tmp_path_factory.mktemp("guarded")
    with gatekeeper(folder) as guard, running_notary(notary_server, folder, guard) as made:
        yield made, guard.given


def guarded_trust(notary: Notary, folder: Path, registry: str, password: str) -> NotaryTrust:
    logins = RegistryLogins([RegistryLogin(registry, USERNAME, password)])
    outbound = Outbound(ca_bundle=str(notary.ca))
    return NotaryTrust(folder, NotaryServers(notary.url, logins, outbound))


def test_a_server_that_asks_for_a_token_gets_one_with_the_account_of_the_registry(
    guarded: tuple[Notary, list[str]], repository: str, registry: str, tmp_path: Path
) -> None:
    notary, given = guarded
    owner, name = Owner(notary, tmp_path / "owner"), ImageName.parse(f"{repository}:1")
    digest = f"sha256:{'0' * 64}"
    owner.claim(repository)
    owner.sign(repository, "1", digest)

    assert guarded_trust(notary, tmp_path, registry, PASSWORD).pin(name) == name.pinned(digest)
    assert given[-1] == f"repository:{repository}:pull"

    with pytest.raises(StartError, match="named in docker_registries") as caught:
        guarded_trust(notary, tmp_path, registry, "wrong-pass-word").pin(name)
    assert caught.value.status is TaskStatus.NOT_ALLOWED
