"""The families of checks. Each yields the faults that it finds in an exercise."""
