"""Which columns a table has, in which order its rows stand."""
from utils.costs.net import Speed, cost_cells, make_net, speed_cells
from utils.costs.tables import explain, make_table, sort_rows


def _row(decoder, gflops=None, forward=None, **flags):
    net = make_net(decoder, 11, dict({"basenet": "mobilenet_v1", "pixels": "360x480"}, **flags))
    row = dict(net.cells(), problem="")
    row.update(cost_cells(dict(parameters=3223894, gflops=gflops)) if gflops else {})
    row.update(speed_cells("forward", [Speed((forward, 2.0), 2 * 10 ** 9), Speed((9.0,), 10 ** 9)])
               if forward else {})
    return row


def _headings(table):
    return [column.heading for column in table.shown]


def test_what_all_rows_share_stands_in_the_title_and_in_the_file():
    table = make_table([_row("FCN16", 1.5), _row("FCN32", 1.25)])
    assert table.title == "Nets at 360x480, 11 classes, batches of 16"
    assert _headings(table) == ["extractor", "decoder", "parameters M", "GFLOPs"]
    assert table.texts() == [["mobilenet_v1", "FCN16", "3.22", "1.50"],
                             ["mobilenet_v1", "FCN32", "3.22", "1.25"]]
    assert table.csv().splitlines()[:2] == [
        "extractor,width,output_stride,decoder,pixels,classes,batch_size,precision,parameters,"
        "gflops",
        "mobilenet_v1,1.0,32,FCN16,360x480,11,16,float32,3.223894,1.5"]


def test_settings_that_differ_are_columns():
    table = make_table([_row("FCN16", 1.5), _row("FCN16", 1.5, depth_multiplier=.5, pixels="64")])
    assert table.title == "Nets 11 classes, batches of 16"
    assert _headings(table)[:4] == ["extractor", "width", "decoder", "size"]
    assert make_table([_row("FCN16", depth_multiplier=.5)]).title.endswith(", width 0.5")
    assert make_table([_row("FCN16", precision="mixed")]).title.endswith(", training in mixed")
    both = make_table([_row("FCN16"), _row("FCN16", precision="mixed")])
    assert [text[2] for text in both.texts()] == ["float32", "mixed"]


def test_speeds_are_medians_over_all_rounds_with_their_range_and_the_greatest_memory():
    row = _row("FCN16", 1.5, forward=4.0)
    assert (row["forward"], row["forward_range"], row["forward_memory"]) == (4.0, (2.0, 9.0), 2.0)
    text, = make_table([row]).texts()
    assert text[-3:] == ["4.0", "[2.0, 9.0]", "2.00"]
    assert make_table([row]).csv().splitlines()[0].endswith(
        "forward,forward_range_low,forward_range_high,forward_memory")


def test_a_problem_has_a_column_where_there_is_one():
    failed = dict(_row("FCN4"), problem="does not fit into memory")
    table = make_table([_row("FCN16", 1.5), failed])
    assert _headings(table)[-1] == "not measured"
    assert [text[-1] for text in table.texts()] == ["-", "does not fit into memory"]
    assert table.texts()[1][2:4] == ["-", "-"]


def test_order():
    rows = [_row("FCN4", 3.0, 5.0), _row("FCN8"), _row("FCN16", 1.5, 6.0), _row("LinkNet", 9.0)]

    def order(key):
        return [row["decoder"] for row in sort_rows(rows, key)]
    assert order("gflops") == ["FCN16", "FCN4", "LinkNet", "FCN8"]
    assert order("forward") == ["FCN16", "FCN4", "FCN8", "LinkNet"]
    assert order("name") == ["FCN16", "FCN4", "FCN8", "LinkNet"]


def test_the_note_says_how_operations_are_counted_and_what_memory_is():
    assert "2 per multiply-add" in explain() and "memory" not in explain()
    assert "of 5 rounds" in explain(5, 3 * 10 ** 8) and "0.30 of it" in explain(5, 3 * 10 ** 8)
