// A manager for machines without pm2: three instances of the app and a backup, each on a port of its own.
//
//   node cluster.js up              start them and stay; Ctrl-C ends all
//   node cluster.js reload          one after another: the new process first, then the old one drains
//   node cluster.js restart         all at once: the old process first, then the new one
//   node cluster.js stop NAME       NAME is dumbflix-frontend-0, 3001 or 127.0.0.1:3001
//   node cluster.js start NAME
//   node cluster.js break           what is started from now on crashes at once
//   node cluster.js repair          the good build again; every instance runs and answers
//   node cluster.js status
//
// The commands ask the one that is up, over a socket in STACK_HOME. STACK_PORTS (3001,3002,3003) and
// STACK_BACKUP_PORT (3011) move the instances. The exit status is 0 only if it was done and seen to be done.
'use strict';

const cluster = require('node:cluster');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const home = process.env.STACK_HOME || path.join(os.tmpdir(), `alvin.xyz-stack-${process.getuid()}`);
const socketPath = path.join(home, 'manager.sock');
const listenTimeout = 3000;
const killTimeout = 5000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// --- The manager ---

const ports = (process.env.STACK_PORTS || '3001,3002,3003').split(',').map(Number);
const slots = ports.map((port, index) => ({ app: 'dumbflix-frontend', index, port, worker: null }));
slots.push({ app: 'dumbflix-backup', index: 0, port: Number(process.env.STACK_BACKUP_PORT || 3011), worker: null });
for (const slot of slots) slot.name = `${slot.app}-${slot.index}`;

let isBroken = false;
let isEnding = false;

/** Starts a process on a slot's port; resolves to its worker once it is ready, or to null. */
function spawn(slot, timeout) {
  const environment = { PORT: slot.port, NAME: slot.app, NODE_APP_INSTANCE: slot.index };
  if (isBroken) environment.BROKEN = '1';
  const worker = cluster.fork(environment);
  worker.isReady = false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      worker.process.kill('SIGKILL');
      resolve(null);
    }, timeout);
    worker.on('message', (message) => {
      if (message !== 'ready') return;
      clearTimeout(timer);
      worker.isReady = true;
      resolve(worker);
    });
    worker.on('error', () => {});
    worker.on('exit', () => {
      clearTimeout(timer);
      resolve(null);
      if (slot.worker !== worker) return;
      slot.worker = null;
      // One that was running and has died by itself is started again.
      if (!isEnding) setTimeout(() => enqueue(() => slot.worker || slot.isStopped || begin(slot)), 100);
    });
  });
}

/** A new process for a slot, tried until `listenTimeout` is over. */
async function begin(slot) {
  slot.isStopped = false;
  const deadline = Date.now() + listenTimeout;
  while (!isEnding && Date.now() < deadline) {
    const worker = await spawn(slot, deadline - Date.now());
    if (worker) {
      slot.worker = worker;
      return true;
    }
    await pause(Math.min(500, Math.max(0, deadline - Date.now())));
  }
  return false;
}

/** Asks a process to drain; kills it if it takes too long. */
function end(worker) {
  if (!worker || worker.isDead()) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), killTimeout);
    worker.on('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    worker.process.kill('SIGINT');
  });
}

function take(slot) {
  const worker = slot.worker;
  slot.worker = null;
  return worker;
}

async function reload(slot) {
  const old = take(slot);
  const isReplaced = await begin(slot);
  // As pm2 does, whether or not there is a new one. Unlike pm2, the failure is said.
  await end(old);
  return isReplaced;
}

async function restart(slot) {
  await end(take(slot));
  return begin(slot);
}

function answers(slot) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port: slot.port, path: '/', agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 && response.headers['x-generation'] === String(slot.worker?.process.pid));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

