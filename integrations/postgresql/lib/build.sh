# Builds the server twice with the same flags. Sourced, not executed.

configure_flags=(--enable-dtrace --with-openssl --with-icu --without-llvm --disable-rpath)

install_prerequisites() {
    "$here/../../scripts/install-packages" postgresql || fail "packages are missing"
}

# The lock core: optimised, and never with sanitizers.
build_core() {
    cmake -S "$root" -B "$core" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=OFF \
        -DLWLOCK_BUILD_TESTS=OFF -DLWLOCK_BUILD_BENCH=OFF -DLWLOCK_BUILD_TOOLS=OFF \
        > "$core.log" 2>&1 && cmake --build "$core" --target lwlock -j "$jobs" >> "$core.log" 2>&1 ||
        fail "building the lock core failed, see $core.log"
}

# A source tree of its own for each server, laid anew when the version changes.
lay_tree() {
    local tree=$1
    if ! cmp -s "$source_folder/version" "$tree/VERSION.lwlock"; then
        rm -rf "$tree"
        cp -a "$source_folder/tree" "$tree"
        cp "$source_folder/version" "$tree/VERSION.lwlock"
    fi
}

build_tree() {
    local tree=$1 log=$1.log
    (
        cd "$tree"
        if [ ! -f config.status ]; then
            ./configure --prefix="$tree/install" "${configure_flags[@]}" CFLAGS='-O2 -g' || exit 1
        fi
        make -j "$jobs" && make -j "$jobs" -C contrib && make install && make -C contrib install
    ) > "$log" 2>&1 || fail "building $tree failed, see $log"
}

build_stock() {
    lay_tree "$stock"
    say "building the stock server"
    build_tree "$stock"
    own_by_server_user "$stock"
}

build_replaced() {
    mkdir -p "$core"
    build_core
    lay_tree "$replaced"
    local file
    for file in lwlock.c lwlock_names.h lwlock_debug.h; do
        copy_if_changed "$here/server/$file" "$replaced/src/backend/storage/lmgr/$file"
    done
    sed "s|@INCLUDE@|$root|; s|@LIBRARY@|$core/liblwlock.a|" "$here/server/Makefile.custom.in" \
        > "$core/Makefile.custom"
    copy_if_changed "$core/Makefile.custom" "$replaced/src/Makefile.custom"
    # make does not know of the library and its header: with a newer one, the file
    # is compiled and the server linked anew.
    if [ "$core/liblwlock.a" -nt "$replaced/src/backend/postgres" ]; then
        rm -f "$replaced/src/backend/postgres"
        touch "$replaced/src/backend/storage/lmgr/lwlock.c"
    fi
    say "building the server on this library's locks"
    build_tree "$replaced"
    own_by_server_user "$replaced"
}

# PostgreSQL's make does not know which headers an object came from.
copy_if_changed() {
    cmp -s "$1" "$2" && return
    cp "$1" "$2"
    touch "$replaced/src/backend/storage/lmgr/lwlock.c"
}

build_servers() {
    fetch_source
    install_prerequisites
    build_stock
    build_replaced
}
