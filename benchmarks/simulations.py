"""How often the statistics of utils/statistics are right, counted on runs of known truth.

    python benchmarks/simulations.py                        all claims and tables
    python benchmarks/simulations.py --list                 their names
    python benchmarks/simulations.py --only=power           those of one subject
    python benchmarks/simulations.py --only=pairs.level-3+10 --trials=100000
    python benchmarks/simulations.py --into=docs/error_bars

Each claim is a sentence that the tool prints or relies on, with the rate that was measured,
Wilson's 95 % interval, what it should be, and whether it is. numpy, scipy and statsmodels only.
`--markdown` prints the table of claims as docs/error_bars/claims.md has it. `--into` fills it, and
the other tables, in all pages of that folder.
"""
import argparse
import os
import sys
import time

# Threads of BLAS gain nothing on matrices of this size, and wait for each other on shared cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import common  # noqa: F401, puts the project on the path

from benchmarks.claims import document
from benchmarks.claims.all import CLAIMS, TABLES


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=__doc__.split("\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="names of claims, tables or subjects, by commas")
    parser.add_argument("--trials", type=int, help="of each figure (default: each one's own)")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.add_argument("--into", metavar="FOLDER", help="fills the tables of its pages")
    parser.add_argument("--list", action="store_true", help="prints the names")
    args, began = parser.parse_args(), time.time()
    if args.into and not os.path.isdir(args.into):
        sys.exit(f"--into={args.into}: no such folder; docs/error_bars has the pages")
    claims, tables = chosen(args.only)
    if args.list:
        print("\n".join("{:36} {}".format(item.name, getattr(item, "text", "") or item.title)
                        for item in claims + tables))
        return
    measured = {claim.name: _measured(claim, args) for claim in claims}
    if args.markdown and claims:
        print("\n" + document.claims_table(claims, measured))
    made = {table.name: _made(table, args) for table in tables}
    if args.into:
        document.fill_pages(args.into, CLAIMS, measured, made)
    print(f"\n{time.time() - began:.0f} s")


def chosen(only):
    """The claims and tables of these names or subjects; all of them for ""."""
    words = [word for word in only.split(",") if word]
    unknown = [word for word in words if not any(
        word in (item.name, item.name.split(".")[0]) for item in CLAIMS + TABLES)]
    if unknown:
        sys.exit(f"--only={unknown[0]}: no claim, table or subject of that name (--list prints "
                 "them)")
    return tuple([item for item in items if not words or item.name in words
                  or item.name.split(".")[0] in words] for items in (CLAIMS, TABLES))


def _measured(claim, args):
    """(rate, whether it is kept) of a claim; printed as it comes."""
    began, result = time.time(), claim.measure(args.trials)
    if not args.markdown:
        kept = claim.aim.kept(result)
        print("{}: {}\n    {}\n    {}{} ({} trials, {:.0f} s)".format(
            claim.name, claim.text, claim.settings, result.text(),
            f", {claim.aim.text()}: {kept}" if kept else "",
            args.trials or claim.study.trials, time.time() - began), flush=True)
    return document.in_words(claim, result)


def _made(table, args):
    text = document.table(table.heads, list(table.measure(args.trials)))
    print(f"\n{table.title} ({table.name})\n\n{text}", flush=True)
    return text


if __name__ == "__main__":
    main()
