"""The decoder: a recurrent network that says one token after another and looks at the image before
each.

Xu et al. (2015), section 3.1.2. y_t is the token at step t, E its embedding, h_t the hidden state,
a_i the annotation vectors, z_t the context that the attention makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from astronn import options
from astronn.compute import devices
from astronn.networks.captions._attention import AttentionConfig, Spoken
from astronn.networks.captions._encoder import Encoder
from astronn.networks.images._network import ImageNetwork

CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}
RULES = {
    "cell": options.one_of(CELLS),
    "hidden": options.whole(1),
    "embedding": options.whole(1),
    "attention_units": options.whole(1),
    "position": options.one_of([True, False]),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class Config:
    """The shape of the decoder."""

    n_tokens: int  # V; token V is the end of a sequence and V + 1 stands before its first token
    cell: str = "lstm"  # "lstm" (eqs. 1-3) or "gru" (Cho et al. 2014, EMNLP, eqs. 5-8)
    hidden: int = 96  # numbers in h_t
    embedding: int = 48  # numbers in E y, which are also those that the output layer sees
    attention_units: int = 32  # hidden units of f_att
    position: bool = True  # the annotation vectors say where they are
    dropout: float = 0.2  # share of the output layer's inputs that each training step leaves out


class Memory(NamedTuple):
    """What is known of B images while they are described."""

    annotations: torch.Tensor  # (B, L, D)
    keys: torch.Tensor  # (B, L, A), the part of f_att that does not change from token to token


class State(NamedTuple):
    """h_t and c_t of W descriptions of each image, (B, W, H) both; a GRU has no c_t, and keeps
    zeros.
    """

    hidden: torch.Tensor
    cell: torch.Tensor

    def pick(self, parents: torch.Tensor) -> State:
        """Those of the descriptions ``parents`` (B, W')."""
        return State(*(s.gather(1, parents.unsqueeze(2).expand(-1, -1, s.shape[2])) for s in self))


class Step(NamedTuple):
    """What one step gave for W descriptions of each image."""

    logits: torch.Tensor  # (B, W, V + 1), of the tokens and of the end
    weights: torch.Tensor  # (B, W, L), alpha
    log_place: torch.Tensor  # (B, W), log probability of the place that was drawn, 0 where none was
    state: State


class Network(nn.Module):
    """Images -> sequences; ``loss`` to train, ``annotate``, ``begin`` and ``step`` to decode."""

    def __init__(
        self, config: Config, name: str, trunk: ImageNetwork, attention: AttentionConfig
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(name, trunk, config.position)
        size, hidden = self.encoder.size, config.hidden
        self.embed = nn.Embedding(config.n_tokens + 2, config.embedding)
        self.start_hidden, self.start_cell = nn.Linear(size, hidden), nn.Linear(size, hidden)
        self.cell = CELLS[config.cell](config.embedding + size, hidden)
        self.key, self.query = (
            nn.Linear(size, config.attention_units),
            nn.Linear(hidden, config.attention_units, bias=False),
        )
        self.score = nn.Linear(config.attention_units, 1, bias=False)
        self.attention = attention.attention(size, hidden)
        self.from_hidden = nn.Linear(hidden, config.embedding)
        self.from_context = nn.Linear(size, config.embedding, bias=False)
        self.out = nn.Sequential(
            nn.Dropout(config.dropout), nn.Linear(config.embedding, config.n_tokens + 1)
        )

    def annotate(self, x: torch.Tensor) -> Memory:
        """Images (B, C, H, W) as annotation vectors."""
        annotations = self.encoder(x).float()
        return Memory(annotations, self.key(annotations))

    def begin(self, memory: Memory, n: int = 1) -> State:
        """h_0 and c_0 = f_init(mean of a_i), the same for ``n`` descriptions of each image (section
        3.1.2).
        """
        mean = memory.annotations.mean(1, keepdim=True)
        hidden, cell = (
            torch.tanh(start(mean)).expand(-1, n, -1)
            for start in (self.start_hidden, self.start_cell)
        )
        return State(hidden, cell if self.config.cell == "lstm" else torch.zeros_like(cell))

    def step(self, tokens: torch.Tensor, state: State, memory: Memory) -> Step:
        """What follows tokens y_{t-1} (B, W)."""
        weights = self._weights(state.hidden, memory.keys)
        context, log_place = self.attention(memory.annotations, weights, state.hidden)  # (B, W, D)
        said = self.embed(tokens)  # (B, W, m)
        state = self._advance(torch.cat([said, context], 2), state)
        logits = self.out(
            said + self.from_hidden(state.hidden) + self.from_context(context)
        )  # eq. 7
        return Step(logits, weights, log_place, state)

    def _weights(self, hidden: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """alpha_{t,i}, the softmax over i (eq. 5) of e_{t,i} = f_att(a_i, h_{t-1}) (eq. 4), one
        hidden layer: (B, W, L).
        """
        mixed = torch.tanh(keys.unsqueeze(1) + self.query(hidden).unsqueeze(2))  # (B, W, L, A)
        return self.score(mixed).squeeze(3).softmax(2)

    def _advance(self, inputs: torch.Tensor, state: State) -> State:
        """The recurrence, eqs. 1-3 for an LSTM, on [E y_{t-1}, z_t] (B, W, m + D)."""
        flat, hidden = inputs.flatten(0, 1), state.hidden.flatten(0, 1)
        if self.config.cell == "gru":
            return State(self.cell(flat, hidden).view_as(state.hidden), state.cell)
        hidden, cell = self.cell(flat, (hidden, state.cell.flatten(0, 1)))
        return State(hidden.view_as(state.hidden), cell.view_as(state.cell))

    def speak(self, memory: Memory, tokens: torch.Tensor) -> Spoken:
        """Every step with the true tokens (B, T) before it (teacher forcing); entries below 0 stand
        behind the end.
        """
        before = torch.cat(
            [torch.full_like(tokens[:, :1], self.config.n_tokens + 1), tokens[:, :-1].clamp_min(0)],
            1,
        )
        state, steps = self.begin(memory), []
        for t in range(tokens.shape[1]):
            step = self.step(before[:, t : t + 1], state, memory)
            state = step.state
            steps.append([part.squeeze(1) for part in step[:3]])
        return Spoken(*(torch.stack(part, 1) for part in zip(*steps)))

    def losses(self, x: torch.Tensor, tokens: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
        """What training minimises for each image, (B,); out of training the negative log likelihood
        of the tokens.
        """
        annotations = self.encoder(x).float()
        with devices.float32_within(x.device):  # the cell's sums are as long as the sequence
            spoken = self.speak(Memory(annotations, self.key(annotations)), tokens)
            nll = nn.functional.cross_entropy(
                spoken.logits.transpose(1, 2),
                tokens,
                reduction="none",
                ignore_index=-1,
                label_smoothing=smoothing,
            )  # (B, T)
            return self.attention.losses(nll, spoken, tokens >= 0) if self.training else nll.sum(1)
