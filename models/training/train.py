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


def soft_targets(shares: torch.Tensor, config: Config) -> torch.Tensor:
    """Targets (n, 3, rows, columns) in 0-1: a ramp around the share at which a cell counts, since edges waver."""
    targets = [(shares[:, :1] >= 0.5).float()]
    for channel, name in ((1, "crack"), (2, "pothole")):
        low, high = config["targets"][name]
        targets.append(((shares[:, channel : channel + 1] - low) / (high - low)).clamp(0, 1))
    return torch.cat(targets, 1)


def loss_of(logits: torch.Tensor, shares: torch.Tensor, config: Config) -> torch.Tensor:
    """Binary cross-entropy and Dice on the contract's cells; see [loss] in the configuration."""
    logits = functional.interpolate(logits.float(), shares.shape[-2:], mode="bilinear", align_corners=False)
    targets, known = soft_targets(shares, config), shares[:, 3:]
    weights = config["loss"]
    inside = torch.where(targets[:, :1] > 0.5, 1.0, weights["outside_lane"]) * known
    masks = torch.cat([known, inside, inside], 1)
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * masks
    guess = torch.sigmoid(logits)
    overlap = (2 * (guess * targets * masks).sum((0, 2, 3)) + 1) / (((guess + targets) * masks).sum((0, 2, 3)) + 1)
    per_map = entropy.sum((0, 2, 3)) / masks.sum((0, 2, 3)) + weights["dice"] * (1 - overlap)
    return (per_map * per_map.new_tensor([weights["lane"], weights["crack"], weights["pothole"]])).sum()


@torch.no_grad()
def evaluate(network: nn.Module, photos: RoadPhotos, batch: int) -> dict[str, float]:
    """Cell F1 of cracks (with its best threshold, for reading only) and of potholes, mean |share error|."""
    network.eval()
    guesses, truths = [], []
    for images, shares in DataLoader(photos, batch):
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(images.to(memory_format=torch.channels_last))
        logits = functional.interpolate(logits.float(), shares.shape[-2:], mode="bilinear", align_corners=False)
        guesses.append(torch.sigmoid(logits))
        truths.append(shares)
    guess, truth = torch.cat(guesses).numpy(), torch.cat(truths).numpy()
    lane = truth[:, 0] >= 0.5
    result = {"lane_iou": f1_to_iou(f1(guess[:, 0] > 0.5, lane))}
    crack, hole = truth[:, 1] >= 0.01, truth[:, 2] >= 0.1
    for threshold in (0.3, 0.4, 0.5):
        result[f"crack_f1_{threshold}"] = f1((guess[:, 1] > threshold) & lane, crack & lane)
        result[f"pothole_f1_{threshold}"] = f1((guess[:, 2] > threshold) & lane, hole & lane)
    area = lane.sum((1, 2))
    soft, true = (guess[:, 1] * lane).sum((1, 2)) / area, (crack & lane).sum((1, 2)) / area
    return result | {"share_r": float(np.corrcoef(soft, true)[0, 1]), "share_mae": float(abs(soft - true).mean())}


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of two boolean arrays."""
    return 2 * float((guess & truth).sum()) / max(float(guess.sum() + truth.sum()), 1.0)


def f1_to_iou(value: float) -> float:
    """Intersection over union from F1 (Dice)."""
    return value / (2 - value)


def save(path: Path, state: dict) -> None:
    """Write a checkpoint whole."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


