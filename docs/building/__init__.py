"""What Sphinx needs to know to build the guide: our docstrings, our gates, the lecture's claims."""
