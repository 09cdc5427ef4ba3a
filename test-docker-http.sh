#!/usr/bin/env bash
# Builds the images, runs them in a real engine and checks what a deployment relies on. See --help.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

usage() {
  cat <<'TEXT'
usage: test-docker-http.sh [--server-only] [--keep]

Builds the images, starts the local stack with docker compose, signs people in, calls tools through the gateway and
checks what must not work. Needs docker with compose, and curl. Leaves nothing behind.

  --server-only  Only the MCP server, with your own AWS profile: AWS_PROFILE, AWS_REGION and ~/.aws (mounted read-only).
                 Reads CloudWatch in that account: one list of log groups.
  --keep         Leaves the containers and images there, and says how to remove them.

  PORTS          host ports: of the gateway and the sign-in page ("8080 9000"), or of the server ("3334")
  NODE_IMAGE     base of the images (node:24-bookworm-slim)
  RUNTIME_IMAGE  what they run on, where it is another one, such as gcr.io/distroless/nodejs24-debian12
  BUILD_NETWORK  network of the build (default)
  COMPOSE        "docker compose" or "docker-compose"; the first that works
  RUN_OPTIONS    further options of docker run, with --server-only

Ends with "N passed, N failed".
TEXT
}

server_only=no keep=no
for argument in "$@"; do
  case $argument in
  --server-only) server_only=yes ;;
  --keep) keep=yes ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
  esac
done

# --- counting -------------------------------------------------------------------------------------------------------

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/none.env"
# A signal may come inside a check, whose output goes to a file; the end is told here all the same.
exec 8>&1

say() { printf '\n== %s  (%s s)\n' "$*" "$SECONDS"; }

# check TITLE COMMAND... counts the command's success; its output shows only where it fails.
check() {
  local title=$1
  shift
  if "$@" >"$work/check" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$title"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$title"
    sed 's/^/        /' "$work/check" | tail -n 30
    return 1
  fi
}

# Without this step nothing that follows can work.
must() { check "$@" || exit 1; }

not() { ! "$@"; }

# contains TEXT COMMAND... is true where the output has the text, whatever the exit code; the output is for check.
contains() {
  local text=$1
  shift
  "$@" >"$work/contains" 2>&1
  cat "$work/contains"
  grep -qF -- "$text" "$work/contains"
}

# exits CODE COMMAND...
exits() {
  local wanted=$1 code
  shift
  "$@"
  code=$?
  echo "exit code $code, not $wanted"
  [ "$code" -eq "$wanted" ]
}

# eventually SECONDS COMMAND...
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# --- the engine -----------------------------------------------------------------------------------------------------

for tool in docker curl; do
  command -v "$tool" >/dev/null || {
    echo "$tool is not installed"
    echo '0 passed, 1 failed'
    exit 1
  }
done
if ! docker info >"$work/info" 2>&1; then
  grep -m 1 -iE 'cannot|denied|error' "$work/info" || tail -n 1 "$work/info"
  echo 'no Docker engine answers: start one, or name it in DOCKER_HOST'
  echo '0 passed, 1 failed'
  exit 1
fi
if [ -z "${COMPOSE:-}" ]; then
  if docker compose version >/dev/null 2>&1; then COMPOSE='docker compose'; else COMPOSE=docker-compose; fi
fi
read -r -a compose_command <<<"$COMPOSE"

# Without BuildKit each build leaves its first stage behind as an image without a name. Clients before 23 have it built in
# and switched off; later ones have it where buildx is.
client=$(docker version --format '{{.Client.Version}}')
if [ -z "${DOCKER_BUILDKIT:-}" ] && { [ "${client%%.*}" -lt 23 ] || docker buildx version; } >/dev/null 2>&1; then
  export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1
fi

