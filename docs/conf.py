"""How Sphinx builds the guide: `python -m sphinx docs build/docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import chainrule

project = "chainrule"
release = version = chainrule.__version__
html_title = f"chainrule {release}"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "building.explorer",
    "building.gallery",
    "building.lecture",
    "building.reference",
]
exclude_patterns = ["building"]
nitpicky = True
smartquotes = False

highlight_language = "text"
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_merge_streams = True
nb_output_stderr = "remove"

autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_static_path = ["building/guide.css"]
html_css_files = ["guide.css"]
html_copy_source = False
html_show_copyright = False
