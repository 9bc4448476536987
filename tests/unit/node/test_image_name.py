"""Names of images: what they mean, and that every text is either read or refused."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vantage6.node.image_name import ImageName, InvalidImageName, is_registry, registry_of

DIGEST = "sha256:" + "a" * 64
LONG_DIGEST = "sha512:" + "b" * 128


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
        (f"ghcr.io/x@{LONG_DIGEST}", "ghcr.io", "x", None, LONG_DIGEST),
        ("a__b/c--d.e_f:T_1.2-x", "docker.io", "a__b/c--d.e_f", "T_1.2-x", None),
    ],
)  # fmt: skip
def test_a_name_is_read_as_docker_reads_it(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    assert ImageName.parse(text) == ImageName(registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    ["", ":1", "@", "a b", "UPPER", "a/UPPER", "/image", "image/", "a//b", "image:", "image:a b",
     "image:-x", "image:" + "x" * 129, "image@sha256:short", "image@", f"image@md5:{'a' * 32}",
     f"image@{DIGEST}@{DIGEST}", f"image@{DIGEST}:1", f"image@{DIGEST.upper()}", f"@{DIGEST}",
     "https://ghcr.io/image", "-x/image", "a___b", "a..b", "image;id", "$(id)", "x" * 256,
     "image\n", "host:port/image", "host:0/image", "host:65536/image", "host:/image", "../image",
     "image:1\n", "ghcr.io/", "ghcr.io:5000", "im\u00e4ge", "image:\u0661", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_name_is_refused(text: str) -> None:
    if text == "ghcr.io:5000":  # a repository at Docker Hub, as for Docker
        assert ImageName.parse(text).repository == "library/ghcr.io"
        return
    with pytest.raises(InvalidImageName, match="name of an image"):
        ImageName.parse(text)


@pytest.mark.parametrize(
    "text",
    ["sha256:abc", DIGEST, f"sha256@{DIGEST}", "sha512:0", "a" * 64, "a" * 64 + ":1",
     "docker.io/library/sha256:0", "library/sha256", "index.docker.io/sha256:0"],
)  # fmt: skip
def test_the_id_of_an_image_is_no_name(text: str) -> None:
    with pytest.raises(InvalidImageName, match="is the id of an image"):
        ImageName.parse(text)


@pytest.mark.parametrize(
    ("text", "reference", "familiar"),
    [
        ("alpine", "docker.io/library/alpine:latest", "alpine:latest"),
        ("docker.io/user/image:1", "docker.io/user/image:1", "user/image:1"),
        ("ghcr.io/x/y:1", "ghcr.io/x/y:1", "ghcr.io/x/y:1"),
        (f"ghcr.io/x/y:1@{DIGEST}", f"ghcr.io/x/y@{DIGEST}", f"ghcr.io/x/y:1@{DIGEST}"),
    ],
)
def test_a_name_is_written_in_full_and_as_people_do(
    text: str, reference: str, familiar: str
) -> None:
    name = ImageName.parse(text)

    assert (name.reference, str(name)) == (reference, familiar)


def test_a_name_can_be_pinned() -> None:
    assert str(ImageName.parse("ghcr.io/x:1").pinned(DIGEST)) == f"ghcr.io/x@{DIGEST}"


# --- every text -----------------------------------------------------------------------------

LABEL = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,8}[A-Za-z0-9])?", fullmatch=True)
HOST = st.lists(LABEL, min_size=1, max_size=4).map(".".join)
PORT = st.integers(1, 65535).map(lambda port: f":{port}")
REGISTRY = st.builds("{}{}".format, HOST, PORT | st.just("")).filter(
    lambda text: "." in text or ":" in text or text != text.lower()
)
WORD = st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True)
COMPONENT = st.builds(
    lambda words, sign: sign.join(words),
    st.lists(WORD, min_size=1, max_size=3),
    st.sampled_from([".", "_", "__", "-", "---"]),
)
PATH = st.lists(COMPONENT, min_size=1, max_size=4).map("/".join)
TAG = st.from_regex(r":[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True) | st.just("")
HASH = st.from_regex(r"@sha256:[a-f0-9]{64}", fullmatch=True) | st.just("")


@given(REGISTRY, PATH, TAG, HASH)
def test_each_part_of_a_name_is_found_again(
    registry: str, path: str, tag: str, digest: str
) -> None:
    name = ImageName.parse(f"{registry}/{path}{tag}{digest}")

    assert (name.registry, name.repository) == (registry, path)
    assert name.digest == (digest[1:] or None)
    assert name.tag == (tag[1:] or (None if digest else "latest"))


@given(st.builds("{}{}{}".format, PATH | st.builds("{}/{}".format, REGISTRY, PATH), TAG, HASH))
def test_what_is_written_is_read_as_the_same_name(text: str) -> None:
    try:
        name = ImageName.parse(text)
    except InvalidImageName:
        assert re.match(r"[a-f0-9]{64}", text)  # the one path that names an id
        return
    assert ImageName.parse(str(name)) == name
    assert ImageName.parse(name.reference).reference == name.reference
    for spelling in name.spellings():
        assert ImageName.parse(spelling).reference == name.reference


@given(st.text(max_size=300) | st.text("aA0:/@.-_[]sha256\n", max_size=80))
@example("a" * 255 + "@")
def test_every_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        name = ImageName.parse(text)
    except InvalidImageName:
        return
    assert text.isascii()
    assert not re.search(r"\s", text)
    assert is_registry(name.registry)
    assert len(name.name) <= 255
    assert (name.tag or name.digest) is not None


# --- addresses of registries ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "registry"),
    [
        ("harbor2.vantage6.ai", "harbor2.vantage6.ai"),
        ("https://harbor2.vantage6.ai/v2/", "harbor2.vantage6.ai"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("localhost:5000", "localhost:5000"),
        (" ghcr.io ", "ghcr.io"),
    ],
)
def test_an_address_in_a_configuration_is_a_registry_of_names(address: str, registry: str) -> None:
    assert registry_of(address) == registry


@pytest.mark.parametrize(
    "address", ["", "https://", "a b", "user:pw@host", "host:x", "host:99999"]
)
def test_what_is_no_address_of_a_registry_is_refused(address: str) -> None:
    with pytest.raises(InvalidImageName, match="registry"):
        registry_of(address)
