"""様式A (舗装点検記録様式): written from a survey, in our workbook or a customer's, and read back corrected."""

from exporters.form_a.changes import Change, import_form_a, write_changes
from exporters.form_a.export import export_form_a
from exporters.form_a.findings import Findings
from exporters.form_a.table import Form, read_form
from exporters.form_a.template import open_template

__all__ = [
    "Change",
    "Findings",
    "Form",
    "export_form_a",
    "import_form_a",
    "open_template",
    "read_form",
    "write_changes",
]