const commands = {
  async reload(say) {
    let isDone = true;
    for (const slot of slots) {
      const isReplaced = await reload(slot);
      say(isReplaced ? `${slot.name}: reloaded, process ${slot.worker?.process.pid}` : `${slot.name}: no new process became ready; the old one was ended`);
      isDone &&= isReplaced;
    }
    return isDone;
  },
  async restart(say) {
    const results = await Promise.all(slots.map(restart));
    slots.forEach((slot, index) => {
      say(results[index] ? `${slot.name}: restarted, process ${slot.worker?.process.pid}` : `${slot.name}: no process became ready`);
    });
    return results.every(Boolean);
  },
  async stop(say, slot) {
    slot.isStopped = true;
    await end(take(slot));
    say(`${slot.name}: stopped`);
    return true;
  },
  async start(say, slot) {
    const isRunning = slot.worker !== null || (await begin(slot));
    say(isRunning ? `${slot.name}: running, process ${slot.worker?.process.pid}` : `${slot.name}: no process became ready`);
    return isRunning;
  },
  async break(say) {
    isBroken = true;
    say('what is started from now on crashes');
    return true;
  },
  async repair(say) {
    isBroken = false;
    const results = await Promise.all(slots.map(async (slot) => (slot.worker || (await begin(slot))) && answers(slot)));
    slots.forEach((slot, index) => say(`${slot.name}: ${results[index] ? 'answers' : 'does not answer'}`));
    return results.every(Boolean);
  },
  async status(say) {
    for (const slot of slots) say(`${slot.name}: ${slot.worker ? `process ${slot.worker.process.pid}` : 'not running'} on 127.0.0.1:${slot.port}`);
    return slots.every((slot) => slot.worker);
  },
};
const named = new Set(['stop', 'start']);

// One command at a time.
let queue = Promise.resolve();
function enqueue(work) {
  const result = queue.then(work);
  queue = result.catch(() => {});
  return result;
}

function serve(connection) {
  let text = '';
  connection.setEncoding('utf8');
  connection.on('error', () => {});
  connection.on('data', (chunk) => {
    text += chunk;
    if (!text.includes('\n')) return;
    connection.removeAllListeners('data');
    const [command, name] = text.split('\n')[0].split(' ');
    const say = (line) => connection.write(`${line}\n`);
    const slot = slots.find((slot) => [slot.name, String(slot.port), `127.0.0.1:${slot.port}`].includes(name));
    const problem = !Object.hasOwn(commands, command) ? `no such command: ${command}` : named.has(command) && !slot ? `no such instance: ${name}` : null;
    const done = problem ? Promise.resolve(say(problem)).then(() => false) : enqueue(() => commands[command](say, slot));
    done
      .catch((error) => { say(error.message); return false; })
      .then((isDone) => connection.end(isDone ? 'status 0\n' : 'status 1\n'));
  });
}

async function up() {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const isTaken = await new Promise((resolve) => {
    const probe = net.connect(socketPath, () => { probe.destroy(); resolve(true); });
    probe.on('error', () => resolve(false));
  });
  if (isTaken) throw new Error('it is up already');
  fs.rmSync(socketPath, { force: true });

  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ exec: path.join(__dirname, 'server.js'), args: [] });

  const manager = net.createServer(serve);
  const leave = async (status) => {
    if (isEnding) return;
    isEnding = true;
    manager.close();
    await Promise.all(Object.values(cluster.workers).map(end));
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => leave(0));

  const results = await Promise.all(slots.map(begin));
  if (isEnding) return;
  if (!results.every(Boolean)) {
    slots.forEach((slot, index) => results[index] || console.error(`${slot.name}: no process became ready on port ${slot.port}`));
    return leave(1);
  }
  manager.listen(socketPath, () => console.log(`up: ${slots.map((slot) => `${slot.name} on ${slot.port}`).join(', ')}`));
}

// --- The commands ---

function ask(command, name) {
  const connection = net.connect(socketPath, () => connection.write(`${[command, name].filter(Boolean).join(' ')}\n`));
  let text = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk) => { text += chunk; });
  connection.on('error', () => {
    console.error(`nothing is up in ${home}; first: node cluster.js up`);
    process.exit(1);
  });
  connection.on('end', () => {
    const lines = text.trimEnd().split('\n');
    const status = lines.pop();
    for (const line of lines) console.log(line);
    process.exit(status === 'status 0' ? 0 : 1);
  });
}

const [command, name] = process.argv.slice(2);
if (command === 'up') {
  up().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
} else if (Object.hasOwn(commands, command || '') && named.has(command) === Boolean(name)) {
  ask(command, name);
} else {
  console.error(`usage: node cluster.js up | ${Object.keys(commands).map((key) => (named.has(key) ? `${key} NAME` : key)).join(' | ')}`);
  process.exit(2);
}
