"""Renderers: explanations, derivations and graphs as text, Markdown, LaTeX and pictures."""
