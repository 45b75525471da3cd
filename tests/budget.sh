#!/bin/bash
# usage: tests/budget.sh [--print] PROGRAM
#
# Counts the instructions that PROGRAM runs for a `get` without a bus, and fails if they are more than 5 % above
# tests/budget.txt. They depend on rustc, and those of a dynamic program on glibc: where these are others than the
# budget's, it says so and checks nothing. --print prints the text of a new budget.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
print=
if [ "$1" = --print ]; then
    print=yes
    shift
fi
program=$(realpath "$1")
host=swr.cn-north-4.myhuaweicloud.com
ak=QTWAOYTTINDUT2QVKYUC
sk=MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc

# The same length each time, as paths are read and copied.
home=$(mktemp -d /tmp/swr-budget-XXXXXX)
trap 'rm -rf "$home"' EXIT
chmod 700 "$home"

# Prints the instructions of one run: the helper with these variables, and with this home.
count() {
    printf %s "$host" >"$home/stdin"
    env -i HOME="$home" XDG_RUNTIME_DIR="$home" PATH=/usr/bin:/bin "$@" \
        valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$home/log" \
        "$home/docker-credential-swr" get <"$home/stdin" >"$home/stdout"
    grep -q "cn-north-4@$ak" "$home/stdout"
    awk '/ refs: / { gsub(",", "", $NF); print $NF }' "$home/log"
}

cp "$program" "$home/docker-credential-swr"
environment=$(count HUAWEICLOUD_SDK_AK=$ak HUAWEICLOUD_SDK_SK=$sk)
printf %s "$sk" | env -i HOME="$home" "$program" store --backend file --ak $ak --sk-stdin >/dev/null 2>&1
file=$(count DOCKER_CREDENTIAL_SWR_BACKEND=file)

libc="its musl"
if LC_ALL=C readelf --wide --program-headers "$program" | grep -q INTERP; then
    libc=$(getconf GNU_LIBC_VERSION)
fi
made_with="$(rustc --version), $libc"
if [ -n "$print" ]; then
    printf '%s\nenvironment %s\nfile %s\n' "$made_with" "$environment" "$file"
    exit
fi

status=0
for pair in "environment $environment" "file $file"; do
    name=${pair% *} now=${pair#* }
    budget=$(awk -v name="$name" '$1 == name { print $2 }' "$folder/budget.txt")
    echo "instructions of a get from the $name: $now, budget $budget"
    [ $((now * 100)) -le $((budget * 105)) ] || status=1
done
if [ "$(head -1 "$folder/budget.txt")" != "$made_with" ]; then
    echo "skipped: the budget was made with $(head -1 "$folder/budget.txt"), and this is $made_with"
    exit 0
fi
[ $status -eq 0 ] || echo "that is more than 5 % above tests/budget.txt; if it must be, tests/budget.sh --print makes a new one"
exit $status
