"""How many entities each decided case of a round stands for."""

from typing import Final

import pandas as pd

from analytics.selection.cases import IS_CONTROL, IS_TOP, NO_RUN, POPULATION, RUN, Y

WEIGHT: Final = "weight"


def weighted_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the decided cases of the rounds, with the number of entities each stands for.

    A decided case of the top list stands for the top list of its round, a control case of the rest
    for the rest, shared equally among those decided: post-stratified expansion weights (Särndal,
    Swensson & Wretman 1992, ch. 7.6), which take undecided cases to be like the decided ones.

    Args:
        cases: As from `drawn_cases`.

    Returns:
        The same columns and `weight`; without cases that a person asked for.
    """
    drawn = cases[(cases[RUN] != NO_RUN) & (cases[IS_TOP] | cases[IS_CONTROL])]
    top = drawn.groupby(RUN)[IS_TOP].transform("sum")
    size = top.where(drawn[IS_TOP], drawn[POPULATION] - top)
    decided = drawn[Y].notna()
    told = decided.groupby([drawn[RUN], drawn[IS_TOP]]).transform("sum")
    return drawn.assign(**{WEIGHT: size / told})[decided].reset_index(drop=True)
