"""Homework in the formats that teachers already use. Pure: from a handout to the bytes of a file."""

from homework_api.export.formats import FORMATS, ExportFormat, Format
from homework_api.export.handout import Handout, Task, Worksheet

__all__ = ["FORMATS", "ExportFormat", "Format", "Handout", "Task", "Worksheet"]
