# USR2 starts a second master beside the first; QUIT ends the first once that has its workers.
old=$(cat unicorn.pid)
kill -USR2 "$old"
while [ ! -s unicorn.pid ] || [ "$(cat unicorn.pid)" = "$old" ]; do sleep 0.05; done
while [ "$(pgrep -c -P "$(cat unicorn.pid)")" -lt 8 ]; do sleep 0.05; done
kill -QUIT "$old"
# One that has ended and that nobody has waited for has no program any more.
while readlink "/proc/$old/exe" >/dev/null; do sleep 0.05; done
