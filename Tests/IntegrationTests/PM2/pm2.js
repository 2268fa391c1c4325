#!/usr/bin/env node
// Speaks and acts as pm2 does, where there is no pm2: a daemon in PM2_HOME, apps in cluster or fork mode, a reload
// that waits for `listen_timeout` and then ends the old process whatever became of the new one, a tick and exit
// status 0 after everything.
//
//   pm2.js start FILE --name NAME [-i COUNT] [--listen-timeout MILLISECONDS] [--wait-ready] [--cron MILLISECONDS] [--ports LIST]
//   pm2.js start NAME.config.cjs                 the apps of an ecosystem file, with `increment_var`
//   pm2.js jlist | reload NAME | restart NAME | stop ID | start ID | kill
//
// As pm2 does: time-outs at their defaults are not listed; `wait_ready` waits twice `listen_timeout` for `ready`; a process that
// lived for a second before it crashed is started again for ever, a younger one sixteen times; a reload leaves a lock that
// lapses after 30 s if its command was ended. The file `overlap` in PM2_HOME has a reload leave an old process behind, as two
// reloads at once do. `--cron` stands for `cron_restart`, in milliseconds, and `--ports` for `increment_var`: a PORT for each instance.
'use strict';

const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const home = process.env.PM2_HOME;
const socketPath = path.join(home, 'rpc.sock');
const lockPath = path.join(home, 'reload.lock');
const maximumRestarts = 16;
const minimumUptime = 1000;
const lockTime = 30000;
const defaultListenTimeout = 3000;
const defaultKillTimeout = 1600;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// --- The daemon ---

const instances = [];
/** Processes that no list shows any more. */
const left = [];

/** A new process of an instance; resolves to whether it listened in time. */
function spawn(instance) {
  instance.status = 'launching';
  const born = Date.now();
  const environment = { ...process.env, ...instance.environment, NODE_APP_INSTANCE: instance.slot, pm_id: instance.id };
  let child;
  let sayReady;
  const isReady = new Promise((resolve) => { sayReady = resolve; });
  const listens = new Promise((resolve) => {
    if (instance.isCluster) {
      cluster.setupPrimary({ exec: instance.file, args: [] });
      const worker = cluster.fork(environment);
      child = worker.process;
      worker.on('listening', () => resolve(true));
      worker.on('error', () => {});
    } else {
      child = childProcess.fork(instance.file, [], { env: environment, stdio: 'ignore' });
      child.on('spawn', () => resolve(true));
    }
    child.on('exit', () => resolve(false));
    child.on('message', (message) => { if (message === 'ready') sayReady(true); });
  });
  instance.child = child;
  child.on('exit', () => {
    child.isGone = true;
    if (instance.child !== child) return;
    instance.child = null;
    if (instance.isStopped) return;
    if (Date.now() - born > minimumUptime) instance.unstable = 0;
    if (instance.unstable >= maximumRestarts) {
      instance.status = 'errored';
      return;
    }
    instance.unstable += 1;
    instance.restarts += 1;
    spawn(instance);
  });
  listens.then((isListening) => {
    if (isListening && instance.child === child) instance.status = 'online';
  });
  return instance.waitReady ? Promise.race([isReady, pause(2 * instance.listenTimeout)]) : listens;
}

function end(child, killTimeout) {
  if (!child || child.isGone) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), killTimeout);
    child.on('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGINT');
  });
}

async function restart(instance) {
  const old = instance.child;
  instance.child = null;
  await end(old, instance.killTimeout);
  instance.isStopped = false;
  instance.restarts += 1;
  instance.unstable = 0;
  // pm2 goes on to the next instance before the new process listens.
  spawn(instance);
}

async function reload(instance) {
  if (!instance.isCluster || !instance.child) return restart(instance);
  const old = instance.child;
  instance.restarts += 1;
  instance.unstable = 0;
  const limit = instance.waitReady ? 2 * instance.listenTimeout : instance.listenTimeout;
  const isListening = await Promise.race([spawn(instance), pause(limit)]);
  // One that crashes is started again and again; pm2 gives up on the clock alone.
  if (isListening === false) await pause(instance.listenTimeout);
  if (fs.existsSync(path.join(home, 'overlap'))) return left.push(old);
  await end(old, instance.killTimeout);
}

