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


def train(config: Config, data: Path, out: Path, init: Path | None, steps: int | None = None) -> Path:
    """Train to the end (or for `steps` steps) and export; the ONNX file's path."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config["seed"])
    size, columns = tuple(config["input"]), config["grid_columns"]
    samples = read_index(data, "train")
    photos = RoadPhotos(samples, size, columns, training=True, seed=config["seed"])
    held_out = RoadPhotos(read_index(data, "val"), size, columns, training=False, seed=0)
    network = RoadNet(config["body"], config["head_channels"]).to(memory_format=torch.channels_last)
    if init:
        print(f"body starts from {init.name}: {load_body(network, init)} tensors")
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config["ema"]), use_buffers=True
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), config["learning_rate"], weight_decay=config["weight_decay"], fused=True
    )
    per_epoch = len(photos) // config["batch"]
    total = config["epochs"] * per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config["learning_rate"], total, pct_start=0.15)
    checkpoint, first = out / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        for name, part in (
            ("network", network),
            ("average", average),
            ("optimizer", optimizer),
            ("schedule", schedule),
        ):
            part.load_state_dict(state[name])
        first = state["epoch"]
        print(f"resumed at epoch {first}")
    draw = torch.tensor([config["sampling"]["pothole_factor"] if s.pothole else 1.0 for s in samples])
    done = 0
    for epoch in range(first, config["epochs"]):
        photos.epoch = epoch
        order = WeightedRandomSampler(draw, per_epoch * config["batch"], generator=torch.Generator().manual_seed(epoch))
        started, losses = time.monotonic(), []
        network.train()
        for images, shares in DataLoader(photos, config["batch"], sampler=order, num_workers=config["workers"]):
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(images.to(memory_format=torch.channels_last))
            loss = loss_of(logits, shares, config)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            losses.append(loss.item())
            done += 1
            if steps and done >= steps:
                return export_onnx(average.module, out / f"{config['name']}.onnx", size)
        row = {"epoch": epoch, "loss": float(np.mean(losses)), "seconds": time.monotonic() - started}
        if (epoch + 1) % config["validation_every"] == 0 or epoch + 1 == config["epochs"]:
            row |= evaluate(average.module, held_out, config["batch"])
        print(" ".join(f"{k}={v:.3f}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()), flush=True)
        with open(out / "log.csv", "a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([f"{k}={v}" for k, v in row.items()])
        parts = {"network": network, "average": average, "optimizer": optimizer, "schedule": schedule}
        save(checkpoint, {name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch + 1})
    return export_onnx(average.module, out / f"{config['name']}.onnx", size)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="YOLOv8n state dict to start the body from")
    parser.add_argument("--steps", type=int, help="stop after so many steps (smoke test)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    print(train(config, args.data, args.out, args.init, args.steps))


if __name__ == "__main__":
    main()