# Names that no other run's name begins with: they are looked for by their beginning.
project=cwmcptest$$x
tag=test-$$
gateway_image=cloudwatch-mcp-gateway:$tag
server_image=cloudwatch-mcp-server:$tag
local_image=cloudwatch-mcp-local:$tag

if [ "$server_only" = yes ]; then
  server_port=${PORTS:-3334}
  set -- "$server_port"
else
  read -r gateway_port sign_in_port <<<"${PORTS:-8080 9000}"
  set -- "$gateway_port" "${sign_in_port:-}"
fi
for port in "$@"; do
  if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -gt 65535 ]; then
    echo 'PORTS: the gateway'"'"'s port and the sign-in page'"'"'s, such as "8080 9000"; one for --server-only'
    echo '0 passed, 1 failed'
    exit 2
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "port $port is in use: stop what listens there, or choose others with PORTS"
    echo '0 passed, 1 failed'
    exit 1
  fi
done

# Compose with an environment of its own: neither an .env beside the files nor the shell's settings change the test.
clean() {
  local names=(PATH HOME DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_BUILDKIT
    COMPOSE_DOCKER_CLI_BUILD NODE_IMAGE RUNTIME_IMAGE BUILD_NETWORK) kept=() name
  for name in "${names[@]}"; do
    [ -z "${!name:-}" ] || kept+=("$name=${!name}")
  done
  env -i "${kept[@]}" IMAGE_TAG="$tag" "$@"
}

compose() {
  clean GATEWAY_PORT="$gateway_port" LOCAL_IDENTITY_PROVIDER_PORT="$sign_in_port" LOGIN_MODE="${login_mode:-}" \
    "${compose_command[@]}" --env-file "$work/none.env" -p "$project" -f docker-compose.yml -f docker-compose.override.yml "$@"
}

# production FILE COMMAND... with the variables of FILE, as an .env would give them.
production() {
  local file=$1
  shift
  clean "${compose_command[@]}" --env-file "$file" -p "${project}real" "$@"
}

