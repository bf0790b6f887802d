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

    def attention(self, x: Tensor) -> Tensor:
        reach, places = self.sizes["reach"], torch.arange(len(x))
        query, key, value = (self.linear(f"attention.{part}", x) for part in ("query", "key", "value"))
        distance = places[None, :] - places[:, None]
        brought, q, v = [], 0, 0
        for head, (asked, wide) in enumerate(zip(self.sizes["query_sizes"], self.sizes["value_sizes"], strict=True)):
            scores = query[:, q : q + asked] @ key[:, q : q + asked].T + self.state["attention.slope"][head] * distance
            scores += self.state["attention.relative_bias"][head][distance.clamp(-reach - 1, reach + 1) + reach + 1]
            sink = self.state["attention.sink_score"][head].expand(len(x), 1)
            values = torch.cat([value[:, v : v + wide], self.state["attention.sink_value"][None, v : v + wide]])
            brought.append(torch.cat([scores, sink], dim=1).softmax(dim=1) @ values)
            q, v = q + asked, v + wide
        return self.linear("attention.output", torch.cat(brought, dim=1))

    def holds(self, name: str, x: Tensor) -> Tensor:
        return self.linear(f"{name}.fc_in", x).clamp(0, 1).sum(dim=1) > 0.5

    def answer(self, symbols: list[Any]) -> tuple[int, list[Any]]:
        described, output = self.extra["input"], self.extra["output"]
        vocabulary = [json.dumps(symbol) for symbol in described["vocabulary"]]
        tokens = [vocabulary.index(json.dumps(symbol)) for symbol in symbols]
        tokens = described["before"] + tokens + described["after"]
        x = self.state["token_embedding.weight"][tokens]
        if self.sizes["positions"]:
            x = x + self.state["position_embedding.weight"][: len(tokens)]
        layers = 0
        while layers < self.sizes["layers"] if self.sizes["layers"] is not None else not self.holds("halt", x).all():
            if self.sizes["value_sizes"]:
                x = x + self.attention(x)
            for number in range(len(self.sizes["hidden_sizes"])):
                hidden = self.linear(f"mlps.{number}.fc_in", x).clamp(0, 1)
                x = x + self.linear(f"mlps.{number}.fc_out", hidden)
            layers += 1
        found = self.linear("unembedding", x).argmax(dim=1)
        if self.sizes["shown_units"]:
            found = found[self.holds("shown", x)]
        found = {"first": found[:1], "last": found[-1:], "all": found}[output["at"]]
        domain = next(part["domain"] for part in self.extra["stream"] if part["owner"] == output["variable"])
        return layers, [domain[index] for index in found.tolist()]


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(Reader(asked["file"]).answer(asked["symbols"])) + "\n")
    assert "altac" not in sys.modules
