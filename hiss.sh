#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One command from a fresh clone: builds Hiss, then shows it or tests it. See usage() below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly packages_file=.ci/packages.txt
readonly build=build/release
readonly out=demo-output

usage() {
    cat <<'TEXT'
usage: ./hiss.sh demo     build, clean a noisy recording, measure it and draw it before and after
       ./hiss.sh test     build, then run every test
       ./hiss.sh build    build only
       ./hiss.sh setup [GROUP...]   install the missing Debian packages only (.ci/packages.txt)

They start from a bare Debian 12: packages that are missing are installed with apt-get (as root or
through sudo), and nothing else is fetched. Environment:
  HISS_GUI=1|0      build the desktop application, installing Qt for it | do not build it;
                    unset: build it when Qt 6 is installed already
  HISS_INSTALL=0    install nothing
  HISS_CMAKE_ARGS   further arguments of the CMake configuration
TEXT
}

say() { printf '%s\n' "hiss.sh: $*"; }
fail() { printf '%s\n' "hiss.sh: $*" >&2; exit 1; }

# Names the packages of the groups $@ that are not installed.
missing_packages() {
    local group package
    for group; do
        while read -r package; do
            # shellcheck disable=SC2016  # ${…} is dpkg-query's
            [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
                printf '%s\n' "$package"
        done < <(awk -v group="$group" '$1 == group { print $2 }' "$packages_file")
    done
}

# Installs what is missing of the package groups $@.
install_packages() {
    [[ ${HISS_INSTALL:-1} != 0 ]] || return 0
    command -v dpkg-query >/dev/null ||
        { say "no Debian packages here: building with what is installed"; return 0; }
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "neither root nor sudo: install by hand: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get -q update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get failed (its last lines are above)"
    fi
    rm -f "$log"
}

# Configures build/release and builds the targets $@ (all of them when none is given).
build_targets() {
    local gui=${HISS_GUI:-} args=()
    if [[ -z $gui ]]; then
        gui=1
        if [[ -z $(find /usr/lib /usr/local/lib -maxdepth 4 -name Qt6Config.cmake -print -quit \
            2>/dev/null) ]]; then
            gui=0
            say "Qt 6 is not installed: building without the desktop application (HISS_BUILD_GUI=OFF)"
        fi
    fi
    if [[ $gui == 0 ]]; then args=(-DHISS_BUILD_GUI=OFF); else args=(-DHISS_BUILD_GUI=ON); fi
    # The interpreter that Debian's python3-* packages belong to, not another one in PATH.
    [[ ! -x /usr/bin/python3 ]] || args+=(-DPython3_EXECUTABLE=/usr/bin/python3)
    # shellcheck disable=SC2206  # several arguments in one variable
    args+=(${HISS_CMAKE_ARGS:-})
    say "building into $build"
    mkdir -p "$build"
    cmake --preset release "${args[@]}" >"$build/configure.log" 2>&1 ||
        { cat "$build/configure.log" >&2; fail "configuring failed"; }
    cmake --build "$build" ${1:+--target "$@"}
}

setup() {
    local groups=(build "$@")
    if [[ ${HISS_GUI:-} == 1 ]]; then
        groups+=(gui)
        [[ " $* " != *" test "* ]] || groups+=(gui-test)
    fi
    install_packages "${groups[@]}"
}

demo() {
    local hiss=$build/bin/hiss audio=tests/data/audio name=rain
    local noisy=$audio/${name}_noisy.flac clean=$audio/${name}_clean.flac
    local denoised=$out/${name}_denoised.flac picture=$out/${name}_before_after.png
    local model=models/weights/base.safetensors
    mkdir -p "$out"
    say "cleaning $noisy (a voice in the rain) with $model"
    "$hiss" denoise --force --model "$model" "$noisy" -o "$denoised"
    "$hiss" plot --force --model "$model" "$noisy" "$picture"
    say "against the clean original ($clean):"
    "$hiss" compare "$clean" "$noisy" "$denoised"
    say "sound before:  $noisy"
    say "sound after:   $denoised"
    say "picture:       $picture"
    say "other models:  $hiss models"
}

case "${1:-}" in
setup) setup "${@:2}" ;;
build) setup && build_targets ;;
test)
    setup test training-test
    build_targets
    ctest --test-dir "$build" --output-on-failure -j "$(nproc)"
    ;;
demo)
    setup
    build_targets hiss
    demo
    ;;
-h | --help | help) usage ;;
*) usage >&2; exit 2 ;;
esac
