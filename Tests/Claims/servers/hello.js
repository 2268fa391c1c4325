// An app whose answers take 10 ms, and which says nothing of signals, as most do.
'use strict';

exports.listen = (port) => require('node:http').createServer((request, response) => {
  request.resume();
  setTimeout(() => {
    response.setHeader('X-Backend', 'app');
    response.setHeader('X-Generation', String(process.pid));
    response.end('hello');
  }, 10);
}).listen(port, '127.0.0.1');
