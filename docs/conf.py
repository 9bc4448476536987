"""Sphinx: the site from the Markdown in this folder."""

from vantage6 import __version__

project = "vantage6"
author = "the vantage6 contributors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = False
napoleon_use_rtype = False
exclude_patterns = ["_build", "changelog.d", "Thumbs.db", ".DS_Store"]

html_theme = "furo"
html_title = f"vantage6 {__version__}"
html_static_path = ["_static"]
html_theme_options = {"navigation_with_keys": True}
