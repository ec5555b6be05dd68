# Paths and helpers of the run command. Sourced, not executed.

root=${LWLOCK_ROOT:-$(cd "$here/../.." && pwd)}   # where the lock core comes from
build=$(realpath -m "${LWLOCK_BUILD:-$here/../../build}")
server_user=${LWLOCK_PG_USER:-nobody}
jobs=${LWLOCK_PG_JOBS:-$(nproc)}

source_folder=$build/postgresql    # downloads, apt's own state, the version
stock=$build/pg-stock              # the stock tree; its install/ is the server
replaced=$build/pg-replaced        # the tree with this library's lwlock.c
core=$build/pg-core                # the lock core as a static library

say() { printf '== %s\n' "$*"; }
fail() { printf 'run: %s\n' "$*" >&2; exit 1; }

# PostgreSQL refuses to run as root. What is put before a command that must not:
# another user, or, where that user could not enter the build folder, a user
# namespace in which root looks like it.
choose_user() {
    as_user="env"
    owned=false
    [ "$(id -u)" -eq 0 ] || return 0
    local user group
    user=$(id -u "$server_user") group=$(id -g "$server_user")
    as_user="setpriv --reuid=$user --regid=$group --clear-groups env"
    mkdir -p "$build"
    if $as_user test -x "$build" -a -r "$root"; then
        owned=true
    else
        as_user="unshare --user --map-user=$user --map-group=$group env"
    fi
}

unprivileged() { $as_user HOME="$build" LC_ALL=C.UTF-8 "$@"; }

own_by_server_user() {
    if $owned; then chown -R "$server_user:$(id -g "$server_user")" "$@"; fi
}