const commands = {
  async launch({ file, name, count, listenTimeout, killTimeout, waitReady, cron, ports, environment, counted }) {
    if (cron) setInterval(() => instances.filter((one) => one.name === name).forEach(restart), cron);
    for (let slot = 0; slot < (count || 1); slot += 1) {
      const own = ports ? { PORT: ports[slot] } : counted ? { [counted]: Number(environment[counted]) + slot } : {};
      const instance = {
        id: instances.length, name, slot, file, isCluster: count > 0, listenTimeout, killTimeout, waitReady, cron,
        environment: { ...environment, ...own }, hasOwnPort: Boolean(own.PORT), restarts: 0, unstable: 0, status: 'launching', child: null,
      };
      instances.push(instance);
      await spawn(instance);
    }
    return `[PM2] Done.\n`;
  },
  async list() {
    const entries = instances.map((instance) => ({
      pid: instance.child?.pid ?? 0, name: instance.name, pm_id: instance.id,
      pm2_env: {
        name: instance.name, namespace: 'default', status: instance.status, restart_time: instance.restarts,
        exec_mode: instance.isCluster ? 'cluster_mode' : 'fork_mode', NODE_APP_INSTANCE: instance.slot,
        ...(instance.killTimeout === defaultKillTimeout ? {} : { kill_timeout: instance.killTimeout }),
        ...(instance.listenTimeout === defaultListenTimeout ? {} : { listen_timeout: instance.listenTimeout }),
        ...(instance.waitReady ? { wait_ready: true } : {}),
        ...(instance.hasOwnPort ? { PORT: instance.environment.PORT } : {}),
        ...(instance.cron ? { cron_restart: '* * * * * *' } : {}),
      },
    }));
    return `${JSON.stringify(entries)}\n`;
  },
  async act({ action, name }) {
    const mine = instances.filter((instance) => instance.name === name || String(instance.id) === name);
    if (mine.length === 0) return null;
    let text = 'Use --update-env to update environment variables\n';
    text += `[PM2] Applying action ${action}ProcessId on app [${name}](ids: [ ${mine.map((one) => one.id).join(', ')} ])\n`;
    for (const instance of mine) {
      if (action === 'reload') await reload(instance);
      else if (action === 'stop') {
        instance.isStopped = true;
        await end(instance.child, instance.killTimeout);
        instance.status = 'stopped';
      } else await restart(instance);
      text += `[PM2] [${instance.name}](${instance.id}) ✓\n`;
    }
    return text;
  },
  async kill() {
    for (const instance of instances) instance.isStopped = true;
    await Promise.all(instances.map((one) => end(one.child, one.killTimeout)).concat(left.map((old) => end(old, defaultKillTimeout))));
    setTimeout(() => process.exit(0), 50);
    return '[PM2] PM2 Daemon Stopped\n';
  },
};

function serve() {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  let queue = Promise.resolve();
  net.createServer({ allowHalfOpen: true }, (connection) => {
    let text = '';
    connection.setEncoding('utf8');
    connection.on('error', () => {});
    connection.on('data', (chunk) => { text += chunk; });
    connection.on('end', () => {
      if (text === '') return connection.end();
      const { command, ...values } = JSON.parse(text);
      const run = () => commands[command](values);
      // A list is given at once, also in the middle of an action.
      const result = command === 'list' ? run() : (queue = queue.then(run));
      result.then((printed) => connection.end(JSON.stringify(printed)));
    });
  }).listen(socketPath);
}

// --- The commands ---

function ask(request) {
  return new Promise((resolve, reject) => {
    const connection = net.connect(socketPath);
    let text = '';
    connection.setEncoding('utf8');
    connection.on('connect', () => connection.end(JSON.stringify(request)));
    connection.on('error', reject);
    connection.on('data', (chunk) => { text += chunk; });
    connection.on('end', () => resolve(JSON.parse(text)));
  });
}

// Whether the daemon accepts connections: its socket's file is there a moment before that.
function answers() {
  return new Promise((resolve) => {
    const connection = net.connect(socketPath);
    connection.on('connect', () => { connection.destroy(); resolve(true); });
    connection.on('error', () => resolve(false));
  });
}

async function startDaemon() {
  fs.mkdirSync(home, { recursive: true });
  process.stdout.write('[PM2] Spawning PM2 daemon with pm2_home=' + home + '\n');
  childProcess.spawn(process.execPath, [__filename, 'daemon'], { detached: true, stdio: 'ignore' }).unref();
  for (let wait = 0; wait < 100 && !(await answers()); wait += 1) await pause(50);
  process.stdout.write('[PM2] PM2 Successfully daemonized\n');
}

async function main([command, name, ...options]) {
  if (command === 'daemon') return serve();
  if (!fs.existsSync(socketPath)) await startDaemon();
  const option = (key) => (options.includes(key) ? options[options.indexOf(key) + 1] : undefined);
  let request = { command: 'act', action: command, name };
  if (command === 'jlist') request = { command: 'list' };
  if (command === 'kill') request = { command: 'kill' };
  if (command === 'start' && option('--name')) {
    request = {
      command: 'launch', file: path.resolve(name), name: option('--name'), count: Number(option('-i') || 0),
      listenTimeout: Number(option('--listen-timeout') || defaultListenTimeout), killTimeout: defaultKillTimeout,
      waitReady: options.includes('--wait-ready'), cron: Number(option('--cron') || 0),
      ports: option('--ports')?.split(','), environment: { PORT: process.env.PORT },
    };
  }
  if (command === 'start' && /\.config\.c?js$/.test(name)) {
    for (const app of require(path.resolve(name)).apps) {
      await ask({
        command: 'launch', file: path.resolve(app.cwd, app.script), name: app.name,
        count: app.exec_mode === 'cluster' ? app.instances : 0, listenTimeout: app.listen_timeout || defaultListenTimeout,
        killTimeout: app.kill_timeout || defaultKillTimeout, waitReady: app.wait_ready, cron: 0, environment: app.env,
        counted: app.increment_var,
      });
    }
    return process.stdout.write('[PM2] Done.\n');
  }
  if (command === 'reload') {
    const locked = fs.existsSync(lockPath) ? Number(fs.readFileSync(lockPath, 'utf8')) : 0;
    if (Date.now() - locked < lockTime) {
      process.stderr.write('[PM2][ERROR] Reload already in progress, please try again in 30 seconds or use --force\n');
      process.exitCode = 1;
      return;
    }
    fs.writeFileSync(lockPath, String(Date.now()));
  }
  const printed = await ask(request);
  if (command === 'reload') fs.rmSync(lockPath, { force: true });
  if (printed !== null) return process.stdout.write(printed);
  process.stderr.write(`[PM2][ERROR] Process or Namespace ${name} not found\n`);
  process.exitCode = 1;
}

main(process.argv.slice(2));
