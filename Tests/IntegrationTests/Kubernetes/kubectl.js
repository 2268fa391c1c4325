#!/usr/bin/env node
// Speaks as kubectl does, where there is no Kubernetes: a deployment whose pods are processes, and a service in front of them that
// deals out connections and learns of changes a moment late.
//
//   kubectl.js up PORT PRESTOP LAG       the deployment `shop` with three pods, until it is ended; prints "up"
//   kubectl.js rollout restart deployment/shop | rollout status deployment/shop | get pods --output json
//
// PRESTOP is how long a pod that is to end still serves, LAG how late the service learns of it, both in milliseconds. Everything
// that kubectl was asked is noted, a line each, in KUBE_HOME/calls.
'use strict';

const childProcess = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');

const home = process.env.KUBE_HOME;
const socketPath = path.join(home, 'api.sock');
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// --- A pod ---

function pod(name) {
  let isEnding = false;
  const server = http.createServer((request, response) => {
    response.setHeader('X-Pod', name);
    if (isEnding) response.setHeader('Connection', 'close');
    response.end('hello');
  });
  server.keepAliveTimeout = 60_000;
  process.on('SIGTERM', () => {
    isEnding = true;
    net.Server.prototype.close.call(server, () => process.exit(0));
    setTimeout(() => process.exit(0), 700);
  });
  process.on('disconnect', () => process.exit(1));
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

// --- The cluster ---

const pods = [];
/** The pods that the service knows of. */
let endpoints = [];
let template = 0;
let created = 0;
let rollout = Promise.resolve();

async function begin() {
  const name = `shop-${template}-${String(created += 1).padStart(5, '0')}`;
  const child = childProcess.fork(__filename, ['pod', name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const one = { name, uid: `uid-${created}`, template, child, port: 0, isEnding: false };
  pods.push(one);
  one.port = await new Promise((resolve) => child.once('message', resolve));
  return one;
}

async function end(one, preStop, lag) {
  one.isEnding = true;
  setTimeout(publish, lag);
  await pause(preStop);
  const isGone = new Promise((resolve) => one.child.once('exit', resolve));
  one.child.kill('SIGTERM');
  await isGone;
  pods.splice(pods.indexOf(one), 1);
}

function publish() { endpoints = pods.filter((one) => one.port && !one.isEnding); }

/** maxSurge 1, maxUnavailable 0. */
async function roll(preStop, lag) {
  template += 1;
  for (const old of pods.filter((one) => !one.isEnding && one.template < template)) {
    await begin();
    await pause(lag);
    publish();
    await end(old, preStop, lag);
  }
}

function list() {
  return JSON.stringify({
    items: pods.map((one) => ({
      metadata: {
        name: one.name, uid: one.uid, labels: { 'pod-template-hash': String(one.template) },
        ownerReferences: [{ kind: 'ReplicaSet', name: `shop-${one.template}` }],
        ...(one.isEnding ? { deletionTimestamp: 'now' } : {}),
      },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: one.port ? 'True' : 'False' }], containerStatuses: [{ restartCount: 0 }] },
    })),
  });
}

async function up(port, preStop, lag) {
  for (let count = 0; count < 3; count += 1) await begin();
  publish();
  let turn = 0;
  net.createServer((client) => {
    const one = endpoints[(turn += 1) % endpoints.length];
    const server = net.connect(one.port, '127.0.0.1');
    for (const [from, to] of [[client, server], [server, client]]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  }).listen(port, '127.0.0.1', () => console.log('up'));
  net.createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', async (data) => {
      const words = JSON.parse(data);
      fs.appendFileSync(path.join(home, 'calls'), `${words.join(' ')}\n`);
      const asked = words.slice(0, 2).join(' ');
      if (asked === 'rollout restart' && words[2] === 'deployment/shop') {
        rollout = roll(preStop, lag);
        connection.end('deployment.apps/shop restarted\n');
      } else if (asked === 'rollout status' && words[2] === 'deployment/shop') {
        await rollout;
        connection.end('deployment "shop" successfully rolled out\n');
      } else if (asked === 'get pods') {
        connection.end(list());
      } else {
        connection.end('error: not found\n');
      }
    });
  }).listen(socketPath);
  process.on('SIGTERM', () => process.exit(0));
}

// --- The program ---

const [command, ...words] = process.argv.slice(2);
if (command === 'pod') {
  pod(words[0]);
} else if (command === 'up') {
  up(...words.map(Number));
} else {
  const connection = net.connect(socketPath, () => connection.write(JSON.stringify([command, ...words])));
  let text = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk) => { text += chunk; });
  connection.on('error', (error) => { console.error(error.message); process.exit(1); });
  connection.on('end', () => {
    process.stdout.write(text);
    process.exit(text.startsWith('error') ? 1 : 0);
  });
}
