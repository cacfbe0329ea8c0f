"""What a sweep's looks can show, in words, before anything starts."""
import math

from utils.statistics.power import detectable_difference


def look_lines(declared, sd, freedom):
    """What the looks of a sweep claim and detect of two configurations, as lines for people.

    Args:
      declared: a `Declaration`.
      sd, freedom: as `forecast.seed_sd`.
    """
    looks, alpha = declared.looks, declared.alpha
    if looks.last < 2:
        return ["one seed of each configuration: no difference can be told from the noise of "
                "training, and fcn_report.py compare will give no verdict"]
    alone = detectable_difference(looks.last, level=alpha)
    if len(looks.seeds) == 1:
        in_sd = alone
        lines = ["{} seeds of each of two configurations detect a true difference of {:.2f} sd "
                 "over seeds (t test, 80 % power, {:g} % level)".format(
                     looks.last, in_sd, 100 * alpha)]
    else:
        in_sd = looks.detectable_difference(alpha=alpha)
        _, mean_seeds = looks.power(in_sd, alpha)
        lines = ["{} (of one pair, and less of each of several); all looks together claim falsely "
                 "in {:g} % of cases".format(level_words(declared), 100 * alpha),
                 "they detect a true difference of {:.2f} sd over seeds (t test, 80 % power), "
                 "after {:.1f} seeds of each on average; {} seeds looked at once: {:.2f} sd".format(
                     in_sd, mean_seeds, looks.last, alone)]
    if sd is None:
        return lines + ["the sd is not known here yet; at .5 points that is {:.1f} points of mIoU, "
                        "at 1 point {:.1f}".format(.5 * in_sd, in_sd)]
    return lines + ["with the sd of past runs, {:.2f} points ({} degrees of freedom), that is "
                    "{:.1f} points of mIoU".format(100 * sd, freedom, 100 * sd * in_sd)]


def level_words(declared):
    """"looks at 5, 10 seeds of each claim a difference where p < .0055, .047"."""
    levels = list(map(level_text, declared.levels))
    if len(set(levels)) == 1:
        levels = levels[:1]
    return "looks at {} seeds of each claim a difference where p < {}".format(
        ", ".join(map(str, declared.looks.seeds)), ", ".join(levels))


def level_text(level):
    """".047", ".0055": two digits that count."""
    if level < 1e-6:
        return "{:.0e}".format(level)
    return "{:.{}f}".format(level, 1 - math.floor(math.log10(level)))[1:]
