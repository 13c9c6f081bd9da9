"""Train the guard (models/guard.onnx): which cells of the own lane show something that is not road surface.

    python models/training/guard.py DATA OUT [--epochs 24]

Photos of the road with drawn things stood on it (`objects`), changed like the detector's (`augment`). One logit a cell
of width / 64; what is outside the own lane is not judged, the detector has put it away already.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from augment import augment
from data import Sample, read_index, read_pair
from export import export_onnx
from objects import FOREIGN, draw_thing, stand
from synthetic import cut_holes
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, Dataset

WIDTH, HEIGHT, COLUMNS = 512, 320, 64
TOUCHED = 0.04  #: share of a cell from which it is foreign


class Guard(nn.Module):
    """Nine convolutions; (n, 3, h, w) RGB 0-1 → (n, 1, h / 8, w / 8) logits. It sees about 130 pixels around a cell."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()

        def layer(a: int, b: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(a, b, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)
            )

        self.body = nn.Sequential(
            layer(3, width // 2, 2),
            layer(width // 2, width),
            layer(width, width, 2),
            layer(width, 2 * width),
            layer(2 * width, 2 * width, 2),
            layer(2 * width, 2 * width),
            layer(2 * width, 2 * width, 1, 2),
            layer(2 * width, 2 * width, 1, 4),
        )
        self.head = nn.Conv2d(2 * width, 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of an image batch."""
        return self.head(self.body(x))


class Guarded(Dataset):
    """Photos with things on the road: image (3, h, w), target and weight (rows, columns)."""

    def __init__(self, samples: list[Sample], seed: int) -> None:
        self.pairs = [read_pair(sample) for sample in samples]
        self.verges = [verge(*pair) for pair in self.pairs[::5]]
        self.verges = [each for each in self.verges if each is not None]
        self.holes = [hole for pair in self.pairs for hole in cut_holes(*pair)]
        self.seed, self.epoch = seed, 0

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        image, mask = (each.copy() for each in self.pairs[index])
        for _ in range(int(rng.choice(5, p=(0.25, 0.25, 0.25, 0.15, 0.1)))):
            thing = draw_thing(int(np.exp(rng.uniform(np.log(24), np.log(260)))), self.verges, rng)
            stand(image, mask, thing, rng)
        image, mask = augment(image, mask, (WIDTH, HEIGHT), self.holes, rng)
        size = mask.shape[1] // COLUMNS
        cells = mask.reshape(mask.shape[0] // size, size, COLUMNS, size)
        foreign = (cells == FOREIGN).mean((1, 3))
        lane = ((cells > 0) & (cells < 4)).mean((1, 3))
        target = (foreign >= TOUCHED).astype(np.float32)
        weight = np.where(foreign >= TOUCHED, 1.0, np.where((foreign == 0) & (lane >= 0.3), 1.0, 0.0))
        rgb = np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1), np.float32) / 255
        return torch.from_numpy(rgb), torch.from_numpy(target), torch.from_numpy(weight.astype(np.float32))


def verge(image: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """A piece beside the lane without any of it, to cut things from; None where there is none of use."""
    for columns in (slice(0, 256), slice(768, 1024)):
        if not (mask[:300, columns] > 0).any():
            return image[60:300, columns].copy()
    return None


def train(data: Path, out: Path, epochs: int, seed: int, threads: int, start: Path | None = None) -> None:
    """Train from scratch, or from the network of another guard.pt.

    Stops and resumes at `out`/guard.pt, ends with `out`/guard.onnx.
    """
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    photos = Guarded(read_index(data, "train"), seed)
    network = Guard().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-3)
    loader = DataLoader(photos, min(16, len(photos)), shuffle=True, drop_last=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=epochs * len(loader))
    if start:
        network.load_state_dict(torch.load(start, weights_only=True)["network"])
    kept, first = out / "guard.pt", 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"] + 1
    for epoch in range(first, epochs):
        photos.epoch, total = epoch, 0.0
        for images, target, weight in loader:
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(images.to(memory_format=torch.channels_last))[:, 0]
            loss = binary_cross_entropy_with_logits(logits.float(), target, weight * (1 + 2 * target))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(loader):.4f}", flush=True)
        states = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save(states | {"schedule": schedule.state_dict(), "epoch": epoch}, kept)
    export_onnx(network, out / "guard.onnx", (WIDTH, HEIGHT))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="guard.pt of an earlier training")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parsed = parser.parse_args()
    train(parsed.data, parsed.out, parsed.epochs, parsed.seed, parsed.threads, parsed.start)


if __name__ == "__main__":
    main()
