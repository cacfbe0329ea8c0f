"""What the looks of a sweep can show, in words."""
from utils.runs.plans import Declaration
from utils.statistics.looks import Looks
from utils.sweep.look_lines import level_text, look_lines


def test_what_so_many_seeds_can_show():
    assert "will give no verdict" in look_lines(Declaration(Looks((1,))), None, 0)[0]
    first, second = look_lines(Declaration(Looks((5,))), None, 0)
    assert "2.08 sd" in first and "80 % power, 5 % level" in first
    assert "at .5 points that is 1.0" in second
    assert "2.00 points (4 degrees of freedom), that is 4.2 points" in look_lines(
        Declaration(Looks((5,))), .02, 4)[1]
    assert "10 % level" in look_lines(Declaration(Looks((5,)), level=.9), None, 0)[0]


def test_what_several_looks_can_show():
    levels, detect, points = look_lines(Declaration(Looks((5, 10))), .01, 4)
    assert levels.startswith(
        "looks at 5, 10 seeds of each claim a difference where p < .0055, .047")
    assert "claim falsely in 5 % of cases" in levels
    assert "1.34 sd" in detect and "9.5 seeds of each on average" in detect
    assert "10 seeds looked at once: 1.3" in detect and "1.3 points of mIoU" in points
    levels = look_lines(Declaration(Looks((5, 10), "pocock")), .01, 4)[0]
    assert "where p < .028 (of one pair" in levels


def test_levels_as_people_read_them():
    assert [level_text(level) for level in (.05, .0472, .00551, .00008, 1e-43)] == [
        ".050", ".047", ".0055", ".000080", "1e-43"]
