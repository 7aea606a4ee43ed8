"""The body of a network: word vectors and layers, and what goes in and out."""
