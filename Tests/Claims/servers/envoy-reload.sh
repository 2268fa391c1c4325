# Has the hot restarter start the next epoch, and waits until the one before it has ended.
old=$(cat envoy.pid)
kill -HUP "$1"
while readlink "/proc/$old/exe" >/dev/null; do sleep 0.05; done
