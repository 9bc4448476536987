"""Our own images, as `make images` builds them."""

import subprocess
from pathlib import Path

from tests.environments import unavailable

_SCRIPT = Path(__file__).resolve().parents[1] / "examples" / "images.sh"
_NO_BASE_IMAGE = 3


def make_images(*kinds: str) -> dict[str, str]:
    """Names of images by kind, such as ``server``; built when a source has changed.

    Without a base image the test is skipped, or fails when CI=true.
    """
    made = subprocess.run([str(_SCRIPT), *kinds], capture_output=True, text=True, check=False)
    if made.returncode == _NO_BASE_IMAGE:
        unavailable(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return dict(line.split("=", 1) for line in made.stdout.splitlines())
