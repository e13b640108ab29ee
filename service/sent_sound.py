"""The sound of a request: a file that comes with it, or the sound of a job, not sent again."""

from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, File, Form, Request, UploadFile

from service.acceptance import file_of
from service.curation_fields import Storable
from service.dependencies import CallerDep, DeskDep
from service.errors import GestureError, InvalidInputError
from service.job_sounds import sound_of as sound_of_job
from service.result_answers import ResultFile
from service.storage import Storage
from service.visible_jobs import job_seen_by
from speech.audio import Sound

FIELDS = ("sound", "sound_of")
"""Of a form."""


@dataclass(frozen=True)
class SentSound:
    """A sound that is here now, if one was sent or named at all."""

    upload: BinaryIO | None = None
    of_job: ResultFile | None = None

    @property
    def content(self) -> Sound | None:
        """What can be decoded."""
        return self.upload if self.of_job is None else self.of_job.found()

    def kept(self, storage: Storage) -> str | None:
        """Sha256 of the sound as an upload, which jobs name; it is kept as if it had come now."""
        if self.of_job is None:
            return None if self.upload is None else storage.put_upload_file(self.upload)
        if not storage.renew_upload(self.of_job.sha256):
            # what a text was spoken as was never an upload
            with self.of_job.found().open("rb") as file:
                return storage.put_upload_file(file)
        return self.of_job.sha256


async def _named(request: Request) -> None:
    """Refuse a job that is named by nothing, which would be taken for none at all."""
    if (await request.form()).get("sound_of") == "":
        raise InvalidInputError(
            "sound_of_empty",
            "there is a field for a job whose sound is meant, and no job in it",
            field="sound_of",
            limit="the id of a job",
            found="",
            remedy="name the job, or leave the field out",
        )


def sent_sound(
    _named: Annotated[None, Depends(_named)],
    desk: DeskDep,
    caller: CallerDep,
    sound: Annotated[UploadFile | None, File(description="WAV, MP3, FLAC or OGG")] = None,
    sound_of: Annotated[
        str | None,
        Form(
            min_length=1,
            max_length=64,
            description="A job whose sound is meant, in place of a file; words are sent as ever",
        ),
        Storable,
    ] = None,
) -> SentSound:
    """The sound of a form; refuses a job that has none, or none any longer."""
    if sound_of is None:
        return SentSound(file_of(sound, "sound", desk.settings))
    if sound is not None:
        raise InvalidInputError(
            "sound_twice",
            "there is a sound as well as a job whose sound is meant",
            field="sound_of",
            found=sound_of,
            remedy="send one of the two",
        )
    try:
        found = sound_of_job(job_seen_by(caller, desk, sound_of), desk.storage)
        found.found()
    except GestureError as error:
        raise error.of_field("sound_of", "send the sound itself, as `sound`") from error
    return SentSound(of_job=found)


SoundDep = Annotated[SentSound, Depends(sent_sound)]
