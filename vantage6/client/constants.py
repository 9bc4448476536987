"""Constants of 3.5 that scripts import."""

from pathlib import Path

APPNAME = "vantage6"
STRING_ENCODING = "utf-8"
PACKAGE_FOLDER = Path(__file__).resolve().parents[1]

__all__ = ["APPNAME", "PACKAGE_FOLDER", "STRING_ENCODING"]
