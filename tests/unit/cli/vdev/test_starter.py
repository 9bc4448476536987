"""`vdev new-algorithm` writes what can be worked with, and refuses names that cannot."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from vantage6.cli.exits import Refused
from vantage6.cli.vdev import cli
from vantage6.cli.vdev.algorithms import Algorithm, read_algorithm
from vantage6.cli.vdev.starter import Starter, check_name
from vantage6.common.errors import InvalidInput

STYLES = ("3.x", "4.x")
# The longest names that there may be make the longest lines.
LONGEST = "a" + "-23456789" * 4
FILES = {
    ".dockerignore",
    ".gitignore",
    "Dockerfile",
    "README.md",
    "heart_age/__init__.py",
    "pyproject.toml",
    "run.py",
    "tests/test_heart_age.py",
}


def written(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("style", STYLES)
def test_everything_that_an_algorithm_needs_is_written(style, home, run):
    result = run(cli, ["new-algorithm", "heart-age", "--style", style])

    assert result.exit_code == 0, result.output
    assert written(home) == {f"heart-age/{name}" for name in FILES}
    texts = [(home / "heart-age" / name).read_text() for name in FILES]
    assert not [text for text in texts if re.search(r"\$\w|\$\$|__package__", text)]


@pytest.mark.parametrize("style", STYLES)
def test_demo_network_finds_image_and_package(style, home, run):
    run(cli, ["new-algorithm", "heart-age", "--style", style, "--image", "localhost:5000/ages:2"])

    found = read_algorithm(home / "heart-age")

    assert found == Algorithm("localhost:5000/ages:2", home / "heart-age" / "heart_age")
    assert 'image="localhost:5000/ages:2"' in (home / "heart-age" / "run.py").read_text()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["a", LONGEST])
@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_what_is_written_is_as_ruff_wants_it_by_default(style, name, command, home):
    Starter.named(name, None, style).write(home / "made")

    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, *command, "--isolated", "--no-cache", "made"], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_next_steps_are_said_with_the_folder(run, home):
    result = run(cli, ["new-algorithm", "heart-age", "--directory", "my work"])

    assert (home / "my work" / "heart-age" / "Dockerfile").exists()
    assert "pytest 'my work/heart-age'" in result.output
    assert "--runtime process --algorithm 'my work/heart-age'" in result.output
    assert "docker build -t heart-age:0.1.0 'my work/heart-age'" in result.output


def test_what_is_there_already_stays_as_it_is(run, home):
    (home / "heart-age").mkdir()
    (home / "heart-age" / "mine.txt").write_text("mine")

    result = run(cli, ["new-algorithm", "heart-age"])

    assert result.exit_code == 1
    assert "is there already; nothing was changed" in result.output
    assert written(home) == {"heart-age/mine.txt"}


def test_folder_that_cannot_be_made_is_said(home):
    (home / "file").touch()

    with pytest.raises(Refused, match="cannot be made"):
        Starter.named("heart-age", None, "3.x").write(home / "file" / "heart-age")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "no name for an algorithm"),
        ("Heart", "small letters"),
        ("heart age", "no name"),
        ("../heart", "no name"),
        ("-heart", "no name"),
        ("heart-", "no name"),
        ("heart--age", "single hyphens"),
        ("1heart", "a letter first"),
        ("hé", "no name"),
        ("a" * 41, "at most 40"),
        ("class", "Python has something called class"),
        ("json", "Python has something called json"),
        ("tests", "called tests already"),
        ("run", "called run already"),
        ("pandas", "a package called pandas is installed"),
        ("vantage6", "a package called vantage6 is installed"),
    ],
)
def test_name_that_a_package_cannot_have_is_refused(name, said):
    with pytest.raises(InvalidInput, match=said):
        check_name(name)


@pytest.mark.parametrize("image", ["Heart:1", "a b", "heart:", "sha256:" + "a" * 64, "-x", "$(x)"])
def test_image_name_that_nothing_can_have_is_refused(image, home, run):
    result = run(cli, ["new-algorithm", "heart-age", f"--image={image}"])

    assert result.exit_code == 1
    assert "an image is called, for example" in result.output
    assert list(home.iterdir()) == []
