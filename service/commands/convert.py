"""`chironomia convert`: a motion file in another format."""

from pathlib import Path
from typing import Annotated

import typer


def convert(  # noqa: PLR0913  one parameter an option
    motion: Annotated[Path, typer.Argument(help="Motion in BEAT2's npz format.")],
    out: Annotated[
        list[Path], typer.Argument(help="Files to write: .npz .glb .json .bvh .vrma .arkit.csv")
    ],
    fps: Annotated[int | None, typer.Option(help="24, 25, 30 or 60; as it is if left out.")] = None,
    root: Annotated[str, typer.Option(help="Root motion: on, in_place or off.")] = "on",
    feet: Annotated[str, typer.Option(help="free leaves them as they are, or grounded.")] = "free",
) -> None:
    """Write a motion file in other formats, at another rate, with feet and root as asked."""
    from motion.export.options import format_of
    from motion.export.output import as_chosen, write_motion
    from motion.files import read_npz
    from service.options import options_of, with_choices

    kinds = [format_of(path) for path in out]
    given = read_npz(motion)
    shape = {"fps": fps, "root": root, "feet": feet}
    chosen = options_of(with_choices("{}", "output", shape)).output
    shown = as_chosen(given, chosen, given.fps if fps is None else chosen.fps)
    for path, kind in zip(out, kinds, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_motion(shown, path, kind)
        typer.echo(f"written to {path}")
