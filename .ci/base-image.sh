#!/usr/bin/env bash
# Makes stand-ins for a Node base image out of a node on this machine, for machines that reach no image registry.
#
#   .ci/base-image.sh build TAG     node, npm and a shell (busybox), as node:24-bookworm-slim has them; with this
#                                   machine's certificates and npm settings, so that npm ci works inside as it does here
#   .ci/base-image.sh runtime TAG   node and the libraries it needs, no shell, no npm: what a distroless image has
#
# DOCKER names the client, NODE another node than the one on PATH. Needs Debian's busybox-static for "build".
set -euo pipefail

kind=${1:?build or runtime} tag=${2:?tag}
docker=${DOCKER:-docker}
node=$(readlink -f "${NODE:-$(command -v node)}")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# The libraries that node is linked to, and those that glibc loads by name to resolve host names.
libraries() {
  ldd "$node" | grep -o '/[^ ]*'
  local folder
  folder=$(dirname "$(ldd "$node" | grep -o '/[^ ]*/libc\.so\.6')")
  find "$folder/" -maxdepth 1 \( -name 'libnss_files.so.2' -o -name 'libnss_dns.so.2' -o -name 'libresolv.so.2' \)
}

mkdir -p "$root"/{etc/ssl/certs,tmp,proc,sys,dev,run}
chmod 1777 "$root/tmp"
libraries | sort -u | while read -r library; do
  install -D -m 755 "$library" "$root$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
case $kind in
build)
  install -D -m 755 "$node" "$root/usr/local/bin/node"
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$root"/{bin,root,usr/bin,usr/local/lib/node_modules}
  cp -a "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  ln -s /bin/env "$root/usr/bin/env"
  cp /bin/busybox "$root/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  for file in "$(npm config get userconfig)" "$(npm config get globalconfig)"; do
    if [ -f "$file" ]; then cat "$file"; echo; fi
  done >"$root/root/.npmrc"
  changes=(-c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt')
  # What the machine tells npm by its environment.
  while IFS='=' read -r name value; do
    changes+=(-c "ENV $name=$value")
  done < <(env | grep -iE '^npm_config_(registry|cafile|omit_lockfile_registry_resolved|https?_proxy|proxy|noproxy)=' || true)
  ;;
runtime)
  install -D -m 755 "$node" "$root/nodejs/bin/node"
  changes=(-c 'USER 65532:65532' -c 'ENTRYPOINT ["/nodejs/bin/node"]')
  ;;
*)
  echo "$0: build or runtime, not $kind" >&2
  exit 2
  ;;
esac

tar -C "$root" --numeric-owner --owner=0 --group=0 -c . |
  "$docker" import -c "ENV PATH=$path" "${changes[@]}" - "$tag" >/dev/null
