from pathlib import Path

import pytest

from analytics.errors import InputError
from analytics.policies import load_taxonomy


def test_the_shipped_taxonomy_covers_every_entity_type() -> None:
    taxonomy = load_taxonomy()

    counts = {entity: len(taxonomy.of(entity)) for entity in ("merchant", "product", "creator")}

    assert counts == {"merchant": 9, "product": 9, "creator": 9}
    assert taxonomy.get("M8").name == "Linked accounts or ban evasion"


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(InputError, match="There is no policy 'X1'"):
        load_taxonomy().get("X1")


POLICY = "{code: A, entity: merchant, name: n, severity: 1, points: 1, due_days: 1, actions: [%s]}"


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        (f"[{POLICY % 'warn'}, {POLICY % 'warn'}]", "a policy code stands twice"),
        (f"[{POLICY % 'fly'}]", "unknown actions: fly"),
        ("[{code: A}]", "Field required"),
        ("[", "cannot be used"),
    ],
)
def test_a_broken_taxonomy_says_what_is_wrong(tmp_path: Path, policies: str, message: str) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(f"version: '1'\nactions: [warn]\nmilestones: []\npolicies: {policies}\n")
    with pytest.raises(InputError, match=message):
        load_taxonomy(file)


def test_a_taxonomy_in_another_encoding_says_so(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_bytes("version: 'für uns'".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be used: 'utf-8' codec"):
        load_taxonomy(file)
