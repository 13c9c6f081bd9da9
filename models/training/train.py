"""Train a model from its configuration file; stops at any moment and resumes where it was.

    python models/training/train.py models/training/road.toml --data ../shared/data/road-surface --out runs/road

Writes checkpoint.pt (to resume), log.csv, and at the end road.onnx (the averaged weights).
"""

from __future__ import annotations

import argparse
import csv
import os
import time
import tomllib
from pathlib import Path

import numpy as np
import torch
from data import RoadPhotos, read_index
from export import export_onnx
from network import RoadNet, load_body
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, WeightedRandomSampler

Config = dict

CRACK_SHARE, POTHOLE_SHARE = (
    0.01,
    0.1,
)  #: shares of a cell's pixels from which on it is cracked, or a pothole (contract)


def soft_targets(shares: torch.Tensor, config: Config) -> torch.Tensor:
    """Targets (n, 3, rows, columns) in 0-1: a ramp around the share at which a cell counts, since edges waver."""
    targets = [(shares[:, :1] >= 0.5).float()]
    for channel, name in ((1, "crack"), (2, "pothole")):
        low, high = config["targets"][name]
        targets.append(((shares[:, channel : channel + 1] - low) / (high - low)).clamp(0, 1))
    return torch.cat(targets, 1)


def loss_of(logits: torch.Tensor, shares: torch.Tensor, config: Config) -> torch.Tensor:
    """Binary cross-entropy and Dice on the contract's cells, and the photos' |error of the crack share|; see [loss]."""
    logits = functional.interpolate(logits.float(), shares.shape[-2:], mode="bilinear", align_corners=False)
    targets, known = soft_targets(shares, config), shares[:, 3:]
    weights = config["loss"]
    inside = torch.where(targets[:, :1] > 0.5, 1.0, weights["outside_lane"]) * known
    masks = torch.cat([known, inside, inside], 1)
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * masks
    guess = torch.sigmoid(logits)
    overlap = (2 * (guess * targets * masks).sum((0, 2, 3)) + 1) / (((guess + targets) * masks).sum((0, 2, 3)) + 1)
    per_map = entropy.sum((0, 2, 3)) / masks.sum((0, 2, 3)) + weights["dice"] * (1 - overlap)
    lane = inside * (targets[:, :1] > 0.5)
    area = lane.sum((1, 2, 3)).clamp(min=1)
    off = (((guess - targets) * lane).sum((2, 3))[:, 1] / area).abs().mean()
    return (per_map * per_map.new_tensor([weights["lane"], weights["crack"], weights["pothole"]])).sum() + (
        weights["share"] * off
    )


@torch.no_grad()
def predict(network: nn.Module, photos: RoadPhotos, batch: int, device: torch.device) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, 3, rows, columns) of lane, crack and pothole, and the true shares (n, 4, rows, columns)."""
    network.eval()
    guesses, truths = [], []
    for images, shares in DataLoader(photos, batch):
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(images.to(device, memory_format=torch.channels_last))
        logits = functional.interpolate(logits.float(), shares.shape[-2:], mode="bilinear", align_corners=False)
        guesses.append(torch.sigmoid(logits).cpu())
        truths.append(shares)
    return torch.cat(guesses).numpy(), torch.cat(truths).numpy()


def evaluate(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Cell F1 of cracks and potholes at some thresholds (for reading only), lane IoU, crack share's r and |error|."""
    lane = truth[:, 0] >= 0.5
    result = {"lane_iou": f1_to_iou(f1(guess[:, 0] > 0.5, lane))}
    crack, hole = (truth[:, 1] >= CRACK_SHARE) & lane, (truth[:, 2] >= POTHOLE_SHARE) & lane
    for threshold in (0.3, 0.5, 0.6):
        result[f"crack_f1_{threshold}"] = f1((guess[:, 1] > threshold) & lane, crack)
        result[f"pothole_f1_{threshold}"] = f1((guess[:, 2] > threshold) & lane, hole)
    area = lane.sum((1, 2))
    soft, true = (guess[:, 1] * lane).sum((1, 2)) / area, crack.sum((1, 2)) / area
    return result | {"share_r": float(np.corrcoef(soft, true)[0, 1]), "share_mae": float(abs(soft - true).mean())}


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of two boolean arrays."""
    return 2 * float((guess & truth).sum()) / max(float(guess.sum() + truth.sum()), 1.0)


def f1_to_iou(value: float) -> float:
    """Intersection over union from F1 (Dice)."""
    return value / (2 - value)


def schedule_of(optimizer: torch.optim.Optimizer, phase: dict, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """One cycle down to nothing, or after a rise over a tenth of the steps the same rate to the end."""
    if phase["anneal"]:
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, phase["learning_rate"], steps, pct_start=0.15)
    return torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=steps // 10)


def weights(network: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of a network's weights."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def soup(trained: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of several networks' weights that were trained from one start."""
    return {
        name: torch.stack([each[name].float() for each in trained]).mean(0).to(first.dtype)
        for name, first in trained[0].items()
    }


