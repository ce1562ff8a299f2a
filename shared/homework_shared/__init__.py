"""What the homework services say to each other, and how they say it."""

__version__ = "0.1.0"
"""The version of all packages. `.ci/set_version.py` changes it, and the projects that state it too."""
