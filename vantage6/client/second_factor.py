"""Second factors of a log-in, as a person at a terminal meets them.

What is shown here are secrets, so it is printed and never logged.
"""

import contextlib
import io
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from vantage6.common.echo import info

_BLOCKS = "█▀▄"
_DIGITS = 6


def code_text(mfa_code: str | int) -> str:
    """A code as the server expects it; a number has lost the zeros that it started with."""
    return f"{mfa_code:0{_DIGITS}d}" if isinstance(mfa_code, int) else mfa_code.strip()


def show_setup(answer: Mapping[str, Any]) -> None:
    """Show how to add an account to an authenticator app, with a QR code where it can be seen.

    Parameters
    ----------
    answer
        With ``qr_uri``, and ``otp_secret`` for typing it in.
    """
    uri = str(answer["qr_uri"])
    info("This server needs a second factor. Add the account to your authenticator app.")
    if can_show_blocks(sys.stdout):
        info("Scan this code:")
        sys.stdout.write(qr_text(uri))
    info(f"The address in the code is {uri}")
    if answer.get("otp_secret"):
        info(f"or type this secret into the app: {answer['otp_secret']}")
    info("Then call authenticate(username, password, mfa_code) with the six digits it shows.")


def show_codes(answer: Mapping[str, Any]) -> None:
    """Show recovery codes, which the server gives once, or how many of them are left."""
    if "recovery_codes" in answer:
        info("Keep these codes in a safe place. Each can stand in once for that of a lost app:")
        for code in answer["recovery_codes"]:
            info(f"  {code}")
    if "recovery_codes_left" in answer:
        info(f"{answer['recovery_codes_left']} recovery codes are left.")


def qr_text(uri: str) -> str:
    """A QR code drawn with half blocks."""
    # Few log-ins show a code, and the library takes its time to load.
    import segno

    with contextlib.closing(io.StringIO()) as drawn:
        segno.make_qr(uri).terminal(drawn, compact=True)
        return drawn.getvalue()


def show_qr_image(uri: str) -> None:
    """Open a QR code as a picture with the program that this machine has for them."""
    import segno

    segno.make_qr(uri).show()


def can_show_blocks(stream: TextIO) -> bool:
    """Whether a person sees what is written there: a terminal or a notebook that draws blocks."""
    if not (stream.isatty() or "ipykernel" in sys.modules):
        return False
    try:
        _BLOCKS.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
