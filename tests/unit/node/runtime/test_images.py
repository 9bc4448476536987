"""When the registry is asked for an image, and what the answers of engine and registry mean."""

from collections.abc import Iterator
from typing import Any

import pytest
from docker.errors import APIError, DockerException, ImageNotFound
from vantage6.common.status import TaskStatus
from vantage6.node.image_name import ImageName
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.images import Image, ImageStore, PullPolicy
from vantage6.node.runtime.registry_login import RegistryLogin, RegistryLogins

DIGEST = "sha256:" + "a" * 64


class FakeDocker:
    """An engine's client with a few images here, and a registry that answers as it is told.

    Like the real one it finds an image by any name in full and by its id, and lists its names as
    people write them.
    """

    def __init__(self, *here: str, answer: Exception | str | None = None) -> None:
        self.here: dict[str, dict[str, Any]] = {}
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        for text in here:
            self.add(text, f"sha256:{text}")

    def add(self, text: str, id_: str) -> None:
        name = ImageName.parse(text)
        kind = "RepoDigests" if name.digest else "RepoTags"
        image = {"Id": id_, "RepoTags": [], "RepoDigests": []} | {kind: [str(name)]}
        self.here |= {name.reference: image, id_: image}

    def inspect_image(self, name: str) -> dict[str, Any]:
        if name not in self.here:
            raise ImageNotFound("no such image")
        return self.here[name]

    def pull(self, repository: str, *, tag: str, **options: Any) -> Iterator[dict[str, str]]:
        self.asked.append({"repository": repository, "tag": tag} | options)
        if isinstance(self.answer, Exception):
            raise self.answer
        yield {"status": "Pulling"}
        if self.answer:
            yield {"error": self.answer}
        name = f"{repository}{'@' if ':' in tag else ':'}{tag}"
        self.add(name, "sha256:pulled")
        self.here[name]["RepoDigests"] = [f"{repository}@{DIGEST}"]


def refusal(explanation: str) -> APIError:
    return APIError("error", explanation=explanation)


def obtain(docker: FakeDocker, text: str, policy: PullPolicy = PullPolicy.IF_MISSING) -> Image:
    return ImageStore(docker, policy).obtain(text)


@pytest.mark.parametrize("text", ["average:3", "docker.io/library/average:3"])
def test_image_that_is_here_is_used_without_asking(text: str) -> None:
    docker = FakeDocker("average:3")

    image = obtain(docker, text)

    assert image.id == "sha256:average:3"
    assert docker.asked == []


def test_image_that_is_not_here_is_pulled_with_the_account_for_its_registry() -> None:
    docker = FakeDocker()
    ours = RegistryLogin("https://ghcr.io/v2/", "me", "secret")
    logins = RegistryLogins([ours, RegistryLogin("other.io", "you", "x")])

    image = ImageStore(docker, logins=logins).obtain("ghcr.io/x/y:1")

    assert image == Image(ImageName("ghcr.io", "x/y", "1"), "sha256:pulled", (DIGEST,))
    assert (docker.asked[0]["repository"], docker.asked[0]["tag"]) == ("ghcr.io/x/y", "1")
    assert docker.asked[0]["auth_config"] == {"username": "me", "password": "secret"}


def test_a_registry_without_an_account_is_asked_without_one() -> None:
    docker = FakeDocker()

    obtain(docker, "user/x:1")

    assert docker.asked[0]["repository"] == "docker.io/user/x"
    assert docker.asked[0]["auth_config"] is None


def test_password_is_not_shown() -> None:
    assert "secret" not in repr(RegistryLogin("ghcr.io", "me", "secret"))


@pytest.mark.parametrize("text", ["sha256:average:3", "sha256:0a1b", "0" * 64, "a b"])
def test_what_is_no_name_is_no_image_even_if_the_engine_knows_it(text: str) -> None:
    docker = FakeDocker("average:3")
    docker.here |= {"sha256:0a1b": docker.here["sha256:average:3"]}

    with pytest.raises(StartError, match=r"name of an image|id of an image") as caught:
        obtain(docker, text)

    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
    assert docker.asked == []