container() { docker ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"; }

inspect() { docker inspect -f "$1" "$2"; }

healthy() { [ "$(inspect '{{.State.Health.Status}}' "$1")" = healthy ]; }

# in_network NETWORK COMMAND... in a container of the stand-ins' image, which has node.
in_network() {
  local network=$1
  shift
  docker run --rm --network "$network" "$local_image" "$@"
}

# --- the end --------------------------------------------------------------------------------------------------------

logs() {
  local id
  for id in $(docker ps -aq --filter "name=$project"); do
    printf '\n-- log of %s (%s)\n' "$(inspect '{{.Name}}' "$id")" "$(inspect '{{.State.Status}}, exit code {{.State.ExitCode}}' "$id")"
    docker logs --tail 40 "$id" 2>&1
  done
}

remove_all() {
  local ids
  ids=$(docker ps -aq --filter "name=$project")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker rm -fv $ids
  ids=$(docker network ls -q --filter "name=$project")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker network rm $ids
  ids=$(docker volume ls -q --filter "name=$project")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker volume rm -f $ids
  # By name: the same image may have another name, which is somebody else's.
  ids=$(docker images --format '{{.Repository}}:{{.Tag}}' --filter "reference=cloudwatch-mcp-*:$tag")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker rmi -f $ids
}

finish() {
  trap '' INT TERM
  exec >&8 2>&1
  [ "$failed" -eq 0 ] || logs
  if [ "$keep" = yes ]; then
    printf '\nkept: docker ps -a --filter name=%s; images with the tag %s\n' "$project" "$tag"
  else
    remove_all >"$work/removed" 2>&1 || cat "$work/removed"
  fi
  rm -rf "$work"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  # With a number: without one, exit repeats what the script did before this trap.
  if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then exit 0; else exit 1; fi
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 1' INT TERM

# --- the server alone, with one person's AWS profile ----------------------------------------------------------------

ask_server() {
  curl -sS -m 60 -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \
    -H 'mcp-protocol-version: 2025-06-18' -d "$1" "http://127.0.0.1:$server_port/mcp"
}

test_server_only() {
  local region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}} folder=${AWS_FOLDER:-$HOME/.aws} run_options=() id
  if [ -z "${AWS_PROFILE:-}" ] || [ -z "$region" ] || [ ! -d "$folder" ]; then
    echo '--server-only needs AWS_PROFILE, AWS_REGION and the folder ~/.aws'
    failed=1
    exit 1
  fi
  read -r -a run_options <<<"${RUN_OPTIONS:-}"

  say "build the server's image"
  build_args=()
  [ -z "${NODE_IMAGE:-}" ] || build_args+=(--build-arg "NODE_IMAGE=$NODE_IMAGE")
  [ -z "${RUNTIME_IMAGE:-}" ] || build_args+=(--build-arg "RUNTIME_IMAGE=$RUNTIME_IMAGE")
  must 'the image builds' docker build --network "${BUILD_NETWORK:-default}" "${build_args[@]+"${build_args[@]}"}" \
    -f Dockerfile.server -t "$server_image" .

  say "start it as $AWS_PROFILE in $region"
  # Published on this machine's loopback alone: whoever reaches the port acts with these AWS rights, which is what the
  # last option says aloud.
  hardened=(--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 128 --memory 512m)
  check 'without the option that names the danger it does not start' \
    contains DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS exits 1 \
    docker run --rm --name "$project-refused" "${hardened[@]}" -e CREDENTIALS=environment -e "AWS_REGION=$region" "$server_image"
  # As you, so that it may read your files.
  must 'the container starts' docker run -d --name "$project-server" "${hardened[@]}" \
    --user "$(id -u):$(id -g)" -p "127.0.0.1:$server_port:3334" -v "$folder:/aws/.aws:ro" -e HOME=/aws \
    -e "AWS_PROFILE=$AWS_PROFILE" -e "AWS_REGION=$region" -e CREDENTIALS=environment \
    -e DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS=true "${run_options[@]+"${run_options[@]}"}" "$server_image"
  id=$project-server
  must 'it becomes healthy' eventually 60 healthy "$id"
  check 'port 3334 is open on every address inside the container' listens_everywhere "$id"
  check 'on this machine it is on 127.0.0.1 only' [ "$(docker port "$id" 3334/tcp)" = "127.0.0.1:$server_port" ]
  check 'it answers at /healthz' curl -fsS -m 5 "http://127.0.0.1:$server_port/healthz"

  say 'tools'
  check 'it lists its tools' contains '"list_log_groups"' ask_server '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
  check 'a tool call is answered from your account' answers_from_aws
  [ ! -s "$work/answer" ] || sed 's/^/        /' "$work/answer" | cut -c 1-400

  say 'stop'
  check 'it ends by SIGTERM with exit code 0 in time' stops_cleanly 55 "$id"
}

answers_from_aws() {
  ask_server '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_log_groups","arguments":{"limit":5}}}' >"$work/answer"
  cat "$work/answer"
  grep -q '"result"' "$work/answer" && ! grep -q '"isError":true' "$work/answer"
}

# --- shared checks --------------------------------------------------------------------------------------------------

# Port 3334 is 0D06 in /proc/net/tcp, address 0.0.0.0 all zeros, state 0A listening.
listens_everywhere() {
  docker exec "$1" node -e '
    const table = require("node:fs").readFileSync("/proc/net/tcp", "utf8")
    console.log(table)
    process.exit(/: 00000000:0D06 [0:]+ 0A /.test(table) ? 0 : 1)'
}

