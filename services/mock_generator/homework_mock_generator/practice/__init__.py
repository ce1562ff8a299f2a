"""One module per kind of grammar. Each turns content into sentences, more than any homework needs."""
