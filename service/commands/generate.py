"""`chironomia generate` and `chironomia render`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from service.commands.progress import bar

Home = Annotated[Path | None, typer.Option(help="Folder of index and database.")]
Weights = Annotated[str | None, typer.Option(help="Weights folder or hub id.")]
SPEAKER_HELP = (
    "Speaker index that the weights know; the bundled ones: 0, 3, 4, 6, 9, 10. Unset: the first."
)
FORMATS_HELP = "Files to make, by commas: npz, glb, json, bvh, vrma, arkit.csv."


def generate(  # noqa: PLR0913  one parameter an option
    sound: Annotated[Path | None, typer.Argument(help="WAV, MP3, FLAC or OGG.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for motion, preview and reasons.")] = Path(
        "out/gestures"
    ),
    words: Annotated[Path | None, typer.Option(help="TextGrid or JSON with word times.")] = None,
    text: Annotated[
        str | None, typer.Option(help="Plain words of the sound; without one, they are spoken.")
    ] = None,
    transcriber: Annotated[
        str | None,
        typer.Option(help="Whisper model that finds the words of a sound without any."),
    ] = None,
    speaker: Annotated[int | None, typer.Option(help=SPEAKER_HELP)] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same motion.")] = None,
    options: Annotated[
        str, typer.Option(help='JSON: {"retrieval": {}, "sampling": {}, "output": {}}.')
    ] = "{}",
    formats: Annotated[str | None, typer.Option(help=FORMATS_HELP)] = None,
    fps: Annotated[int | None, typer.Option(help="24, 25, 30 or 60.")] = None,
    root: Annotated[str | None, typer.Option(help="Root motion: on, in_place or off.")] = None,
    feet: Annotated[str | None, typer.Option(help="grounded or free.")] = None,
    preview: Annotated[bool, typer.Option(help="Also write a video and a contact sheet.")] = True,
    home: Home = None,
    weights: Weights = None,
) -> None:
    """Make gestures for one recording, without a service."""
    from annotations.database import Database
    from motion.export.output import as_chosen
    from service.commands.places import check_home, prepare_folder
    from service.commands.table import print_matches
    from service.intake import SpeechInput
    from service.loading import Loader
    from service.options import options_of, with_choices
    from service.preview import Insertion, write_preview
    from service.results import PROVENANCE, Origin, write_results
    from service.settings import settings_with
    from service.speakers import checked_speaker
    from service.speaking import FILE_NAME, uttered
    from service.storage import sha256_of

    settings = settings_with(home=home, weights=weights, transcriber=transcriber)
    kinds = None if formats is None else [kind.strip() for kind in formats.split(",")]
    shape = {"formats": kinds, "fps": fps, "root": root, "feet": feet}
    seeded = with_choices(options, "sampling", {"seed": seed})
    chosen = options_of(with_choices(seeded, "output", shape))
    given = SpeechInput(
        sound=sound,
        words=None if words is None else words.read_bytes(),
        text=text,
    )
    who = checked_speaker(speaker, settings)
    check_home(settings)
    prepare_folder(out)
    said = uttered(given, settings)
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        snapshot = loader.snapshot()
        generator = loader.generator(snapshot)
        with bar("generate") as step:
            generation = generator.generate(
                said.speech, who, chosen, lambda stage, done, total: step(done, total, stage)
            )
    origin = Origin(
        weights_id=generator.pipeline.weights_id,
        index_version=snapshot.version,
        speaker=who,
        options=chosen,
        precision=generator.pipeline.precision,
        sound=None if sound is None else sha256_of(sound),
        voice=said.voice,
    )
    result = write_results(generation, origin, out)
    if said.wav is not None:
        (out / FILE_NAME).write_bytes(said.wav)
    (out / PROVENANCE).write_text(json.dumps(result), encoding="utf-8")
    print_matches(result)
    if preview:
        with bar("preview") as step:
            write_preview(
                as_chosen(generation.motion, chosen.output),
                generation.annotated.speech,
                [Insertion.of_match(match) for match in result["matches"]],
                out,
                lambda done, total: step(done, total, ""),
            )
    typer.echo(f"written to {out}")


def render(
    motion: Annotated[Path, typer.Argument(help="Motion in BEAT2's npz format.")],
    out: Annotated[Path, typer.Option(help="Folder for video and contact sheet.")] = Path(
        "out/render"
    ),
    sound: Annotated[Path | None, typer.Option(help="Sound to put under the video.")] = None,
    words: Annotated[
        Path | None, typer.Option(help="TextGrid or JSON to show as captions.")
    ] = None,
) -> None:
    """Render a motion file to a video and a contact sheet."""
    import numpy as np

    from motion.files import read_npz
    from service.commands.places import prepare_folder
    from service.intake import words_of
    from service.preview import write_preview
    from speech.audio import load_audio
    from speech.transcript import SAMPLE_RATE, Speech

    shown = read_npz(motion)
    prepare_folder(out)
    silence = np.zeros(round(shown.seconds * SAMPLE_RATE), dtype=np.float32)
    samples = silence if sound is None else load_audio(sound)
    spoken = () if words is None else words_of(words.read_bytes())
    with bar("render") as step:
        speech = Speech(samples, spoken)
        write_preview(shown, speech, (), out, lambda done, total: step(done, total, ""))
    typer.echo(f"written to {out}")
