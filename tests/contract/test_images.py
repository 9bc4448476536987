"""Images from real registries, and what is said when one cannot be had."""

import base64
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.contract.conftest import MakeSpec
from tests.contract.registries import (
    PASSWORD,
    USERNAME,
    private_registry,
    push,
    pushed_image,
    tiny_image,
)
from tests.contract.runtime_rigs import DockerRig, run_and_read
from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.images import ImageStore, PullPolicy
from vantage6.node.runtime.registry_login import RegistryLogin, RegistryLogins

pytestmark = pytest.mark.docker

AUTH = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def rig(docker_rig: DockerRig) -> DockerRig:
    return docker_rig


@pytest.fixture(scope="module")
def tiny(engine: Any) -> Iterator[str]:
    with tiny_image(engine) as name:
        yield name


@pytest.fixture
def pushed(engine: Any, registry: str, tiny: str) -> Iterator[str]:
    """An image that is at the registry and not here."""
    with pushed_image(engine, registry, tiny) as name:
        yield name


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def guarded(engine: Any, private: str, tiny: str) -> Iterator[str]:
    """An image at a registry that asks who wants it."""
    with pushed_image(engine, private, tiny, AUTH) as name:
        yield name


def digest_of(engine: Any, name: str) -> str:
    return str(engine.inspect_distribution(name)["Descriptor"]["digest"])


def logins(private: str, password: str) -> RegistryLogins:
    return RegistryLogins([RegistryLogin(f"http://{private}/", USERNAME, password)])


def test_what_ran_is_told_by_its_digest_when_it_ended(
    rig: DockerRig, engine: Any, new_spec: MakeSpec, registry: str, tiny: str
) -> None:
    with pushed_image(engine, registry, rig.image) as pushed:
        expected = f"{pushed} is {pushed.rpartition(':')[0]}@{digest_of(engine, pushed)}"
        runtime = rig.runtime()

        assert run_and_read(rig, new_spec("report(fine=True)", image=pushed), runtime)
        engine.tag(tiny, pushed)  # the tag means something else now

        assert runtime.poll(7).image == expected
        assert rig.runtime().poll(7).image == expected


def test_digest_names_an_image_too(engine: Any, pushed: str, tiny: str) -> None:
    name = f"{pushed.rpartition(':')[0]}@{digest_of(engine, pushed)}"

    found = ImageStore(engine).obtain(name)

    assert found.id == engine.inspect_image(tiny)["Id"]


def test_newer_image_at_the_registry_is_pulled_when_asked_for(engine: Any, pushed: str) -> None:
    old = ImageStore(engine).obtain(pushed)
    with tiny_image(engine) as other:
        digest = push(engine, other, pushed)
    engine.tag(old.id, pushed)

    assert ImageStore(engine).obtain(pushed) == old
    new = ImageStore(engine, PullPolicy.NEWER).obtain(pushed)

    assert new.id != old.id
    assert new.digests == (digest,)


def test_image_that_was_never_pushed_is_used_without_a_registry(engine: Any, tiny: str) -> None:
    name = "localhost:1/vantage6-test/local:1"
    engine.tag(tiny, name)
    expected = engine.inspect_image(tiny)["Id"]

    for policy in (PullPolicy.IF_MISSING, PullPolicy.NEWER, PullPolicy.NEVER):
        assert ImageStore(engine, policy).obtain(name).id == expected
    with pytest.raises(StartError, match="localhost:1"):
        ImageStore(engine, PullPolicy.ALWAYS).obtain(name)
    engine.remove_image(name)


@pytest.mark.parametrize("length", [64, 12])
def test_the_id_of_an_image_of_this_host_starts_nothing(
    engine: Any, tiny: str, length: int
) -> None:
    algorithm, _, number = engine.inspect_image(tiny)["Id"].partition(":")
    texts = [f"{algorithm}:{number[:length]}", number[:length], f"x:{number[:length]}"]
    assert engine.inspect_image(texts[0])["Id"] == f"{algorithm}:{number}", "the control"

    for text in texts:
        with pytest.raises(StartError) as caught:
            ImageStore(engine, PullPolicy.NEVER).obtain(text)
        assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE


def test_digest_of_another_repository_finds_nothing(
    engine: Any, registry: str, pushed: str
) -> None:
    digest = digest_of(engine, pushed)
    ImageStore(engine).obtain(pushed)

    with pytest.raises(StartError, match="does not pull"):
        ImageStore(engine, PullPolicy.NEVER).obtain(f"{registry}/trusted/image@{digest}")


def test_tag_that_the_registry_does_not_know_is_no_image(engine: Any, pushed: str) -> None:
    with pytest.raises(StartError, match="nested") as caught:
        ImageStore(engine).obtain(pushed.rpartition(":")[0] + ":2")
    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE


@pytest.mark.parametrize("registry_host", ["localhost:1", "registry.invalid"])
def test_registry_that_does_not_answer_is_a_failure_of_the_node(
    engine: Any, registry_host: str
) -> None:
    with pytest.raises(StartError, match=registry_host) as caught:
        ImageStore(engine).obtain(f"{registry_host}/nobody/made-this:1")
    assert caught.value.status is TaskStatus.FAILED


# --- private registries -----------------------------------------------------------------------


def test_private_image_is_pulled_with_the_account_of_its_registry(
    engine: Any, private: str, guarded: str, tiny: str
) -> None:
    found = ImageStore(engine, logins=logins(private, PASSWORD)).obtain(guarded)

    assert found.id == engine.inspect_image(tiny)["Id"]
    assert found.digests


@pytest.mark.parametrize("password", [None, "wrong-pass-word"])
def test_private_image_is_not_had_without_the_right_account(
    engine: Any, private: str, guarded: str, password: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = RegistryLogins() if password is None else logins(private, password)

    with pytest.raises(StartError, match="does not give it to this node") as caught:
        ImageStore(engine, logins=accounts).obtain(guarded)

    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
    assert (f"'{USERNAME}' of docker_registries" in caplog.text) == (password is not None)


@pytest.mark.parametrize("password", [PASSWORD, "wrong-pass-word"])
def test_a_password_is_in_no_log_and_no_error(
    engine: Any, private: str, guarded: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = ""

    try:
        ImageStore(engine, logins=logins(private, password)).obtain(guarded)
    except StartError as error:
        shown = f"{error!r} {error.message} {error.debug}"

    written = caplog.text + shown
    assert guarded in written
    for secret in (password, base64.b64encode(f"{USERNAME}:{password}".encode()).decode()):
        assert secret not in written
