"""The pages of docs/reference, each from the code that it describes: `make docs-reference` writes them."""
