"""The explorer page: a graph and the numbers of one run as a document, and as one file of HTML."""