# stops_cleanly SECONDS ID...: SIGTERM to all at the same time.
stops_cleanly() {
  local limit=$1 begun=$SECONDS id
  shift
  docker kill --signal TERM "$@"
  for id in "$@"; do
    eventually "$limit" stopped "$id" || {
      echo "still running after $((SECONDS - begun)) s: $(inspect '{{.Name}}' "$id")"
      return 1
    }
    echo "$(inspect '{{.Name}}: exit code {{.State.ExitCode}}' "$id") after $((SECONDS - begun)) s"
    [ "$(inspect '{{.State.ExitCode}}' "$id")" = 0 ] || return 1
  done
}

stopped() { [ "$(inspect '{{.State.Running}}' "$1")" = false ]; }

# What the process is, as the kernel sees it.
hardened() {
  docker exec "$1" node -e '
    const fs = require("node:fs")
    const status = fs.readFileSync("/proc/self/status", "utf8")
    const line = (name) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1]
    const readOnly = (path) => { try { fs.writeFileSync(path, ""); return false } catch (error) { return error.code === "EROFS" } }
    const facts = {
      uid: process.getuid(), gid: process.getgid(), capEff: line("CapEff"), capBnd: line("CapBnd"),
      noNewPrivs: line("NoNewPrivs"), seccomp: line("Seccomp"), readOnly: readOnly("/app/x") && readOnly("/x"),
    }
    console.log(facts)
    const none = "0000000000000000"
    process.exit(facts.uid === 65532 && facts.gid === 65532 && facts.capEff === none && facts.capBnd === none &&
      facts.noNewPrivs === "1" && facts.seccomp === "2" && facts.readOnly ? 0 : 1)'
  local code=$?
  [ "$code" -eq 0 ] && [ "$(inspect '{{.HostConfig.Memory}}' "$1")" -gt 0 ] && [ "$(inspect '{{.HostConfig.PidsLimit}}' "$1")" -gt 0 ]
}

# Only built files of this one program and what travels with them.
holds_only() {
  docker run --rm --network none "$1" node -e '
    const fs = require("node:fs")
    const workspace = process.argv[1]
    const paths = fs.readdirSync("/app", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice("/app/".length))
    const allowed = (path) =>
      path === "LICENSE" || path === `${workspace}/package.json` ||
      new RegExp(`^${workspace}/dist/src/.*\\.js(\\.map)?$`).test(path) ||
      /^node_modules\/.*\/(package\.json|(licen[cs]e|notice|copying)[^/]*)$/i.test(path)
    const others = paths.filter((path) => !allowed(path))
    console.log(`${paths.length} files; not expected:`, others)
    const developers = paths.filter((path) => /node_modules\/(typescript|esbuild|mocha|chai|oidc-provider)\//.test(path))
    console.log("for developers:", developers)
    process.exit(paths.length > 0 && others.length + developers.length === 0 ? 0 : 1)' "$2"
}

image_is_sound() {
  inspect '{{.Config.User}} {{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.Healthcheck.Test}}' "$1" &&
    [ "$(inspect '{{.Config.User}}' "$1")" = 65532:65532 ] &&
    [ "$(inspect '{{index .Config.Cmd 0}}' "$1")" = node ] &&
    [ "$(inspect '{{index .Config.Healthcheck.Test 0}}' "$1")" = CMD ] &&
    [ "$(inspect '{{index .Config.Labels "org.opencontainers.image.licenses"}}' "$1")" = Apache-2.0 ]
}

# reaches NETWORK HOST PORT: whether a TCP connection comes about within two seconds.
reaches() {
  in_network "$1" node -e '
    const [host, port] = process.argv.slice(1)
    const socket = require("node:net").connect({ host, port }, () => { console.log("connected"); process.exit(0) })
    socket.on("error", (error) => { console.log(error.code); process.exit(1) })
    setTimeout(() => { console.log("no answer"); process.exit(1) }, 2000)' "$2" "$3"
}

# Whether one of the container's networks leads out of this machine.
has_way_out() {
  local network ways=0
  for network in $(inspect '{{range .NetworkSettings.Networks}}{{.NetworkID}} {{end}}' "$1"); do
    docker network inspect -f '{{.Name}} internal: {{.Internal}}' "$network"
    [ "$(docker network inspect -f '{{.Internal}}' "$network")" = true ] || ways=1
  done
  [ "$ways" = 1 ]
}

# post_to_server HEADERS: status and body of a request inside the network that the gateway and the server share.
post_to_server() {
  in_network "${project}_upstream" node -e '
    fetch("http://server:3334/mcp", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...JSON.parse(process.argv[1]) },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    }).then(async (response) => console.log(response.status, await response.text()))' "$1"
}

