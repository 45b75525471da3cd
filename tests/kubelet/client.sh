#!/bin/bash
# usage: tests/kubelet/client.sh FOLDER
#
# Builds FOLDER/kubelet-client, unless it is there, and prints where it is: a program that asks for logins with the
# kubelet's own code, as Debian has it. Its sources are two of Debian's packages, from the mirror that apt is set up with:
#
#   kubernetes                             Debian 12's source package: the kubelet 1.20, which asks as v1alpha1
#   golang-github-kubernetes-kubelet-dev   the types of k8s.io/kubelet as they are in Debian's unstable branch
#
# Of that old kubelet three things are made as newer ones have them: it asks as v1 and v1beta1 too, it decodes strictly,
# and a program gets the kubelet's own environment. Nothing of apt's own configuration is changed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
client=$folder/kubelet-client
if [ "$client" -nt "$here/client.go" ] && [ "$client" -nt "$here/client.sh" ]; then
    echo "$client"
    exit
fi
"$here/../packages.sh" go=golang-go dpkg-source=dpkg-dev >&2

fetch() {
    local mirror key
    # shellcheck disable=SC2016  # apt fills it in
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
    key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    mkdir -p apt/lists/partial
    printf '%s\n' "deb-src $key $mirror bookworm main" "deb $key $mirror sid main" >apt/sources
    apt=(apt-get -qq -o "Dir::Etc::SourceList=$PWD/apt/sources" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$PWD/apt/lists" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" source --download-only kubernetes
    "${apt[@]}" download golang-github-kubernetes-kubelet-dev
    rm -rf apt
}

build() {
    local root=go/src/k8s.io/kubernetes types=k8s.io/kubelet/pkg/apis/credentialprovider plugin
    mkdir -p go/src/k8s.io types
    tar -xf kubernetes_*.orig.tar.gz
    mv kubernetes-1.20.2 "$root"
    dpkg-deb -x golang-github-kubernetes-kubelet-dev_*.deb types
    rm -rf "$root/staging/src/$types"
    cp -R "types/usr/share/gocode/src/$types" "$root/staging/src/$types"
    cp -R types/usr/share/gocode/src/k8s.io/kubelet/config/v1 "$root/staging/src/k8s.io/kubelet/config/"

    plugin=$root/pkg/credentialprovider/plugin/plugin.go
    sed -i \
        -e "/credentialproviderv1alpha1 \"/a credentialproviderv1 \"$types/v1\"" \
        -e "/credentialproviderv1alpha1 \"/a credentialproviderv1beta1 \"$types/v1beta1\"" \
        -e '/^\tapiVersions = /a credentialproviderv1.SchemeGroupVersion.String(): credentialproviderv1.SchemeGroupVersion,' \
        -e '/^\tapiVersions = /a credentialproviderv1beta1.SchemeGroupVersion.String(): credentialproviderv1beta1.SchemeGroupVersion,' \
        -e 's/NewCodecFactory(scheme)/NewCodecFactory(scheme, serializer.EnableStrict)/' \
        -e 's/cmd\.Env = \[\]string{}/cmd.Env = os.Environ()/' "$plugin"
    # Or an edit found nothing to change.
    [ "$(grep -c -e credentialproviderv1beta1 -e EnableStrict -e os.Environ "$plugin")" -eq 4 ]

    mkdir -p "$root/cmd/kubelet-client"
    cp "$here/client.go" "$root/cmd/kubelet-client/main.go"
    (
        export GO111MODULE=off GOPATH=$PWD/go GOCACHE=$PWD/cache GOFLAGS='' GOPROXY=off CGO_ENABLED=0
        cd "$root"
        go build -o "$folder/kubelet-client" ./cmd/kubelet-client
    )
}

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
{ fetch && build; } >&2
echo "$client"
