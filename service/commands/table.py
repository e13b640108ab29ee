"""The table of what was retrieved where and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def print_matches(result: Mapping[str, Any]) -> None:
    """Print matches, dropped moments and notes of a result's provenance."""
    console = Console(width=None)
    table = Table(title="What was retrieved where and why", show_lines=True)
    for name in ("at", "said", "sense or type", "exemplar", "covers", "score", "why"):
        table.add_column(name, overflow="fold")
    for match in result["matches"]:
        table.add_row(
            f"{match['time_seconds']:.2f} s",
            match["word"],
            match["label"],
            f"#{match['exemplar_id']} '{match['exemplar_word']}' in {match['recording']} at "
            f"{match['recording_seconds']:.1f} s",
            f"{match['start_seconds']:.0f} to {match['end_seconds']:.0f} s, "
            f"stroke {match['offset_seconds']:+.2f} s",
            f"{match['score']:.2f}",
            match["reason"],
        )
    console.print(table)
    _print_rest(console, result["dropped"], result["notes"])


def _print_rest(
    console: Console, dropped: Sequence[Mapping[str, Any]], notes: Sequence[str]
) -> None:
    for moment in dropped:
        console.print(
            f"without an exemplar: '{moment['word']}' at {moment['time_seconds']:.2f} s "
            f"({moment['label']}): {moment['reason']}",
            style="yellow",
        )
    for note in notes:
        console.print(f"note: {note}", style="yellow")
