#!/usr/bin/env bash
# Shows trust from a user's view, with real registries on this machine: ./scripts/stories.sh. It publishes the binary first, unless NV2_BINARY names one.
# The docker client runs the plug-in. A stand-in for the daemon shows the arguments that it gets.
# It works in a temporary folder that it removes, and fails as soon as a step has another result than shown.
set -euo pipefail
[[ -z ${NV2_BINARY:-} ]] || NV2_BINARY=$(realpath -e "$NV2_BINARY")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh
source scripts/lib/show.sh

require_packages openssl=openssl umoci=umoci skopeo=skopeo jq=jq docker-registry=docker-registry curl=curl docker=docker.io

work=$(mktemp -d)
registries=()
cleanup() {
    local status=$?
    ((${#registries[@]} == 0)) || kill "${registries[@]}" 2>/dev/null || true
    if ((status != 0)); then
        for log in "$work"/*.registry.log; do
            [[ ! -e $log ]] || { echo "-- $log" >&2; tail -n 20 "$log" >&2; }
        done
    fi
    rm -rf "$work"
}
trap cleanup EXIT

# start_registry NAME: a registry on a free port of this machine; sets the variable NAME to its address.
start_registry() {
    local attempt port
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 40000))
        printf 'version: 0.1\nstorage: { filesystem: { rootdirectory: %s } }\nhttp: { addr: "127.0.0.1:%s" }\n' "$work/$1.data" "$port" >"$work/$1.yml"
        docker-registry serve "$work/$1.yml" >"$work/$1.registry.log" 2>&1 &
        local pid=$!
        for _ in $(seq 200); do
            if curl -fsS -o /dev/null "http://127.0.0.1:$port/v2/" 2>/dev/null && kill -0 "$pid" 2>/dev/null; then
                registries+=("$pid")
                printf -v "$1" '127.0.0.1:%s' "$port"
                export "${1?}"
                return
            fi
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill "$pid" 2>/dev/null || true
    done
    fail "no registry could be started"
}

heading "The program"
if [[ -z ${NV2_BINARY:-} ]]; then
    say "Publishing nv2, one native binary; this takes a minute."
    ./scripts/publish.sh "$work/published"
    NV2_BINARY=$work/published/nv2
fi

# The user's machine: a separate home, docker with the plug-in, and skopeo for access to registries.
docker_client=$(command -v docker)
mkdir -p "$work/bin" "$work/home/.config/containers" "$work/home/.docker/cli-plugins" "$work/demo"
ln -s "$NV2_BINARY" "$work/bin/nv2"
cat >"$work/bin/docker" <<END
#!/usr/bin/env bash
# The real client, except for commands that need a daemon: these are printed.
case \$1 in
    run | pull | tag) echo "[docker's daemon is asked: \$*]" ;;
    *) exec -a docker "$docker_client" "\$@" ;;
esac
END
chmod +x "$work/bin/docker"
NV2_BINARY=$NV2_BINARY scripts/install-local.sh docker "$work/home/.docker/cli-plugins" >/dev/null
export HOME=$work/home DOCKER_CONFIG=$work/home/.docker NV2_HOME=$work/home/trust NV2_TRANSFER=skopeo
export PATH=$work/bin:$PATH
unset XDG_CONFIG_HOME

heading "The registries"
say "Docker Hub, Wabbit Networks' registry and ACME Rockets' own are three registries on this machine. The user's tools find them under their real names."
start_registry hub
start_registry wabbit
start_registry acme
for name in docker.io=$hub registry.wabbit-networks.io=$wabbit registry.acme-rockets.io=$acme; do
    printf '[[registry]]\nprefix = "%s"\nlocation = "%s"\ninsecure = true\n\n' "${name%%=*}" "${name#*=}"
done >"$HOME/.config/containers/registries.conf"
cd "$work/demo"

# Publishers push to the addresses, and sign for the names.
image() { # image LAYOUT TEXT
    umoci init --layout "$1"
    umoci new --image "$1:v1"
    echo "$2" >"$1.txt"
    umoci insert --image "$1:v1" "$1.txt" "/$1.txt"
}
publish() { # publish LAYOUT ADDRESS/REPOSITORY
    skopeo copy -q --dest-tls-verify=false "oci:$1:v1" "docker://$2:v1"
}
image hello 'hello, world' && publish hello "$hub/library/hello"
image monitor 'watching the net' && publish monitor "$wabbit/net-monitor" && publish monitor "$hub/wabbit-networks/net-monitor"
image payroll 'for our eyes only' && publish payroll "$acme/payroll"
for owner in docker.io registry.wabbit-networks.io registry.acme-rockets.io; do
    nv2 certificate generate-test --output . "$owner" >/dev/null
done
nv2 sign -k docker.io.key -c docker.io.crt -r docker.io/library/hello:v1 --plain-http "$hub/library/hello:v1" >/dev/null
nv2 sign -k registry.wabbit-networks.io.key -c registry.wabbit-networks.io.crt -r registry.wabbit-networks.io/net-monitor:v1 --plain-http "$wabbit/net-monitor:v1" >/dev/null
fingerprint() { openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1; }

heading "The user's trust"
say "A user at ACME Rockets trusts everything that Docker Hub has certified, and nothing else."
run <<'END'
nv2 trust add docker-hub docker.io.crt
nv2 trust allow '*' --store docker-hub
END
run <<'END'
docker --help | grep nv2
END

heading "1. Public certified content runs"
say "The registry has signed the image. The user has its certificate already. docker gets the verified digest, not the typed name."
run <<'END'
docker nv2 run --rm hello:v1
END

heading "2. Public community content is refused, and the message says where to get the key"
say "nv2.json has the address of Wabbit Networks' certificate, with the expected fingerprint."
cat >"$NV2_HOME/nv2.json" <<END
{
  "version": "1.0",
  "keys": [
    {
      "scope": "registry.wabbit-networks.io/net-monitor",
      "url": "https://wabbit-networks.io/certs/wabbit-networks.crt",
      "sha256Thumbprint": "$(fingerprint registry.wabbit-networks.io.crt)",
      "store": "ca:wabbit-networks"
    }
  ]
}
END
run_to_fail "curl -fsSL 'https://wabbit-networks.io/certs/wabbit-networks.crt' | nv2 trust add wabbit-networks -" <<'END'
docker nv2 run --rm registry.wabbit-networks.io/net-monitor:v1
END

heading "3. The same with trust not required: it is accepted with a warning"
run_to_warn "trust is not required" <<'END'
docker nv2 trust required off
docker nv2 run --rm registry.wabbit-networks.io/net-monitor:v1
docker nv2 trust required on
END

heading "2. (continued) With the key, the same command succeeds"
say "The user follows the message; here the certificate comes from a file instead of curl. A certificate with another fingerprint is refused."
run_to_fail "has the SHA-256 fingerprint" <<'END'
nv2 trust add wabbit-networks registry.acme-rockets.io.crt --fingerprint "$(jq -r '.keys[0].sha256Thumbprint' "$NV2_HOME/nv2.json")"
END
run <<'END'
nv2 trust add wabbit-networks - --fingerprint "$(jq -r '.keys[0].sha256Thumbprint' "$NV2_HOME/nv2.json")" < registry.wabbit-networks.io.crt
nv2 trust allow registry.wabbit-networks.io/net-monitor --store wabbit-networks
docker nv2 run --rm registry.wabbit-networks.io/net-monitor:v1
END

heading "4. A private registry imports public content, and certifies it under its own name"
say "ACME Rockets copies the image with its signature, checks it, and signs it for its name in the company's registry."
run <<'END'
digest=$(nv2 verify registry.wabbit-networks.io/net-monitor:v1)
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false docker://$wabbit/net-monitor:v1 docker://$acme/imports/net-monitor:v1
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --all docker://$wabbit/net-monitor:${digest/:/-} docker://$acme/imports/net-monitor:${digest/:/-}
nv2 sign -k registry.acme-rockets.io.key -c registry.acme-rockets.io.crt -r registry.acme-rockets.io/imports/net-monitor:v1 --plain-http $acme/imports/net-monitor:v1
END
say "Both signatures are seen:"
run <<'END'
nv2 list registry.acme-rockets.io/imports/net-monitor:v1
END
say "The company's policy requires its own signature. The vendor's signature is for another name, and is not trusted here."
run_to_fail "authenticity:" <<'END'
docker nv2 run --rm registry.acme-rockets.io/imports/net-monitor:v1
END
run <<'END'
nv2 trust add acme-rockets registry.acme-rockets.io.crt
nv2 trust allow registry.acme-rockets.io/imports/net-monitor --store acme-rockets
docker nv2 run --rm registry.acme-rockets.io/imports/net-monitor:v1
END

heading "5. Privately built content"
say "The company's pipeline signs what it builds. An unsigned image does not run."
run <<'END'
nv2 trust allow registry.acme-rockets.io/payroll --store acme-rockets
END
run_to_fail "it has no signature" <<'END'
docker nv2 pull registry.acme-rockets.io/payroll:v1
END
run <<'END'
nv2 sign -k registry.acme-rockets.io.key -c registry.acme-rockets.io.crt -r registry.acme-rockets.io/payroll:v1 --plain-http $acme/payroll:v1
docker nv2 pull registry.acme-rockets.io/payroll:v1
END

heading "6. A vendor's and a registry's certification on one image"
say "On Docker Hub, Wabbit Networks signs its image in the Notary Project's format, which carries no names, and Docker Hub certifies it under its name there."
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/C=US/ST=WA/O=wabbit-networks.io/CN=Wabbit Networks' \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=codeSigning \
    -keyout vendor.key -out vendor.crt 2>/dev/null
chmod 600 vendor.key
run <<'END'
nv2 sign --format jws -k vendor.key -c vendor.crt --plain-http $hub/wabbit-networks/net-monitor:v1
nv2 sign -k docker.io.key -c docker.io.crt -r docker.io/wabbit-networks/net-monitor:v1 --plain-http $hub/wabbit-networks/net-monitor:v1
END
say "A user who trusts the registry can run it. A user who also wants the vendor's signature trusts both for this repository, and requires two."
run <<'END'
docker nv2 run --rm wabbit-networks/net-monitor:v1
END
run_to_fail "expected 2" <<'END'
nv2 verify --require 2 docker.io/wabbit-networks/net-monitor:v1
END
run <<'END'
nv2 trust add wabbit-vendor vendor.crt
nv2 trust allow docker.io/wabbit-networks/net-monitor --store docker-hub --store wabbit-vendor
nv2 verify --require 2 docker.io/wabbit-networks/net-monitor:v1
END

heading "What was decided, and why"
run <<'END'
nv2 trust check registry.wabbit-networks.io/net-monitor:v1
END

heading "Done"
say "docker ran exactly the verified content: it got digests."
