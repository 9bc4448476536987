"""Algorithms as folders of a checkout: which image a folder makes, and which package it runs.

An *algorithm folder* holds a package and the Dockerfile of its image. Two lines of the Dockerfile
say what vantage6 has to know, and the process runtime needs no other file::

    ARG PKG_NAME="v6_summary"                                     package, as in 3.x algorithms
    LABEL org.opencontainers.image.ref.name="vantage6/summary:3.12"        name of the image

The folders of ``examples`` need no label: ``examples/kaplan_meier`` makes
``vantage6/kaplan-meier:3.12``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vantage6.common.echo import warning
from vantage6.common.errors import ConfigurationError

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
"""Part of a checkout; not there where vantage6 was installed without it."""

_DOCKERFILE = "Dockerfile"
_VALUE = r"""\s*=\s*["']?([^"'\s]+)"""
_PACKAGE = re.compile(rf"^\s*ARG\s+PKG_NAME{_VALUE}", re.MULTILINE)
_IMAGE = re.compile(rf"^\s*LABEL\s+org\.opencontainers\.image\.ref\.name{_VALUE}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A package (`folder` is its own) that can run without its image, under the image's name."""

    image: str
    folder: Path


def read_algorithm(folder: Path) -> Algorithm:
    """The algorithm of a folder.

    Raises
    ------
    ConfigurationError
        When the folder lacks something; says what, and how to give it.
    """
    folder = folder.resolve()
    file = folder / _DOCKERFILE
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{folder} is no algorithm: {file} cannot be read ({error.strerror})"
        ) from error
    name, image = _PACKAGE.search(text), _IMAGE.search(text)
    if name is None:
        raise ConfigurationError(f"{file} does not say which package runs: ARG PKG_NAME=…")
    return Algorithm(
        image=image[1] if image else _example_image(folder, file),
        folder=_package_folder(folder, name[1]),
    )


def named_package(folder: Path) -> Path | None:
    """Folder of the package that the Dockerfile of a folder names; None when none is named.

    Raises
    ------
    ConfigurationError
        When that package is not there.
    """
    file = folder / _DOCKERFILE
    name = _PACKAGE.search(file.read_text("utf-8")) if file.is_file() else None
    return _package_folder(folder, name[1]) if name else None


def example_algorithms() -> list[Algorithm]:
    """The examples of the checkout that this code runs from; none where there is no checkout.

    One that lacks something is told and left out: others can do without it.
    """
    found = []
    for file in sorted(EXAMPLES.glob(f"*/{_DOCKERFILE}")):
        try:
            found.append(read_algorithm(file.parent))
        except ConfigurationError as error:
            warning(error.message)
    return found


def packages(algorithms: Iterable[Algorithm]) -> dict[str, str]:
    """What the setting ``process_algorithms`` of a node says: folder by image; the last wins."""
    return {algorithm.image: str(algorithm.folder) for algorithm in algorithms}


def _example_image(folder: Path, file: Path) -> str:
    if folder.parent != EXAMPLES:
        raise ConfigurationError(
            f"{file} does not say what its image is called; add a line"
            ' LABEL org.opencontainers.image.ref.name="registry.example/name:1.0"'
        )
    return f"vantage6/{folder.name.replace('_', '-')}:3.12"


def _package_folder(folder: Path, name: str) -> Path:
    # The name of a distribution stands for a package with underscores, as in the image.
    spellings = dict.fromkeys((name, name.replace("-", "_"), name.replace("_", "-")))
    for parent in (folder, folder / "src"):
        for spelling in spellings:
            if (parent / spelling / "__init__.py").is_file():
                return parent / spelling
    raise ConfigurationError(f"{folder} has no package {name}, which its {_DOCKERFILE} names")
