"""The data of a run: arrays, files and iterables as batches."""
