"""Which package of an author runs for which name of an image."""

import pytest
from vantage6.cli.vdev.algorithms import EXAMPLES
from vantage6.cli.vdev.lab_algorithms import LabAlgorithms, find_package
from vantage6.common.errors import ConfigurationError, InvalidInput


@pytest.fixture
def make(home):
    """Make packages below a folder; gives the folder."""

    def make(folder, *packages):
        for package in packages:
            (home / folder / package).mkdir(parents=True)
            (home / folder / package / "__init__.py").touch()
        return home / folder

    return make


@pytest.mark.parametrize("package", ["heart_age", "v6-heart-age", "src/heart_age"])
def test_only_package_of_a_folder_is_the_algorithm(make, package):
    folder = make("heart-age", package, "tests")

    assert find_package(folder) == folder / package


def test_folder_that_is_a_package_is_the_algorithm(make):
    package = make("heart-age", "heart_age") / "heart_age"

    assert find_package(package) == package


def test_dockerfile_says_which_of_several_packages_it_is(make):
    folder = make("heart-age", "heart_age", "more")
    (folder / "Dockerfile").write_text("FROM base\nARG PKG_NAME=heart-age\n")

    assert find_package(folder) == folder / "heart_age"


def test_folder_without_a_package_is_refused(home):
    with pytest.raises(ConfigurationError, match=r"no Python package: a folder with an __init__"):
        find_package(home)


def test_folder_with_several_packages_is_refused_with_their_names(make):
    with pytest.raises(InvalidInput, match=r"several packages \(age, heart\)"):
        find_package(make("both", "age", "heart"))


@pytest.mark.parametrize("image", ["anything", "registry.example:5000/any/name:9@sha256:ab"])
def test_only_algorithm_runs_for_every_image(make, image):
    folder = make("heart-age", "v6_heart")

    assert LabAlgorithms([folder]).get(image) == str(folder / "v6_heart")


def test_examples_keep_their_names_beside_an_algorithm(make):
    algorithms = LabAlgorithms([make("heart-age", "v6_heart")])

    assert algorithms["vantage6/average:3.12"] == str(EXAMPLES / "average" / "v6-average-py")


def test_copy_of_an_example_takes_its_place(make):
    folder = make("average", "mine")

    assert LabAlgorithms([folder])["vantage6/average:3.12"] == str(folder / "mine")


@pytest.mark.parametrize(
    ("image", "package"),
    [
        ("registry.example/heart-age:1", "one/heart-age/v6_heart"),
        ("v6-heart", "one/heart-age/v6_heart"),
        ("lungs:2", "two/lungs/v6_lungs"),
        ("other", None),
    ],
)
def test_several_algorithms_run_for_images_named_after_them(make, home, image, package):
    folders = [make("one/heart-age", "v6_heart"), make("two/lungs", "v6_lungs")]

    found = LabAlgorithms(folders).get(image)

    assert found == (package and str(home / package))


def test_names_are_told_for_each_algorithm(make):
    one, two = make("heart-age", "v6_heart"), make("lungs", "v6_lungs")

    (alone,) = LabAlgorithms([one]).describe()
    first, second = LabAlgorithms([one, two]).describe()

    assert alone.startswith(f"{one / 'v6_heart'} runs for any image;")
    assert "images called heart_age or v6_heart" in first
    assert "images called lungs or v6_lungs" in second


def test_names_that_are_fixed_are_listed(make):
    algorithms = LabAlgorithms([make("lungs", "v6_lungs")])

    assert {"lungs", "v6_lungs", "vantage6/average:3.12"} <= set(algorithms)
    assert len(algorithms) == len(list(algorithms))