class Training:
    """A network in training: its average, its optimizer, and the checkpoint from which it resumes."""

    def __init__(self, config: Config, data: list[Path], out: Path, init: Path | None) -> None:
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config["seed"])
        self.config, self.out = config, out
        self.samples, self.held_out = (
            [s for each in data for s in read_index(each, split)] for split in ("train", "val")
        )
        self.network = RoadNet(config["body"], config["head_channels"]).to(memory_format=torch.channels_last)
        if init:
            print(f"body starts from {init.name}: {load_body(self.network, init)} tensors")
        self.average = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config["ema"]), use_buffers=True
        )
        self.state = {"phase": 0, "epoch": 0}
        self.resumed: dict | None = None
        if self.checkpoint.exists():
            self.resumed = torch.load(self.checkpoint, weights_only=True)
            self.network.load_state_dict(self.resumed["network"])
            self.average.load_state_dict(self.resumed["average"])
            self.state = {name: self.resumed[name] for name in self.state}
            print(f"resumed at phase {self.state['phase']}, epoch {self.state['epoch']}")

    @property
    def checkpoint(self) -> Path:
        """Where the state is kept."""
        return self.out / "checkpoint.pt"

    def run(self, steps: int | None = None) -> Path:
        """Train all phases (or `steps` steps) and export; the ONNX file's path."""
        for number, phase in enumerate(self.config["phases"]):
            if number < self.state["phase"]:
                continue
            if number > self.state["phase"]:
                self.network.load_state_dict(self.average.module.state_dict())
                self.state = {"phase": number, "epoch": 0}
            if self.run_phase(phase, steps):
                break
        size = tuple(self.config["phases"][-1]["input"])
        return export_onnx(self.average.module, self.out / f"{self.config['name']}.onnx", size)

    def run_phase(self, phase: dict, steps: int | None) -> bool:
        """Train one phase from its current epoch; True when `steps` are used up."""
        config, batch = self.config, self.config["batch"]
        size, columns = tuple(phase["input"]), config["grid_columns"]
        synthetic = phase["synthetic"]
        photos = RoadPhotos(self.samples, size, columns, training=True, synthetic=synthetic, seed=config["seed"])
        held_out = RoadPhotos(self.held_out, size, columns, training=False, synthetic=False, seed=0)
        rate, per_epoch = phase["learning_rate"], len(photos) // batch
        optimizer = torch.optim.AdamW(self.network.parameters(), rate, weight_decay=config["weight_decay"], fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, phase["epochs"] * per_epoch, pct_start=0.15)
        if self.resumed and self.state["epoch"] > 0:
            optimizer.load_state_dict(self.resumed["optimizer"])
            schedule.load_state_dict(self.resumed["schedule"])
        draw = torch.tensor([phase["pothole_factor"] if sample.pothole else 1.0 for sample in self.samples])
        done = 0
        for epoch in range(self.state["epoch"], phase["epochs"]):
            photos.epoch = epoch
            chance = torch.Generator().manual_seed(1000 * self.state["phase"] + epoch)
            order = WeightedRandomSampler(draw, per_epoch * batch, generator=chance)
            started, losses = time.monotonic(), []
            self.network.train()
            for images, shares in DataLoader(photos, batch, sampler=order, num_workers=config["workers"]):
                losses.append(self.step(images, shares, optimizer))
                schedule.step()
                done += 1
                if done == steps:
                    return True
            row = {"phase": self.state["phase"], "epoch": epoch, "loss": float(np.mean(losses))}
            row |= {"seconds": time.monotonic() - started}
            if (epoch + 1) % config["validation_every"] == 0 or epoch + 1 == phase["epochs"]:
                row |= evaluate(self.average.module, held_out, batch)
            self.tell(row)
            self.state["epoch"] = epoch + 1
            parts = {"network": self.network, "average": self.average, "optimizer": optimizer, "schedule": schedule}
            save(self.checkpoint, {name: part.state_dict() for name, part in parts.items()} | self.state)
        return False

    def step(self, images: torch.Tensor, shares: torch.Tensor, optimizer: torch.optim.Optimizer) -> float:
        """One step; the loss."""
        with torch.autocast("cpu", torch.bfloat16):
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
    parser.add_argument("--steps", type=int, help="stop after so many steps (smoke test)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    print(Training(config, args.data, args.out, args.init).run(args.steps))


if __name__ == "__main__":
    main()
