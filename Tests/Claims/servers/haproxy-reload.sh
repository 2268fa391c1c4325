# Another haproxy, which tells the one before it to finish (-sf) and, with a socket, takes over the one's listeners (-x).
"$1" -D -p haproxy.pid -f haproxy.cfg ${2:+-x "$2"} -sf $(cat haproxy.pid)
