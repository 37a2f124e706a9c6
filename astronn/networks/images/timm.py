"""Any image encoder of the timm library by its name there, ``timm:resnet18``; an optional extra,
imported where used.

Weights learned elsewhere come from a local safetensors file and are never downloaded; without one
training starts at random weights. timm: Wightman (2019), doi:10.5281/zenodo.4414861."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from astronn import options
from astronn.errors import AstronnError
from astronn.networks.images._network import ImageNetwork

RULES = {
    "variant": options.Rule(
        lambda v: isinstance(v, str) and bool(v), "timm's name of an encoder, as in 'timm:resnet18'"
    ),
    "pretrained": options.Rule(
        lambda v: v is None or (str(v).endswith(".safetensors") and Path(v).is_file()),
        "None or an existing .safetensors file",
    ),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class Config:
    """Which encoder, and what it starts from."""

    channels: int
    height: int
    width: int
    n_outputs: int
    variant: str = ""
    pretrained: str | None = (
        None  # a safetensors file of weights for this encoder; its head is replaced by a new one
    )
    dropout: float = 0.0


class Network(ImageNetwork[Config]):
    """Images (B, C, H, W) -> logits (B, K)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        origin = (
            {"pretrained_cfg_overlay": {"file": str(config.pretrained)}}
            if config.pretrained
            else {}
        )
        try:
            self.encoder = _library().create_model(
                config.variant,
                pretrained=bool(config.pretrained),
                in_chans=config.channels,
                num_classes=config.n_outputs,
                drop_rate=config.dropout,
                **origin,
            )
        except RuntimeError as fault:
            raise AstronnError(
                f"timm cannot make {config.variant!r}: {' '.join(str(fault).split())}"
            ) from fault

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.encoder.forward_features(x)

    def head(self, maps: torch.Tensor) -> torch.Tensor:
        return self.encoder.forward_head(maps)


def _library():
    try:
        import timm
    except ImportError:
        remedy = "install the extra: pip install 'astronn-pipelines[timm]'"
        raise AstronnError(f"networks named 'timm:...' need timm; {remedy}") from None
    return timm
