# Gets the source of postgresql-15. Sourced, not executed.
#
# apt works with lists and a configuration of its own under build/, so that the
# system's stay as they are.

# The system's Debian sources, asking for source packages instead.
write_source_entries() {
    local out=$1 file
    rm -rf "$out"; mkdir -p "$out"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$file" ] || continue
        sed -nE 's/^deb (.*debian.*)$/deb-src \1/p' "$file" > "$out/$(basename "$file" .list).list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        # Paragraphs of third parties have no source of PostgreSQL.
        awk 'BEGIN { RS = ""; ORS = "\n\n" } /URIs:[^\n]*\/debian/' "$file" |
            sed -E 's/^Types:.*/Types: deb-src/' > "$out/$(basename "$file")"
    done
    find "$out" -size 0 -delete
}

apt_own() {
    local tool=$1; shift
    "$tool" -q -o Dir::State="$source_folder/apt/state" \
        -o Dir::State::status=/var/lib/dpkg/status \
        -o Dir::Cache="$source_folder/apt/cache" \
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$source_folder/apt/sources.d" \
        -o APT::Sandbox::User= "$@"
}

# Newest first: what a mirror lists is not always what it serves.
listed_versions() {
    apt_own apt-cache showsrc postgresql-15 | sed -n 's/^Version: //p' | sort -u |
        python3 -c '
import functools, subprocess, sys
def order(a, b):
    return 1 if subprocess.run(["dpkg", "--compare-versions", a, "gt", b]).returncode == 0 else -1
print("\n".join(sorted(sys.stdin.read().split(), key=functools.cmp_to_key(order), reverse=True)))'
}

fetch_source() {
    if [ -f "$source_folder/version" ]; then
        say "source of postgresql-15 $(cat "$source_folder/version") is here already"
        return
    fi
    mkdir -p "$source_folder"/apt/{state/lists/partial,cache/archives/partial} "$source_folder/download"
    write_source_entries "$source_folder/apt/sources.d"
    apt_own apt-get update > "$source_folder/apt/update.log" 2>&1 ||
        fail "apt-get update failed, see $source_folder/apt/update.log"
    local version
    for version in $(listed_versions); do
        say "trying postgresql-15 $version"
        if (cd "$source_folder/download" &&
            apt_own apt-get source --download-only "postgresql-15=$version") \
                > "$source_folder/apt/source.log" 2>&1; then
            rm -rf "$source_folder/tree"
            dpkg-source --no-check --no-copy -x "$source_folder/download/postgresql-15_${version}.dsc" \
                "$source_folder/tree" > "$source_folder/apt/unpack.log" 2>&1 ||
                fail "unpacking failed, see $source_folder/apt/unpack.log"
            echo "$version" > "$source_folder/version"
            say "unpacked postgresql-15 $version"
            return
        fi
    done
    fail "no listed version of postgresql-15 could be fetched, see $source_folder/apt/source.log"
}
