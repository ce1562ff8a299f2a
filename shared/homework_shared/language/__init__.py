"""The checks of an exercise's Italian and English, and the tables that they use."""
