"""`chironomia evaluate discourse`: our relations against gold ones, beside a table of strings."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.commands.progress import bar

if TYPE_CHECKING:
    from annotations.relation_documents import FindsRelations, RelationsDocument
    from evaluation.discourse import Score

_NARROWEST = 110
Column = dict[str, "Score"]


def discourse(
    gold: Annotated[Path, typer.Argument(help="Gold documents (JSON, may be gzipped).")],
    out: Annotated[Path | None, typer.Option(help="Also write the figures as JSON.")] = None,
) -> None:
    """Judge connectives, senses and arguments, as written and as a recogniser writes.

    Beside ours stands the floor: a string that is a connective more often than not, with its
    commonest sense. Brackets are 95 % bootstrap intervals over sentences.
    """
    from annotations.discourse import shipped_discourse
    from annotations.lexicon import shipped_lexicon
    from annotations.relation_documents import read_relation_documents
    from evaluation.discourse import StringPrior, bare

    documents, _ = read_relation_documents(gold)
    written = [document for document in documents if document.has_words]
    spoken = [bare(document) for document in written]
    ours, floor = shipped_discourse(), StringPrior(shipped_lexicon())
    tokens = sum(len(document.tokens) for document in written)
    began = time.perf_counter()
    columns = {"as written": _scored("as written", written, ours)}
    rate = 2 * tokens / (time.perf_counter() - began)
    columns["bare words"] = _scored("bare words", spoken, ours)
    columns["floor, as written"] = _scored("floor", written, floor)
    columns["floor, bare words"] = _scored("floor", spoken, floor)
    _print(f"{gold.name}: {len(written)} documents, {tokens} tokens", columns)
    Console().print(f"{rate:.0f} tokens/s as written, both readings counted")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        content = {
            name: {measure: asdict(score) for measure, score in column.items()}
            for name, column in columns.items()
        }
        out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _scored(title: str, documents: "list[RelationsDocument]", finds: "FindsRelations") -> Column:
    from evaluation.discourse import judged, scores

    done = []
    with bar(title) as step:
        for document in documents:
            done.append(judged(document, finds))
            step(len(done), len(documents), "")
    return scores(done)


def _print(title: str, columns: dict[str, Column]) -> None:
    console = Console()
    if console.width < _NARROWEST:
        console = Console(width=_NARROWEST)
    table = Table(title=title, title_justify="left")
    table.add_column("%, 95 % interval", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for measure in next(iter(columns.values())):
        table.add_row(measure, *(str(column[measure]) for column in columns.values()))
    console.print(table)
