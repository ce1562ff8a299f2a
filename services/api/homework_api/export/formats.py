"""The export formats, and the media type and file name of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from homework_api.export import gift, moodle_xml, table
from homework_api.export.handout import Handout
from homework_api.export.student_file import StudentFile

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportFormat(StrEnum):
    MOODLE_XML = "moodle_xml"
    GIFT = "gift"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    extension: str
    render: Callable[[Handout], bytes]


def _render_pdf(handout: Handout) -> bytes:
    # Its fonts take a sixth of the CPU of a process's start, and most processes print nothing.
    from homework_api.export import pdf

    return pdf.render(handout)


def render_student_pdf(file: StudentFile, zone: tzinfo | None) -> bytes:
    from homework_api.export import student_pdf

    return student_pdf.render(file, zone)


FORMATS: Mapping[ExportFormat, Format] = {
    ExportFormat.MOODLE_XML: Format("application/xml", "xml", moodle_xml.render),
    ExportFormat.GIFT: Format("text/plain; charset=utf-8", "gift.txt", gift.render),
    ExportFormat.PDF: Format("application/pdf", "pdf", _render_pdf),
    ExportFormat.XLSX: Format(XLSX, "xlsx", table.render_xlsx),
    ExportFormat.CSV: Format(CSV, "csv", table.render_csv),
}
