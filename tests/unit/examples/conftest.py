from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "data"


@pytest.fixture
def split() -> ModuleType:
    """The script that makes the data of the hospitals."""
    return load_script(FOLDER / "split.py")
