"""The figures of a reseller as a PDF, made by the distribution's wkhtmltopdf."""

from __future__ import annotations

import pytest

from engine.testing import ensure_pdf_printer

from .helpers import run_scene


@pytest.mark.both_engines  # each series calls wkhtmltopdf in its own way
def test_figures_as_pdf(odoo, databases) -> None:
    """The PDF is attached, in the reader's language, its own figures only, and once."""
    ensure_pdf_printer()
    made = run_scene(odoo, databases(odoo, "suite"), "figures_pdf", login="pdf")
    assert made["with_pdf"]
    assert made["file"].endswith("Ährenfeld Ltd.pdf"), made["file"]
    text = " ".join(made["text"].split())
    assert "Ährenfeld Ltd" in text
    assert made["german"] in text
    # December as a German reads it
    assert "Dez" in text
    assert "75 %" in text
    assert "Zebra" not in text
    assert 2 <= made["pages"] <= 4
    assert "75 %" in made["mail"]
    # three by hand and one by the schedule, each sent by one of two crons
    assert made["mails"] == [1, 1, 1, 1]
