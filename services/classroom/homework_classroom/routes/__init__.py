"""The routes, one folder for each kind of user."""
