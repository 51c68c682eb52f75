#!/usr/bin/env bash
# docs/quickstart.md, line by line as a reader pastes it: the part on this machine in full, that on Minikube against a control plane without
# containers, where commands about what is not ours (Minikube itself, the public charts of Kafka and Postgres) are printed and not run.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

root=$PWD
running=''
at_end() {
  if [ -n "$running" ]; then
    # Its group: make, and what make runs, which may be a build that takes no notice of SIGINT.
    kill -TERM -- "-$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
  fi
}
section() { scripts/page.sh docs/quickstart.md "$1"; }

# ── on this machine ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
LISTEN=127.0.0.1:$(scripts/verify/port.sh)
KAFKA_EMBEDDED_LISTEN=127.0.0.1:$(scripts/verify/port.sh)
export LISTEN KAFKA_EMBEDDED_LISTEN DATA_DIR=$work/data TASKLOG_URL=http://$LISTEN
section 'Start it' > "$work/start.sh"
setsid bash -euo pipefail "$work/start.sh" > "$work/start.log" 2>&1 &
running=$!
# A first build takes long.
answers "$TASKLOG_URL/readyz" "$running" "$work/start.log" 1800
holds "it starts"

target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/target}
mkdir "$work/reader"
{
  # Each call tells its status, apart from what it prints.
  echo "curl() { command curl -w '%{stderr}answered %{http_code}\n' \"\$@\"; }"
  section 'Use it'
  section 'From the command line'
} > "$work/use.sh"
(cd "$work/reader" && PATH=$target/release:$PATH bash -euo pipefail "$work/use.sh" > "$work/out" 2> "$work/err") ||
  { cat "$work/out" "$work/err" >&2; exit 1; }
[ "$(grep -c '^answered 2' "$work/err")" -ge 5 ] || { cat "$work/err" >&2; fails "five calls at least are answered"; }
! grep '^answered [^2]' "$work/err" >&2 || fails "every call is answered"
holds "every call is answered, and the command line works"
# Done once, it comes again: two tasks of that title, one of which is done; and the one that the command line added.
[ "$(wc -l < "$work/reader/tasks.jsonl")" -ge 3 ] || { cat "$work/reader/tasks.jsonl" >&2; fails "three tasks at least are exported"; }
holds "what was written is exported, with the next one of what repeats"
# Ctrl-C, which reaches all of them.
kill -INT -- "-$running"
for _ in $(seq 60); do kill -0 "$running" 2>/dev/null || break; sleep 0.5; done
! kill -0 "$running" 2>/dev/null || { tail -n 20 "$work/start.log" >&2; fails "Ctrl-C stops it"; }
running=''
holds "Ctrl-C stops it"
unset LISTEN KAFKA_EMBEDDED_LISTEN DATA_DIR TASKLOG_URL

# ── on Minikube ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
mkdir "$work/bin"
helm=$(scripts/verify/tool.sh helm) kubectl=$(scripts/verify/tool.sh kubectl)
control_plane
export CLUSTER=given API_CALLS=false DEPLOY_TIMEOUT=5m
not_run="echo \"not run here: \$(basename \"\$0\") \$*\" >> '$work/not-run'"
printf '#!/usr/bin/env bash\n%s\n' "$not_run" > "$work/bin/minikube"
# Charts that are not ours are in repositories that are not here.
cat > "$work/bin/helm" <<HELM
#!/usr/bin/env bash
case "\$*" in
  "repo add "* | *redpanda/redpanda* | *cnpg/* | *dapr/dapr*) $not_run ;;
  *) exec "$helm" "\$@" ;;
esac
HELM
# What those would have made: the password of a database.
cat > "$work/bin/kubectl" <<KUBECTL
#!/usr/bin/env bash
case "\$*" in
  "--namespace postgres get secret "*) $not_run; printf cGFzc3dvcmQ= ;;
  "--namespace postgres "*) $not_run ;;
  *) exec "$kubectl" "\$@" ;;
esac
KUBECTL
chmod +x "$work/bin"/*
section 'On Minikube' > "$work/minikube.sh"
(cd "$root" && PATH=$work/bin:$PATH bash -euo pipefail "$work/minikube.sh" > "$work/minikube.log" 2>&1) || { tail -n 40 "$work/minikube.log" >&2; exit 1; }
sed 's/^/  /' "$work/not-run"
holds "the rest of the lines about Minikube work on a real API server, which takes the pods as restricted ones"
