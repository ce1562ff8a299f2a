"""The routes, with one router for each subject."""
