"""Extensions of Sphinx that build the guide: docstrings, gates, claims of the lectures."""
