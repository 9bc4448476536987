"""References of images, and what the answers of engine and registry mean."""

from collections.abc import Iterator
from typing import Any

import pytest
from docker.errors import APIError, DockerException, ImageNotFound
from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.images import ImageReference, ImageStore, PullPolicy, RegistryLogin

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("alpine", "docker.io", "library/alpine", "latest", None),
        ("alpine:3.20", "docker.io", "library/alpine", "3.20", None),
        ("user/image", "docker.io", "user/image", "latest", None),
        ("docker.io/alpine", "docker.io", "library/alpine", "latest", None),
        ("index.docker.io/user/image", "docker.io", "user/image", "latest", None),
        ("ghcr.io/org/team/image:v1", "ghcr.io", "org/team/image", "v1", None),
        ("localhost/image", "localhost", "image", "latest", None),
        ("localhost:5000/image", "localhost:5000", "image", "latest", None),
        ("127.0.0.1:5000/a/b/c/d:x", "127.0.0.1:5000", "a/b/c/d", "x", None),
        ("[::1]:5000/image:1", "[::1]:5000", "image", "1", None),
        ("host:5000", "docker.io", "library/host", "5000", None),
        ("Registry/image", "Registry", "image", "latest", None),
        (f"harbor2.vantage6.ai/demo/average@{DIGEST}", "harbor2.vantage6.ai", "demo/average", None,
         DIGEST),
        (f"alpine:3@{DIGEST}", "docker.io", "library/alpine", "3", DIGEST),
        ("a__b/c--d.e_f:T_1.2-x", "docker.io", "a__b/c--d.e_f", "T_1.2-x", None),
    ],
)  # fmt: skip
def test_reference_is_read_as_docker_reads_it(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    assert ImageReference.parse(text) == ImageReference(registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    ["", ":1", "@", "a b", "UPPER", "a/UPPER", "/image", "image/", "a//b", "image:", "image:a b",
     "image:-x", "image:" + "x" * 129, "image@sha256:short", "image@", f"image@md5:{'a' * 32}",
     "https://ghcr.io/image", "-x/image", "a___b", "a..b", "image;id", "$(id)", "x" * 256,
     "image\n", "host:port/image", "../image"],
)  # fmt: skip
def test_what_is_no_reference_is_no_image(text: str) -> None:
    with pytest.raises(StartError, match="name of an image") as caught:
        ImageReference.parse(text)
    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("alpine", "alpine:latest"),
        ("docker.io/user/image:1", "user/image:1"),
        ("ghcr.io/x/y:1", "ghcr.io/x/y:1"),
        (f"ghcr.io/x/y:1@{DIGEST}", f"ghcr.io/x/y@{DIGEST}"),
    ],
)
def test_reference_is_written_as_the_engine_lists_it(text: str, written: str) -> None:
    assert str(ImageReference.parse(text)) == written


class FakeDocker:
    """An engine's client with a few images here, and a registry that answers as it is told."""

    def __init__(self, *here: str, answer: Exception | str | None = None) -> None:
        self.here = {name: {"Id": f"sha256:{name}", "RepoDigests": []} for name in here}
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

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
        name = f"{repository}:{tag}"
        self.here[name] = {"Id": "sha256:pulled", "RepoDigests": [f"{repository}@{DIGEST}"]}


def refusal(explanation: str) -> APIError:
    return APIError("error", explanation=explanation)


def test_image_that_is_here_is_used_without_asking() -> None:
    docker = FakeDocker("average:3")
    assert ImageStore(docker).obtain("average:3") == "sha256:average:3"
    assert docker.asked == []


def test_image_that_is_not_here_is_pulled_with_the_account_for_its_registry() -> None:
    docker = FakeDocker()
    logins = [RegistryLogin("ghcr.io", "me", "secret"), RegistryLogin("other.io", "you", "x")]
    assert ImageStore(docker, logins=logins).obtain("ghcr.io/x/y:1") == "sha256:pulled"
    assert (docker.asked[0]["repository"], docker.asked[0]["tag"]) == ("ghcr.io/x/y", "1")
    assert docker.asked[0]["auth_config"] == {"username": "me", "password": "secret"}


def test_password_is_not_shown() -> None:
    assert "secret" not in repr(RegistryLogin("ghcr.io", "me", "secret"))


def test_policy_never_asks_nobody() -> None:
    docker = FakeDocker()
    with pytest.raises(StartError, match="does not pull") as caught:
        ImageStore(docker, PullPolicy.NEVER).obtain("average:3")
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
        ImageStore(FakeDocker(answer=refusal(explanation))).obtain("x:1")
    assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
    assert caught.value.debug == explanation


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
        ImageStore(FakeDocker(answer=answer)).obtain("x:1")
    assert caught.value.status is TaskStatus.FAILED


def test_newer_falls_back_to_what_is_here_when_the_registry_does_not_answer() -> None:
    docker = FakeDocker("x:1", answer=refusal("connection refused"))
    docker.here["x:1"]["RepoDigests"] = [f"x@{DIGEST}"]
    assert ImageStore(docker, PullPolicy.NEWER).obtain("x:1") == "sha256:x:1"
    with pytest.raises(StartError):
        ImageStore(docker, PullPolicy.ALWAYS).obtain("x:1")


def test_digest_that_is_here_is_never_pulled_again() -> None:
    docker = FakeDocker(f"x@{DIGEST}")
    ImageStore(docker, PullPolicy.ALWAYS).obtain(f"x@{DIGEST}")
    assert docker.asked == []
