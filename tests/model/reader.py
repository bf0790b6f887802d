"""What a user writes who has a checkpoint and torch, and no altac: everything that is known comes from the file.

Reads lines `{"file": ..., "symbols": [...]}`, and prints `[layers, values]` for each, values as the file writes them.
"""

import json
import sys
from typing import Any

import torch
from torch import Tensor


class Reader:
    def __init__(self, path: str) -> None:
        self.state: dict[str, Any] = torch.load(path, weights_only=True)
        self.extra = self.state["_extra_state"]
        self.sizes = self.extra["config"]

    def linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.state[f"{name}.weight"].T + self.state.get(f"{name}.bias", 0)

    def attention(self, name: str, sizes: dict[str, Any], x: Tensor) -> Tensor:
        reach, places = sizes["reach"], torch.arange(len(x))
        query, key, value = (self.linear(f"{name}.{part}", x) for part in ("query", "key", "value"))
        distance = places[None, :] - places[:, None]
        brought, q, v = [], 0, 0
        for head, (asked, wide) in enumerate(zip(sizes["query_sizes"], sizes["value_sizes"], strict=True)):
            sloped = distance.abs() if sizes["symmetric"][head] else distance
            scores = query[:, q : q + asked] @ key[:, q : q + asked].T + self.state[f"{name}.slope"][head] * sloped
            scores += self.state[f"{name}.relative_bias"][head][distance.clamp(-reach - 1, reach + 1) + reach + 1]
            sink = self.state[f"{name}.sink_score"][head].expand(len(x), 1)
            values = torch.cat([value[:, v : v + wide], self.state[f"{name}.sink_value"][None, v : v + wide]])
            brought.append(torch.cat([scores, sink], dim=1).softmax(dim=1) @ values)
            q, v = q + asked, v + wide
        return self.linear(f"{name}.output", torch.cat(brought, dim=1))

    def layer(self, number: int, x: Tensor) -> Tensor:
        sizes = self.sizes["layers"][number]
        if sizes["value_sizes"]:
            x = x + self.attention(f"layers.{number}.attention", sizes, x)
        for mlp in range(len(sizes["hidden_sizes"])):
            hidden = self.linear(f"layers.{number}.mlps.{mlp}.fc_in", x).clamp(0, 1)
            x = x + self.linear(f"layers.{number}.mlps.{mlp}.fc_out", hidden)
        return x

    def holds(self, name: str, x: Tensor) -> Tensor:
        return self.linear(f"{name}.fc_in", x).clamp(0, 1).sum(dim=1) > 0.5

    def answer(self, symbols: list[Any]) -> tuple[int, list[Any]]:
        """The layers of the last run, and the values; of a program that writes what it has written."""
        described, writing = self.extra["input"], self.extra["writing"]
        vocabulary = [json.dumps(symbol) for symbol in described["vocabulary"]]
        tokens = [vocabulary.index(json.dumps(symbol)) for symbol in symbols]
        tokens = described["before"] + tokens + described["after"]
        if writing is None:
            return self.run(tokens)
        layers, written = 0, []
        while tokens and len(written) < writing["most"]:
            layers, values = self.run(tokens)
            if not values or (writing["end"] is not None and values[0] == self.domain[writing["end"]]):
                break
            written.append(values[0])
            tokens.append(vocabulary.index(json.dumps(values[0])))
        return layers, written

    @property
    def domain(self) -> Any:
        """The values of the output."""
        if self.extra["score"] is not None:
            return self.extra["score"]["labels"]
        variable = self.extra["output"]["variable"]
        return next(part["domain"] for part in self.extra["stream"] if part["owner"] == variable)

    def run(self, tokens: list[int]) -> tuple[int, list[Any]]:
        output = self.extra["output"]
        x = self.state["token_embedding.weight"][tokens]
        if self.sizes["positions"]:
            x = x + self.state["position_embedding.weight"][: len(tokens)]
        layers = first = 0
        for number, entry in enumerate(self.sizes["schedule"]):
            rounds = 0
            while rounds < entry["times"] if entry["times"] is not None else not self.holds(f"until.{number}", x).all():
                for layer in range(first, first + entry["layers"]):
                    x, layers = self.layer(layer, x), layers + 1
                rounds += 1
            first += entry["layers"]
        logits, score = self.linear("unembedding", x), self.extra["score"]
        if self.sizes["shown_units"]:
            logits = logits[self.holds("shown", x)]
        if score is not None and score["pooled"] and len(logits):
            logits = logits.sum(dim=0, keepdim=True)
        found = logits.argmax(dim=1)
        found = {"first": found[:1], "last": found[-1:], "all": found}[output["at"]]
        if isinstance(self.domain, dict):  # numbers
            found = {"first": logits[:1], "last": logits[-1:], "all": logits}[output["at"]]
            return layers, [round(number, self.domain["digits"] or 4) for number in found[:, 0].tolist()]
        return layers, [self.domain[index] for index in found.tolist()]


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(Reader(asked["file"]).answer(asked["symbols"])) + "\n")
    assert "altac" not in sys.modules
