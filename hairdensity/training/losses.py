"""How far the network's answers lie from the targets, head by head."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from hairdensity.segmentation.maps import N_HEADINGS
from hairdensity.training.network import TYPICAL_DIAMETER_PX, Outputs

__all__ = ["WEIGHTS", "TargetBatch", "losses", "total_loss"]

WEIGHTS = {
    "centerline": 1.0,
    "body": 0.3,
    "root": 1.0,
    "heading": 2.0,
    "diameter": 0.3,
    "multiplicity": 0.3,
    "unreadable": 0.3,
}


class TargetBatch(NamedTuple):
    """Targets of B crops, stacked: the fields of ``targets.Targets`` with a leading axis."""

    fine: Tensor
    fine_weight: Tensor
    heading: Tensor
    diameter_px: Tensor
    masks: Tensor
    mask_weight: Tensor


def total_loss(parts: dict[str, Tensor]) -> Tensor:
    """The weighted sum that is minimised."""
    return torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()


def losses(outputs: Outputs, targets: TargetBatch) -> dict[str, Tensor]:
    """One value for each head.

    Parameters
    ----------
    outputs : Outputs
        Raw, as `HairNet.forward` gives them.
    targets : TargetBatch
    """
    fine, coarse = outputs
    line, body, root = fine.unbind(dim=1)
    line_target, body_target, root_target = targets.fine.unbind(dim=1)
    line_weight, body_weight, root_weight = targets.fine_weight.unbind(dim=1)
    crossing_weight, hidden_weight = targets.mask_weight.unbind(dim=1)
    tube = targets.heading.sum(dim=1) > 0
    return {
        "centerline": _line_loss(line, line_target, line_weight),
        "body": _mask_loss(body, body_target, body_weight),
        "root": _mask_loss(root, root_target, root_weight),
        "heading": _heading_loss(coarse[:, :N_HEADINGS], targets.heading, tube),
        "diameter": _diameter_loss(coarse[:, N_HEADINGS], targets.diameter_px),
        "multiplicity": _mask_loss(coarse[:, N_HEADINGS + 1], targets.masks[:, 0], crossing_weight),
        "unreadable": _mask_loss(coarse[:, N_HEADINGS + 2], targets.masks[:, 1], hidden_weight),
    }


def _line_loss(logit: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy and Dice, and the recall of the line itself (Skeleton Recall, ECCV 2024)."""
    probability = torch.sigmoid(logit) * weight
    on_line = (target > 0.5).float() * weight
    recall = (probability * on_line).sum() / on_line.sum().clamp(min=1.0)
    found = on_line.sum().clamp(max=1.0)
    return _mask_loss(logit, target, weight) + 0.3 * found * (1 - recall)


def _mask_loss(logit: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Half cross-entropy, half Dice; the latter only when there is something to find."""
    entropy = functional.binary_cross_entropy_with_logits(logit, target, weight=weight)
    probability, wanted = torch.sigmoid(logit) * weight, target * weight
    overlap = 2 * (probability * wanted).sum() + 1
    total = (probability * probability).sum() + (wanted * wanted).sum() + 1
    return 5 * entropy + 0.5 * (1 - overlap / total)


def _heading_loss(logits: Tensor, target: Tensor, tube: Tensor) -> Tensor:
    """Cross-entropy against the shares of the bins, less what they hold by themselves, on the tubes."""
    divergence = functional.kl_div(torch.log_softmax(logits, dim=1), target, reduction="none").sum(dim=1)
    return divergence[tube].mean() if bool(tube.any()) else divergence.sum() * 0


def _diameter_loss(logit: Tensor, target: Tensor) -> Tensor:
    known = target > 0
    if not bool(known.any()):
        return logit.sum() * 0
    return functional.smooth_l1_loss(logit[known], torch.log(target[known] / TYPICAL_DIAMETER_PX), beta=0.1)