@pytest.mark.parametrize("text", ["good/x:1", f"good/x@{DIGEST}"])
def test_image_that_does_not_carry_the_name_it_is_found_under_is_not_used(text: str) -> None:
    docker = FakeDocker("evil/y:1")
    docker.here[ImageName.parse(text).reference] = docker.here["sha256:evil/y:1"]

    with pytest.raises(StartError, match="does not pull"):
        obtain(docker, text, PullPolicy.NEVER)


def test_policy_never_asks_nobody() -> None:
    docker = FakeDocker()
    with pytest.raises(StartError, match="does not pull") as caught:
        obtain(docker, "average:3", PullPolicy.NEVER)
    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
    assert docker.asked == []


@pytest.mark.parametrize(
    "explanation",
    [
        "manifest for x:1 not found: manifest unknown: manifest unknown",
        "pull access denied for x, repository does not exist or may require 'docker login'",
        "unauthorized: authentication required",
        "no matching manifest for linux/amd64 in the manifest list entries",
    ],
)
def test_answer_that_there_is_no_such_image_is_told_as_that(explanation: str) -> None:
    with pytest.raises(StartError, match="x:1") as caught:
        obtain(FakeDocker(answer=refusal(explanation)), "x:1")
    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
    assert caught.value.debug == explanation


def test_account_that_is_refused_is_told_to_the_owner_of_the_node(
    caplog: pytest.LogCaptureFixture,
) -> None:
    docker = FakeDocker(answer=refusal("unauthorized: authentication required"))
    logins = RegistryLogins([RegistryLogin("ghcr.io", "reader", "secret")])

    with pytest.raises(StartError) as caught:
        ImageStore(docker, logins=logins).obtain("ghcr.io/x:1")

    assert "'reader' of docker_registries" in caplog.text
    assert "secret" not in caplog.text
    assert "reader" not in caught.value.message


@pytest.mark.parametrize(
    "answer",
    [
        refusal('Get "https://x/v2/": dial tcp: lookup x: no such host'),
        refusal("net/http: request canceled while waiting for connection"),
        refusal("toomanyrequests: You have reached your pull rate limit"),
        DockerException("engine has gone"),
        "unexpected EOF",
    ],
)
def test_trouble_on_the_way_is_a_failure_of_the_node(answer: Exception | str) -> None:
    with pytest.raises(StartError, match="x:1") as caught:
        obtain(FakeDocker(answer=answer), "x:1")
    assert caught.value.status is TaskStatus.FAILED


def test_newer_falls_back_to_what_is_here_when_the_registry_does_not_answer() -> None:
    docker = FakeDocker("x:1", answer=refusal("connection refused"))
    docker.here["sha256:x:1"]["RepoDigests"] = [f"x@{DIGEST}"]

    assert obtain(docker, "x:1", PullPolicy.NEWER).id == "sha256:x:1"
    with pytest.raises(StartError):
        obtain(docker, "x:1", PullPolicy.ALWAYS)


def test_digest_that_is_here_is_never_pulled_again() -> None:
    docker = FakeDocker(f"x@{DIGEST}")

    obtain(docker, f"x@{DIGEST}", PullPolicy.ALWAYS)

    assert docker.asked == []


# --- what is told -------------------------------------------------------------------------------


def test_what_ran_is_told_by_its_digest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    image = obtain(FakeDocker(), "ghcr.io/x:1")

    assert str(image) == f"ghcr.io/x:1 is ghcr.io/x@{DIGEST}"
    assert str(image) in caplog.text


def test_digests_of_other_repositories_are_not_told() -> None:
    docker = FakeDocker("ghcr.io/x:1")
    others = [f"evil.io/x@{DIGEST}", f"ghcr.io/y@{DIGEST}", "<none>@<none>"]
    docker.here["sha256:ghcr.io/x:1"]["RepoDigests"] = others

    assert str(obtain(docker, "ghcr.io/x:1")) == (
        "ghcr.io/x:1 is the local image sha256:ghcr.io/x:1, which is in no registry"
    )


def test_pull_is_given_up_when_its_run_is_not_wanted_any_more() -> None:
    docker = FakeDocker("average:3")
    docker.here["docker.io/library/average:3"]["RepoDigests"] = [f"average@{DIGEST}"]
    store = ImageStore(docker, PullPolicy.NEWER)

    with pytest.raises(StartError) as caught:
        store.obtain("average:3", lambda: False)

    assert caught.value.status is TaskStatus.KILLED
    assert len(docker.asked) == 1
