"""Each example is laid out alike, so that who knows one finds everything in the others."""

import re

from tests.examples.references import each_example
from vantage6.cli.vdev.algorithms import EXAMPLES, read_algorithm

PARTS = ("Dockerfile", "README.md", "pyproject.toml", "run.py", "tests/pooled.json")
CHAPTERS = ("mathematic", "leaves", "run.py")


@each_example()
def test_every_part_is_there(name: str) -> None:
    folder = EXAMPLES / name

    assert [part for part in PARTS if not (folder / part).exists()] == []


@each_example()
def test_its_own_tests_compare_with_the_reference_on_the_mock(name: str) -> None:
    package = read_algorithm(EXAMPLES / name).folder.name.replace("-", "_")
    tests = EXAMPLES / name / "tests" / f"test_{package}.py"

    text = tests.read_text("utf-8")

    assert "pooled.json" in text
    assert re.search(r"import .*Mock", text)


@each_example()
def test_script_asks_for_the_image_that_the_folder_makes(name: str) -> None:
    text = (EXAMPLES / name / "run.py").read_text("utf-8")

    assert f'image="{read_algorithm(EXAMPLES / name).image}"' in text
    assert len(text.splitlines()) <= 45


@each_example()
def test_wheel_has_the_package_that_the_image_runs_and_no_tests(name: str) -> None:
    package = read_algorithm(EXAMPLES / name).folder.name
    text = (EXAMPLES / name / "pyproject.toml").read_text("utf-8")

    assert re.findall(r"^packages = (.*)$", text, re.MULTILINE) == [f'["{package}"]']


@each_example()
def test_page_has_the_mathematics_and_what_leaves_a_site(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text("utf-8").lower()

    assert [word for word in CHAPTERS if word not in text] == []
