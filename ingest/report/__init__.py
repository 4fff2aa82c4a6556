"""The check report of a delivery: read from its record, which is kept for ever, and written as JSON, XLSX and PDF."""

from ingest.report.model import CheckReport, Group, find

__all__ = ["CheckReport", "Group", "find"]
