# Another release in the file that Traefik watches, put in place at once; then until Traefik has it.
release=$(date +%s%N)
sed "s/X-Generation: .*/X-Generation: \"$release\"/" dynamic.yaml >dynamic.new
mv dynamic.new dynamic.yaml
until curl -fsS -o /dev/null -D - "http://127.0.0.1:$1/" | grep -q "$release"; do sleep 0.05; done
