"""The options of the charts."""

from datetime import timedelta

from services.console.tests.readings import FIGURES, NOW, latency

from homework_console.charts import depth_chart, latency_chart, written_chart

MINUTE = FIGURES | {"minute": NOW + timedelta(minutes=2)}


def test_a_minute_without_homework_is_a_gap_in_the_line_and_no_bar() -> None:
    found = latency([MINUTE])
    [p50, *_] = latency_chart(found)["series"]
    assert [value for _, value in p50["data"]][:4] == [None, None, 1.0, None]
    [gpu, mock, missed] = written_chart(found)["series"]
    assert [value for _, value in gpu["data"]][:4] == [0, 0, 10, 0]
    assert sum(value for _, value in mock["data"] + missed["data"]) == 0


def test_every_minute_of_the_hour_is_on_the_axis() -> None:
    chart = latency_chart(latency())
    assert chart["xAxis"]["max"] - chart["xAxis"]["min"] == 59 * 60_000
    assert {len(series["data"]) for series in chart["series"]} == {60}


def test_lines_differ_in_more_than_colour() -> None:
    for chart in (latency_chart(latency()), depth_chart([(NOW, {"generation.jobs": 1})])):
        styles = [
            (series["color"], series["lineStyle"]["type"], series["symbol"]) for series in chart["series"]
        ]
        assert len({style[1:] for style in styles}) == len(styles)
