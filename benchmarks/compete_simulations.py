#!/usr/bin/env python
"""What the claims of docs/compete.md rest on: attacks on a public score, and false brackets.

    python benchmarks/compete_simulations.py [--images=70] [--entries=100] [--trials=20]

Attacks, in points that they gain while no entry is truly better. Boosting: Blum and Hardt 2015,
section 5. Climbing: each entry changes a tenth of the images of the best one so far, and is kept
where the score moves. Brackets: how often two of three equal teams are told apart.
"""
import argparse
import itertools

import common  # noqa: F401  puts the project on the path
import numpy as np

from tests.compete.attacks import METRIC, Attack
from tests.report.synthetic import draw_matrices
from utils.compete.ranks import pair_p

#: Trials of brackets for one of an attack.
_MORE = 50


def attacks(images, entries, trials):
    """Prints what each attack gains with scores told exactly, and told by the Ladder."""
    print(f"{images} public images, {entries} entries, mean and standard error of {trials} trials, "
          "points")
    for attack in ("boosting", "climbing"):
        found = np.array([getattr(Attack(seed, images), attack)(entries)
                          for seed in range(trials)])
        mean, error = found.mean(0), found.std(0, ddof=1) / np.sqrt(trials)
        print(f"{attack}: told exactly {mean[0]:.2f} (se {error[0]:.2f}), by the Ladder "
              f"{mean[1]:.2f} (se {error[1]:.2f})", flush=True)


def told_apart(images, runs, trials):
    """Computes the share of trials in which some two of three equal teams are told apart.

    With several runs each has a quality of its own.
    """
    spread, wrong = .02 if runs > 1 else 0., 0
    for trial in range(trials):
        teams = [METRIC.parts(np.stack([draw_matrices(
            1000 * trial + 100 * team + run, .8, images, 5, spread=spread) for run in range(runs)]))
            for team in range(3)]
        smallest = min(pair_p(a, b, METRIC.score) for a, b in itertools.combinations(teams, 2))
        wrong += 3 * smallest < .05  # Holm's first step
    return wrong / trials


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=70)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--trials", type=int, default=20)
    args = parser.parse_args()
    attacks(args.images, args.entries, args.trials)
    for runs in (1, 3):
        trials = _MORE * args.trials
        print(f"three equal teams of {runs} runs: two told apart in "
              f"{told_apart(args.images, runs, trials):.3f} of {trials} trials", flush=True)


if __name__ == "__main__":
    main()
