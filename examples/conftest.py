"""Makes the packages of the examples importable from the checkout, without installing them."""

import sys
from pathlib import Path

# At the end: an installed package comes first, and no folder here takes the place of a library.
sys.path += sorted(str(file.parent) for file in Path(__file__).parent.glob("*/pyproject.toml"))
