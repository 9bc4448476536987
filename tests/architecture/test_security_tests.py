"""Every published hole and defect of the server has a test that carries its number."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ADVISORIES = (
    *("ghsa_36gx_9q6h_g429", "ghsa_vvjv_97j8_94xh", "ghsa_4w59_c3gc_rrhp", "ghsa_5m22_cfq9_86x6"),
    *("ghsa_7x94_6g2m_3hp2", "ghsa_rf54_7qrr_96j6", "ghsa_gc57_xhh5_m94r", "ghsa_2wgc_48g2_cj5w"),
    *("ghsa_45gq_q4xh_cp53", "ghsa_rjmv_52mp_gjrr", "ghsa_4946_85pr_fvxh", "ghsa_gwq3_pvwq_4c9w"),
    *("ghsa_5h3x_6gwf_73jm", "ghsa_5549_c5q7_fj65", "ghsa_4c5c_2vc3_x5w2", "ghsa_99r4_cjp4_3hmx"),
    *("ghsa_j6g5_p62x_58hw", "ghsa_m3mq_f375_5vgh", "ghsa_fgmc_2hqj_86v4", "cve_2024_22200"),
    *("pr_2714", "issue_615"),
)
DEFECTS = [*(f"s{number}" for number in range(1, 16)), *(f"b{number}" for number in range(1, 18))]


@pytest.fixture(scope="module")
def named() -> str:
    """The names of all tests in files about advisories and published defects."""
    files = [*TESTS.rglob("test_advisories*.py"), *TESTS.rglob("test_published_defects*.py")]
    names = [re.findall(r"^def test_(\w+)\(", f.read_text("utf-8"), re.MULTILINE) for f in files]
    return " ".join(f" {name}" for found in names for name in found)


@pytest.mark.parametrize("number", [*ADVISORIES, *DEFECTS])
def test_the_number_is_the_beginning_of_a_tests_name(named: str, number: str) -> None:
    assert f" {number}_" in named
