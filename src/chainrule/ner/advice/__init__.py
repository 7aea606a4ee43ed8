"""Advice on word vectors for a corpus: its figures, the rules of the lectures, and trainings."""
