"""Conversions between bytes and the base64 text that travels in JSON."""

import base64
import binascii


def bytes_to_base64s(data: bytes) -> str:
    """Standard base64 text with padding and without line breaks."""
    return base64.b64encode(data).decode("ascii")


def base64s_to_bytes(text: str) -> bytes:
    """Bytes of standard base64 text; white space is ignored, anything else is refused.

    Raises
    ------
    ValueError
        When the text is not base64.
    """
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("the text is not base64") from error
