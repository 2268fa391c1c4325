# Starts what goes into the background, and ends what its pid file names then. (nginx ignores USR2 in the foreground, and starts
# itself again by the path that it was started by.)
file=$1
shift
"$@" || exit 1
trap 'kill $(cat "$file" "$file.oldbin" 2>/dev/null); exit' TERM
while :; do sleep 0.05; done
