"""A new algorithm, written from the templates beside this module.

``template/3.x`` and ``template/4.x`` hold what differs between the two styles of algorithms,
``template/both`` the rest. A template is named as the file that it becomes, with ``.txt`` behind
it and ``__package__`` for the name of the package; in its text ``$name``, ``$package`` and
``$image`` are replaced (`string.Template`; a ``$`` is written ``$$``).
"""

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Literal

from vantage6.cli.exits import Refused
from vantage6.common.errors import InvalidInput

Style = Literal["3.x", "4.x"]
VERSION = "0.1.0"
"""Of a new algorithm."""

_TEMPLATES = Path(__file__).parent / "template"
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST_NAME = 40
_BESIDE_IT = frozenset({"run", "tests"})


@dataclass(frozen=True, slots=True)
class Starter:
    """A new algorithm: what it is called and how it is written."""

    name: str
    image: str
    style: Style

    @classmethod
    def named(cls, name: str, image: str | None, style: Style) -> "Starter":
        """Check the names; the image is called after the algorithm when left out.

        Raises
        ------
        InvalidInput
            When a distribution, a package or an image cannot have that name.
        """
        check_name(name)
        image = image or f"{name}:{VERSION}"
        _check_image(image)
        return cls(name, image, style)

    @property
    def package(self) -> str:
        """Name of the Python package."""
        return self.name.replace("-", "_")

    def write(self, folder: Path) -> None:
        """Write everything into a folder, which is made.

        Raises
        ------
        Refused
            When it is there already, or cannot be made.
        """
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            raise Refused(f"{folder} is there already; nothing was changed") from error
        except OSError as error:
            raise Refused(f"{folder} cannot be made ({error.strerror})") from error
        for file, text in self.files():
            target = folder / file
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, "utf-8")

    def files(self) -> Iterator[tuple[Path, str]]:
        """The files below its folder, with their text."""
        values = {"name": self.name, "package": self.package, "image": self.image}
        for part in (_TEMPLATES / "both", _TEMPLATES / self.style):
            for template in sorted(part.rglob("*.txt")):
                name = template.relative_to(part).with_suffix("").as_posix()
                text = Template(template.read_text("utf-8")).substitute(values)
                yield Path(name.replace("__package__", self.package)), text


def check_name(name: str) -> None:
    """Refuse a name that a distribution and a package cannot both have.

    Raises
    ------
    InvalidInput
        Says why, and what a name looks like.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise InvalidInput(
            f"{name!r} is no name for an algorithm: take small letters, digits and single hyphens"
            f" or underscores, with a letter first and at most {_LONGEST_NAME} of them, such as"
            " heart-age"
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names | _BESIDE_IT:
        raise InvalidInput(f"Python has something called {package} already; take another name")
    if find_spec(package) is not None:
        raise InvalidInput(f"a package called {package} is installed here; take another name")


def _check_image(image: str) -> None:
    from vantage6.node.image_name import ImageName, InvalidImageName

    try:
        ImageName.parse(image)
    except InvalidImageName as error:
        raise InvalidInput(
            f"{error.message}; an image is called, for example, registry.example/heart-age:1.0"
        ) from error
