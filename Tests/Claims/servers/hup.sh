# HUP to a master, until none of its workers from before is left; Python's resource tracker is none and stays.
old=$(pgrep -P "$1" | while read -r child; do grep -q resource_tracker "/proc/$child/cmdline" || echo "$child"; done)
kill -HUP "$1"
for worker in $old; do
  while readlink "/proc/$worker/exe" >/dev/null; do sleep 0.05; done
done
