"""The Italian and the English of exercises: tables, and what is looked at with them."""
