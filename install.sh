#!/bin/sh
# Installs docker-credential-swr where docker finds it, then sets it up; or takes all of that back. The program comes
# from a release, or in a clone is built.
#
# Two options are left out of the usage, and used by the scripts of this repository: `--toolchain` only finds or installs
# what builds the helper and prints the folder that cargo is in; `--program` only builds it and prints where it is.
set -eu

name=docker-credential-swr

# In the copy that is part of a release packaging/seal.sh fills these in: where that release will be, its version, and the
# public key that its signature is checked with.
release=
release_version=
release_key=

usage() {
    cat <<END
usage: install.sh [--region ID]... [--csv FILE] [--backend keyring|file] [--from PLACE] [--version V] [--prefix DIR]
       install.sh --all-regions [the same options]
       install.sh --registry HOST [--registry HOST]... [the same options]
       install.sh --uninstall [--erase-secrets | --keep-secrets] [--prefix DIR]

Installs $name, and sets it up for docker. The copy of this script in a release installs that release; the
one in a clone of the repository builds the program there.

  --from PLACE      install the release in this folder, or at this address
  --version V       install version V, newer or older: the release in the folder vV beside that one
  --region ID       let docker ask the helper for SWR in this region, such as cn-north-4; can be repeated
  --all-regions     the same for all regions of Huawei Cloud
  --registry HOST   the same for a registry that has a key of its own; can be repeated
  --csv FILE        store the access key in this credentials.csv of Huawei Cloud
  --backend WHERE   keep what is stored in the keyring, which is usual, or in a file that holds the login key and no
                    SK: for hosts without a keyring
  --no-set-up       only install, and leave docker's configuration alone: for images and CI
  --prefix DIR      install into DIR/bin (default: /usr/local as root, else ~/.local)
  --uninstall       take all of it back, docker's configuration included
  --erase-secrets   then also forget every access key and login that is stored
  --keep-secrets    then keep them
  -h, --help        print this text

Without --csv, at a terminal, it asks for the access key. --uninstall asks there whether to forget what is stored;
without a terminal it keeps that. Packages that were installed to build it (Rust, gcc) stay.
END
}

