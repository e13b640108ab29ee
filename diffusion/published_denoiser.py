"""Names and sizes of the published denoiser's tensors, and ours."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from torch import Tensor

from diffusion.denoiser import Denoiser
from diffusion.published_names import (
    PublishedWeightsError,
    Renaming,
    check_names,
    without_prefix,
)
from diffusion.weights import check_tensors
from motion.parts import PARTS
from motion.timeline import CHUNK_FRAMES

PUBLISHED_HEADS = 16
"""Heads leave no trace in the tensors."""

DENOISER_NAMES = Renaming(
    (
        (".temporal_decoder_blocks.", ".blocks."),
        (".sa_block.", ".self_attention."),
        (".ca_blocks.xf_spk.", ".cross_attention.speaker."),
        (".ca_blocks.xf_text.", ".cross_attention.text."),
        (".ca_blocks.xf_audio.", ".cross_attention.audio."),
        (".text_norm.", ".condition_norm."),
        (".ca_mix.", ".mix."),
        (".ffn.", ".feed_forward."),
        (".linear1.", ".expand."),
        (".linear2.", ".contract."),
        (".proj_out.emb_layers.1.", ".style.modulation."),
        (".proj_out.out_layers.2.", ".style.out."),
        (".proj_out.norm.", ".style.norm."),
        (".joint_embed.", ".embed."),
        (".time_embed.", ".time_embedding."),
        (".text_pre_proj.", ".text_projection."),
        (".audio_pre_proj.", ".audio_projection."),
        (".global_positional_embedding.pe", ".position"),
    )
)
_PREFIXES = ("module.", "model.")
_LEFT_OUT = re.compile(r"^sequence_embedding\.pe$|^gesture_rep_encoder\.")
"""A fixed sine table that our denoiser computes, and copies of the four VAEs."""


@dataclass(frozen=True)
class DenoiserSizes:
    """Sizes of a released denoiser, as its tensors show them."""

    latent_dim: int
    width: int
    layers: int
    heads: int
    ff_size: int
    time_embed_dim: int
    text_width: int
    audio_width: int
    speakers: int
    chunks: int
    window_frames: int


def denoiser_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state of our ``Denoiser`` from the published tensors; load it strictly."""
    state = {DENOISER_NAMES.ours(name): tensor for name, tensor in _relevant(published).items()}
    if "position" in state:
        state["position"] = state["position"].flatten(0, -2)
    return state


def denoiser_of(published: Mapping[str, Tensor], heads: int = PUBLISHED_HEADS) -> Denoiser:
    """Our denoiser with the released tensors; every one must be there, and nothing else."""
    sizes = denoiser_sizes(published, heads)
    try:
        denoiser: Denoiser = Denoiser(**asdict(sizes))
    except ValueError as error:
        raise PublishedWeightsError(f"{error}; {sizes}") from error
    expected = denoiser.state_dict()
    check_names(_relevant(published), expected, DENOISER_NAMES)
    state = denoiser_state(published)
    check_tensors(state, expected, "the released denoiser")
    denoiser.load_state_dict(state)
    denoiser.eval()
    return denoiser


def denoiser_sizes(published: Mapping[str, Tensor], heads: int = PUBLISHED_HEADS) -> DenoiserSizes:
    """Read the sizes of a released denoiser off its tensors."""
    tensors = _relevant(published)
    block = "temporal_decoder_blocks"
    numbers = {name.split(".")[1] for name in tensors if name.startswith(f"{block}.")}
    width, latent_dim = _shape(tensors, "joint_embed.weight")
    tokens = _shape(tensors, "global_positional_embedding.pe")[0]
    chunks = (tokens + 1) // len(PARTS) - 1
    return DenoiserSizes(
        latent_dim=latent_dim,
        width=width,
        layers=len(numbers),
        heads=heads,
        ff_size=_shape(tensors, f"{block}.0.ffn.linear1.weight")[0],
        time_embed_dim=_shape(tensors, "time_embed.0.weight")[0],
        text_width=_shape(tensors, "text_pre_proj.weight")[1],
        audio_width=_shape(tensors, "audio_pre_proj.weight")[1],
        speakers=_shape(tensors, "speaker_embedding.weight")[0],
        chunks=chunks,
        window_frames=chunks * CHUNK_FRAMES,
    )


def _shape(tensors: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    """Shape of a tensor that tells a size."""
    if name not in tensors:
        raise PublishedWeightsError(f"missing tensors: {name} (it tells the network's size)")
    return tuple(tensors[name].shape)


def _relevant(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The released tensors that have a place in our denoiser, prefixes taken off."""
    tensors = dict(published)
    for prefix in _PREFIXES:
        tensors = without_prefix(tensors, prefix)
    return {name: tensor for name, tensor in tensors.items() if not _LEFT_OUT.search(name)}
