"""Which image a folder makes and which package it runs."""

import pytest
from vantage6.cli.vdev.algorithms import (
    EXAMPLES,
    Algorithm,
    example_algorithms,
    packages,
    read_algorithm,
)
from vantage6.common.errors import ConfigurationError

LABEL = 'LABEL org.opencontainers.image.ref.name="registry.example/heart-age:1.0"\n'


@pytest.fixture
def folder(home):
    """Write an algorithm folder; gives its path."""

    def write(dockerfile, package="heart_age"):
        folder = home / "heart-age"
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
        (folder / "Dockerfile").write_text(f"FROM base\n{dockerfile}")
        return folder

    return write


@pytest.mark.parametrize(
    ("written", "package"),
    [
        ('ARG PKG_NAME="heart_age"', "heart_age"),
        ("ARG PKG_NAME=heart_age", "heart_age"),
        ("arg = 1\n  ARG PKG_NAME='heart-age'", "heart_age"),
        ("ARG PKG_NAME=heart-age", "heart-age"),
        ("ARG PKG_NAME=heart_age", "src/heart_age"),
    ],
)
def test_dockerfile_says_image_and_package(folder, written, package):
    made = folder(f"{LABEL}{written}\n", package)

    assert read_algorithm(made) == Algorithm("registry.example/heart-age:1.0", made / package)


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        (LABEL, "does not say which package runs: ARG PKG_NAME"),
        (f"{LABEL}# ARG PKG_NAME=heart_age", "does not say which package runs"),
        ("ARG PKG_NAME=heart_age", "add a line LABEL org.opencontainers.image.ref.name"),
        (f"{LABEL}ARG PKG_NAME=other", "has no package other"),
    ],
)
def test_what_a_folder_lacks_is_said(folder, dockerfile, said):
    with pytest.raises(ConfigurationError, match=said):
        read_algorithm(folder(dockerfile))


def test_folder_without_a_dockerfile_is_no_algorithm(home):
    with pytest.raises(ConfigurationError, match="is no algorithm"):
        read_algorithm(home)


def test_each_example_has_an_image_and_a_package_of_its_own():
    found = example_algorithms()

    assert Algorithm("vantage6/average:3.12", EXAMPLES / "average" / "v6-average-py") in found
    assert len({each.image for each in found}) == len(found)
    assert len({each.folder.name for each in found}) == len(found)


def test_later_algorithm_takes_the_place_of_an_earlier_one(home):
    both = [Algorithm("a:1", home / "one"), Algorithm("a:1", home / "two")]

    assert packages(both) == {"a:1": str(home / "two")}