main() {
    root=$(cd "$(dirname -- "$0")" && pwd)
    csv=
    backend=
    places=
    prefix=
    uninstall=
    secrets=
    only=
    from=$release
    wanted_version=
    set_up=yes

    # Each round takes one option off the front; what is for `configure` and `store` goes to the end.
    left=$#
    while [ "$left" -gt 0 ]; do
        option=$1
        shift
        left=$((left - 1))
        case $option in
        -h | --help) usage && exit ;;
        --toolchain | --program) only=${option#--} && continue ;;
        --uninstall) uninstall=yes && continue ;;
        --no-set-up) set_up= && continue ;;
        --all-regions)
            one_kind_of_place "$option"
            set -- "$@" "$option"
            continue
            ;;
        --erase-secrets | --keep-secrets)
            [ -z "$secrets" ] || die "\`$option\` and another of its kind" "\`--help\` lists the options"
            secrets=${option#--} && secrets=${secrets%-secrets} && continue
            ;;
        --region=* | --registry=* | --csv=* | --backend=* | --prefix=* | --from=* | --version=*)
            value=${option#*=}
            option=${option%%=*}
            ;;
        --region | --registry | --csv | --backend | --prefix | --from | --version)
            [ "$left" -gt 0 ] || die "\`$option\` needs a value" "\`--help\` lists the options"
            value=$1
            shift
            left=$((left - 1))
            ;;
        *) die "unknown option \`$option\`" "\`--help\` lists the options" ;;
        esac
        [ -n "$value" ] || die "\`$option\` needs a value" "\`--help\` lists the options"
        case $option in
        --region | --registry)
            one_kind_of_place "$option"
            set -- "$@" "$option" "$value"
            ;;
        --csv) csv=$value ;;
        --backend)
            case $value in
            keyring | file) backend=$value ;;
            *) die "\`--backend\` is neither keyring nor file" "\`--help\` lists the options" ;;
            esac
            ;;
        --prefix) prefix=$value ;;
        --from) from=$value ;;
        --version) wanted_version=${value#v} ;;
        esac
    done

    if [ -n "$csv" ]; then check_csv; fi

    if [ -z "$set_up" ] && { [ $# -gt 0 ] || [ -n "$csv$backend" ]; }; then
        die "\`--no-set-up\` goes with no registry, no csv and no backend" "\`--help\` lists the options"
    fi
    choose_release
    target=${CARGO_TARGET_DIR:-$root/target}
    case $target in
    /*) ;;
    *) target=$PWD/$target ;;
    esac
    work=
    part=
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    if [ -n "$uninstall" ]; then
        if [ $# -gt 0 ] || [ -n "$csv$backend" ]; then
            die "\`--uninstall\` goes with no registry, no csv and no backend" "\`--help\` lists the options"
        fi
        uninstall
        exit
    fi
    [ -z "$secrets" ] || die "\`--$secrets-secrets\` goes with --uninstall" "\`--help\` lists the options"
    case $only in
    toolchain)
        need_toolchain
        echo "$toolchain"
        exit
        ;;
    program)
        build
        echo "$program"
        exit
        ;;
    esac
    check_regions "$@"
    choose_folders
    make_bin
    [ -z "$set_up" ] || preflight "$@"
    obtain
    stage
    [ -z "$set_up" ] || check_places "$@"
    put
    put_beside
    if [ -z "$set_up" ]; then
        is_on_path || say "\`$bin\` is not on PATH: \`export PATH=\"$bin:\$PATH\"\` puts it there"
        exit
    fi
    need_on_path "$@"
    set_up "$@"
}

one_kind_of_place() {
    [ "${places:-$1}" = "$1" ] || die "\`$places\` and \`$1\` do not go together" "\`--help\` lists the options"
    places=$1
}

# The program would refuse these too, but only after the download or the build.
check_csv() {
    if [ ! -r "$csv" ] || [ -d "$csv" ]; then
        die "cannot read \`$csv\`" "give --csv the file that Huawei Cloud let you download with the key"
    fi
    # A pipe can be read only once, by the program.
    if [ ! -f "$csv" ] || ! command -v awk >/dev/null; then return 0; fi
    why=$(wrong_in_csv)
    [ -z "$why" ] || die "\`$csv\`: $why" "give --csv the file that Huawei Cloud let you download with the key"
}

# Prints why the file holds no key, as src/config/credentials_csv.rs finds it; nothing if it may hold one. Titles that are
# not English count as right.
wrong_in_csv() {
    # In UTF-16 there are zero bytes between the letters of a key, and any byte in those of a name.
    if [ "$(LC_ALL=C tr -dc '\000' <"$csv" | wc -c)" -gt 0 ]; then
        LC_ALL=C tr -d '\000' <"$csv" | LC_ALL=C tr -cs 'A-Za-z0-9' '\n' | grep -Eq '^.{30,50}$' ||
            echo "it holds no access key"
        return
    fi
    # Some write line ends of CR alone.
    LC_ALL=C tr '\r' '\n' <"$csv" | LC_ALL=C awk '
        function count(text, mark) { return gsub(mark, "", text) }
        function without_blanks(text) { gsub(/(\302?\240|[ \t])+/, "", text); return text }
        # Fills `cells` with the cells of a row, and returns how many there are.
        function split_row(row, cells,    at, letter, is_quoted, last) {
            last = 1
            cells[1] = ""
            for (at = 1; at <= length(row); at++) {
                letter = substr(row, at, 1)
                if (letter == "\"") is_quoted = !is_quoted
                else if (letter == mark && !is_quoted) cells[++last] = ""
                else cells[last] = cells[last] letter
            }
            return last
        }
        /^[ \t]*$/ { next }
        # A name over several lines is left to the program.
        count($0, "\"") % 2 { unknown = 1; exit }
        !begun {
            begun = 1
            sub(/^\357\273\277/, "")
            mark = ","
            if (count($0, ";") > count($0, mark)) mark = ";"
            if (count($0, "\t") > count($0, mark)) mark = "\t"
            told = $0
            gsub(/"/, "", told)
            if (told ~ /^sep=/) {
                mark = told == "sep=" ? "\t" : substr(told, 5, 1)
                next
            }
        }
        !titles {
            titles = split_row($0, title)
            is_english = $0 ~ /^[\t -~]*$/
            for (at = 1; at <= titles; at++) {
                name = tolower(without_blanks(title[at]))
                if (name == "accesskeyid") ak = at
                if (name == "secretaccesskey") sk = at
            }
            if (is_english && !(ak && sk)) {
                why = "its first line has no columns `Access Key Id` and `Secret Access Key`"
                exit
            }
            next
        }
        {
            last = split_row($0, cell)
            text = ""
            for (at = 1; at <= last; at++) {
                cell[at] = without_blanks(cell[at])
                text = text cell[at]
            }
            if (text == "") next
            keys++
            if (is_english && cell[ak] !~ /^[A-Za-z0-9]+$/) why = "the AK must be letters and digits"
            else if (is_english && cell[sk] !~ /^[A-Za-z0-9]+$/) why = "the SK must be letters and digits"
            else if (is_english && length(cell[ak]) >= 30 && length(cell[sk]) <= 30) why = "AK and SK look swapped"
            for (at in cell) delete cell[at]
        }
        END {
            if (unknown) exit
            if (keys > 1) why = "it holds more than one access key; keep only the line of the right one"
            if (!keys && !why) why = "it holds no access key"
            if (why) print why
        }'
}

# The program would refuse what is no region, but only after the download or the build.
check_regions() {
    while [ $# -gt 0 ]; do
        if [ "$1" = --region ]; then
            shift
            for_each_word "$1" check_region
        fi
        shift
    done
}

# Calls $2 with each word between the commas of $1.
for_each_word() {
    rest=$1,
    while [ -n "$rest" ]; do
        "$2" "${rest%%,*}"
        rest=${rest#*,}
    done
}

# As in src/model/regions.rs: a name counts in any case and with any signs between its letters, and one that is at most
# two letters away is likely meant. A comma too many is no name, and `all` are all of them.
check_region() {
    case $1 in
    "" | all) return ;;
    esac
    command -v awk >/dev/null || return 0
    meant=$(regions | awk -v "text=$1" '
        function squeezed(name) { name = tolower(name); gsub(/[^a-z0-9]/, "", name); return name }
        function least(a, b) { return a < b ? a : b }
        function distance(a, b,    i, j, cost, d) {
            for (i = 0; i <= length(a); i++) d[i, 0] = i
            for (j = 0; j <= length(b); j++) d[0, j] = j
            for (i = 1; i <= length(a); i++)
                for (j = 1; j <= length(b); j++) {
                    cost = substr(a, i, 1) != substr(b, j, 1)
                    d[i, j] = least(least(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost)
                    if (i > 1 && j > 1 && substr(a, i - 1, 2) == substr(b, j, 1) substr(b, j - 1, 1))
                        d[i, j] = least(d[i, j], d[i - 2, j - 2] + 1)
                }
            return d[length(a), length(b)]
        }
        BEGIN { text = squeezed(text); best = 3 }
        {
            id = place = $0
            sub(/ .*/, "", id)
            sub(/^[^ ]* ?/, "", place)
            names[1] = squeezed(id)
            names[2] = squeezed(place)
            for (n = 1; n <= 2; n++) {
                if (names[n] == "") continue
                if (text ~ "^(cn(north|east|south|southwest)?|ap|af|me|tr|la)?" names[n] "$") { known = 1; exit }
                far = distance(text, names[n])
                if (far < best) { best = far; nearest = id }
            }
        }
        END { if (known) exit; print nearest; exit 1 }') && return
    if [ -n "$meant" ]; then
        die "\`$1\` is not the ID of a region" "did you mean \`$meant\`?"
    fi
    die "\`$1\` is not the ID of a region that is known here" \
        "an ID is such as cn-north-4; \`--registry\` takes the address of any registry"
}

