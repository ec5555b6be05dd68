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

# Runs a command as the unprivileged user, which PostgreSQL insists on.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups \
            env HOME="$build/pg-home" LC_ALL=C.UTF-8 "$@"
    else
        env LC_ALL=C.UTF-8 "$@"
    fi
}

own_by_server_user() {
    mkdir -p "$@"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R "$server_user:$(id -g "$server_user")" "$@"
    fi
}
