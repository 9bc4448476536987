"""Which package of this machine stands for which name of an image in a lab.

An author gives a folder and may call the image anything. A name goes to the author's algorithm
whose folder or package it is named after, else to the example that has it. Where the author has
only one algorithm, every other name goes to that one.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from vantage6.cli.vdev.algorithms import example_algorithms, named_package, packages
from vantage6.common.errors import ConfigurationError, InvalidInput

_NO_ALGORITHMS = frozenset({"tests", "test", "docs"})


class LabAlgorithms(Mapping[str, str]):
    """Path of the package for any name of an image; iterating gives the names that are fixed.

    Parameters
    ----------
    folders
        The author's, each with one package or one itself.

    Raises
    ------
    ConfigurationError, InvalidInput
        As `find_package` does.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.examples = packages(example_algorithms())
        self.own = [find_package(folder) for folder in folders]
        self._by_word = {
            _word(name): str(package)
            for folder, package in zip(folders, self.own, strict=True)
            for name in (folder.resolve().name, package.name)
        }

    def __getitem__(self, image: str) -> str:
        last = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        package = self._by_word.get(_word(last)) or self.examples.get(image)
        if package is None and len(self.own) == 1:
            return str(self.own[0])
        if package is None:
            raise KeyError(image)
        return package

    def __iter__(self) -> Iterator[str]:
        return iter([*self._by_word, *self.examples])

    def __len__(self) -> int:
        return len(self._by_word) + len(self.examples)

    def describe(self) -> Iterator[str]:
        """A line for each algorithm of the author: which names of images run it."""
        for package in self.own:
            words = [word for word, path in self._by_word.items() if path == str(package)]
            names = "any image" if len(self.own) == 1 else f"images called {' or '.join(words)}"
            yield f"{package} runs for {names}; changes count from the next task on"


def find_package(folder: Path) -> Path:
    """The package of a folder that is one, that holds one, or whose Dockerfile names one.

    Raises
    ------
    ConfigurationError
        When the folder has no package.
    InvalidInput
        When it has several, and no Dockerfile that says which.
    """
    folder = folder.resolve()
    if _is_package(folder):
        return folder
    named = named_package(folder)
    if named is not None:
        return named
    found = [
        entry
        for parent in (folder, folder / "src")
        if parent.is_dir()
        for entry in sorted(parent.iterdir())
        if _is_package(entry) and entry.name not in _NO_ALGORITHMS
    ]
    if not found:
        raise ConfigurationError(f"{folder} has no Python package: a folder with an __init__.py")
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        raise InvalidInput(f"{folder} has several packages ({names}): name the folder of one")
    return found[0]


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _word(name: str) -> str:
    return name.lower().replace("-", "_")