# Prints the regions that the program knows, each with its place.
regions() {
    cat <<END
cn-north-4 Beijing4
cn-north-1 Beijing1
cn-north-9 Ulanqab1
cn-east-3 Shanghai1
cn-east-2 Shanghai2
cn-east-4 East2
cn-east-5 Qingdao
cn-south-1 Guangzhou
cn-south-2 Shenzhen
cn-southwest-2 Guiyang1
ap-southeast-1 Hong Kong
ap-southeast-2 Bangkok
ap-southeast-3 Singapore
ap-southeast-4 Jakarta
ap-southeast-5 Manila
af-south-1 Johannesburg
af-north-1 Cairo
me-east-1 Riyadh
ae-ad-1 Abu Dhabi
tr-west-1 Istanbul
la-south-2 Santiago
la-north-2 Mexico City2
na-mexico-1 Mexico City1
sa-brazil-1 Sao Paulo1
sa-peru-1 Lima1
cn-north-2
cn-north-11
cn-north-12
cn-south-4
cn-southwest-3
my-kualalumpur-1
ru-moscow-1
ru-northwest-2
tr-central-201
eu-west-101 Dublin
eu-de Germany
eu-nl Netherlands
END
}

# What is known now should stop nobody after a download or a build.
preflight() {
    if [ $# -gt 0 ] || [ -n "$csv$backend" ]; then
        is_on_path || not_on_path "$@"
    fi
    if [ -z "$from" ] && command -v df >/dev/null; then
        free=$(df -Pk "$root" | sed -n '2s/.* \([0-9][0-9]*\)  *[0-9]*% .*/\1/p')
        [ "${free:-1500000}" -ge 1500000 ] || die "\`$root\` has less than 1.5 GB left, which a build takes" \
            "make room, or install a release (docs/install.md)"
    fi
    choose_backend
}

# Offers the file store where there is no keyring to store the key in.
choose_backend() {
    [ -n "$csv" ] || { [ -t 0 ] && [ -t 2 ]; } || return 0
    [ -z "$backend${DOCKER_CREDENTIAL_SWR_BACKEND:-}" ] && [ "$(uname -s)" = Linux ] || return 0
    [ "$(remembered_backend)" = keyring ] && ! has_keyring || return 0
    if [ -t 0 ] && [ -t 2 ]; then
        printf '%s' "install.sh: there is no keyring; store only the login key in a file, without the SK? [y/N] " >&2
        read -r answer || answer=
        case $answer in
        [Yy] | [Yy][Ee][Ss]) backend="file" && return ;;
        esac
    fi
    die "there is no keyring, so nothing can be stored in one" \
        "\`--backend file\` keeps the login key in a file, which holds no SK; or log in to a desktop"
}

# Returns whether PATH leads to the folder of the program, however it is written there.
is_on_path() {
    here=$(cd "$bin" && pwd -P)
    IFS=:
    for folder in $PATH; do
        if [ "$(cd "${folder:-.}" 2>/dev/null && pwd -P)" = "$here" ]; then unset IFS && return; fi
    done
    unset IFS
    return 1
}

# Prints where the program keeps keys, from its settings.
remembered_backend() {
    settings=${DOCKER_CREDENTIAL_SWR_CONFIG:-$(settings_folder)/config.toml}
    if [ -n "$(sed -n "/^ *backend *= *[\"']file[\"']/p" "$settings" 2>/dev/null)" ]; then
        echo file
    else
        echo keyring
    fi
}

settings_folder() {
    case $(uname) in
    Darwin) usual="${HOME:-}/Library/Application Support" ;;
    *) usual=${HOME:-}/.config ;;
    esac
    echo "${XDG_CONFIG_HOME:-$usual}/$name"
}