# as PERSON PATH [TOOL [ARGUMENTS]]: in the gateway's network, where localhost is what it is on this machine.
as() {
  local person=$1 path=$2
  shift 2
  docker run --rm --network "container:$(container gateway)" "$local_image" \
    node local/dist/src/containers/call-tool.js "http://localhost:$gateway_port$path" "$person" "$@"
}

# --- the whole stack ------------------------------------------------------------------------------------------------

test_stack() {
  local service image network address
  if (exec 3<>/dev/tcp/127.0.0.1/3334) 2>/dev/null; then taken_3334=yes; else taken_3334=no; fi

  say 'build'
  must 'the images build' compose build
  for image in "$gateway_image" "$server_image"; do
    printf '        %s: %s MB\n' "${image%:*}" "$(($(inspect '{{.Size}}' "$image") / 1000000))"
    check "$image: a numeric user, no shell needed, a health check, a licence" image_is_sound "$image"
  done
  check 'the gateway image holds its program and nothing else' holds_only "$gateway_image" gateway
  check 'the server image holds its program and nothing else' holds_only "$server_image" mcp-server
  check 'the doctor runs in the gateway image' contains 'OIDC_ISSUER is not set' exits 1 \
    docker run --rm --network none --read-only "$gateway_image" node gateway/dist/src/doctor/main.js
  for program in explain iam aws-token; do
    check "$program runs in the gateway image" contains "usage: $program" \
      docker run --rm --network none --read-only "$gateway_image" node "gateway/dist/src/$program/main.js" --help
  done
  check 'a gateway without a configuration says what is missing' contains 'OIDC_ISSUER is not set' exits 1 \
    docker run --rm --network none --read-only "$gateway_image"
  check 'the server refuses to share its own credentials' contains DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS exits 1 \
    docker run --rm --network none --read-only -e CREDENTIALS=environment -e AWS_REGION=us-east-1 "$server_image"

  say 'start'
  local begun=$SECONDS
  must 'the stack starts' compose up -d --no-build
  for service in server identity-provider aws gateway; do
    must "$service becomes healthy" eventually 90 healthy "$(container "$service")"
  done
  printf '        all healthy after %s s\n' "$((SECONDS - begun))"
  local gateway server
  gateway=$(container gateway)
  server=$(container server)

  say 'what can be reached'
  check 'the server listens on 0.0.0.0:3334 inside its container' listens_everywhere "$server"
  check 'published are the gateway and the sign-in page, on 127.0.0.1, and nothing else' publishes_only \
    "127.0.0.1:$gateway_port 127.0.0.1:$sign_in_port"
  if [ "$taken_3334" = no ]; then
    check 'nothing answers on port 3334 of this machine' not curl -sS -m 3 http://127.0.0.1:3334/healthz
  fi
  check 'from inside its network the server can be reached' reaches "${project}_upstream" server 3334
  for network in upstream aws; do
    address=$(inspect "{{(index .NetworkSettings.Networks \"${project}_$network\").IPAddress}}" "$server")
    check "from the network of the clients the server cannot be reached ($network)" not reaches "${project}_edge" "$address" 3334
    check "from a container of somebody else neither ($network)" not reaches bridge "$address" 3334
  done
  address=$(inspect "{{(index .NetworkSettings.Networks \"${project}_edge\").IPAddress}}" "$gateway")
  check "the gateway's metrics cannot be reached from its network" not reaches "${project}_edge" "$address" 9090
  check 'the server has no way out of the local stack' not has_way_out "$server"
  check 'the gateway has one' has_way_out "$gateway"

  say 'from this machine'
  local origin=http://localhost:$gateway_port
  check 'the gateway is ready' curl -fsS -m 5 "$origin/readyz"
  check 'a request without a token is refused, and told where to sign in' \
    contains "resource_metadata=\"$origin/.well-known/oauth-protected-resource/mcp\"" curl -sS -m 5 -i -X POST "$origin/mcp"
  check 'the metadata names the issuer on this machine' contains "http://localhost:$sign_in_port/generic" \
    curl -fsS -m 5 "$origin/.well-known/oauth-protected-resource/mcp"
  check 'the issuer answers there' contains '"authorization_endpoint"' \
    curl -fsS -m 20 "http://localhost:$sign_in_port/.well-known/oauth-authorization-server/generic"

  say 'credentials'
  check 'inside the network, a request without credentials is 401' contains '401 ' post_to_server '{}'
  check 'plain ones are 401 too: they travel sealed' contains credentials_unsealed post_to_server \
    '{"x-aws-access-key-id":"ASIAABCDEFGHIJKLMNOP","x-aws-secret-access-key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","x-aws-session-token":"bbbbbbbbbbbbbbbbbbbbbbbb","x-aws-region":"us-east-1","x-mcp-tools":"*"}'

  say 'people'
  check 'alice signs in and lists the tools' contains 'get_metric_data' as alice /mcp
  check 'alice reads log groups' contains '/shop/checkout' exits 0 as alice /mcp list_log_groups '{"prefix":"/shop/"}'
  check 'alice runs a query' contains 'region: us-east-1' exits 0 as alice /mcp query_logs \
    '{"logGroups":["/shop/checkout"],"query":"stats count(*) by level","start":"-1h"}'
  check 'alice reads the alarms of the other target' contains 'region: eu-west-1' exits 0 as alice /mcp/prod list_alarms
  check "bob may not read the checkout's logs" contains AccessDenied exits 1 as bob /mcp query_logs \
    '{"logGroups":["/shop/checkout"],"query":"fields @message","start":"-1h"}'
  check 'carol is refused' contains role_unmapped exits 1 as carol /mcp
  check 'the gateway has its own identity for assume-role' contains 'assumed-role/LocalGateway' docker logs "$gateway"
  check 'the doctor finds the running issuers in order' contains 'no problem found' \
    docker exec "$gateway" node gateway/dist/src/doctor/main.js

  say 'people who sign in at the gateway'
  login_mode=facade
  must 'with LOGIN_MODE=facade the stack starts again' compose up -d --no-build
  gateway=$(container gateway)
  must 'gateway becomes healthy' eventually 90 healthy "$gateway"
  check 'the gateway is the authorization server' contains "\"issuer\":\"$origin\"" \
    curl -fsS -m 5 "$origin/.well-known/oauth-authorization-server"
  check 'alice signs in there and reads log groups' contains '/shop/checkout' exits 0 as alice /mcp list_log_groups '{"prefix":"/shop/"}'

  say 'hardening'
  for service in gateway server identity-provider aws; do
    check "$service: not root, no capabilities, no new privileges, seccomp, read-only, bounded" hardened "$(container "$service")"
  done
  check 'no secret is in the logs' not secrets_in_logs

  say 'stop'
  check 'a running request is finished, and both programs end with exit code 0 in time' finishes_running_request "$gateway" "$server"

  if [ "$keep" = no ]; then
    must 'everything is removed' compose down -v --remove-orphans
    check 'nothing is left behind' nothing_left
  fi

  say 'with an .env'
  test_production
}

