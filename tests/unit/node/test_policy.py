"""Which runs a node accepts."""

import pytest
from vantage6.node.policy import Policy, check_patterns, identity

DIGEST = "@sha256:" + "0" * 64
AVERAGE = Policy(images=(("^harbor.org/demo/average",),))


@pytest.mark.parametrize("suffix", ["", ":latest", ":1.2-rc_1", DIGEST, ":1.2" + DIGEST])
def test_an_image_is_accepted_with_any_tag_and_digest(suffix: str) -> None:
    assert AVERAGE.refusal("harbor.org/demo/average" + suffix, 1, 1) is None


@pytest.mark.parametrize(
    "image",
    [
        "harbor.org/demo/average-evil",
        "harbor.org/demo/average:",
        "harbor.org/demo/average:1:2",
        "harbor.org/demo/average\n",
        "harbor.org/demo/average@sha256:0",
        "evil.io/harbor.org/demo/average",
        "",
    ],
)
def test_an_image_that_only_begins_or_ends_like_an_allowed_one_is_refused(image: str) -> None:
    assert "does not allow the image" in (AVERAGE.refusal(image, 1, 1) or "")


def test_an_alternative_in_a_pattern_does_not_open_its_ends() -> None:
    policy = Policy(images=(("harbor.org/a|harbor.org/b",),))

    assert policy.refusal("harbor.org/b:1", 1, 1) is None
    assert policy.refusal("harbor.org/a-evil", 1, 1)


def test_a_pattern_that_ends_with_a_dollar_sign_accepts_exactly_its_name() -> None:
    policy = Policy(images=(("^harbor.org/a:1$",),))

    assert policy.refusal("harbor.org/a:1", 1, 1) is None
    assert policy.refusal("harbor.org/a:1\n", 1, 1)


def test_each_list_of_images_must_accept() -> None:
    policy = Policy(images=(("a", "b"), ("b", "c")))

    assert policy.refusal("b", 1, 1) is None
    assert policy.refusal("a", 1, 1)
    assert policy.refusal("c", 1, 1)


def test_an_empty_list_of_images_accepts_none() -> None:
    assert Policy(images=((),)).refusal("a", 1, 1)


def test_without_rules_everything_is_accepted() -> None:
    assert Policy().refusal("anything", None, 1) is None


def test_the_user_or_the_organization_must_be_allowed() -> None:
    policy = Policy(users=frozenset({13}), organizations=frozenset({2, "Hospital"}))

    assert policy.refusal("a", 13, 9) is None
    assert policy.refusal("a", 14, 2) is None
    assert policy.refusal("a", 14, 9, "Hospital") is None
    assert "neither this user" in (policy.refusal("a", 14, 9, "Other") or "")


def test_an_organization_named_like_an_id_is_not_that_id() -> None:
    policy = Policy(organizations=frozenset({identity("13")}))

    assert policy.refusal("a", 1, 7, "13")
    assert policy.refusal("a", 1, 13) is None


def test_a_missing_user_or_name_is_never_allowed() -> None:
    policy = Policy(users=frozenset({0}), organizations=frozenset({""}))

    assert policy.refusal("a", None, 9, "")


def test_only_names_need_to_be_looked_up() -> None:
    assert Policy(organizations=frozenset({1, "Hospital"})).needs_names
    assert not Policy(organizations=frozenset({1})).needs_names
    assert not Policy().needs_names


@pytest.mark.parametrize(("entry", "meant"), [(7, 7), ("7", 7), ("Hospital 7", "Hospital 7")])
def test_digits_are_an_id_and_other_text_a_name(entry: int | str, meant: int | str) -> None:
    assert identity(entry) == meant


def test_a_broken_pattern_is_named() -> None:
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression"):
        check_patterns(["ok", "("])


def test_a_pattern_that_cannot_be_part_of_the_whole_is_named() -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        check_patterns(["(?x)demo  # comment"])
