#!/usr/bin/env bash
# Get a Python base image and build our images on it: the server, the node, the base of algorithms
# and the example algorithms.
#
#   examples/images.sh                 everything
#   examples/images.sh base            only the base image
#   examples/images.sh server node     only these
#   examples/images.sh average cox     the base of algorithms and these examples
#   examples/images.sh compose         what docker-compose.yml takes from a public registry; this is
#                                      not among everything
#
# Works with a public registry and also on a host that has none: then the base image is put
# together from Debian packages, and Python packages come in as wheels that the host downloads
# (its own index and certificate settings apply).
#
# Environment: BASE_IMAGE  an image with Python to use instead
#              PYTHON      the interpreter whose pip fetches wheels (.venv/bin/python)
#              DOCKER      the Docker client (docker)
# An example is a folder here with a Dockerfile: kaplan_meier makes vantage6/kaplan-meier:3.12.
#
# Ends with lines `base=NAME`, and one such as `server=NAME`, `algorithm-base=NAME` and `average=NAME`
# for each image that was asked for. Exit code 3: there is no base image to be had.
set -eu

ROOT=$(cd "$(dirname "$0")/.." && pwd)
STATE=$ROOT/.services
LOG=$STATE/images.log
DOCKER=${DOCKER:-docker}
PULL_LIMIT_S=${PULL_LIMIT_S:-60}

PUBLIC_BASE=python:3.11-slim
LOCAL_BASE=vantage6/python-base:bookworm
ALGORITHM_BASE=vantage6/algorithm-base:3.12
VERSION=3.12
# The same names as in docker-compose.yml; a test compares them.
declare -A PUBLIC_SERVICES=(
    [postgres]=postgres:15 [rabbitmq]=rabbitmq:3.13
    [registry]=registry:2 [nginx]=nginx:1.28
)
# Images of our own package: the extra that each installs, and its sources.
declare -A EXTRAS=([algorithm-base]=tools [server]=server [node]=node)
declare -A SOURCES=(
    [algorithm-base]='vantage6/__init__.py vantage6/common vantage6/client vantage6/tools
        vantage6/algorithm'
    [server]='vantage6/__init__.py vantage6/common vantage6/cli vantage6/server'
    [node]='vantage6/__init__.py vantage6/common vantage6/cli vantage6/node'
)

say() { printf 'images: %s\n' "$*" >&2; }
die() { say "$2"; exit "$1"; }

# Run a command whose output matters only when it fails.
logged() {
    if ! "$@" >"$LOG" 2>&1 </dev/null; then
        tail -n 20 "$LOG" >&2
        return 1
    fi
}

has_image() { "$DOCKER" image inspect "$1" >/dev/null 2>&1; }
image_id() { "$DOCKER" image inspect -f '{{.Id}}' "$1"; }
pull() { timeout "$PULL_LIMIT_S" "$DOCKER" pull --quiet "$1" >"$LOG" 2>&1; }

# --- the base image ---------------------------------------------------------------------------

