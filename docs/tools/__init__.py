"""`reference` writes docs/reference from the code, and `site` gathers the pages of the site."""
