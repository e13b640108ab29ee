"""How a job failed that met no refusal of ours: what a client is told of any exception."""

import torch

from diffusion.room import out_of_memory
from diffusion.sampling import NotFiniteError
from service.errors import storage_error
from speech.audio import AudioError
from speech.token_vectors import TooManyTokensError

Failure = dict[str, object]


def failure_of(error: Exception) -> Failure:
    """``{type, code, message, retryable, remedy}`` of an exception that ended a job."""
    if out_of_memory(error):
        return _failure(
            *("unavailable", "out_of_memory", True),
            "the worker ran out of memory",
            "try again when it has less to do, or send a shorter speech",
        )
    match error:
        case NotFiniteError():
            return _failure(
                *("internal", "not_finite", False),
                f"the networks gave no motion: {error}",
                "try another seed or fewer exemplars; tell the operator, the weights may be broken",
            )
        case AudioError():
            return _failure("invalid_input", "sound_unusable", False, str(error), error.remedy)
        case TooManyTokensError():
            return _failure("invalid_input", "words_too_dense", False, str(error), error.remedy)
        case OSError():
            return storage_error(error).as_json()
        case _:
            return _failure(
                *("internal", "unexpected", True),
                f"{type(error).__name__}: {error}",
                "the worker's log has the whole story; tell its operator",
            )


def device_lost(error: Exception, device: torch.device) -> bool:
    """Whether the GPU refuses everything of this process from now on, and not only what failed."""
    return isinstance(error, torch.AcceleratorError) and not _answers(device)


def _answers(device: torch.device) -> bool:
    """Whether a device still does what it is asked."""
    try:
        return torch.ones(1, device=device).item() == 1.0
    except RuntimeError as error:
        return out_of_memory(error)


def _failure(kind: str, code: str, retryable: bool, message: str, remedy: str) -> Failure:
    return {
        "type": kind,
        "code": code,
        "message": message,
        "retryable": retryable,
        "remedy": remedy,
    }
