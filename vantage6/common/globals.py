"""Constants that scripts of 3.x import.

Names of images and of their registry are those of 3.x. Nothing of ours is pulled by them: which
images a node or server uses is said in its own configuration.
"""

from pathlib import Path

STRING_ENCODING = "utf-8"
DEFAULT_ENVIRONMENT = "application"
APPNAME = "vantage6"
MAIN_VERSION_NAME = "petronas"
DEFAULT_DOCKER_REGISTRY = "harbor2.vantage6.ai"
DEFAULT_NODE_IMAGE = f"infrastructure/node:{MAIN_VERSION_NAME}"
DEFAULT_SERVER_IMAGE = f"infrastructure/server:{MAIN_VERSION_NAME}"
DEFAULT_UI_IMAGE = f"infrastructure/ui:{MAIN_VERSION_NAME}"
PACKAGE_FOLDER = Path(__file__).parent.parent.parent
"""Folder in which the package `vantage6` lies."""
VPN_CONFIG_FILE = "vpn-config.ovpn.conf"
DATABASE_TYPES = ["csv", "parquet", "sql", "sparql", "omop", "excel", "other"]
PING_INTERVAL_SECONDS = 60
