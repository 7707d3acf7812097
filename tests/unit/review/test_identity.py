from analytics.review.identity import Identity, SingleUser


def test_the_single_user_may_do_everything() -> None:
    identity: Identity = SingleUser("ana")
    assert identity.name == "ana"
    assert identity.roles == {"reviewer", "lead", "data_scientist"}
