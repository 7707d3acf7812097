"""In which order a case is shown."""

from analytics.review.presenting import presentation_of
from analytics.settings import Settings

ON = Settings(randomise_presentation=True)


def orders(settings: Settings) -> list[str]:
    return [presentation_of(case_id, settings) for case_id in range(1, 1001)]


def test_the_evidence_comes_first_unless_it_is_asked_otherwise() -> None:
    assert set(orders(Settings())) == {"evidence_first"}


def test_half_of_the_cases_show_the_score_first_and_always_the_same_ones() -> None:
    assert orders(ON) == orders(ON)
    # 1,000 fair coins: more than 60 from the middle happens once in 7,000 seeds.
    assert abs(orders(ON).count("score_first") - 500) < 60


def test_another_seed_draws_other_cases() -> None:
    other = orders(Settings(randomise_presentation=True, seed=2**64))
    differing = sum(a != b for a, b in zip(orders(ON), other, strict=True))
    assert 440 < differing < 560
