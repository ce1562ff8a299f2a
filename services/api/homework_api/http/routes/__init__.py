"""The routes: one router for each subject."""
