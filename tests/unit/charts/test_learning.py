import pandas as pd

from analytics.charts import learning_curves, learning_curves_alt

CURVES = pd.DataFrame(
    [
        ("random", 0, 0.7),
        ("random", 900, 0.96),
        ("model_change", 0, 0.7),
        ("model_change", 150, 0.96),
    ],
    columns=["policy", "labels", "share"],
)


def test_each_policy_is_a_line_and_what_is_to_be_reached_is_marked():
    made = learning_curves(CURVES, 0.95)
    assert [(line.name, list(line.x), list(line.y)) for line in made.data] == [
        ("Random", [0, 900], [0.7, 0.96]),
        ("Model change", [0, 150], [0.7, 0.96]),
    ]
    assert (made.layout.shapes[0].y0, made.layout.shapes[0].y1) == (0.95, 0.95)


def test_the_curves_in_words():
    assert learning_curves_alt(CURVES, 0.95) == (
        "Labels after which average precision is 95 % of that with all labels, by how they were "
        "chosen: random 900, model change 150."
    )


def test_no_curve_says_so():
    assert not learning_curves(CURVES.iloc[:0], 0.95).data
    assert learning_curves_alt(CURVES.iloc[:0], 0.95) == "Nothing was measured."
