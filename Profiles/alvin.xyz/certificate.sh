#!/bin/sh
# Makes an authority and a certificate of its for alvin.xyz, in /tmp or the folder that is given; give lbcheck the authority's:
# --cacert /tmp/alvin.xyz.authority.pem
set -eu
folder=${1:-/tmp}
umask 077
cd "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=alvin.xyz test authority" \
  -keyout alvin.xyz.authority.key.pem -out alvin.xyz.authority.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=alvin.xyz" \
  -keyout alvin.xyz.key.pem -out alvin.xyz.request.pem
echo "subjectAltName=DNS:alvin.xyz" >alvin.xyz.extensions
openssl x509 -req -in alvin.xyz.request.pem -CA alvin.xyz.authority.pem -CAkey alvin.xyz.authority.key.pem -CAcreateserial \
  -days 30 -extfile alvin.xyz.extensions -out alvin.xyz.certificate.pem
rm -f alvin.xyz.request.pem alvin.xyz.extensions alvin.xyz.authority.srl alvin.xyz.authority.key.pem