# Returns whether the desktop's bus has a keyring with a place for new keys, as the program will ask; true where nothing
# here can ask.
has_keyring() {
    [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] || [ -S "${XDG_RUNTIME_DIR:-/nonexistent}/bus" ] || return 1
    service=org.freedesktop.secrets object=/org/freedesktop/secrets interface=org.freedesktop.Secret.Service
    if command -v dbus-send >/dev/null; then
        found=$(dbus-send --session --print-reply --reply-timeout=10000 --dest=$service $object $interface.ReadAlias \
            string:default 2>/dev/null) || return 1
    elif command -v busctl >/dev/null; then
        found=$(busctl --user --timeout=10 call $service $object $interface ReadAlias s default 2>/dev/null) || return 1
    fi
    case ${found:-} in
    *'"/"'*) return 1 ;;
    esac
}

# The program knows every region, and what was meant by one that is misspelt.
check_places() {
    [ $# -eq 0 ] || "$part" configure --remove --dry-run "$@" >/dev/null ||
        die "nothing was installed" "what is wrong is said above"
}

# Sets `program` to the file that will be installed.
obtain() {
    if [ -n "$from" ]; then take_release; else build; fi
}

# Removes what is of no use after the end, however that comes.
clean_up() {
    rm -rf ${work:+"$work"} ${part:+"$part"}
}

# -- a release ----------------------------------------------------------------

# Makes `from` the release of the version that was asked for, beside the one that it was.
choose_release() {
    case $from in
    file://*) from=/${from#file://*/} ;;
    *://* | "") ;;
    # The folder beside `.` has another name.
    *) if folder=$(cd "$from" 2>/dev/null && pwd); then from=$folder; fi ;;
    esac
    if [ -z "$wanted_version" ]; then
        # An older release, signed as well, does not pass for the script's own.
        [ "$from" != "$release" ] || wanted_version=$release_version
        return
    fi
    [ -n "$from" ] || die "\`--version\` goes with --from" "\`--help\` lists the options"
    case $wanted_version in
    */* | [!0-9]*) die "\`--version\` needs a version such as 1.2.3" "\`--help\` lists the options" ;;
    esac
    from=${from%/}
    case $from in
    # GitHub's address of the newest release.
    */releases/latest/download) from=${from%/latest/download}/download/v$wanted_version ;;
    */*) from=${from%/*}/v$wanted_version ;;
    *) from=v$wanted_version ;;
    esac
}

# Fetches the program for this machine. Until its checksum is the one in a list that the holder of the key has signed,
# nothing of what was fetched is run.
take_release() {
    system=$(released_system)
    [ -n "$system" ] || die "no release is made for $(uname -sm)" "run install.sh in a clone of the repository: it builds"
    work=$(mktemp -d) || die "no temporary folder can be made" "set TMPDIR to a folder that you can write to"
    need openssl openssl

    take SHA256SUMS
    take SHA256SUMS.sig
    check_signature

    # The version is in the file's name. Where it is known, an older release cannot pass for it.
    line=$(sed -n "s/^\([0-9a-f]\{64\}\)  \($name-${wanted_version:-[0-9].*}-$system\)\$/\1 \2/p" "$work/SHA256SUMS")
    case $line in
    *" $name-"*" $name-"*)
        die "\`$from\` holds more than one version of $name" "give --from a folder with one release"
        ;;
    *" $name-"*) ;;
    *) die "the release in \`$from\` has no $name${wanted_version:+ $wanted_version} for $system" \
        "look into its file SHA256SUMS for what it has" ;;
    esac
    file=${line#* }
    say "fetching $file"
    take "$file"
    sum=$(openssl dgst -sha256 -r "$work/$file")
    [ "${sum%% *}" = "${line%% *}" ] || die "\`$file\` does not have the release's checksum; nothing was installed" \
        "run this again, in case the download was cut short"
    program=$work/$file
    chmod 755 "$program"
}

# Prints what the program for this machine is called in a release; nothing where there is none.
released_system() {
    machine=$(uname -m)
    case $machine in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    esac
    # A shell that Rosetta runs takes the machine for another.
    [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || machine=aarch64
    case $(uname -s)-$machine in
    Linux-x86_64 | Linux-aarch64) echo "$machine-unknown-linux-musl" ;;
    Darwin-x86_64 | Darwin-aarch64) echo "$machine-apple-darwin" ;;
    esac
}

# Installs what a program is missing for: Alpine's images and Fedora's come without openssl, small ones of RHEL without find.
need() {
    ! command -v "$1" >/dev/null || return 0
    for manager in "apk add --quiet" "dnf --quiet --assumeyes install" "microdnf --assumeyes install"; do
        if command -v "${manager%% *}" >/dev/null; then
            say "installing $2"
            # shellcheck disable=SC2086  # a list of words
            as_root $manager "$2" >/dev/null || die "\`$manager $2\` failed" "its own message is above"
            return
        fi
    done
    apt_install "$2"
}

# Fetches one file of the release.
take() {
    case $from in
    [Hh][Tt][Tt][Pp]://* | [Hh][Tt][Tt][Pp][Ss]://*) download "${from%/}/$1" "$work/$1" ;;
    *) cp "$from/$1" "$work/$1" ;;
    esac || die "cannot fetch \`$1\` of the release in \`$from\`" "the reason is above; nothing was installed"
}

# Where neither of the usual programs is, apt has one of its own.
download() {
    if command -v curl >/dev/null; then
        # A person sees how far it is.
        if [ -t 2 ]; then set -- --progress-bar "$@"; else set -- -sS "$@"; fi
        curl --fail --location --proto =http,https --connect-timeout 20 --speed-limit 1 --speed-time 30 --retry 2 \
            "$1" --output "$3" "$2"
    elif command -v wget >/dev/null; then
        case $(wget --help 2>&1) in
        # Debian 12's crashes on -T.
        *BusyBox*) wget -q -O "$2" "$1" ;;
        *) wget -q -t 3 -T 20 -O "$2" "$1" ;;
        esac
    elif [ -x /usr/lib/apt/apt-helper ]; then
        /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$1" "$2" >/dev/null
    else
        die "neither curl nor wget is installed" "install one of them, then run this again"
    fi
}

# The signature is ECDSA over P-256 with SHA-256, in base64: what sigstore's cosign makes and checks with a key.
check_signature() {
    if [ -n "$release_key" ]; then
        printf '%s\n' "$release_key" >"$work/key"
    else
        cp "$root/packaging/release.pub" "$work/key" || die "there is no key to check the release with" \
            "use the install.sh that is part of the release, or the one in a clone of the repository"
    fi
    { openssl base64 -d -A -in "$work/SHA256SUMS.sig" -out "$work/signature" &&
        openssl dgst -sha256 -verify "$work/key" -signature "$work/signature" "$work/SHA256SUMS"; } >/dev/null 2>&1 ||
        die "the release in \`$from\` is not signed with the key that this script knows; nothing was installed" \
            "take install.sh and the release from the same place"
}

# -- the toolchain ------------------------------------------------------------

# Sets `toolchain` to a folder with a cargo and a rustc that are new enough.
need_toolchain() {
    wanted=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$root/Cargo.toml")
    toolchain=
    seen=
    find_toolchain || install_toolchain
    can_link || apt_install gcc libc6-dev
}

# Returns whether rustc can link, with the C compiler. Debian has that apart from the C library that it links with.
can_link() {
    command -v cc >/dev/null || return
    [ "$(uname)" != Linux ] || [ -e "$(cc -print-file-name=crt1.o)" ]
}

find_toolchain() {
    IFS=:
    # Ubuntu has newer compilers in packages that carry their version, in folders of their own.
    for folder in $PATH "${CARGO_HOME:-${HOME:-}/.cargo}/bin" /usr/lib/rust-*/bin; do
        if [ ! -x "$folder/cargo" ] || [ ! -x "$folder/rustc" ]; then continue; fi
        # What is relative leads elsewhere from the folder that they are run in.
        case $folder in
        /*) ;;
        *) continue ;;
        esac
        # A rustup without a toolchain answers with an error.
        # They are run in /, as a file above any other folder, of whoever can write there, could run a program.
        version=$(cd / && "$folder/rustc" --version 2>/dev/null | sed 's/^rustc \([0-9.]*\).*/\1/')
        if at_least "$version" "$wanted"; then
            toolchain=$folder
            break
        fi
        seen=${version:+"$folder/rustc is $version"}
    done
    unset IFS
    [ -n "$toolchain" ]
}

