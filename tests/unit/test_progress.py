import io
import json

from analytics.progress import LinesProgress


def test_lines_say_what_is_done_and_how_far() -> None:
    stream = io.StringIO()

    with LinesProgress(stream, interval_s=0).step("read orders", total=2) as step:
        step.advance()
        step.advance()

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["state"], line["done"], line["total"]) for line in lines] == [
        ("running", 0, 2),
        ("running", 1, 2),
        ("running", 2, 2),
        ("done", 2, 2),
    ]
    assert {line["step"] for line in lines} == {"read orders"}
