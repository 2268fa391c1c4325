# Chain reloading by the master's FIFO, until none of the workers from before is left.
old=$(pgrep -P "$1")
echo c >uwsgi.fifo
for worker in $old; do
  while readlink "/proc/$worker/exe" >/dev/null; do sleep 0.05; done
done
