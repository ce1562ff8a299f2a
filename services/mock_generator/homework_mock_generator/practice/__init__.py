"""One module for each kind of grammar. Each turns content into more sentences than any homework needs."""