install_toolchain() {
    if command -v rustup >/dev/null; then
        no_toolchain "rustup default stable && rustup update stable"
    fi
    command -v apt-get >/dev/null || no_toolchain
    as_root apt-get -qq update || die "\`apt-get update\` failed" "its own message is above"
    if [ -n "$(candidate rustup)" ]; then
        apt_install rustup ca-certificates
        { rustup toolchain install stable --profile minimal && rustup default stable; } >&2 ||
            no_toolchain "rustup default stable"
    elif at_least "$(candidate rustc-web)" "$wanted" && at_least "$(candidate cargo-web)" "$wanted"; then
        apt_install rustc-web cargo-web ca-certificates
    elif newest=$(newest_versioned) && [ -n "$newest" ]; then
        apt_install "rustc-$newest" "cargo-$newest" ca-certificates
    else
        no_toolchain
    fi
    find_toolchain || no_toolchain
}

# Prints the newest X of the packages rustc-X and cargo-X, as Ubuntu names them; nothing where none is new enough.
newest_versioned() {
    apt-cache search --names-only '^rustc-1' | sed -n 's/^rustc-\([0-9.]*\) .*/\1/p' | sort -V | while read -r version; do
        if at_least "$version" "${wanted%.0}" && [ -n "$(candidate "cargo-$version")" ]; then echo "$version"; fi
    done | sed -n '$p'
}

no_toolchain() {
    die "no Rust $wanted or newer here${seen:+ ($seen)}" \
        "install the released program, which needs no Rust (docs/install.md); or run \`${1:-curl --proto '=https' -sSf https://sh.rustup.rs | sh}\`, then this again"
}

# Prints the version that apt would install; nothing when it knows none.
candidate() {
    apt-cache policy "$1" | sed -n 's/^  Candidate: \([0-9].*\)/\1/p'
}