# The mirror this host itself uses, since another one may not be reachable from here.
debian_mirror() {
    local uri
    # shellcheck disable=SC2016  # apt-get expands it.
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Codename: bookworm' 2>/dev/null | head -n 1)
    printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

install_debootstrap() {
    command -v debootstrap >/dev/null && return
    command -v apt-get >/dev/null || return 1
    say 'installing debootstrap'
    logged apt-get install -y --no-install-recommends debootstrap && return
    logged apt-get update && logged apt-get install -y --no-install-recommends debootstrap
}

# The folder is made by the caller and removed by its trap.
bootstrap_into() {
    local folder=$1
    logged debootstrap --variant=minbase \
        --include=python3,python3-pip,python3-venv,ca-certificates \
        bookworm "$folder" "$(debian_mirror)" || return 1
    ln -sf python3 "$folder/usr/bin/python"
    # An image is not a host whose packages pip could break (PEP 668).
    rm -f "$folder"/usr/lib/python3*/EXTERNALLY-MANAGED
    rm -rf "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* "$folder"/var/log/*.log
    tar -C "$folder" -c . | "$DOCKER" import --change 'ENV LANG=C.UTF-8' \
        --change 'CMD ["python3"]' - "$LOCAL_BASE" >/dev/null
}

bootstrap() (
    [ "$(id -u)" = 0 ] || exit 1
    install_debootstrap || exit 1
    say "putting $LOCAL_BASE together from Debian packages (about 75 s)"
    folder=$(mktemp -d "$STATE/debootstrap.XXXXXX") || exit 1
    trap 'rm -rf "$folder"' EXIT
    bootstrap_into "$folder"
)

find_base() {
    local image
    if [ -n "${BASE_IMAGE:-}" ]; then
        has_image "$BASE_IMAGE" || pull "$BASE_IMAGE" ||
            die 3 "BASE_IMAGE=$BASE_IMAGE is not here and cannot be pulled: $(tail -n 1 "$LOG")"
        printf '%s\n' "$BASE_IMAGE"
        return
    fi
    for image in "$LOCAL_BASE" "$PUBLIC_BASE"; do
        if has_image "$image"; then
            printf '%s\n' "$image"
            return
        fi
    done
    say "pulling $PUBLIC_BASE (at most $PULL_LIMIT_S s)"
    if pull "$PUBLIC_BASE"; then
        printf '%s\n' "$PUBLIC_BASE"
    elif bootstrap; then
        printf '%s\n' "$LOCAL_BASE"
    else
        die 3 "no base image: $PUBLIC_BASE cannot be pulled, and debootstrap needs root and a\
 Debian mirror. Set BASE_IMAGE to an image with Python 3.10 or newer."
    fi
}

# --- what an image was made from --------------------------------------------------------------

# One hash over the named files and folders (relative to the current folder) and standard input.
content_hash() {
    {
        cat
        find "$@" -type f ! -name '*.pyc' ! -path '*.egg-info/*' ! -path '*/build/*' -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c 1-32
}

is_made_from() {
    local image=$1 content=$2
    [ "$("$DOCKER" image inspect -f '{{index .Config.Labels "vantage6.content"}}' "$image" \
        2>/dev/null)" = "$content" ]
}

# build IMAGE CONTENT CONTEXT [MORE ARGUMENTS]. The classic builder: the BuildKit plug-in of the
# client may be missing, and it is not needed.
build() {
    local image=$1 content=$2 context=$3
    shift 3
    [ "${image##*:}" = dependencies ] || say "building $image"
    DOCKER_BUILDKIT=0 logged "$DOCKER" build --network host --label "vantage6.content=$content" \
        -t "$image" "$@" "$context" || die 1 "building $image failed (whole log: $LOG)"
    # The image that had this name before has none now.
    "$DOCKER" image prune --force --filter label=vantage6.content >/dev/null 2>&1 || true
}

# --- wheels for images of our own package -----------------------------------------------------

# Python version, machine and glibc version of an image, e.g. `3.11 x86_64 2.36`.
describe_python() {
    "$DOCKER" run --rm --network none --entrypoint python3 "$1" -c '
import platform, sys
print("%d.%d" % sys.version_info[:2], platform.machine(), platform.libc_ver()[1] or "-")'
}

# The first interpreter with pip, and best of the image's own version: pip evaluates environment
# markers such as `python_version < "3.11"` for itself even when it downloads for another one.
choose_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in "$ROOT/.venv/bin/python" "python$1" python3; do
        if "$candidate" -m pip --version >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    die 1 'no Python with pip found to fetch wheels with; set PYTHON'
}

# list_requirements PYTHON EXTRA: what pyproject.toml asks for: dependencies, an extra and the build
# system.
list_requirements() {
    "$1" - "$ROOT/pyproject.toml" "$2" <<'PYTHON_END'
import re
import sys

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    from pip._vendor import tomli as tomllib

with open(sys.argv[1], "rb") as file:
    pyproject = tomllib.load(file)
project = pyproject["project"]
extras = project.get("optional-dependencies", {})


def expand(requirement):
    """Replace a reference to an extra of the project itself by what it stands for."""
    own = re.fullmatch(re.escape(project["name"]) + r"\s*\[([^]]+)\]", requirement.strip())
    if not own:
        return {requirement.strip()}
    names = [name.strip() for name in own[1].split(",")]
    return {found for name in names for entry in extras[name] for found in expand(entry)}


wanted = {"setuptools", "wheel", *pyproject.get("build-system", {}).get("requires", [])}
for entry in [*project.get("dependencies", []), *extras[sys.argv[2]]]:
    wanted |= expand(entry)
print("\n".join(sorted(wanted)))
PYTHON_END
}

# Wheels that fit the image whatever the host's own Python and glibc are.
download_wheels() {
    local python=$1 folder=$2 version=$3 machine=$4 glibc=$5 minor platforms=()
    for ((minor = 5; minor <= ${glibc#*.}; minor++)); do
        platforms+=(--platform "manylinux_2_${minor}_$machine")
    done
    logged "$python" -m pip download -q --only-binary=:all: --dest "$folder" \
        --implementation cp --python-version "$version" \
        --platform "manylinux2014_$machine" "${platforms[@]}" -r "$folder/requirements.txt"
}

wheels_of() { printf '%s\n' "$STATE/wheels-$1"; }

# prepare_wheels BASE EXTRA: keeps the folder as it is when it was made for the same requirements
# and the same kind of Python.
prepare_wheels() {
    local base=$1 extra=$2 version machine glibc python wheels fresh
    read -r version machine glibc <<<"$(describe_python "$base")"
    [ -n "$version" ] || die 1 "$base has no working python3"
    [ "$glibc" != - ] || die 1 "$base has no glibc; use a Debian-like base image"
    python=$(choose_python "$version")
    wheels=$(wheels_of "$extra")
    fresh=$wheels.new
    rm -rf "$fresh"
    mkdir -p "$fresh"
    { printf '# %s %s %s\n' "$version" "$machine" "$glibc"; list_requirements "$python" "$extra"; } \
        >"$fresh/requirements.txt"
    if cmp -s "$fresh/requirements.txt" "$wheels/requirements.txt"; then
        rm -rf "$fresh"
        return
    fi
    say "fetching wheels for Python $version ($extra)"
    # A requirement that exists as source only must be built, which only the same Python can do.
    download_wheels "$python" "$fresh" "$version" "$machine" "$glibc" 2>/dev/null ||
        logged "$python" -m pip wheel -q --wheel-dir "$fresh" -r "$fresh/requirements.txt" ||
        die 1 "cannot fetch wheels for Python $version with $python (whole log: $LOG)"
    rm -rf "$wheels"
    mv "$fresh" "$wheels"
}

# --- the images -------------------------------------------------------------------------------

# fill_context FOLDER KIND: only what the image needs, since the classic builder sends the whole
# context to the engine first.
fill_context() {
    local context=$1 kind=$2 path
    mkdir -p "$context/vantage6"
    for path in ${SOURCES[$kind]}; do
        cp -R "$ROOT/$path" "$context/$path"
    done
    find "$context" -name __pycache__ -prune -exec rm -rf {} +
    cp "$ROOT/pyproject.toml" "$context"
    for path in README.md LICENSE; do
        [ ! -f "$ROOT/$path" ] || cp "$ROOT/$path" "$context"
    done
    cp -R "$(wheels_of "${EXTRAS[$kind]}")" "$context/wheels"
}

recipe_of() {
    case $1 in
        algorithm-base) printf 'examples/Dockerfile.base\n' ;;
        *) printf 'Dockerfile.%s\n' "$1" ;;
    esac
}

revision() { git -C "$ROOT" rev-parse HEAD 2>/dev/null || printf 'unknown\n'; }

# build_ours KIND BASE: an image of our own package, of one of the kinds above.
build_ours() (
    kind=$1 base=$2
    cd "$ROOT"
    image=vantage6/$kind:$VERSION
    recipe=$(recipe_of "$kind")
    # shellcheck disable=SC2086  # several paths
    content=$(image_id "$base" | content_hash ${SOURCES[$kind]} pyproject.toml "$recipe")
    if ! is_made_from "$image" "$content"; then
        prepare_wheels "$base" "${EXTRAS[$kind]}"
        context=$(mktemp -d "$STATE/context.XXXXXX")
        trap 'rm -rf "$context"' EXIT
        fill_context "$context" "$kind"
        cd "$context"
        arguments=(-f "$ROOT/$recipe" --build-arg "BASE=$base" --build-arg WHEELS=wheels)
        # The first stage gets a name, or the engine would not know which of its many nameless
        # images is still of use, and the next build could not take the installed dependencies
        # from it.
        build "vantage6/$kind:dependencies" "$content" . --target dependencies "${arguments[@]}"
        build "$image" "$content" . "${arguments[@]}" \
            --label "org.opencontainers.image.version=$VERSION" \
            --label "org.opencontainers.image.revision=$(revision)"
    fi
    printf '%s=%s\n' "$kind" "$image"
)

# provide_services BASE: other people's services, as docker-compose.yml names them; from Debian
# packages where they cannot be pulled.
provide_services() {
    local service image
    if has_image "vantage6/nginx:$VERSION" || ! pull_services; then
        build_services "$1"
        return
    fi
    for service in "${!PUBLIC_SERVICES[@]}"; do
        printf '%s=%s\n' "$service" "${PUBLIC_SERVICES[$service]}"
    done
}

pull_services() {
    local image
    for image in "${PUBLIC_SERVICES[@]}"; do
        has_image "$image" || pull "$image" || return 1
    done
}

build_services() (
    cd "$ROOT/examples/compose/debian"
    for service in postgres rabbitmq registry nginx; do
        image=vantage6/$service:$VERSION
        content=$({ image_id "$1"; printf '%s\n' "$service"; } | content_hash .)
        is_made_from "$image" "$content" ||
            build "$image" "$content" . --build-arg "BASE=$1" --target "$service"
        printf '%s=%s\n' "$service" "$image"
    done
)

# Names of the folders here that an image is made from.
list_examples() {
    local file
    for file in "$ROOT"/examples/*/Dockerfile; do
        [ ! -f "$file" ] || basename "$(dirname "$file")"
    done
}

# build_example NAME IMAGE
build_example() (
    cd "$ROOT/examples/$1" || die 1 "there is no examples/$1"
    content=$(image_id "$ALGORITHM_BASE" | content_hash .)
    is_made_from "$2" "$content" ||
        build "$2" "$content" . --build-arg "BASE=$ALGORITHM_BASE"
)

# build_all BASE NAME...: whatever these are.
build_all() {
    local base=$1 name examples=() failed=
    shift
    for name in "$@"; do
        case $name in
            server | node) build_ours "$name" "$base" || failed=1 ;;
            compose) provide_services "$base" || failed=1 ;;
            *) examples+=("$name") ;;
        esac
    done
    if [ "${#examples[@]}" -gt 0 ]; then
        build_ours algorithm-base "$base"
        build_examples "${examples[@]}" || failed=1
    fi
    [ -z "$failed" ]
}

# One that cannot be built does not keep the others from being built.
build_examples() {
    local name image failed=
    for name in "$@"; do
        image=vantage6/${name//_/-}:$VERSION
        if build_example "$name" "$image"; then
            printf '%s=%s\n' "$name" "$image"
        else
            failed=1
        fi
    done
    [ -z "$failed" ]
}

main() {
    local base names
    mkdir -p "$STATE"
    # The folder keeps itself out of git, wherever it was made first.
    [ -f "$STATE/.gitignore" ] || echo '*' >"$STATE/.gitignore"
    # One at a time: several would fetch wheels into the same folder.
    exec 8>"$STATE/images.lock"
    flock 8
    # One at a time: the second finds what the first has built.
    exec 8>"$STATE/images.lock"
    ! command -v flock >/dev/null || flock 8
    "$DOCKER" version >/dev/null 2>&1 || die 1 'no Docker engine answers; try tests/services/up'
    base=$(find_base)
    if [ "${1:-}" = base ]; then
        printf 'base=%s\n' "$base"
        return
    fi
    printf 'base=%s\n' "$base"
    names=("$@")
    [ "$#" != 0 ] || mapfile -t names < <(printf 'server\nnode\n' && list_examples)
    build_all "$base" "${names[@]}"
}

main "$@"
