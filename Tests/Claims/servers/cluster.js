// Node's cluster as its documentation has it: on SIGHUP each worker in turn gets a successor, is disconnected once that listens, and
// is killed if its connections have not ended after 2 s.
'use strict';

const cluster = require('node:cluster');
const fs = require('node:fs');

const [port, pidFile] = process.argv.slice(2);
if (cluster.isPrimary) {
  for (let count = 0; count < 2; count += 1) cluster.fork();
  process.on('SIGHUP', async () => {
    for (const old of Object.values(cluster.workers)) {
      await new Promise((resolve) => cluster.fork().once('listening', resolve));
      old.disconnect();
      setTimeout(() => old.kill(), 2000);
    }
  });
  fs.writeFileSync(pidFile, `${process.pid}\n`);
} else {
  require('./hello').listen(Number(port));
}
