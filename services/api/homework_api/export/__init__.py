"""Homework in the file formats that teachers use. Pure functions from a handout to the bytes of a file."""

from homework_api.export.formats import FORMATS, ExportFormat, Format
from homework_api.export.handout import Handout, Task, Worksheet

__all__ = ["FORMATS", "ExportFormat", "Format", "Handout", "Task", "Worksheet"]
