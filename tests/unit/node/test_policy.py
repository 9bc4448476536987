"""Which runs a node accepts."""

import pytest
from vantage6.node.policy import FunctionRule, Policy, check_patterns, identity

DIGEST = "@sha256:" + "0" * 64
AVERAGE = Policy(images=(("^harbor.org/demo/average",),))


@pytest.mark.parametrize("suffix", ["", ":latest", ":1.2-rc_1", DIGEST, ":1.2" + DIGEST])
def test_an_image_is_accepted_with_any_tag_and_digest(suffix: str) -> None:
    assert AVERAGE.refusal("harbor.org/demo/average" + suffix, 1, 1) is None


@pytest.mark.parametrize(
    "image",
    [
        "harbor.org/demo/average-evil",
        "harbor.org/demo/average/evil",
        "harbor.org/demo",
        "evil.io/harbor.org/demo/average",
        "harborxorg/demo/average",
    ],
)
def test_an_image_that_only_begins_or_ends_like_an_allowed_one_is_refused(image: str) -> None:
    assert "does not allow the image" in (AVERAGE.refusal(image, 1, 1) or "")


@pytest.mark.parametrize(
    "image",
    [
        "harbor.org/demo/average:",
        "harbor.org/demo/average:1:2",
        "harbor.org/demo/average\n",
        "harbor.org/demo/average@sha256:0",
        "",
    ],
)
def test_what_is_no_name_of_an_image_is_refused(image: str) -> None:
    assert "is not the name of an image" in (AVERAGE.refusal(image, 1, 1) or "")


@pytest.mark.parametrize("image", ["sha256:" + "0" * 64, "sha256:00", "sha256" + DIGEST, "0" * 64])
@pytest.mark.parametrize("policy", [Policy(images=((".*",),)), Policy(images=(("sha256.*",),))])
def test_the_id_of_an_image_passes_no_policy(policy: Policy, image: str) -> None:
    assert "the id of an image" in (policy.refusal(image, 1, 1) or "")


@pytest.mark.parametrize("image", ["alpine", "alpine:3", "docker.io/alpine:3", "library/alpine"])
@pytest.mark.parametrize("pattern", ["alpine", "docker.io/library/alpine", r"docker\.io/.*"])
def test_every_way_of_writing_a_name_means_the_same(pattern: str, image: str) -> None:
    assert Policy(images=((pattern,),)).refusal(image, 1, 1) is None


def test_a_pattern_that_names_a_tag_accepts_no_other_content_behind_it() -> None:
    policy = Policy(images=(("harbor.org/a:1",),))

    assert policy.refusal("harbor.org/a:1", 1, 1) is None
    assert policy.refusal("harbor.org/a:1" + DIGEST, 1, 1)
    assert policy.refusal("harbor.org/a:11", 1, 1)


def test_a_pattern_that_names_a_digest_accepts_it_with_any_tag_and_no_tag_alone() -> None:
    policy = Policy(images=((f"^harbor.org/a{DIGEST}",),))

    assert policy.refusal("harbor.org/a" + DIGEST, 1, 1) is None
    assert policy.refusal("harbor.org/a:1" + DIGEST, 1, 1) is None
    assert policy.refusal("harbor.org/a" + DIGEST.replace("0", "1"), 1, 1)
    assert "by digest only" in (policy.refusal("harbor.org/a:1", 1, 1) or "")


@pytest.mark.parametrize(
    ("image", "is_allowed"),
    [
        ("harbor.org/x", True),
        ("harbor.org:443/x", False),
        ("sub.harbor.org/x", False),
        ("localhost:5000/x", True),
        ("localhost/x", False),
        ("alpine", False),
    ],
)
def test_a_registry_is_exactly_the_one_that_is_named(image: str, is_allowed: bool) -> None:
    policy = Policy(registries=frozenset({"harbor.org", "localhost:5000"}))

    refusal = policy.refusal(image, 1, 1)

    assert (refusal is None) == is_allowed
    assert is_allowed or "registry" in (refusal or "")


def test_an_alternative_in_a_pattern_does_not_open_its_ends() -> None:
    policy = Policy(images=(("harbor.org/a|harbor.org/b",),))

    assert policy.refusal("harbor.org/b:1", 1, 1) is None
    assert policy.refusal("harbor.org/a-evil", 1, 1)


def test_a_pattern_that_ends_with_a_dollar_sign_accepts_exactly_its_name() -> None:
    policy = Policy(images=(("^harbor.org/a:1$",),))

    assert policy.refusal("harbor.org/a:1", 1, 1) is None
    assert policy.refusal("harbor.org/a:12", 1, 1)
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


# --- functions ----------------------------------------------------------------------------------

PARTIAL_ONLY = Policy(functions=(FunctionRule("harbor.org/.*", frozenset({"RPC_average"})),))


def test_only_the_named_functions_of_an_image_may_run() -> None:
    image = "harbor.org/demo/average:1"

    assert PARTIAL_ONLY.restricts_functions(image)
    assert PARTIAL_ONLY.function_refusal(image, b'json.{"method": "average"}') is None
    assert PARTIAL_ONLY.function_refusal(image, b'json.{"method": "average", "master": true}')
    assert PARTIAL_ONLY.function_refusal(image, b'json.{"method": "rows"}')


def test_a_function_that_cannot_be_known_is_refused() -> None:
    refusal = PARTIAL_ONLY.function_refusal("harbor.org/x", b"\x80\x04}.") or ""

    assert "cannot be known" in refusal
    assert "data format 'json'" in refusal


def test_a_refusal_has_no_part_of_an_encrypted_input_in_it() -> None:
    refusal = PARTIAL_ONLY.function_refusal("harbor.org/x", b'{"method": "planted"}') or ""

    assert "planted" not in refusal
    assert "RPC_average" in refusal


def test_the_functions_of_another_image_are_its_own_affair() -> None:
    assert not PARTIAL_ONLY.restricts_functions("alpine")
    assert PARTIAL_ONLY.function_refusal("alpine", b"\x80\x04}.") is None


def test_an_image_that_matches_two_rules_may_run_the_functions_of_both() -> None:
    rules = (FunctionRule("a", frozenset({"RPC_x"})), FunctionRule("a.*", frozenset({"y"})))
    policy = Policy(functions=rules)

    assert policy.function_refusal("a", b'{"method": "x"}') is None
    assert policy.function_refusal("a", b'{"method": "y", "master": true}') is None
    assert policy.function_refusal("a", b'{"method": "y"}')


def test_what_is_no_name_of_an_image_may_run_no_function() -> None:
    assert PARTIAL_ONLY.function_refusal("sha256:0", b'{"method": "average"}')
