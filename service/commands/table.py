"""The table of what was retrieved where and why."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_NARROWEST = 110
"""Columns that the table needs where the output is no terminal."""


def print_matches(result: Mapping[str, Any]) -> None:
    """Print matches, the moments that went without, and notes of a result's provenance."""
    console = Console()
    if console.width < _NARROWEST:
        console = Console(width=_NARROWEST)
    table = Table(title="What was retrieved where and why", title_justify="left", show_lines=True)
    table.add_column("said at", justify="right", no_wrap=True)
    table.add_column("query, exemplar and reason", ratio=1)
    table.add_column("covers", no_wrap=True)
    table.add_column("stroke", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for match in result["matches"]:
        table.add_row(
            f"{match['time_seconds']:.2f} s",
            _story(match),
            f"{match['start_seconds']:.1f} to {match['end_seconds']:.1f} s",
            f"{match['offset_seconds']:+.2f} s",
            f"{match['score']:.2f}",
        )
    console.print(table)
    for moment in result["dropped"]:
        console.print(
            f"without an exemplar: '{moment['word']}' at {moment['time_seconds']:.2f} s "
            f"({moment['label']}): {moment['reason']}",
            style="yellow",
        )
    for note in result["notes"]:
        console.print(f"note: {note}", style="yellow")


def _story(match: Mapping[str, Any]) -> Text:
    """Query and exemplar on the first line, why below it."""
    return Text.assemble(
        (f"'{match['word']}' {match['label']}", "bold"),
        f"  <-  '{match['exemplar_word']}' {match['exemplar_label']} in {match['recording']} "
        f"at {match['recording_seconds']:.1f} s (#{match['exemplar_id']})\n",
        (match["reason"], "dim"),
    )
