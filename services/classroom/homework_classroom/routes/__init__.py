"""The routes, one folder for each kind of person who opens them."""
