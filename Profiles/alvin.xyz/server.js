// dumbflix-frontend: one instance of the site behind the balancer. Needs Node 18 and nothing else.
//
//   PORT=3001 node server.js
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

// A build is broken by `cluster.js break`, or by a file of that name beside this one.
if (process.env.BROKEN || fs.existsSync(path.join(__dirname, 'broken'))) throw new Error('this build is broken');

const port = Number(process.env.PORT || 3001);
const version = process.env.VERSION || '1.0.0';
const name = `${process.env.NAME || 'dumbflix-frontend'}-${process.env.NODE_APP_INSTANCE || '0'}`;

// How long a draining instance still answers on its open connections, and when it ends at the latest.
// Both are below the 1600 ms that pm2 waits by default before it kills.
const graceMilliseconds = 700;
const limitMilliseconds = 1400;

let isDraining = false;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Dumbflix</title>
<h1>Dumbflix</h1>
<p>Served by ${name}, process ${process.pid}, version ${version}.</p>
</html>
`;

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  response.setHeader('X-Backend', name);
  response.setHeader('X-Generation', String(process.pid));
  response.setHeader('X-Version', version);
  if (isDraining) response.setHeader('Connection', 'close');

  const send = (status, type, body) => {
    // The drain may have begun while the answer was being made.
    if (isDraining) response.setHeader('Connection', 'close');
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  if (url.pathname === '/') return send(200, 'text/html; charset=utf-8', page);
  if (url.pathname === '/slow') {
    const milliseconds = Math.min(Math.max(Number(url.searchParams.get('ms')) || 0, 0), 60_000);
    return void setTimeout(() => send(200, 'text/plain', `after ${milliseconds} ms\n`), milliseconds);
  }
  send(404, 'text/plain', `${name} has no ${url.pathname}\n`);
});

// Longer than the balancer keeps its idle connections, so that the balancer is the one that closes them.
server.keepAliveTimeout = 75_000;

function drain() {
  if (isDraining) return;
  isDraining = true;
  // `http.Server.close` would close idle connections at once, while a request may be on its way on one of them;
  // the listener alone is closed here. Open connections get one more answer, with `Connection: close`.
  // A connection that the cluster's primary is handing over is given back to it by a process that is still there.
  require('node:net').Server.prototype.close.call(server, () => setTimeout(() => process.exit(0), 100));
  setTimeout(() => server.closeIdleConnections(), graceMilliseconds);
  setTimeout(() => process.exit(0), limitMilliseconds);
}

process.on('SIGINT', drain);
process.on('SIGTERM', drain);
// The manager has died.
process.on('disconnect', () => { if (!isDraining) process.exit(1); });

server.on('error', (error) => {
  console.error(`${name}: ${error.message}`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  if (process.send) process.send('ready');
});
