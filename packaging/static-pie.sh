#!/bin/bash
# usage: SWR_LINKER=GCC packaging/static-pie.sh ARGUMENT...
#
# Links a static program that can be loaded at any address. rustc asks for that on x86_64; for other machines it asks for
# one that is loaded at a fixed address, though its own musl has the start-up code for both.
set -euo pipefail

arguments=()
for argument; do
    case $argument in
    -static) argument=-static-pie ;;
    -no-pie) continue ;;
    */self-contained/crt1.o) argument=${argument%crt1.o}rcrt1.o ;;
    */self-contained/crtbegin.o) argument=${argument%.o}S.o ;;
    */self-contained/crtend.o) argument=${argument%.o}S.o ;;
    esac
    arguments+=("$argument")
done
exec "$SWR_LINKER" "${arguments[@]}"
