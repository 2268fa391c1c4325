# As Envoy's own hot restarter: a parent that stays, and on SIGHUP starts the next epoch, which takes over the listeners; the one
# before it drains for 1 s and ends after 2 s.
epoch=0
start() {
  EPOCH=$epoch setsid "$envoy" -c envoy.json --concurrency 2 --base-id "$base" --restart-epoch "$epoch" --drain-time-s 1 \
    --parent-shutdown-time-s 2 -l warning &
  echo $! >envoy.pid
  epoch=$((epoch + 1))
}
envoy=$1 base=$2
start
trap start HUP
trap 'kill $(cat envoy.pid); exit' TERM
while :; do sleep 0.05; done
