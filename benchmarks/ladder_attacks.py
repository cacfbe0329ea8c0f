#!/usr/bin/env python
"""Points that two attacks on a public score gain, with the score told exactly and by the Ladder.

    python benchmarks/ladder_attacks.py [--images=70] [--entries=100] [--trials=20]

No entry is truly better than another. Boosting: Blum and Hardt 2015, section 5. Climbing: each
entry changes a tenth of the images of the best one so far, and is kept where the score moves.
"""
import argparse

import common  # noqa: F401  puts the project on the path
import numpy as np

from tests.compete.attacks import Attack


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=70)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--trials", type=int, default=20)
    args = parser.parse_args()
    print(f"{args.images} public images, {args.entries} entries, mean and standard error of "
          f"{args.trials} trials, points")
    for attack in ("boosting", "climbing"):
        found = np.array([getattr(Attack(seed, args.images), attack)(args.entries)
                          for seed in range(args.trials)])
        mean, error = found.mean(0), found.std(0, ddof=1) / np.sqrt(args.trials)
        print(f"{attack}: told exactly {mean[0]:.2f} (se {error[0]:.2f}), by the Ladder "
              f"{mean[1]:.2f} (se {error[1]:.2f})")


if __name__ == "__main__":
    main()