publishes_only() {
  docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Names}} {{.Ports}}'
  local found
  found=$(docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Ports}}' |
    tr ',' '\n' | grep -- '->' | sed 's/->.*//; s/ //g' | sort | tr '\n' ' ')
  [ "$found" = "$(tr ' ' '\n' <<<"$1" | sort | tr '\n' ' ')" ]
}

# The values that only the two programs and the stand-ins may know.
secrets_in_logs() {
  for service in gateway server identity-provider aws; do docker logs "$(container "$service")"; done 2>&1 |
    grep -E 'local-gateway-secret-access-key|local-gateway-session-token|dGhpcy1rZXktb3BlbnMt|Bearer ey|"(access|refresh)_token"'
}

# A call that AWS answers after four seconds is under way when both programs are told to end.
finishes_running_request() {
  local aws client begun=$SECONDS
  aws=$(container aws)
  docker exec "$aws" node -e '
    fetch("http://127.0.0.1:4566/_local/faults", { method: "POST",
      body: JSON.stringify({ service: "logs", operation: "DescribeLogGroups", kind: "stall", milliseconds: 4000, times: 1 }) })
      .then((response) => process.exit(response.ok ? 0 : 1))' || return 1
  as alice /mcp list_log_groups '{"prefix":"/shop/"}' >"$work/client" 2>&1 &
  client=$!
  eventually 20 under_way "$aws" || {
    echo 'the call did not reach AWS'
    cat "$work/client"
    return 1
  }
  stops_cleanly 15 "$1" "$2" || return 1
  wait "$client"
  local code=$?
  cat "$work/client"
  echo "the client ended with $code after $((SECONDS - begun)) s"
  [ "$code" -eq 0 ] && grep -q /shop/checkout "$work/client"
}