# Returns whether version $1 is at least $2; an empty $1 is not.
at_least() {
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

apt_install() {
    command -v apt-get >/dev/null || die "\`$1\` is missing" "install it, then run this again"
    say "installing $*"
    [ -n "$(candidate "$1")" ] || as_root apt-get -qq update || die "\`apt-get update\` failed" "its own message is above"
    # Nothing that is here already is removed for it.
    as_root apt-get -qq install --yes --no-remove --no-install-recommends "$@" >/dev/null ||
        die "apt-get could not install $*" "run \`apt-get install $*\`, then this again"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive "$@"
    else
        die "packages are missing and this is not root" "run \`$*\` as root, then this again"
    fi
}

# -- the binary ---------------------------------------------------------------

# Sets `bin`, `data` and `manual`: the folders of the binary, of what shells complete, and of the manual pages.
choose_folders() {
    data=
    if [ -z "$prefix" ] && [ "$(id -u)" -eq 0 ]; then
        prefix=/usr/local
    elif [ -z "$prefix" ]; then
        prefix=${HOME:?is not set}/.local
        # Where bash and fish look for what a user installed.
        data=${XDG_DATA_HOME:-}
    fi
    case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
    esac
    prefix=${prefix%/}
    bin=$prefix/bin
    data=${data:-$prefix/share}
    manual=$prefix/share/man/man1
}

make_bin() {
    (umask 022 && mkdir -p "$bin") || die "cannot create \`$bin\`" "choose another folder with --prefix"

    [ ! -d "$bin/$name" ] || die "\`$bin/$name\` is a folder" "move it away, or choose another folder with --prefix"
    check_bin
    [ -w "$bin" ] || die "cannot write to \`$bin\`" "choose another folder with --prefix"
}

# Whoever can write to the folder of the program, or to one on the way, can take the helper's place and collect every login.
check_bin() {
    need find findutils
    check_way "$bin"
    check_way "$(cd "$bin" && pwd -P)"
    check_links "$bin"
}

# Does the same for the folder of each link on the way, and of each that it leads to.
check_links() (
    path=$1
    while [ "$path" != / ]; do
        if [ -L "$path" ]; then
            leads=$(readlink "$path")
            case $leads in
            /*) ;;
            *) leads=$(dirname "$path")/$leads ;;
            esac
            check_way "$(dirname "$leads")"
            check_links "$leads"
        fi
        path=$(dirname "$path")
    done
)

# Ends unless only the user and root can write to the folder and to each above it. In one with the sticky bit, as /tmp has
# it, others can write, and take nothing away. By number, as not every user has a name.
check_way() {
    folder=$1
    writable="-perm -002 -o -perm -020"
    # The group that has the user's name, as Debian makes one, has nobody else in it.
    if user=$(id -un 2>/dev/null) && [ "$user" = "$(id -gn)" ]; then writable="$writable ! -group $(id -g)"; fi
    # shellcheck disable=SC2086  # a list of words
    others=$(find "$folder/." -prune \( $writable \))
    while [ -z "$others" ]; do
        [ -z "$(find "$folder/." -prune ! -user "$(id -u)" ! -user 0)" ] ||
            die "\`$folder\` belongs to another user, who could change what is in it" "choose another folder with --prefix"
        # shellcheck disable=SC2086  # a list of words
        others=$(find "$folder/." -prune ! -perm -1000 \( $writable \))
        if [ -n "$others" ] || [ "$folder" = / ]; then break; fi
        folder=$(dirname "$folder")
    done
    [ -z "$others" ] || die "others can write to \`$folder\`" \
        "\`chmod go-w $(quoted "$folder")\`, or choose another folder with --prefix"
}

# Builds in the clone that this script is in, and sets `program`.
build() {
    need_toolchain
    choose_system
    say "building $name"
    (
        # A target from somebody's own settings would put the binary elsewhere.
        unset CARGO_BUILD_TARGET
        PATH=$toolchain:$PATH
        cd /
        # Only ring has C in it, which needs no library of C's.
        if [ -n "$system" ] && ! command -v musl-gcc >/dev/null; then
            export "CC_${machine}_unknown_linux_musl=${CC:-cc}" "CFLAGS_${machine}_unknown_linux_musl=-U_FORTIFY_SOURCE"
        fi
        # A person sees how far it is; a log needs no line for each dependency.
        if [ ! -t 2 ]; then set -- --quiet; else set --; fi
        cargo build --release --locked "$@" ${system:+--target "$system"} --manifest-path "$root/Cargo.toml" \
            --target-dir "$target"
    ) || die "the build failed" "cargo's own message is above"
    program=$target/${system:+$system/}release/$name
}

# Sets `system` to this machine's static Linux, whose programs start in half the time and need no library of the machine:
# where its standard library is here, or rustup has it. Else to nothing, which is the compiler's own system.
choose_system() {
    system=
    [ "$(uname -s)" = Linux ] || return 0
    machine=$(uname -m)
    static=$machine-unknown-linux-musl
    library=$(cd / && "$toolchain/rustc" --print target-libdir --target "$static" 2>/dev/null) || library=none
    if [ ! -d "$library" ] && [ -x "$toolchain/rustup" ]; then
        (cd / && "$toolchain/rustup" target add "$static") >&2 || true
    fi
    if [ -d "$library" ]; then
        system=$static
    else
        say "there is no standard library for $static here, so the program will not be static"
    fi
}

# Docker never sees half a file: it is written beside its place, sets `part` to that, and is renamed later. It is first run
# there, as nothing runs from some machines' /tmp.
stage() {
    part=$(mktemp "$bin/.$name.XXXXXX")
    cp "$program" "$part"
    # What a user cannot read the kernel keeps from that user's debuggers, from the first moment of its run.
    if [ "$(id -u)" -eq 0 ]; then chmod 711 "$part"; else chmod 755 "$part"; fi
    "$part" version >/dev/null || die "the program does not run from \`$bin\`" "choose another folder with --prefix"
}

put() {
    was=$(installed_version)
    mv -f "$part" "$bin/$name"
    part=
    now=$(installed_version)
    say "installed $bin/$name${now:+ $now}${was:+ instead of $was}"
}

# Prints the version of the program that is in its place; nothing where it has none.
installed_version() {
    "$bin/$name" version 2>/dev/null | sed -n 's/.* \([0-9][^ ]*\)$/\1/p'
}

# -- completions and manual pages ---------------------------------------------

# Prints each shell with the file that it reads.
completions() {
    echo "bash $data/bash-completion/completions/$name"
    echo "zsh $data/zsh/site-functions/_$name"
    echo "fish $data/fish/vendor_completions.d/$name.fish"
}

# Everything else works without them.
put_beside() {
    (
        umask 022
        completions | while read -r shell file; do
            { mkdir -p "${file%/*}" && "$bin/$name" completion "$shell" >"$file"; } || exit 1
        done || exit 1
        "$bin/$name" man "$manual"
    ) || { say "did not install completions and manual pages" && return; }
    say "installed completions below $data, and manual pages below $manual"

    # These two look into few folders of their own accord.
    folder=$data/zsh/site-functions
    # shellcheck disable=SC2016  # for zsh
    if command -v zsh >/dev/null && ! zsh -fc '((${fpath[(Ie)$1]}))' zsh "$folder" >/dev/null 2>&1; then
        say "zsh completes it with \`fpath=('$folder' \$fpath)\` before compinit in ~/.zshrc"
    fi
    folder=$data/fish/vendor_completions.d
    # Whoever has started fish once has its folder; to start it here would make one.
    # shellcheck disable=SC2016  # for fish
    if [ -d "${XDG_CONFIG_HOME:-${HOME:-}/.config}/fish" ] && command -v fish >/dev/null &&
        ! fish -c 'contains -- $argv[1] $fish_complete_path' "$folder" >/dev/null 2>&1; then
        say "fish completes it with \`set -a fish_complete_path '$folder'\` in ~/.config/fish/config.fish"
    fi
    if command -v pwsh >/dev/null; then
        say "PowerShell completes it with \`$name completion powershell | Out-String | Invoke-Expression\` in \$PROFILE"
    fi
}

# -- setting it up ------------------------------------------------------------

# Stops here when docker would not find what was just installed.
need_on_path() {
    found=$(command -v "$name" || true)
    if [ -z "$found" ]; then
        not_on_path "$@"
    elif [ "$(readlink -f "$found")" != "$(readlink -f "$bin/$name")" ]; then
        say "docker would run \`$found\`, which comes first on PATH: remove it"
        next="remove \`$found\`, then run this again"
    else
        return 0
    fi
    leave_alone "$@"
}

not_on_path() {
    line="export PATH=\"$bin:\$PATH\""
    say "\`$bin\` is not on PATH, so docker would not find the helper; run this line now, and add it to ~/.profile:"
    echo "$line"
    next="run \`$line\` in this shell, then this again"
    leave_alone "$@"
}

# Without anything else to do, that is no failure.
leave_alone() {
    [ $# -eq 0 ] && [ -z "$csv$backend" ] && exit
    die "docker's configuration and the key were left alone" "$next"
}

# `store` makes docker ask the helper by itself; without a key to store it is left to `configure`.
set_up() {
    note_sudo
    if [ -n "$csv" ]; then
        "$bin/$name" store --csv "$csv" ${backend:+--backend "$backend"} "$@"
    elif is_stored; then
        say "the account \`default\` has a key already, and keeps it; \`$name store\` or \`$name rotate\` changes it"
        [ $# -eq 0 ] || "$bin/$name" configure "$@"
    elif [ -t 0 ] && [ -t 2 ]; then
        "$bin/$name" store ${backend:+--backend "$backend"} "$@"
    else
        [ $# -eq 0 ] || "$bin/$name" configure "$@"
        say "next: store the access key with \`$name store${backend:+ --backend $backend}$(for word; do printf ' %s' "$(quoted "$word")"; done)\`"
    fi
}

# Whether who installs it once more need not be asked for the key again. A registry of its own has a key of its own.
is_stored() {
    [ "$places" != --registry ] && { [ -z "$backend" ] || [ "$backend" = "$(remembered_backend)" ]; } &&
        [ -n "$("$bin/$name" accounts --names 2>/dev/null | sed -n '/^default$/p')" ]
}

# Prints the word as a shell takes it.
quoted() {
    case $1 in
    *[!A-Za-z0-9.,:/_-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

note_sudo() {
    if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
        say "under sudo: what follows is for root's docker, not for $SUDO_USER's"
    fi
}

# -- taking it back -----------------------------------------------------------

# The helper goes last: docker must not ask for one that is gone, and only the helper can erase what it stored.
uninstall() {
    choose_folders
    note_sudo
    [ -e "$bin/$name" ] || say "nothing is installed in $bin"
    helper=$bin/$name
    if [ -e "$helper" ]; then
        # Nobody else's program is run here.
        check_bin
        [ -z "$(find "$helper" -prune ! -user "$(id -u)" ! -user 0)" ] ||
            die "\`$helper\` belongs to another user" "run this as that user"
    fi
    if [ ! -x "$helper" ] && [ -z "$from" ]; then
        # What was built in this clone, static or not.
        for helper in "$target/$(uname -m)-unknown-linux-musl/release/$name" "$target/release/$name"; do
            [ ! -x "$helper" ] || break
        done
    fi
    ask_about_secrets
    if [ ! -x "$helper" ] && [ "$secrets" = erase ]; then
        say "only the program can erase what is stored, and it is not here"
        obtain
        helper=$program
    fi
    if [ -x "$helper" ]; then
        deconfigure
        if [ "$secrets" = erase ]; then erase; fi
    fi

    remove "$bin/$name"
    completions | while read -r _ file; do
        remove "$file"
    done
    for page in "$manual/$name.1" "$manual/$name-"*.1; do
        remove "$page"
    done
    if [ "$secrets" = erase ]; then
        remove_settings
    else
        say "kept what is stored; the same command with \`--erase-secrets\` removes it"
    fi
    [ -n "$from" ] || say_what_stays
    left=$(command -v "$name" || true)
    [ -z "$left" ] || say "another one was not removed: $left"
}

say_what_stays() {
    # With its size in parentheses.
    sized() { echo "$1$(du -sh "$1" 2>/dev/null | sed 's/[[:space:]].*/)/; s/^/ (/')"; }
    [ ! -d "$target" ] || say "what was built stays in $(sized "$target"); \`rm -r $(quoted "$target")\` removes it"
    for folder in "${RUSTUP_HOME:-${HOME:-}/.rustup}" "${CARGO_HOME:-${HOME:-}/.cargo}"; do
        [ ! -d "$folder" ] ||
            say "Rust's $(sized "$folder") stays; \`rm -r $(quoted "$folder")\` removes it, unless you use Rust elsewhere"
    done
    say "packages that were installed to build it stay, such as rustup and gcc; \`apt-get remove\` removes them"
}

deconfigure() {
    hint="what it says is above; then run this again"
    "$helper" configure --remove || die "docker's configuration still names the helper" "$hint"
    case $("$helper" configure --help) in
    *--podman*) "$helper" configure --remove --podman || die "podman's configuration still names the helper" "$hint" ;;
    esac
}

