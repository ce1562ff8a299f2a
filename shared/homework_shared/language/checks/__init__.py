"""The families of checks: each yields what it finds wrong with an exercise."""
