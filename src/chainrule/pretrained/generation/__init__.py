"""Generation of texts: the next token again and again, by any network that scores it."""