under_way() {
  docker exec "$1" node -e '
    fetch("http://127.0.0.1:4566/_local/calls").then((response) => response.json()).then(({ calls }) =>
      process.exit(calls.some((call) => call.service === "logs" && call.outcome === "pending") ? 0 : 1))'
}

nothing_left() {
  local left
  left=$(
    docker ps -aq --filter "label=com.docker.compose.project=$project"
    docker volume ls -q --filter "name=$project"
    docker network ls -q --filter "name=$project"
  )
  echo "$left"
  [ -z "$left" ]
}

# The same files with an .env made from the example. The issuer is nobody's, so the gateway starts and is not ready.
test_production() {
  local service
  sed -e "s|^GATEWAY_PORT=.*|GATEWAY_PORT=$gateway_port|" -e 's|^OIDC_ISSUER=.*|OIDC_ISSUER=https://okta.invalid/oauth2/default|' \
    .env.example >"$work/no-key.env"
  sed 's|^UPSTREAM_SEAL_KEYS=.*|UPSTREAM_SEAL_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=|' "$work/no-key.env" >"$work/real.env"
  check 'compose asks for a key where none is set' contains 'openssl rand -base64 32' not production "$work/no-key.env" config
  check 'there are no stand-ins' not contains cloudwatch-mcp-local production "$work/real.env" config
  if ! check 'the two programs start' production "$work/real.env" up -d --no-build; then return; fi
  project=${project}real
  for service in server gateway; do
    check "$service becomes healthy" eventually 60 healthy "$(container "$service")"
  done
  check 'published is the gateway alone' publishes_only "127.0.0.1:$gateway_port"
  check 'the server has a way out to AWS' has_way_out "$(container server)"
  check 'the gateway is not ready without its issuer, and says so' contains okta.invalid \
    curl -sS -m 10 -H 'host: cloudwatch.example.com' "http://127.0.0.1:$gateway_port/readyz"
  for service in gateway server; do
    check "$service: hardened as in the local stack" hardened "$(container "$service")"
  done
  project=${project%real}
  if [ "$keep" = no ]; then check 'everything is removed' production "$work/real.env" down -v; fi
}

if [ "$server_only" = yes ]; then test_server_only; else test_stack; fi
