import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "data"


@pytest.fixture
def split() -> ModuleType:
    """The script that makes the data of the hospitals."""
    spec = importlib.util.spec_from_file_location("split", FOLDER / "split.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
