# Shared by the package tests. CTest gives SOURCE (the source tree), WORK (a
# folder for results), CC and CXX.
set -euo pipefail

fail() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

prefix_of() { echo "$WORK/$1/prefix"; }

# build_library FOLDER CMAKE-ARGUMENT...: configures and builds the library alone.
build_library() {
    local folder=$1
    shift
    cmake -S "$SOURCE" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DLWLOCK_BUILD_TESTS=OFF -DLWLOCK_BUILD_BENCH=OFF -DLWLOCK_BUILD_TOOLS=OFF "$@"
    cmake --build "$folder"
}

# use_package PREFIX: pkg-config finds the installation in PREFIX.
use_package() {
    local found
    found=$(find "$1" -name lwlock.pc -printf '%h')
    [[ -n $found ]] || fail "no lwlock.pc was installed"
    export PKG_CONFIG_PATH=$found
}