# Sets `secrets` to erase or keep: what an option says, else what the person says, else keep.
ask_about_secrets() {
    [ -z "$secrets" ] || return 0
    secrets=keep
    if [ -t 0 ] && [ -t 2 ]; then
        printf '%s' "install.sh: forget every access key and login that is stored, too? [y/N] " >&2
        read -r answer || answer=
        case $answer in
        [Yy] | [Yy][Ee][Ss]) secrets=erase ;;
        esac
    fi
}

# Whatever the settings say now: the key may be from before another backend was chosen.
erase() {
    for backend in keyring file; do
        said=$(DOCKER_CREDENTIAL_SWR_BACKEND=$backend DOCKER_CREDENTIAL_SWR_TIMEOUT=10 "$helper" erase --all --yes 2>&1) || {
            case $said in
            *"there is no OS keyring here"*)
                # Where the settings name the file, nothing is in a keyring that is not there.
                [ "$(remembered_backend)" = file ] ||
                    say "there is no keyring here to look into; if you stored a key on a desktop, run this there as well"
                continue
                ;;
            esac
            printf '%s\n' "$said" >&2
            die "something may still be stored in the $backend, and the helper is still there" \
                "\`--keep-secrets\` leaves it there"
        }
        printf '%s\n' "$said" | sed '/^nothing is stored$/d'
    done
}

