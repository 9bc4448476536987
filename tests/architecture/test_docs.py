"""The documentation says what the code does."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script
from vantage6.common import errors
from vantage6.common.config.docs import sample
from vantage6.common.config.loader import load
from vantage6.common.errors import V6Error, WireError
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig
from vantage6.server.permission.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FRAGMENT = re.compile(r"(\d+(\.\w+)?|\+[\w-]+)\.(feature|fix|removal|doc)\.md")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return load_script(DOCS / "generate.py")


def test_reference_pages_are_current(generator: ModuleType) -> None:
    outdated = [
        name
        for name, text in generator.pages().items()
        if (DOCS / "reference" / name).read_text("utf-8") != text
    ]

    assert outdated == [], "run `make docs`"


def test_every_error_code_has_a_paragraph(generator: ModuleType) -> None:
    codes = {
        cls.code
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, V6Error) and cls not in (V6Error, WireError)
    }

    assert set(generator.ADVICE) == codes
    page = generator.pages()["errors.md"]
    assert all(f"### {code}\n" in page for code in codes)


def test_every_rule_is_on_the_page(generator: ModuleType) -> None:
    page = generator.pages()["permissions.md"]

    assert [rule.text for rule in RULES if f"| {rule.text} |" not in page] == []


@pytest.mark.parametrize(
    ("model", "required"),
    [(ServerConfig, {}), (NodeConfig, {"api_key": "some-key", "server_url": "http://server"})],
)
def test_sample_file_of_the_page_loads(
    model: type[ServerConfig] | type[NodeConfig], required: dict[str, str], tmp_path: Path
) -> None:
    text = "application:\n" + sample(model)
    for key, value in required.items():
        text = text.replace(f"    {key}:\n", f"    {key}: {value}\n", 1)
    file = tmp_path / "sample.yaml"
    file.write_text(text, "utf-8")

    assert load(file, model).settings == model(**required)


def test_every_setting_has_a_description() -> None:
    silent = re.findall(r"^\| `([^`]+)` \|.*\|\s+\|$", (DOCS / "reference/config.md").read_text())

    assert silent == []


def test_fragments_of_the_changelog_have_names_that_towncrier_takes() -> None:
    names = {file.name for file in (DOCS / "changelog.d").iterdir()} - {"README.md"}

    assert {name for name in names if not FRAGMENT.fullmatch(name)} == set()
    assert "<!-- towncrier release notes start -->" in (ROOT / "CHANGELOG.md").read_text()


def test_decisions_are_numbered_without_gaps_and_have_the_four_parts() -> None:
    files = sorted((DOCS / "adr").glob("0*.md"))

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        headings = re.findall(r"^## (.+)$", file.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], file.name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_the_front_pages_lead_somewhere(name: str) -> None:
    targets = LINK.findall((ROOT / name).read_text("utf-8"))

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_target_of_the_makefile_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:]

    assert [name for name in phony if not re.search(rf"^{name}:.* ## \S", makefile, re.M)] == []
    wanted = {"help", "install", "demo", "test", "lint", "format", "type", "docs"}
    assert wanted | {"services", "images", "bench"} <= set(phony)


def test_readme_and_pipeline_run_the_same_command() -> None:
    assert "make test" in (ROOT / "README.md").read_text("utf-8")
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_site_builds_without_warnings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]

    done = subprocess.run(
        [*command, str(DOCS), str(tmp_path / "html")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_python_versions_are_the_same_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    versions = re.findall(r'"Programming Language :: Python :: ([\d.]+)"', project)

    assert versions == ["3.10", "3.11", "3.12", "3.13"]
    assert 'requires-python = ">=3.10"' in project
    assert "Python 3.10 to 3.13" in (ROOT / "README.md").read_text("utf-8")