class Training:
    """A network in training: its average, its optimizer, and the checkpoint from which it resumes.

    A phase is trained once for each of its `seeds`, always from the phase's start; the averages are averaged in turn
    ("model soup": Wortsman et al. 2022) and are the start of the next phase.
    """

    def __init__(
        self, config: Config, data: list[Path], out: Path, init: Path | None, hold_out: frozenset[str] = frozenset()
    ) -> None:
        """`hold_out`: training roads left out and validated on, instead of the split `val`."""
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config["seed"])
        self.config, self.out = config, out
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        train, val = ([s for each in data for s in read_index(each, split)] for split in ("train", "val"))
        self.samples = [sample for sample in train if sample.road not in hold_out]
        self.held_out = [sample for sample in train if sample.road in hold_out] if hold_out else val
        self.network = RoadNet(config["body"], config["head_channels"])
        self.network.to(self.device, memory_format=torch.channels_last)
        if init:
            print(f"body starts from {init.name}: {load_body(self.network, init)} tensors")
        self.start, self.trained = weights(self.network), []
        self.state = {"phase": 0, "turn": 0, "epoch": 0}
        self.resumed: dict | None = None
        if self.checkpoint.exists():
            self.resumed = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            self.network.load_state_dict(self.resumed["network"])
            self.start, self.trained = self.resumed["start"], self.resumed["trained"]
            self.state = {name: self.resumed[name] for name in self.state}
        self.average = self.average_of(self.network)
        if self.resumed:
            self.average.load_state_dict(self.resumed["average"])
            print("resumed at " + ", ".join(f"{name} {number}" for name, number in self.state.items()))

    @property
    def checkpoint(self) -> Path:
        """Where the state is kept."""
        return self.out / "checkpoint.pt"

    def average_of(self, network: nn.Module) -> torch.optim.swa_utils.AveragedModel:
        """The moving average of a network's weights: the last `average` of the steps weigh most.

        With a learning rate that stays high, a long average finds flat minima, which hold on roads that were not seen
        (SWAD: Cha et al. 2021); annealed to nothing, the same network follows its own roads' labels and loses that.
        """
        last = 1 / self.config["phases"][min(self.state["phase"], len(self.config["phases"]) - 1)]["average"]

        def mix(averaged: list[torch.Tensor], current: list[torch.Tensor], steps: torch.Tensor) -> None:
            decay = float(steps / (steps + last))
            torch.optim.swa_utils.get_ema_multi_avg_fn(decay)(averaged, current, steps)

        return torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=mix, use_buffers=True)

    def run(self, steps: int | None = None) -> Path:
        """Train all phases (or `steps` steps) and export; the ONNX file's path."""
        phases = self.config["phases"]
        while self.state["phase"] < len(phases):
            phase = phases[self.state["phase"]]
            if self.run_phase(phase, phase["seeds"][self.state["turn"]], steps):
                break
            self.end_turn(phase)
        return self.export(self.config["name"])

    def end_turn(self, phase: dict) -> None:
        """Keep what a seed gave and go back to the phase's start, or with the last seed on to the next phase."""
        seeds, turn = phase["seeds"], self.state["turn"]
        self.trained.append(weights(self.average.module))
        if len(seeds) > 1:
            self.export(f"{self.config['name']}-seed{seeds[turn]}")
        if turn + 1 < len(seeds):
            self.state |= {"turn": turn + 1, "epoch": 0}
        else:
            self.start, self.trained = soup(self.trained), []
            self.state = {"phase": self.state["phase"] + 1, "turn": 0, "epoch": 0}
        self.network.load_state_dict(self.start)
        self.average = self.average_of(self.network)
        self.resumed = None
        self.save(None, None)

    def export(self, name: str) -> Path:
        """The averaged weights as ONNX."""
        copy = RoadNet(self.config["body"], self.config["head_channels"])
        copy.load_state_dict(weights(self.average.module))
        return export_onnx(copy, self.out / f"{name}.onnx", tuple(self.config["phases"][-1]["input"]))

    def run_phase(self, phase: dict, seed: int, steps: int | None) -> bool:
        """Train one phase with one seed from its current epoch; True when `steps` are used up."""
        config, batch = self.config, self.config["batch"]
        size, columns = tuple(phase["input"]), config["grid_columns"]
        photos = RoadPhotos(self.samples, size, columns, training=True, synthetic=phase["synthetic"], seed=seed)
        held_out = RoadPhotos(self.held_out, size, columns, training=False, synthetic=False, seed=0)
        rate, per_epoch = phase["learning_rate"], len(photos) // batch
        optimizer = torch.optim.AdamW(self.network.parameters(), rate, weight_decay=config["weight_decay"], fused=True)
        schedule = schedule_of(optimizer, phase, phase["epochs"] * per_epoch)
        if self.resumed and self.state["epoch"] > 0:
            optimizer.load_state_dict(self.resumed["optimizer"])
            schedule.load_state_dict(self.resumed["schedule"])
        draw = torch.tensor([phase["pothole_factor"] if sample.pothole else 1.0 for sample in self.samples])
        done = 0
        for epoch in range(self.state["epoch"], phase["epochs"]):
            photos.epoch = epoch
            chance = torch.Generator().manual_seed(10000 * seed + 1000 * self.state["phase"] + epoch)
            order = WeightedRandomSampler(draw, per_epoch * batch, generator=chance)
            started, losses = time.monotonic(), []
            self.network.train()
            for images, shares in DataLoader(photos, batch, sampler=order, num_workers=config["workers"]):
                losses.append(self.step(images.to(self.device), shares.to(self.device), optimizer))
                schedule.step()
                done += 1
                if done == steps:
                    return True
            row = {"phase": self.state["phase"], "seed": seed, "epoch": epoch, "loss": float(np.mean(losses))}
            row |= {"seconds": time.monotonic() - started}
            if (epoch + 1) % config["validation_every"] == 0 or epoch + 1 == phase["epochs"]:
                row |= evaluate(*predict(self.average.module, held_out, batch, self.device))
            self.tell(row)
            self.state["epoch"] = epoch + 1
            self.save(optimizer, schedule)
        return False

    def save(
        self, optimizer: torch.optim.Optimizer | None, schedule: torch.optim.lr_scheduler.LRScheduler | None
    ) -> None:
        """Write the checkpoint whole."""
        parts = {"network": self.network, "average": self.average, "optimizer": optimizer, "schedule": schedule}
        state = {name: part.state_dict() if part else {} for name, part in parts.items()}
        temporary = self.checkpoint.with_suffix(".tmp")
        torch.save(state | {"start": self.start, "trained": self.trained} | self.state, temporary)
        os.replace(temporary, self.checkpoint)

    def step(self, images: torch.Tensor, shares: torch.Tensor, optimizer: torch.optim.Optimizer) -> float:
        """One step; the loss."""
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.network(images.to(memory_format=torch.channels_last))
        loss = loss_of(logits, shares, self.config)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        optimizer.step()
        self.average.update_parameters(self.network)
        return loss.item()

    def tell(self, row: dict) -> None:
        """One line on the screen and in log.csv."""
        print(" ".join(f"{k}={v:.3f}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()), flush=True)
        with open(self.out / "log.csv", "a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([f"{k}={v}" for k, v in row.items()])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders in our own format")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="YOLOv8n state dict to start the body from")
    parser.add_argument(
        "--hold-out", nargs="+", default=[], metavar="ROAD", help="leave roads out and validate on them"
    )
    parser.add_argument("--steps", type=int, help="stop after so many steps (smoke test)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    print(Training(config, args.data, args.out, args.init).run(args.steps))


if __name__ == "__main__":
    main()