remove() {
    [ -e "$1" ] || return 0
    rm -f "$1" || die "cannot remove \`$1\`" "run this as the user who installed it"
    say "removed $1"
}

# Removes the settings, unless a person wrote into them, and the file store, of which nothing but its frame is left.
remove_settings() {
    case $(uname) in
    Darwin) state=${HOME:-}/Library/Caches ;;
    *) state=${HOME:-}/.local/state ;;
    esac
    folder=$(settings_folder)
    if [ -f "$folder/config.toml" ]; then
        # What `store` writes: the backend, the clouds, and which account a registry has.
        own='^backend = "[a-z]*"$|^clouds = \[[^]#]*\]$|^\[registry\."[^"]*"\]$|^account = "[^"]*"$|^ *$'
        if [ -z "$(sed -E "/$own/d" "$folder/config.toml")" ]; then
            remove "$folder/config.toml"
        else
            say "kept $folder/config.toml, which has settings of yours"
        fi
    fi
    [ -n "$(sed -n 3p "$folder/credentials" 2>/dev/null)" ] || remove "$folder/credentials"
    # Locks, and what is remembered of logins that were answered or refused.
    state=${XDG_STATE_HOME:-$state}/$name
    for file in "$folder/credentials.lock" "$state/key" "$state/notes" "$state/silent" "$state"/*.lock; do
        remove "$file"
    done
    for folder in "$folder" "$state"; do
        rmdir "$folder" 2>/dev/null || true
    done
}

say() {
    echo "install.sh: $1" >&2
}

die() {
    echo "install.sh: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

main "$@"
