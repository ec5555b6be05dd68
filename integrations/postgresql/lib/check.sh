# Runs PostgreSQL's own suites. Sourced, not executed.

check_usage() {
    cat <<'TEXT'
usage: run check [--server replaced|stock|both] [--suites LIST]

  --server  which server is tested (replaced)
  --suites  of regression,isolation,contrib (all three)

Builds what is missing. The last line is "N passed, N failed".
TEXT
}

# What pg_regress summed up, over all the suites of a log: "passed failed".
# A suite that ended without its summary counts as one failure.
count_results() {
    awk '
        /All [0-9]+ tests passed\./ { match($0, /All [0-9]+/); passed += substr($0, RSTART + 4, RLENGTH - 4) }
        /[0-9]+ of [0-9]+ tests failed[.,]/ {
            match($0, /[0-9]+ of [0-9]+/); split(substr($0, RSTART, RLENGTH), n, " of ")
            failed += n[1]; passed += n[2] - n[1]
        }
        /[0-9]+ of [0-9]+ tests passed, [0-9]+ failed test\(s\) ignored/ {
            match($0, /[0-9]+ of [0-9]+/); split(substr($0, RSTART, RLENGTH), n, " of ")
            passed += n[2]
        }
        /^make.*: \*\*\* .* Error/ { errors++ }
        END { if (errors && !failed) failed = 1; printf "%d %d\n", passed, failed }' "$1"
}

run_suite() {
    local kind=$1 suite=$2 tree=$build/pg-$1 log=$build/pg-logs/$1-$2.log folder passed failed
    case $suite in
        regression) folder=src/test/regress ;;
        isolation) folder=src/test/isolation ;;
        contrib) folder=contrib ;;
        *) fail "no such suite: $suite" ;;
    esac
    mkdir -p "$build/pg-logs"
    local status=0
    (cd "$tree" && unprivileged make -k -C "$folder" check MAX_CONNECTIONS=20) > "$log" 2>&1 || status=$?
    read -r passed failed < <(count_results "$log")
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    say "$kind server, $suite: $passed passed, $failed failed"
    if [ "$failed" -ne 0 ]; then
        grep -E '\.\.\. +FAILED|\*\*\*' "$log" | head -20 || true
        say "see $log"
    fi
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
}

check_servers() {
    local servers=replaced suites=regression,isolation,contrib kind suite
    while [ $# -gt 0 ]; do
        case $1 in
            --server) servers=$2; shift 2 ;;
            --suites) suites=$2; shift 2 ;;
            -h | --help) check_usage; return ;;
            *) check_usage >&2; exit 2 ;;
        esac
    done
    [ "$servers" = both ] && servers="stock replaced"

    source "$here/lib/fetch.sh"
    source "$here/lib/build.sh"
    fetch_source
    install_prerequisites
    total_passed=0 total_failed=0
    for kind in $servers; do
        "build_$kind"
        for suite in ${suites//,/ }; do
            run_suite "$kind" "$suite"
        done
    done
    echo "$total_passed passed, $total_failed failed"
    [ "$total_failed" -eq 0 ]
}
