"""What was published about the images, and what every recipe for an image here must not do."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECRETS_AND_DAEMONS = re.compile(
    r"\b(openssh-server|dropbear|sshd|chpasswd|passwd|PermitRootLogin|telnetd)\b", re.IGNORECASE
)
OWN = ("examples", "tests", "vantage6")


def test_ghsa_2wgc_48g2_cj5w_no_image_has_an_ssh_server_or_a_password() -> None:
    """CVE-2024-21653: the images ran an SSH server whose root had a known password."""
    recipes = [
        *ROOT.glob("Dockerfile*"),
        *(f for d in OWN for f in (ROOT / d).rglob("Dockerfile*")),
    ]

    found = {
        str(recipe.relative_to(ROOT)): SECRETS_AND_DAEMONS.findall(recipe.read_text("utf-8"))
        for recipe in recipes
    }

    assert len(found) >= 4
    assert {name: words for name, words in found.items() if words} == {}
